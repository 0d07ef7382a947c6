"""The finding in one plain sentence, and the innocent explanations that the data leave open."""

import numpy as np

from farmgraph.evidence.verdict import Thresholds, Weighed
from farmgraph.runtime import spoken_duration

EXCLUSIVE = 0.9
ONE_TOPIC = 0.9
SHORT_S = 2 * 86_400


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


def sentence(one: Weighed) -> str:
    """Say what was found about one cluster."""
    if one.overlap is None:
        return f"{one.n_accounts:,} accounts were linked, but they share no contents beyond chance."
    cells = one.n_accounts * one.n_contents
    text = (
        f"{one.n_accounts:,} accounts acted on the same {one.n_contents:,} contents; "
        f"{percent(one.overlap.density)} of all possible account-content pairs happened, "
        f"{percent(one.overlap.expected / cells)} expected from their interests"
    )
    members, others = one.rhythm.gap_members_s, one.rhythm.gap_others_s
    if np.isnan(members):
        return text + "; nothing can be said about timing."
    text += f"; on those contents a member typically came within {spoken_duration(members)} of another member"
    if np.isnan(others):
        return text + ", and there are no other visitors to compare with."
    return text + f", other visitors within {spoken_duration(others)} of each other."


def explanation(
    one: Weighed, verdict: str, thresholds: Thresholds, clock_s: int, *, n_topics: int, has_times: bool
) -> str:
    """Say which innocent explanations the data leave open or exclude."""
    if verdict == "too little data":
        return (
            f"Too little to judge: a verdict needs {thresholds.min_accounts} accounts, {thresholds.min_contents} "
            f"contents and {thresholds.min_interactions} account-content pairs."
        )
    assert one.overlap is not None
    said = []
    if not one.overlap.interest_known:
        said.append(
            "The cluster is most of its topic, so what interest explains cannot be told from the rest."
        )
    elif one.overlap.ratio_low < thresholds.beyond_interest:
        said.append(
            "Shared interest explains this overlap: people of the same taste meet on the same contents."
        )
    if one.rhythm.members_share >= EXCLUSIVE:
        said.append(
            f"{percent(one.rhythm.members_share)} of the actions on these contents are the members' own: pages of one "
            "publisher or network, one team, or a school class would look like this."
        )
    elif verdict == "lockstep":
        said.append(
            "Pages of one media group that publish the same text, accounts fed by the same automatic feed, or an "
            "agreed campaign of real people would also act together like this."
        )
    if n_topics > 1 and one.overlap.topic_share >= ONE_TOPIC:
        said.append(
            f"{percent(one.overlap.topic_share)} of the contents belong to one topic, as with a fan club."
        )
    if one.rhythm.first_us is not None and one.rhythm.last_us is not None:
        span = (one.rhythm.last_us - one.rhythm.first_us) / 1e6
        if span <= SHORT_S:
            said.append(
                f"Everything happened within {spoken_duration(span)}: one event or giveaway could do this."
            )
    if one.overlap.n_outside < one.n_accounts:
        said.append("The members do little else in this log, so their interests are hardly known.")
    if not has_times:
        said.append("The log has no times, so acting together cannot be told from liking the same things.")
    elif np.isnan(one.synchrony.z):
        said.append("Too few other visitors, so the timing could not be compared with anybody's.")
    elif clock_s > 1:
        said.append(f"The log's clock is coarse ({spoken_duration(clock_s)}), finer timing is unknown.")
    if not said:
        said.append("A tight circle of people who follow the same source could overlap as much as this.")
    return " ".join(said)
