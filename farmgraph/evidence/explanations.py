"""Innocent explanations: which the data support, which they exclude, and why the verdict is no stronger."""

from collections.abc import Mapping

import numpy as np

from farmgraph.evidence.verdict import (
    Thresholds,
    Weighed,
    deaf,
    in_step,
    keeps_pace,
    line_elsewhere,
    line_of,
    reference,
    repeated,
)
from farmgraph.evidence.words import TICKS, percent
from farmgraph.interactions.schema import MICROSECONDS
from farmgraph.runtime import spoken_duration

MOST_SENTENCES = 5
CLOSE = 0.15
EXCLUSIVE = 0.9
FIRST, FIRST_S = 0.5, 3_600
SAME_HOURS, SEVERAL = 3.0, 5
SINGLE = 0.5
NO_NIGHT, NIGHT, LONG_S = 0.03, 0.02, 86_400
EVENT_S = 7 * 86_400
SITTING_S = 3_600
SHARED, FEW = 0.1, 3
SILENT = {
    "no times": "Its actions have no times, so acting together cannot be told from liking the same things.",
    "few times": "Too few of its actions have times, so acting together cannot be told from liking the same things.",
    "coarse clock": "The log's clock ticks once a day, so nobody can be seen to act together within a day.",
    "no others": "Too few other visitors with times, so the timing could not be compared with anybody's.",
    "no spread": "Members and other visitors all came at the same few times, so there was nothing to compare.",
}


def explanation(one: Weighed, verdicts: Mapping[int, str], thresholds: Thresholds, clock_s: int) -> str:
    """Say which innocent explanations the data support or exclude, and why the verdict is no stronger.

    Parameters
    ----------
    one : Weighed
    verdicts : mapping
        Verdict of every cluster, this one's among them.
    thresholds : Thresholds
    clock_s : int
        The step of the log's clock, seconds.
    """
    word = verdicts[one.cluster]
    if word == "too little data" or one.overlap is None:
        return (
            f"Too little to judge: a verdict needs {thresholds.min_accounts} accounts, {thresholds.min_contents} "
            f"contents and {thresholds.min_interactions} account-content pairs."
        )
    supported = _supported(one, word, thresholds, clock_s) or [_open(one, word)]
    said = [(0, supported[0])]
    said += [(2, text) for text in supported[1:]]
    said += [(3, text) for text in _excluded(one, word)]
    said += [(1, text) for text in _relatives(one, verdicts)]
    said += [(2, text) for text in _limits(one, clock_s, thresholds)]
    said += [(1, text) for text in _lines(one, word, thresholds)]
    # Short enough to be read: what matters least goes first, the rest keeps its place.
    kept = sorted(range(len(said)), key=lambda i: (said[i][0], i))[:MOST_SENTENCES]
    return " ".join(said[i][1] for i in sorted(kept))


def _supported(one: Weighed, word: str, thresholds: Thresholds, clock_s: int) -> list[str]:
    """Say what the data support, most telling first."""
    together = one.rhythm.closeness >= thresholds.closeness and one.synchrony.z >= line_of(one, thresholds)
    said = []
    if together and not repeated(one, thresholds):
        said.append(_event(one))
    if one.occasions.n:
        said += _habits(one, together or word == "lockstep", word)
    if keeps_pace(one.order, thresholds):
        said.append(_pace(one, clock_s))
    if one.rhythm.members_share >= EXCLUSIVE:
        said.append(
            f"{percent(one.rhythm.members_share)} of the visits to these contents are the members' own: pages of one "
            "publisher or network, one team, or a school class would look like this."
        )
    return said


def _event(one: Weighed) -> str:
    if one.occasions.largest_s > EVENT_S:
        return (
            "They did not meet at separate times: on most contents they came over "
            f"{spoken_duration(one.signs.core_s)}, with others of them all the while, and followers of the same source "
            "could do this."
        )
    if one.occasions.largest_share < 0.5:
        return (
            f"A few events could do this: the largest holds {percent(one.occasions.largest_share)} of the members' "
            f"actions, within {spoken_duration(one.occasions.largest_s)}."
        )
    return (
        f"One event could do this, such as a protest, a match, a giveaway or a launch: "
        f"{percent(one.occasions.largest_share)} of the members' actions fell into "
        f"{spoken_duration(one.occasions.largest_s)}."
    )


def _habits(one: Weighed, together: bool, word: str) -> list[str]:
    """Say which habits the times have: a timetable, a feed, one content, a drip."""
    said, s = [], one.signs
    if together and s.hours <= SAME_HOURS and s.days >= SEVERAL:
        when = f"nine times in ten between {_clock(s.hour)} and {_clock(s.hour + max(s.hours, 1))} UTC"
        days = ", never at a weekend" if s.weekend == 0 else ", weekends included" if s.weekend >= 0.1 else ""
        said.append(f"As a class or staff on a shift would, they met on {s.days} days, {when}{days}.")
    if together and s.first >= FIRST and s.core_s <= FIRST_S and one.occasions.n >= SEVERAL:
        said.append(
            f"As pages of one publisher or accounts on one automatic feed would, they came before nearly all other "
            f"visitors on {percent(s.first)} of the contents, most of them within {spoken_duration(s.core_s)}."
        )
    if together and s.top >= SINGLE and one.n_contents > 1:
        said.append(
            f"A single content may have drawn them, as a viral post does: {percent(s.top)} of the pairs of "
            "members who came within an hour of each other met there."
        )
    # Others here have to keep nights, or the log has none to miss.
    odd = word != "same audience"
    if (
        odd
        and s.night <= max(NO_NIGHT, s.night_others / 3)
        and s.night_others >= NIGHT
        and s.core_s >= LONG_S
    ):
        said.append(
            f"They came at all hours of day and night alike, spread over about {spoken_duration(s.core_s)} on a "
            "content: as software that spreads an order would, or people around the globe."
        )
    return said


def _pace(one: Weighed, clock_s: int) -> str:
    tick = max(clock_s, 1)
    if one.order.delay_s < tick:
        within = TICKS.get(clock_s, "a second")
        return (
            f"Accounts typically did all of it within {within}, each at its own time: one click that counts "
            "for several contents would do this, or software."
        )
    spread = spoken_duration(max(one.order.spread_s, tick))
    if one.order.delay_s > SITTING_S:
        return (
            f"Each account kept a lag of its own, typically to within {spread} on every content: people with a fixed "
            "routine would, or software that works through its accounts one after another."
        )
    return (
        f"Accounts went from content to content at the same pace, typically {spoken_duration(one.order.delay_s)} apart "
        f"(half of them within {spread} of the usual delay): people who look through a list in one sitting would, or "
        "a script."
    )


def _open(one: Weighed, word: str) -> str:
    """Say what the data leave open where they support nothing in particular."""
    if word == "lockstep":
        return (
            "An agreed campaign of real people, or accounts fed by the same automatic source, would also act together "
            "like this."
        )
    return "A fan club, or people who follow the same source, could overlap as much as this."


def _excluded(one: Weighed, word: str) -> list[str]:
    """Say which explanations the data exclude: only where members did act together."""
    first, last, met = one.rhythm.first_us, one.rhythm.last_us, one.occasions
    if word != "lockstep" or first is None or last is None:
        return []
    span = spoken_duration((last - first) / MICROSECONDS)
    said = f"Not one event: they met on {met.n} occasions in {span}"
    late = "; and others were there before them on most contents, unlike pages that publish first"
    # Where hardly anybody else came, who came first says little.
    told = one.signs.first < FIRST and one.rhythm.members_share < EXCLUSIVE
    return [said + (late if told else "") + "."]


def _relatives(one: Weighed, verdicts: Mapping[int, str]) -> list[str]:
    """Say which clusters with evidence of their own share accounts with this one."""
    heard = ("lockstep", "undetermined")
    if verdicts[one.cluster] not in heard:
        return []
    least = max(SHARED * one.n_accounts, FEW)
    others = [(c, n) for c, n in one.relatives if verdicts[c] in heard and n >= least]
    if not others:
        return []
    if len(others) == 1:
        cluster, n = others[0]
        if n == one.n_accounts:
            return [f"All of its accounts are also in cluster {cluster}."]
        return [f"{n} of its {one.n_accounts:,} accounts are also in cluster {cluster}."]
    (cluster, n), *more = others[:3]
    rest = [f"{n} in cluster {c}" for c, n in more]
    listed = ", ".join([f"{n} are also in cluster {cluster}", *rest[:-1]])
    return [f"Of its {one.n_accounts:,} accounts, {listed} and {rest[-1]}."]


def _limits(one: Weighed, clock_s: int, thresholds: Thresholds) -> list[str]:
    """Say what the data cannot tell."""
    assert one.overlap is not None
    said = []
    if one.synchrony.silent:
        said.append(SILENT[one.synchrony.silent])
    elif clock_s in TICKS:
        said.append(f"The log's clock ticks once {TICKS[clock_s]}; what happened within it is unknown.")
    if reference(one, thresholds) == "other contents":
        said.append(_gathered(one))
    if not one.overlap.interest_known:
        said.append(
            "The cluster is most of its topic, so what interest explains cannot be told from the rest."
        )
    if one.overlap.n_outside < one.n_accounts:
        said.append("The members do little else in this log, so their interests are hardly known.")
    return said


def _gathered(one: Weighed) -> str:
    g = one.gathering
    slower = ", so members were no faster" if g.faster <= 1 else ""
    return (
        "Compared with the log's other contents of like size instead, which is weaker: half of the members came within "
        f"{spoken_duration(g.members_s)} of each other; elsewhere half of as many visitors came within "
        f"{spoken_duration(g.others_s)}{slower}."
    )


def _lines(one: Weighed, word: str, thresholds: Thresholds) -> list[str]:
    """Say which line the cluster did not reach, or only just."""
    assert one.overlap is not None
    z, low, line = one.synchrony.z, one.overlap.ratio_low, line_of(one, thresholds)
    if low < thresholds.beyond_interest:
        return [
            f"Not more because interest may explain the overlap: it is at least {low:.2g} times the expected one, "
            f"and the line is {thresholds.beyond_interest:g}."
        ]
    said = []
    near = abs(z / line - 1) < CLOSE
    if word != "lockstep" and not np.isnan(z):
        said.append(_missed(one, thresholds))
        if near:
            said[-1] = (
                said[-1][:-1] + ", which is close: a few more rows or another seed could change the verdict."
            )
    if word == "undetermined" and np.isnan(z) and deaf(one, thresholds) and not np.isnan(one.order.steadier):
        said.append(
            "Not more because only a pace of their own could show more: their delays are "
            f"{one.order.steadier:.2g} times as steady as by swapping members, and the line is "
            f"{thresholds.steadier:g}, on {thresholds.occasions} occasions or more."
        )
    if word == "lockstep" and deaf(one, thresholds) and in_step(one, thresholds) and not z >= line:
        said.append(
            "The verdict rests on order and delays, kept far more steadily than by members who swap times."
        )
    if near and word == "lockstep":
        said.append(
            f"The timing is close to the line (z = {z:.1f}, the line is {line:.3g}): a few more rows or another seed "
            "could change the verdict."
        )
    return said


def _missed(one: Weighed, thresholds: Thresholds) -> str:
    """Say which line the timing missed: z, the distance, or the number of occasions."""
    assert one.overlap is not None
    z, line, close = one.synchrony.z, line_of(one, thresholds), one.rhythm.closeness
    if z < line:
        said = f"z = {z:.1f}, and the line is {line:.3g}"
    elif not close >= thresholds.closeness:
        said = f"other visitors are {close:.1f} times as far apart, and the line is {thresholds.closeness:g}"
    elif one.occasions.n < thresholds.occasions:
        times = f"{one.occasions.n} occasion{'' if one.occasions.n == 1 else 's'}"
        said = f"members met on {times}, and the line is {thresholds.occasions}"
        if one.occasions.largest_s > EVENT_S:
            said = f"it falls into no {thresholds.occasions} separate occasions"
    elif not repeated(one, thresholds):
        rest, half = one.synchrony.z_elsewhere, line_elsewhere(one, thresholds)
        without = (
            "there is nothing to compare" if np.isnan(rest) else f"z = {rest:.1f}, and the line is {half:.3g}"
        )
        said = f"without the largest occasion {without}"
    else:
        said = f"q is above {thresholds.q:g}"
    loose = one.overlap.density < thresholds.dense
    more = f"; the group is also loose ({percent(one.overlap.density)} of the pairs)" if loose else ""
    return f"Not more because of the timing: {said}{more}."


def _clock(hour: float) -> str:
    minutes = round(hour * 60) % 1_440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
