"""Completing: who comes together with a block's members, though overlap alone cannot tell?

A worker who is also very active, on targets that everybody knows, shares no more with the team than chance allows; a
bystander may share three contents with it and come days later. Where a block's members come together far closer
than others do, the times decide about such accounts. Where they do not, nothing changes: times are never used
to find out whether a block is in lockstep.
"""

import numpy as np

from farmgraph.graph.background import Expectation, background
from farmgraph.graph.blocks import LEAST_SHARED, MIN_ACCOUNTS, account_worth, worth_naming
from farmgraph.graph.layout import count_neighbours
from farmgraph.graph.scratch import marked
from farmgraph.graph.times import Times

CLOSE = 0.5
LEAST_SHAPE = 0.05


def completed(accounts: np.ndarray, contents: np.ndarray, model: Expectation, times: Times) -> np.ndarray:
    """Return the accounts (ascending codes) of a block with those of its fringe that its timing decides about.

    Parameters
    ----------
    accounts, contents : numpy.ndarray
        int32 codes, ascending.
    model : Expectation
    times : Times
        Of the same graph.

    Returns
    -------
    numpy.ndarray
        `accounts` where members are no closer to each other than about twice as close as others, or too few would
        be left.

    Notes
    -----
    On each content an account's distance to the nearest (other) member has a rank among those of all other visitors;
    for a bystander x = rank / number is uniform. For members it follows a power law, density a x^(a - 1), whose a is
    fitted to the present members, each left out in turn: 1 for a block that keeps to the contents' clock, far below
    for a team that moves together. Only where a <= 0.5 the log-likelihood ratio of the two is added to the nats that
    the overlap gives, and whoever is worth naming is in. A busy worker has seen some of the targets on its own account:
    each visit is work or its own, in proportion to the block's rate and to how often the account is expected there.
    O(visits to the block's contents x log).
    """
    who, surprise = _surprises(accounts, contents, times)
    mine = np.isin(who, accounts)
    shape = max(mine.sum() / surprise[mine].sum(), LEAST_SHAPE) if surprise[mine].any() else 1.0
    if shape > CLOSE:
        return accounts
    graph = model.graph
    found, n = count_neighbours(model.content_starts, model.content_accounts, contents, graph.n_accounts)
    rest = background(accounts, contents, model)
    worth, expected = account_worth(found, n, accounts, contents, model, rest)
    # Whoever came with a time is among those who came at all.
    place = np.searchsorted(found, who)
    own = (expected / (expected + rest.density * len(contents)))[place]
    moves = np.exp(np.log(shape) + (1 - shape) * surprise)
    worth += np.bincount(place, weights=np.log(own + (1 - own) * moves), minlength=len(found))
    worth[n < min(LEAST_SHARED, len(contents))] = 0.0
    chosen = np.sort(found[worth_naming(worth, graph.n_accounts)])
    return chosen if len(chosen) >= MIN_ACCOUNTS else accounts


def _surprises(accounts: np.ndarray, contents: np.ndarray, times: Times) -> tuple[np.ndarray, np.ndarray]:
    """Return who came to the block's contents, and -ln(rank / number) of how close each came to a member."""
    visitors, surprises = [np.empty(0, np.int32)], [np.empty(0)]
    for content in contents:
        here = slice(times.starts[content], times.starts[content + 1])
        who, when = times.accounts[here], times.times[here]
        with marked(accounts, len(times.groups)) as is_member:
            mine = is_member[who]
        n_others = len(who) - int(mine.sum())
        if mine.sum() < 2 or n_others < 2:
            continue
        gaps = _gaps(when, mine)
        others = np.sort(gaps[~mine])
        # Ties count in full, so that a coarse clock shows nobody as close.
        rank = np.searchsorted(others, gaps, side="right") + mine
        visitors.append(who)
        surprises.append(-np.log(rank / (n_others + 1)))
    return np.concatenate(visitors), np.concatenate(surprises)


def _gaps(when: np.ndarray, mine: np.ndarray) -> np.ndarray:
    """Return the distance of each sorted time to the nearest member's, its own left out."""
    far = np.iinfo(np.int64).max // 4
    position = np.arange(len(when))
    last = np.maximum.accumulate(np.where(mine, position, -1))
    before = np.concatenate(([-1], last[:-1]))
    following = np.minimum.accumulate(np.where(mine, position, len(when))[::-1])[::-1]
    after = np.concatenate((following[1:], [len(when)]))
    to_before = np.where(before >= 0, when - when[np.maximum(before, 0)], far)
    to_after = np.where(after < len(when), when[np.minimum(after, len(when) - 1)] - when, far)
    return np.minimum(to_before, to_after)
