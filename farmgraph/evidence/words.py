"""The finding in one plain sentence."""

import numpy as np

from farmgraph.evidence.verdict import Weighed
from farmgraph.runtime import spoken_duration

TICKS = {60: "a minute", 3_600: "an hour", 86_400: "a day"}


def percent(share: float) -> str:
    """Say a share in per cent, with as many digits as mean something.

    Examples
    --------
    >>> [percent(x) for x in (0.714, 0.0021, 0.00001, 1.0)]
    ['71 %', '0.21 %', 'less than 0.01 %', '100 %']
    """
    if 0 < share < 1e-4:
        return "less than 0.01 %"
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"


def sentence(one: Weighed, clock_s: int) -> str:
    """Say what was found about one cluster, no finer than the clock."""
    if one.overlap is None:
        return f"{one.n_accounts:,} accounts were linked, but they share no contents beyond chance."
    cells = one.n_accounts * one.n_contents
    text = (
        f"{_many(one.n_accounts, 'account')} share {_many(one.n_contents, 'content')}, an account acting on "
        f"{_mean(one.overlap.n_edges / one.n_accounts)} of them on average: {percent(one.overlap.density)} of all "
        f"possible account-content pairs happened, {percent(one.overlap.expected / cells)} were expected from "
        "their interests"
    )
    members, others = one.rhythm.gap_members_s, one.rhythm.gap_others_s
    if np.isnan(members):
        return text + "; nothing can be said about timing."
    text += f"; on those contents a member typically came within {_gap(members, clock_s)} of another member"
    if np.isnan(others):
        return text + ", with too few other visitors to compare with."
    return text + f", other visitors within {_gap(others, clock_s)} of each other."


def _many(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def _mean(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _gap(seconds: float, clock_s: int) -> str:
    """Say a gap; below the clock's step only that step is known."""
    return f"{TICKS[clock_s]} or less" if clock_s in TICKS and seconds < clock_s else spoken_duration(seconds)
