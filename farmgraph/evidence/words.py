"""The finding in one plain sentence, and the innocent explanations that the data leave open."""

import numpy as np

from farmgraph.evidence.verdict import Thresholds, Weighed, line_of, repeated
from farmgraph.runtime import spoken_duration

EXCLUSIVE = 0.9
CLOSE = 0.15
TICKS = {60: "a minute", 3_600: "an hour", 86_400: "a day"}
SILENT = {
    "no times": "Its actions have no times, so acting together cannot be told from liking the same things.",
    "coarse clock": "The log's clock ticks once a day, so nobody can be seen to act together within a day.",
    "no others": "Too few other visitors, so the timing could not be compared with anybody's.",
    "no spread": "Members and other visitors all came at the same few times, so there was nothing to compare.",
}


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
        f"{one.n_accounts:,} accounts share {one.n_contents:,} contents, an account acting on "
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


def _mean(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _gap(seconds: float, clock_s: int) -> str:
    """Say a gap; below the clock's step only that step is known."""
    return f"{TICKS[clock_s]} or less" if clock_s in TICKS and seconds < clock_s else spoken_duration(seconds)


def explanation(one: Weighed, verdict: str, thresholds: Thresholds, clock_s: int) -> str:
    """Say which innocent explanations the data leave open, and why the verdict is no stronger."""
    if verdict == "too little data" or one.overlap is None:
        return (
            f"Too little to judge: a verdict needs {thresholds.min_accounts} accounts, {thresholds.min_contents} "
            f"contents and {thresholds.min_interactions} account-content pairs."
        )
    return " ".join(
        [
            *_event(one, verdict, thresholds),
            *_innocent(one, verdict),
            *_limits(one, clock_s),
            *_lines(one, verdict, thresholds),
        ]
    )


def _innocent(one: Weighed, verdict: str) -> list[str]:
    """Say what else could look like this."""
    said, share = [], one.rhythm.members_share
    if share >= EXCLUSIVE:
        said.append(
            f"{percent(share)} of the visits to these contents are the members' own: pages of one publisher or "
            "network, one team, or a school class would look like this."
        )
    elif verdict == "lockstep":
        said.append(
            "Pages of one media group that publish the same text, accounts fed by the same automatic feed, or an "
            "agreed campaign of real people would also act together like this."
        )
    else:
        said.append("A fan club, or people who follow the same source, could overlap as much as this.")
    return said


def _event(one: Weighed, verdict: str, thresholds: Thresholds) -> list[str]:
    """Say whether a single event could have brought them together."""
    if verdict == "lockstep" or one.occasions.n == 0:
        return []
    close = one.rhythm.closeness >= thresholds.closeness
    if close and not repeated(one, thresholds):
        return [
            f"One event could do this, such as a protest, a match, a giveaway or a launch: "
            f"{percent(one.occasions.largest_share)} of the members' actions fell into "
            f"{spoken_duration(one.occasions.largest_s)}."
        ]
    return []


def _limits(one: Weighed, clock_s: int) -> list[str]:
    """Say what the data cannot tell."""
    assert one.overlap is not None
    said = []
    if not one.overlap.interest_known:
        said.append(
            "The cluster is most of its topic, so what interest explains cannot be told from the rest."
        )
    if one.overlap.n_outside < one.n_accounts:
        said.append("The members do little else in this log, so their interests are hardly known.")
    if one.synchrony.silent:
        said.append(SILENT[one.synchrony.silent])
    elif clock_s in TICKS:
        said.append(f"The log's clock ticks once {TICKS[clock_s]}; what happened within it is unknown.")
    return said


def _lines(one: Weighed, verdict: str, thresholds: Thresholds) -> list[str]:
    """Say which line the cluster did not reach, or only just."""
    assert one.overlap is not None
    z, low, line = one.synchrony.z, one.overlap.ratio_low, line_of(one, thresholds)
    said = []
    if low < thresholds.beyond_interest:
        said.append(
            f"Not more because interest may explain the overlap: it is at least {low:.2g} times the expected one, "
            f"and the line is {thresholds.beyond_interest:g}."
        )
    elif verdict != "lockstep" and not np.isnan(z):
        said.append(_missed(one, thresholds))
    if low >= thresholds.beyond_interest and abs(z / line - 1) < CLOSE:
        said.append(
            f"The timing is close to the line (z = {z:.1f}, the line is {line:g}): a few more rows or another seed "
            "could change the verdict."
        )
    return said


def _missed(one: Weighed, thresholds: Thresholds) -> str:
    """Say which line the timing missed: z, the distance, or the number of occasions."""
    assert one.overlap is not None
    z, line, close = one.synchrony.z, line_of(one, thresholds), one.rhythm.closeness
    if z < line:
        said = f"z = {z:.1f}, and the line is {line:g}"
    elif not close >= thresholds.closeness:
        said = f"other visitors are {close:.1f} times as far apart, and the line is {thresholds.closeness:g}"
    elif one.occasions.n < thresholds.occasions:
        said = f"members met on {_times(one.occasions.n)}, and the line is {thresholds.occasions}"
    else:
        rest = one.synchrony.z_elsewhere
        without = (
            "there is nothing to compare" if np.isnan(rest) else f"z = {rest:.1f}, and the line is {line:g}"
        )
        said = f"without the largest occasion {without}"
    loose = one.overlap.density < thresholds.dense
    more = f"; the group is also loose ({percent(one.overlap.density)} of the pairs)" if loose else ""
    return f"Not more because of the timing: {said}{more}."


def _times(n: int) -> str:
    return f"{n} occasion{'' if n == 1 else 's'}"
