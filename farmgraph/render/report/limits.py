"""How much the report shows: enough to check every claim, little enough for one file that can be mailed."""

from collections.abc import Sequence

import numpy as np

from farmgraph.render.report import islands

ACCOUNTS = 500
CONTENTS = 200
ACTIONS = 8_000
LINKS = 1_500
POINTS = 60
CLUSTERS_IN_FULL = 50
CLUSTERS_LISTED = 500
SMALL, LARGE = 3_000, 20_000
"""Accounts of a log up to which the file stays below 0.5 MB, and from which on it may have 3 MB."""

_WEIGHTS = {"lockstep": 8.0, "undetermined": 2.0}
_IN_ALL = {
    "accounts_in_all": (2_500, 25_000),
    "contents_in_all": (1_200, 12_000),
    "actions_in_all": (9_000, 200_000),
    "links_in_all": (6_000, 60_000),
    "points_in_all": (9_000, 100_000),
}


def limits_for(n_accounts: int) -> dict[str, int]:
    """Return how much of each thing there is at most: for one cluster, and ``..._in_all`` for all together.

    Between logs of 3,000 and 20,000 accounts what all clusters may hold grows in proportion.

    Examples
    --------
    >>> limits_for(100)["actions_in_all"], limits_for(1_000_000)["actions_in_all"]
    (9000, 200000)
    """
    share = min(max((n_accounts - SMALL) / (LARGE - SMALL), 0.0), 1.0)
    in_all = {name: round(low + share * (high - low)) for name, (low, high) in _IN_ALL.items()}
    return {
        "accounts": ACCOUNTS,
        "contents": CONTENTS,
        "actions": ACTIONS,
        "links": LINKS,
        "points": POINTS,
        "accounts_on_map": islands.MAX_DOTS,
        "clusters_in_full": CLUSTERS_IN_FULL,
        "clusters_listed": CLUSTERS_LISTED,
        **in_all,
    }


def shares(needs: Sequence[int], verdicts: Sequence[str], *, most: int, in_all: int) -> list[int]:
    """Divide room for `in_all` things among clusters: none gets more than it needs or than `most`.

    Clusters whose verdict asks for scrutiny come first: where room is short, a lockstep cluster gets
    eight times, an undetermined one twice as much as another.

    Examples
    --------
    >>> shares([10, 100, 100], ["lockstep", "same audience", "same audience"], most=80, in_all=90)
    [10, 40, 40]
    """
    wanted = np.minimum(np.asarray(needs, float), most)
    weights = np.array([_WEIGHTS.get(verdict, 1.0) for verdict in verdicts])
    given = np.zeros(len(wanted))
    left, open_ = float(in_all), wanted > 0
    while open_.any() and left >= 1:
        offer = left * weights / weights[open_].sum()
        # Whoever needs no more than the offer is served in full; what that leaves goes to the others.
        served = open_ & (wanted <= offer)
        if not served.any():
            given[open_] = np.floor(offer[open_])
            break
        given[served] = wanted[served]
        left -= wanted[served].sum()
        open_ &= ~served
    return [int(n) for n in given]


def evenly(n: int, most: int) -> np.ndarray:
    """Return at most `most` of the positions 0..n - 1, evenly spaced, the first and the last among them.

    Examples
    --------
    >>> evenly(5, 3).tolist(), evenly(3, 10).tolist(), evenly(9, 1).tolist()
    ([0, 2, 4], [0, 1, 2], [0])
    """
    if n <= most:
        return np.arange(n)
    return np.linspace(0, n - 1, most).round().astype(np.int64)
