"""What a raster shows, prepared once for every way of drawing it: row order, colours, limits."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from farmgraph.interactions.schema import NO_TIME

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#7A6A00")
"""Okabe-Ito, with a darker yellow that can be seen on white: the first contents of a cluster."""

OTHER_COLOUR = "#8A8A8A"
"""Every further content."""

MAX_ACCOUNTS = 200
MAX_CONTENTS = 60
MAX_ACTIONS = 2_000


@dataclass(frozen=True, eq=False)
class Raster:
    """One cluster, ready to be drawn.

    Attributes
    ----------
    kind : str
        ``"times"`` (accounts x time) or, where no action has a time, ``"matrix"``
        (accounts x contents).
    accounts : tuple of str
        Names of the rows, top to bottom.
    contents : tuple of str
        All contents of the cluster in the given order; the first ``len(COLOURS)`` have a
        colour of their own.
    row, content : numpy.ndarray
        int64, shape (n_drawn,): row and position in `contents` of each action or cell.
    time : numpy.ndarray
        int64, shape (n_drawn,): microseconds since 1970 UTC; all ``NO_TIME`` in a matrix.
    n_accounts, n_actions, n_without_time : int
        What there is in full, for saying what was left out.
    """

    kind: str
    accounts: tuple[str, ...]
    contents: tuple[str, ...]
    row: np.ndarray
    content: np.ndarray
    time: np.ndarray
    n_accounts: int
    n_actions: int
    n_without_time: int

    @property
    def n_drawn(self) -> int:
        """Number of actions (or cells) drawn."""
        return len(self.row)


def times_in_microseconds(times: pd.Series) -> np.ndarray:
    """Return int64 microseconds since 1970 UTC, ``NO_TIME`` where a time is missing.

    Examples
    --------
    >>> times_in_microseconds(pd.Series(pd.to_datetime(["1970-01-01T00:00:01Z", None]))).tolist()[0]
    1000000
    """
    stamps = pd.to_datetime(times, utc=True).dt.as_unit("us")
    missing = stamps.isna().to_numpy()
    return np.where(missing, NO_TIME, stamps.astype("int64").to_numpy())


def prepare(
    account: Sequence[str],
    content: Sequence[str],
    time: np.ndarray,
    *,
    accounts: Sequence[str],
    contents: Sequence[str],
    max_accounts: int = MAX_ACCOUNTS,
    max_contents: int = MAX_CONTENTS,
    max_actions: int = MAX_ACTIONS,
) -> Raster:
    """Prepare the raster of one cluster.

    Parameters
    ----------
    account, content : sequence of str
        Who acted on what, one entry per action. Actions of others or on other contents are ignored.
    time : numpy.ndarray
        int64 microseconds of each action, ``NO_TIME`` where missing.
    accounts, contents : sequence of str
        Members and contents of the cluster, strongest first: what is kept where there are too many.
    max_accounts, max_contents, max_actions : int
        Most rows, columns (of a matrix only) and ticks. Ticks are thinned evenly in order of time.

    Returns
    -------
    Raster
        Rows in order of the account's typical lag: the median over contents of the time since
        the cluster's first action on that content. Accounts without times stand last, ties go by
        name. In a matrix the accounts with the most contents stand first.

    Examples
    --------
    >>> raster = prepare(["a", "b"], ["p", "p"], np.array([9, 5]), accounts=["a", "b"], contents=["p"])
    >>> raster.accounts, raster.row.tolist()
    (('b', 'a'), [0, 1])
    """
    account_code = {name: i for i, name in enumerate(accounts)}
    content_code = {name: i for i, name in enumerate(contents)}
    who = np.array([account_code.get(name, -1) for name in account], np.int64)
    what = np.array([content_code.get(name, -1) for name in content], np.int64)
    inside = (who >= 0) & (what >= 0)
    who, what, time = who[inside], what[inside], np.asarray(time, np.int64)[inside]
    known = time != NO_TIME
    n_actions, n_without_time = len(who), int((~known).sum())
    if known.any():
        kind, key = "times", _typical_lags(who[known], what[known], time[known], len(accounts))
        who, what, time = who[known], what[known], time[known]
    else:
        kind = "matrix"
        who, what = _distinct_pairs(who, what)
        time = np.full(len(who), NO_TIME, np.int64)
        key = -np.bincount(who, minlength=len(accounts)).astype(float)
    kept = np.arange(min(len(accounts), max_accounts))
    order = sorted(kept.tolist(), key=lambda i: (key[i], accounts[i]))
    row_of = np.full(len(accounts), -1, np.int64)
    row_of[order] = np.arange(len(order))
    drawn = row_of[who] >= 0
    if kind == "matrix":
        drawn &= what < max_contents
    row, what, time = row_of[who][drawn], what[drawn], time[drawn]
    by_time = np.lexsort((what, row, time))
    if kind == "times" and len(by_time) > max_actions:
        by_time = by_time[np.linspace(0, len(by_time) - 1, max_actions).round().astype(np.int64)]
    return Raster(
        kind=kind,
        accounts=tuple(accounts[i] for i in order),
        contents=tuple(contents),
        row=row[by_time],
        content=what[by_time],
        time=time[by_time],
        n_accounts=len(accounts),
        n_actions=n_actions,
        n_without_time=n_without_time,
    )


def number_places(
    x: np.ndarray, row: np.ndarray, content: np.ndarray, *, gap: float
) -> list[tuple[int, float, int]]:
    """Find where the number of each coloured content stands: above its uppermost ticks.

    Parameters
    ----------
    x, row, content : numpy.ndarray
        Shape (n,): place along the axis, row and content of each tick.
    gap : float
        Least distance of two numbers in one line, in units of `x`.

    Returns
    -------
    list of (int, float, int)
        Content, place and line (0 is used first); as few lines as it takes.

    Examples
    --------
    >>> number_places(np.array([5.0, 6.0]), np.array([0, 0]), np.array([1, 0]), gap=3)
    [(1, 5.0, 0), (0, 6.0, 1)]
    """
    middles = []
    for slot in range(len(COLOURS)):
        own = np.flatnonzero(content == slot)
        if len(own):
            uppermost = own[np.argsort(row[own], kind="stable")[: max(3, len(own) // 8)]]
            middles.append((float(np.median(x[uppermost])), slot))
    ends: list[float] = []
    placed = []
    for at, slot in sorted(middles):
        band = next((i for i, end in enumerate(ends) if at - end >= gap), len(ends))
        ends[band : band + 1] = [at]
        placed.append((slot, at, band))
    return placed


def _distinct_pairs(who: np.ndarray, what: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    pairs = np.unique(np.column_stack([who, what]), axis=0) if len(who) else np.empty((0, 2), np.int64)
    return pairs[:, 0], pairs[:, 1]


def _typical_lags(who: np.ndarray, what: np.ndarray, time: np.ndarray, n_accounts: int) -> np.ndarray:
    """Return the median lag of each account (float, infinite for accounts without a time)."""
    first = np.full(int(what.max()) + 1, NO_TIME, np.int64)
    np.minimum.at(first, what, time)
    order = np.lexsort((time, what, who))
    who, what, time = who[order], what[order], time[order]
    # Only an account's first action on a content counts: repeats say nothing about its place in the row.
    fresh = np.r_[True, (who[1:] != who[:-1]) | (what[1:] != what[:-1])]
    lags = pd.Series(time[fresh] - first[what[fresh]]).groupby(who[fresh]).median()
    key = np.full(n_accounts, np.inf)
    key[lags.index.to_numpy()] = lags.to_numpy()
    return key
