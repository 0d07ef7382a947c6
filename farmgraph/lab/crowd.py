"""The crowd: ordinary accounts with interests, sleep and sittings, and contents with popularity and a clock."""

from dataclasses import dataclass, replace
from functools import lru_cache
from math import isqrt

import numpy as np

from farmgraph.errors import UsageError
from farmgraph.lab import draws
from farmgraph.lab.visits import DAY, Accounts, Clocks, Contents

HOUR = 3_600
ZONES = np.array([-8, -5, -3, 0, 1, 2, 3, 5, 8, 9]) * HOUR
"""Seconds ahead of UTC of the places where people live, American west coast to Japan."""
ZONE_WEIGHTS = np.array([2, 4, 2, 3, 6, 3, 3, 4, 3, 2])

# How likely a session begins in each local hour, from midnight on: a night, a lunch break, an evening.
HOURS_AWAKE = (5, 2, 1, 1, 1, 2, 6, 12, 16, 17, 16, 17, 20, 18, 16, 16, 17, 19, 21, 24, 27, 27, 21, 12)
HOURS_EVENING = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 9, 9, 2, 0)
ORDINARY, EVENING = 0, 1
"""Rows of the table of hours: ordinary people, and people who only come in the same evening hours."""

# Chosen so that the tails stand where those of the real logs in data/ stand: see `farmgraph.lab.portraits.marginals`.
ACTIVITY_SHAPE, POPULARITY_SHAPE, DELAY_SHAPE, PACE_SHAPE = "1.7", "1.1", "1.1", "1.5"
TYPICAL_PACE = 2 * HOUR
NEWCOMERS, LEAVERS = 0.3, 0.15


@dataclass(frozen=True, eq=False)
class Crowd:
    """All accounts and contents of a simulated log, before anybody acts.

    Attributes
    ----------
    accounts : Accounts
        The first `n_ordinary` are the crowd; hired accounts of planted groups follow.
    contents : Contents
    clocks : Clocks
    topic_of_content : numpy.ndarray
        int32.
    weights : numpy.ndarray
        int64 popularity of each content.
    n_ordinary : int
    n_days : int
    seed : int
    """

    accounts: Accounts
    contents: Contents
    clocks: Clocks
    topic_of_content: np.ndarray
    weights: np.ndarray
    n_ordinary: int
    n_days: int
    seed: int

    @property
    def until(self) -> int:
        """End of the log, seconds after its first midnight."""
        return self.n_days * DAY

    @property
    def n_accounts(self) -> int:
        """Number of accounts, hired ones included."""
        return len(self.accounts.degree)

    @property
    def n_topics(self) -> int:
        """Number of topics."""
        return len(self.contents.starts) - 1


@lru_cache
def clocks() -> Clocks:
    """Return the tables of time."""
    hours = np.stack([_hour_table(np.array(h)) for h in (HOURS_AWAKE, HOURS_EVENING)])
    return Clocks(hours, draws.log_logistic_table(DELAY_SHAPE, draws.ONE))


def _hour_table(weights: np.ndarray) -> np.ndarray:
    """Return 257 seconds of the day between which sessions begin equally often."""
    ends = np.concatenate(([0], np.cumsum(weights)))
    targets = np.arange(257) * int(ends[-1])
    hour = np.clip(np.searchsorted(ends * 256, targets, side="right") - 1, 0, 23)
    last = np.flatnonzero(weights)[-1]
    hour = np.minimum(hour, last)
    return hour * HOUR + (targets - ends[hour] * 256) * HOUR // (weights[hour] * 256)


def make_crowd(*, n_rows: int, n_accounts: int, n_contents: int, n_days: int, seed: int) -> Crowd:
    """Return a crowd that is about to act `n_rows` times; a few in a hundred find nothing while they are there."""
    n_topics = max(6, isqrt(n_accounts) // 4)
    sizes = np.array([10_000 // (rank + 3) for rank in range(n_topics)])
    zones = _zones_of_topics(n_topics, seed)
    contents, topic_of_content, weights = _contents(n_contents, n_days, sizes, zones, seed)
    ordinary = _people(np.arange(n_accounts), sizes, zones, n_days, seed)
    there = np.clip(ordinary.left, 0, n_days * DAY) - np.clip(ordinary.joined, 0, n_days * DAY)
    degree = _degrees(n_rows, n_contents, there // HOUR, n_days * 24, seed)
    accounts = with_degrees(ordinary, degree, n_days)
    return Crowd(accounts, contents, clocks(), topic_of_content, weights, n_accounts, n_days, seed)


def _zones_of_topics(n: int, seed: int) -> np.ndarray:
    """Return where each topic is at home: a log has a region, to which half of its topics belong."""
    region = draws.weighted(draws.key_of(seed, "region"), 1, ZONE_WEIGHTS)
    anywhere = draws.weighted(draws.key_of(seed, "zone of topic"), n, ZONE_WEIGHTS)
    return ZONES[np.where(draws.chance(draws.key_of(seed, "regional"), n, 0.5), region, anywhere)]


def _contents(
    n: int, n_days: int, sizes: np.ndarray, zones: np.ndarray, seed: int
) -> tuple[Contents, np.ndarray, np.ndarray]:
    topic = draws.weighted(draws.key_of(seed, "topic of content"), n, sizes).astype(np.int32)
    # Some contents are older than the log. Fewer are published at weekends.
    first = -7
    weekday = np.arange(first, n_days) % 7
    day = first + draws.weighted(draws.key_of(seed, "day of birth"), n, np.where(weekday < 5, 7, 5))
    cell = draws.below(draws.key_of(seed, "hour of birth"), n, 256)
    hours = clocks().hours[ORDINARY]
    inside = draws.below(draws.key_of(seed, "second of birth"), n, 1_024)
    second = hours[cell] + ((hours[cell + 1] - hours[cell]) * inside >> 10)
    birth = day * DAY + second - zones[topic]
    order = np.lexsort((birth, topic))
    popularity = draws.pareto_table(POPULARITY_SHAPE, 64)
    weights = 1 + draws.from_table(popularity, draws.raws(draws.key_of(seed, "popularity"), n))
    # Even the most popular content draws a twentieth of all visits at most.
    weights = np.minimum(weights, max(int(np.cumsum(np.minimum(weights, 1 << 32))[-1]) // 20, 100))
    pace = draws.log_logistic_table(PACE_SHAPE, TYPICAL_PACE)
    paces = np.clip(draws.from_table(pace, draws.raws(draws.key_of(seed, "pace"), n)), HOUR // 4, 5 * DAY)
    has_wave = draws.chance(draws.key_of(seed, "wave"), n, 0.1)
    wave = np.where(has_wave, DAY + draws.below(draws.key_of(seed, "when wave"), n, 9 * DAY), 0)
    weights = weights[order]
    contents = Contents(
        birth=birth[order],
        pace=paces[order],
        wave=wave[order],
        ends=np.concatenate(([0], np.cumsum(weights))),
        starts=np.searchsorted(topic[order], np.arange(len(sizes) + 1)).astype(np.int64),
    )
    return contents, topic[order], weights


def _people(
    numbers: np.ndarray,
    sizes: np.ndarray,
    zones: np.ndarray,
    n_days: int,
    seed: int,
    *,
    at_home: float = 0.65,
) -> Accounts:
    """Return accounts of these numbers, without actions yet."""
    n, n_topics = len(numbers), len(sizes)

    def key(name: str) -> np.uint64:
        return draws.key_of(seed, name, int(numbers[0]) if n else 0)

    home = draws.weighted(key("home"), n, sizes)
    second = (home + 1 + draws.weighted(key("second"), n, sizes[: n_topics - 1])) % n_topics
    elsewhere = ZONES[draws.weighted(key("zone"), n, ZONE_WEIGHTS)]
    zone = np.where(draws.chance(key("at home"), n, at_home), zones[home], elsewhere)
    early_or_late = draws.below(key("habit"), n, 3 * HOUR) - draws.below(key("other habit"), n, 3 * HOUR)
    newcomer = draws.chance(key("newcomer"), n, NEWCOMERS)
    joined = np.where(newcomer, draws.below(key("joined"), n, n_days * DAY), -90 * DAY)
    leaves = draws.chance(key("leaves"), n, LEAVERS)
    stays = 3 * DAY + draws.below(key("left"), n, n_days * DAY)
    return Accounts(
        degree=np.zeros(n, np.int64),
        home=home.astype(np.int64),
        second=second.astype(np.int64),
        shift=zone + early_or_late,
        slots=np.full(n, 2, np.int64),
        keen=np.full(n, 512, np.int64),
        weekend=128 + draws.below(key("weekend"), n, 224),
        habit=np.zeros(n, np.int64),
        joined=joined,
        left=np.where(leaves, np.maximum(joined, 0) + stays, n_days * DAY + 90 * DAY),
        key=draws.raws(key("account"), n),
    )


def _degrees(n_rows: int, n_contents: int, there: np.ndarray, always: int, seed: int) -> np.ndarray:
    """Return how often each account wants to act: a heavy tail, at least once, about `n_rows` in all.

    `there` holds the hours for which each account exists, of `always` in all.
    """
    table = draws.pareto_table(ACTIVITY_SHAPE, 1 << 10)
    activity = draws.from_table(table, draws.raws(draws.key_of(seed, "activity"), len(there)))
    activity = np.minimum(activity, 1 << 26) * there // always
    most = max(n_contents // 8, 60)
    if not len(there) <= n_rows <= len(there) * min(most, n_contents // 2):
        raise UsageError(
            f"{len(there):,} accounts and {n_contents:,} contents do not make {n_rows:,} rows of a crowd; expected "
            f"from {len(there):,} to {len(there) * min(most, n_contents // 2):,} rows. Change one of the three."
        )
    low, high = 0, 1 << 26
    while high - low > 1:
        scale = (low + high) // 2
        wanted = 1 + np.minimum(activity * scale >> 18, most)
        low, high = (scale, high) if int(wanted.sum()) <= n_rows else (low, scale)
    return 1 + np.minimum(activity * low >> 18, most)


def with_degrees(accounts: Accounts, degree: np.ndarray, n_days: int) -> Accounts:
    """Return the accounts with this much to do, and sessions to match."""
    # A person does about three things in a sitting, and looks in three times a day without doing any.
    a_day = 3 * 1_024 + degree * 1_024 * 3 // (n_days * 2)
    slots = np.clip(-(-a_day // 700), 2, 14)
    return accounts._replace(degree=degree, slots=slots, keen=np.clip(a_day // slots, 64, 1_000))


def hire(crowd: Crowd, n: int, name: str, *, zone: int) -> tuple[Crowd, np.ndarray]:
    """Return a crowd with n more accounts of one zone, which do nothing of their own accord yet, and their numbers."""
    numbers = np.arange(crowd.n_accounts, crowd.n_accounts + n)
    sizes = np.diff(crowd.contents.starts) + 1
    seed = int(draws.key_of(crowd.seed, "hired", name))
    new = _people(numbers, sizes, np.full(crowd.n_topics, zone), crowd.n_days, seed, at_home=1.0)
    # Whoever is hired is there from the first day to the last, unless something else is said.
    there = {"joined": np.full(n, -90 * DAY), "left": np.full(n, crowd.until + 90 * DAY)}
    new = with_degrees(new._replace(**there), np.zeros(n, np.int64), crowd.n_days)
    grown = Accounts(*(np.concatenate(pair) for pair in zip(crowd.accounts, new, strict=True)))
    return replace(crowd, accounts=grown), numbers


def changed(crowd: Crowd, numbers: np.ndarray, **columns: np.ndarray | int) -> Crowd:
    """Return a crowd in which these accounts have other properties, named as in `Accounts`."""
    new = {}
    for name, value in columns.items():
        column = getattr(crowd.accounts, name).copy()
        column[numbers] = value
        new[name] = column
    return replace(crowd, accounts=crowd.accounts._replace(**new))


def expected_visitors(crowd: Crowd, n_rows: int) -> np.ndarray:
    """Return about how many of the crowd each content will draw (int64)."""
    return crowd.weights * n_rows // max(int(crowd.contents.ends[-1]), 1)
