"""How numbers are said: each beside what it is compared with, in words for somebody who knows no statistics."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from farmgraph.evidence import words
from farmgraph.render.names import visible
from farmgraph.runtime import spoken_duration

LINES = {
    "beyond_interest": "least overlap ratio (lower end of its interval) that interest does not explain",
    "q": "largest q value of the timing test",
    "z": "least z of the timing test where members are up to half of the visitors",
    "z_exclusive": "least z where they are nearly all of them; in between the line falls evenly",
    "closeness": "other visitors at least this many times as far apart as members, in equal numbers",
    "z_close": "least z where members are very close",
    "closeness_close": "other visitors at least this many times as far apart: members count as very close",
    "occasions": "fewest separate occasions on which members met; lockstep must also hold without the largest",
    "deaf": "members' share of the visits from which on other visitors are too few to compare with",
    "gathering": "there: visitors of other contents took at least this many times as long to gather",
    "steadier": "delays between contents at least this many times as steady as by swapping: the same pace",
    "steadier_z": "the same in standard deviations of the swaps",
    "dense": "least share of possible pairs at which a group without a timing signal stays undetermined",
    "min_accounts": "fewest accounts for a verdict",
    "min_contents": "fewest contents for a verdict",
    "min_interactions": "fewest account-content pairs for a verdict",
}
"""What each threshold means."""

EMPTY = ("empty account", "empty content")
"""Rows that name nobody or nothing: no harm if they are left out."""

FEW_ROWS = 1_000
LOOSE = 0.25
"""Members with a lower score are called loosely attached."""

MEANINGS = {
    "lockstep": "as a group, the accounts share contents beyond interest, and act closer together in time than "
    "the contents' own timing and their own hours explain",
    "undetermined": "the accounts share far more than interest explains, but the times do not settle why",
    "same audience": "not enough to rule out shared interest or the contents' own timing: either interest explains "
    "the overlap, or the group is loose and its timing does not reach the line",
    "too little data": "there is not enough to weigh",
}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def count(number: int, one: str = "", many: str | None = None) -> str:
    """Say a whole number, with its noun if one is given.

    Examples
    --------
    >>> count(1, "account"), count(1200, "account"), count(2, "match", "matches")
    ('1 account', '1,200 accounts', '2 matches')
    """
    if not one:
        return f"{number:,}"
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(share: float | None) -> str:
    """Say a share.

    Examples
    --------
    >>> percent(0.887), percent(0.0042), percent(0.00001), percent(None)
    ('89 %', '0.42 %', 'less than 0.01 %', 'unknown')
    """
    return "unknown" if share is None else words.percent(share)


def number(value: float | None) -> str:
    """Say a number with the two digits that matter, or all digits before the point.

    Examples
    --------
    >>> number(1234.5), number(12.34), number(0.0123), number(None)
    ('1,234', '12', '0.012', 'unknown')
    """
    if value is None:
        return "unknown"
    if abs(value) >= 10:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2g}"


def probability(symbol: str, value: float | None) -> str:
    """Say a p or q value.

    Examples
    --------
    >>> probability("q", 1e-9), probability("p", 0.0312), probability("q", None)
    ('q < 0.001', 'p = 0.031', 'q: not tested')
    """
    if value is None:
        return f"{symbol}: not tested"
    return f"{symbol} < 0.001" if value < 0.001 else f"{symbol} = {value:.2g}"


def period(first_us: int | None, last_us: int | None) -> str:
    """Say a period by its days, or by its minutes where it is a single day. Times are UTC.

    Examples
    --------
    >>> period(1_742_120_645_000_000, 1_743_123_600_000_000)
    '16 Mar 2025 to 28 Mar 2025'
    >>> period(1_742_120_645_000_000, 1_742_122_800_000_000)
    '16 Mar 2025, 10:24 to 11:00 UTC'
    >>> period(None, None)
    'no times'
    """
    if first_us is None or last_us is None:
        return "no times"
    a, b = _when(first_us), _when(last_us)
    if a.date() == b.date():
        return f"{_day(a)}, {a:%H:%M} to {b:%H:%M} UTC"
    return f"{_day(a)} to {_day(b)}"


def headline(head: Mapping[str, int]) -> str:
    """Say in one sentence what was found."""
    everyone = f"among the {count(head['n_accounts'], 'account')} in this log"
    if not head["n_clusters"]:
        return f"farmgraph found no cluster of accounts that share unusually many contents {everyone}."
    found = (
        f"farmgraph found {count(head['n_clusters'], 'cluster')} of accounts that share unusually many "
        f"contents {everyone}"
    )
    if head["first_us"] is None:
        return f"{found}. The log has no times: timing could not be tested, so no lockstep could be found."
    if head["n_untested"] == head["n_clusters"]:
        return f"{found}. The timing of none of them could be tested, so no lockstep could be found."
    untested = ""
    if head["n_untested"]:
        of_all = f"{head['n_untested']:,} of the {count(head['n_clusters'], 'cluster')}"
        untested = f" The timing of {of_all} could not be tested."
    if not head["n_lockstep"]:
        if not untested:
            return f"{found}; none of them moved in lockstep."
        return f"{found}; none of those that could be tested moved in lockstep.{untested}"
    as_what = "as a group" if head["n_lockstep"] == 1 else "as groups"
    held = f"{count(head['n_accounts_in_lockstep'], 'member account')} in all"
    return f"{found}; {head['n_lockstep']:,} of them moved in lockstep {as_what} ({held}).{untested}"


def totals(head: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the four totals of the log: ``value``, ``what`` it is, ``beside`` what it is compared with."""
    every = count(head["n_clusters"])
    untested = f" The timing of {head['n_untested']:,} could not be tested." if head["n_untested"] else ""
    untimed = f" {count(head['n_without_time'], 'action')} without a time." if head["n_without_time"] else ""
    clusters = "cluster" if head["n_clusters"] == 1 else "clusters"
    return [
        {
            "value": every,
            "what": f"{clusters} of accounts that share unusually many contents",
            "beside": f"In lockstep: {head['n_lockstep']:,} of {every}.{untested}",
        },
        {
            "value": count(head["n_accounts_in_lockstep"]),
            "what": "accounts in lockstep clusters",
            "beside": f"In any cluster: {count(head['n_accounts_in_clusters'])} of the "
            f"{count(head['n_accounts'])} in the log.",
        },
        {
            "value": count(head["n_accounts"]),
            "what": "accounts in the log",
            "beside": f"{count(head['n_recurring'])} of them acted on three contents or more; nobody else can be in a "
            "cluster.",
        },
        {
            "value": count(head["n_interactions"]),
            "what": f"actions on {count(head['n_contents'], 'content')}",
            "beside": "The log has no times."
            if head["first_us"] is None
            else f"{period(head['first_us'], head['last_us'])}.{untimed}",
        },
    ]


def reasons(head: Mapping[str, Any], provenance: Mapping[str, Any]) -> list[str]:
    """Say what may have kept clusters from being found: only what holds of this log."""
    said = []
    if head["n_interactions"] < FEW_ROWS:
        said.append(
            f"the log is small: {count(head['n_interactions'], 'row')}, where a verdict needs at least 15 "
            "account-content pairs in a single cluster"
        )
    if head["n_recurring"] < head["n_accounts"] / 2:
        said.append(
            f"few accounts come back: {count(head['n_recurring'])} of {count(head['n_accounts'])} acted on three "
            "contents or more, and nobody else can be in a cluster"
        )
    if provenance["rows_rejected"]:
        said.append(
            f"rows are missing: {count(provenance['rows_rejected'])} of {count(provenance['rows_read'])} are not "
            "used"
        )
    if head["first_us"] is None:
        said.append("the log has no times: that hides no cluster, but timing could not have been tested")
    return said


def rows_read(provenance: Mapping[str, Any]) -> str:
    """Say how many rows were read and used, and why others were not."""
    read, used = provenance["rows_read"], provenance["rows_used"]
    if read is None or used is None:
        return ""
    lost = read - used
    if not lost:
        return f"All {count(read, 'row')} of the log {'was' if read == 1 else 'were'} used."
    reasons = provenance["rejected_by_reason"] or {}
    # Largest first: the reasons come in that order, but JSON does not promise to keep it.
    order = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    why = ", ".join(f"{count(n)} {visible(reason, 100)}" for reason, n in order)
    because = f" ({why})" if why else ""
    return f"Of {count(read, 'row')} in the log, used: {count(used)}; not used: {count(lost)}{because}."


def rows_missing(provenance: Mapping[str, Any]) -> str:
    """Warn where more than half of the rows were lost to something else than an empty account or content."""
    lost = provenance["rejected_by_reason"] or {}
    repairable = sum(n for reason, n in lost.items() if reason not in EMPTY)
    if not provenance["rows_read"] or repairable <= provenance["rows_read"] / 2:
        return ""
    return (
        "More than half of the log is missing here: what follows speaks of the rest alone. Every row that was not "
        "used is in rejected.csv; mend the log or name other columns, and make the case again."
    )


def facts(cluster: Mapping[str, Any], head: Mapping[str, Any], draws: int | None) -> list[dict[str, str]]:
    """Return the four numbers of a cluster: ``value``, ``what`` it is, ``beside`` what it is compared with."""
    return [_overlap(cluster), _gap(cluster), _synchrony(cluster, draws), _period(cluster, head)]


def _overlap(cluster: Mapping[str, Any]) -> dict[str, str]:
    possible = cluster["n_accounts"] * cluster["n_contents"]
    expected = cluster["expected_interactions"]
    if expected is None:
        beside = "Expected from interest: not computed."
    else:
        beside = f"Expected from activity, popularity and shared interest: {number(expected)} pairs"
        beside += f" ({percent(expected / possible)})" if possible else ""
        if cluster["overlap_ratio"] is not None:
            beside += f". That is {number(cluster['overlap_ratio'])} times as many"
            if cluster["overlap_ratio_low"] is not None:
                beside += f", at least {number(cluster['overlap_ratio_low'])} times (95 % interval)"
        beside += "."
    what = f"of all possible account-content pairs happened ({count(cluster['n_interactions'])} of {count(possible)})"
    return {"value": percent(cluster["density"]), "what": what, "beside": beside}


def _gap(cluster: Mapping[str, Any]) -> dict[str, str]:
    own, others = cluster["gap_members_s"], cluster["gap_others_s"]
    if others is not None:
        beside = f"Other visitors of the same contents, in equal numbers: {spoken_duration(others)}."
        if cluster["closeness"] is not None:
            beside += f" With as many of either they are {number(cluster['closeness'])} times as far apart."
    elif own is not None:
        beside = _alone(cluster)
    else:
        beside = "No times to compare."
    return {
        "value": "unknown" if own is None else spoken_duration(own),
        "what": "median wait to the nearest other member on the same content",
        "beside": beside,
    }


def _alone(cluster: Mapping[str, Any]) -> str:
    """Say that nobody else came, and what was compared instead."""
    instead = cluster["reference"] == "other contents"
    more = "; compared with the log's other contents instead (see the explanation)" if instead else ""
    return f"Too few other visitors to compare with{more}."


def _synchrony(cluster: Mapping[str, Any], draws: int | None) -> dict[str, str]:
    z, scale = cluster["synchrony_z"], cluster["synchrony_scale_s"]
    if z is None:
        if cluster["gap_members_s"] is None:
            why = "It needs times of the members' actions."
        elif cluster["gap_others_s"] is None:
            why = _alone(cluster)
        else:
            why = "The times are too coarse, or too much the same, to tell members from other visitors."
        return {"value": "silent", "what": "synchrony could not be tested", "beside": why}
    within = f" within {spoken_duration(scale)}" if scale is not None else ""
    return {
        "value": f"z = {z:.1f}",
        "what": f"synchrony: how far above chance members come{within} of each other",
        "beside": f"Chance: z near 0. {_tested(cluster['p_value'], cluster['q_value'], draws)}. Tested against "
        "times that these accounts could have had, by each content's own timing and their own hours.",
    }


def _period(cluster: Mapping[str, Any], head: Mapping[str, Any]) -> dict[str, str]:
    share = percent(cluster["n_rows"] / head["n_interactions"]) if head["n_interactions"] else "none"
    met = ""
    if cluster["occasions"]:
        met = f" Members met on {count(cluster['occasions'], 'separate occasion')}; the largest holds "
        met += f"{percent(cluster['largest_occasion'])} of their actions."
    return {
        "value": count(cluster["n_rows"], "action"),
        "what": f"by the cluster on its contents, {period(cluster['first_us'], cluster['last_us'])}",
        "beside": f"Whole log: {count(head['n_interactions'], 'action')}, "
        f"{period(head['first_us'], head['last_us'])}. The cluster's share is {share}.{met}",
    }


def _tested(p: float | None, q: float | None, draws: int | None) -> str:
    if q is None:
        return "No q value: it was not tested together with others"
    if p is None:
        return probability("q", q)
    said = f"{probability('p', p)}, {probability('q', q)}"
    if draws and abs(p * (draws + 1) - 1) < 1e-6:
        said += f" (p is the smallest value that {count(draws)} draws can give)"
    return said


def _when(us: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(microseconds=us)


def _day(when: datetime) -> str:
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"
