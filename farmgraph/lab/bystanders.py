"""Groups that are no farms: look-alikes that must not be taken for one, and coordination that is no fraud."""

import numpy as np

from farmgraph.lab import draws
from farmgraph.lab.crowd import EVENING, HOUR, ZONES
from farmgraph.lab.groups import Field, Group, Planted, Rows
from farmgraph.lab.labels import BENIGN, LOOK_ALIKE
from farmgraph.lab.visits import DAY

MOST_OF_CROWD = 12
"""Events draw at most one in so many accounts of the crowd."""


def fan_club(field: Field, group: Group, name: str) -> list[Planted]:
    """Plant fans from everywhere: one topic, a third of one idol's posts each, at their own sessions."""
    members, topic = _of_one_topic(field, group, name)
    zones = ZONES[field.within(name, "zones", len(members), len(ZONES))]
    habits = field.within(name, "habits", len(members), 6 * HOUR) - 3 * HOUR
    field.change(members, shift=zones + habits)
    return [_fans(field, group, name, members, topic)]


def one_zone_club(field: Field, group: Group, name: str) -> list[Planted]:
    """Plant a fan club whose members all live in one time zone."""
    members, topic = _of_one_topic(field, group, name)
    habits = field.within(name, "habits", len(members), 4 * HOUR) - 2 * HOUR
    field.change(members, shift=field.zone(name) + habits)
    return [_fans(field, group, name, members, topic)]


def same_hours_club(field: Field, group: Group, name: str) -> list[Planted]:
    """Plant a fan club whose members live in one zone and only ever come in the same evening hours."""
    members, topic = _of_one_topic(field, group, name)
    field.change(members, shift=field.zone(name), habit=EVENING)
    return [_fans(field, group, name, members, topic)]


def _of_one_topic(field: Field, group: Group, name: str) -> tuple[np.ndarray, int]:
    topic = field.topic(name, group.n_accounts, group.n_contents)
    home = field.crowd.accounts.home[: field.crowd.n_ordinary]
    return field.recruit(name, group.n_accounts, home == topic), topic


def _fans(field: Field, group: Group, name: str, members: np.ndarray, topic: int) -> Planted:
    # Whoever follows somebody sees a post sooner than people who come across it.
    contents = field.targets(name, group.n_contents, suitable=field.crowd.topic_of_content == topic)
    return _visitors(field, group, name, members, contents, quicker=2)


def giveaway(field: Field, group: Group, name: str) -> list[Planted]:
    """Plant strangers who come for one prize within hours; half of them follow the sponsor's page as well."""
    members = field.recruit(name, _strangers(field, group))
    contents = field.targets(name, 2)
    post, sponsor = contents
    if field.crowd.contents.birth[sponsor] > field.crowd.contents.birth[post]:
        post, sponsor = sponsor, post
    when = field.visits(name, members, np.full(len(members), post), quicker=3)
    follows = draws.chance(field.key(name, "follows"), len(members), 0.5)
    later = when[follows] + 20 + field.within(name, "sponsor", int(follows.sum()), 100)
    rows = Rows(
        np.concatenate((members, members[follows])),
        np.concatenate((np.full(len(members), post), np.full(len(later), sponsor))),
        np.concatenate((when, later)),
    )
    return [Planted(name, group.kind, LOOK_ALIKE, members, contents, rows)]


def viral(field: Field, group: Group, name: str) -> list[Planted]:
    """Plant a post that one in eight of the crowd sees, most of them within a day."""
    members = field.recruit(name, _strangers(field, group))
    contents = field.targets(name, 1)
    when = field.visits(name, members, np.full(len(members), contents[0]), quicker=2)
    rows = Rows(members, np.full(len(members), contents[0]), when)
    return [Planted(name, group.kind, LOOK_ALIKE, members, contents, rows)]


def power_users(field: Field, group: Group, name: str) -> list[Planted]:
    """Plant very active accounts that act on two fifths of whatever is popular, in every topic."""
    degree = field.crowd.accounts.degree[: field.crowd.n_ordinary]
    n_busy = min(max(len(degree) // 12, 4 * group.n_accounts), len(degree))
    busy = degree >= np.sort(degree)[-n_busy]
    members = field.recruit(name, group.n_accounts, busy)
    contents = field.targets(name, group.n_contents, popular=True)
    return [_visitors(field, group, name, members, contents, quicker=1)]


def protest(field: Field, group: Group, name: str) -> list[Planted]:
    """Plant many strangers who use a few hashtags on one afternoon, each for an hour or so."""
    birth = field.crowd.contents.birth
    days = max(field.crowd.n_days - 10, 1)
    day = 3 + int(field.within(name, "day", 1, days)[0])
    recent = (birth >= (day - 3) * DAY) & (birth < day * DAY)
    contents = field.targets(name, group.n_contents, suitable=recent, audience=(10, 1_000))
    members = field.recruit(name, _strangers(field, group))
    person, tag = field.pairs(name, members, contents, group.participation)
    n = len(members)
    arrives = (
        day * DAY
        + 13 * HOUR
        + field.within(name, "arrives", n, 3 * HOUR)
        + field.within(name, "a while", n, 3 * HOUR)
    )
    when = arrives[person] + field.within(name, "posts", len(person), HOUR)
    rows = Rows(members[person], contents[tag], when)
    return [Planted(name, group.kind, LOOK_ALIKE, members, contents, rows)]


def small_town(field: Field, group: Group, name: str) -> list[Planted]:
    """Plant neighbours who review the same few shops, whenever they happen to have been there."""
    members = field.recruit(name, group.n_accounts)
    habits = field.within(name, "habits", len(members), 4 * HOUR) - 2 * HOUR
    field.change(members, shift=field.zone(name) + habits)
    contents = field.targets(name, group.n_contents, audience=(8, 20))
    who, what = _pairs(field, group, name, members, contents)
    opened = field.crowd.contents.birth[what]
    been_there = opened + field.within(name, "been there", len(who), 1 << 40) % (field.crowd.until - opened)
    when = field.sessions(name, who, been_there)
    return [Planted(name, group.kind, LOOK_ALIKE, members, contents, Rows(who, what, when))]


def media_group(field: Field, group: Group, name: str) -> list[Planted]:
    """Plant pages of one publisher that share the same articles within minutes of each other."""
    members = field.hire(name, group.n_accounts, camouflage=group.camouflage, zone=field.zone(name))
    contents = field.targets(name, group.n_contents)
    page, article = field.pairs(name, members, contents, group.participation)
    released = field.crowd.contents.birth[contents] + field.within(name, "released", len(contents), HOUR)
    when = released[article] + field.within(name, "minutes", len(page), 300)
    rows = Rows(members[page], contents[article], when)
    return [Planted(name, group.kind, BENIGN, members, contents, rows)]


def school_class(field: Field, group: Group, name: str) -> list[Planted]:
    """Plant pupils who do the same tasks in the same lesson of 45 minutes, always at the same hour of a weekday."""
    zone = field.zone(name)
    members = field.hire(name, group.n_accounts, camouflage=group.camouflage, zone=zone)
    contents = field.targets(name, group.n_contents)
    pupil, task = field.pairs(name, members, contents, group.participation)
    birth = field.crowd.contents.birth[contents]
    day = (birth + zone) // DAY + 1 + field.within(name, "day", len(contents), 3)
    day = np.where(day % 7 >= 5, day + 7 - day % 7, day)
    hour = (8 + int(field.within(name, "hour", 1, 6)[0])) * HOUR
    lesson = day * DAY + hour - zone
    when = lesson[task] + field.within(name, "minutes", len(pupil), 45 * 60)
    rows = Rows(members[pupil], contents[task], when)
    return [Planted(name, group.kind, BENIGN, members, contents, rows)]


def _strangers(field: Field, group: Group) -> int:
    return min(group.n_accounts, field.crowd.n_ordinary // MOST_OF_CROWD)


def _pairs(
    field: Field, group: Group, name: str, members: np.ndarray, contents: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    member, content = field.pairs(name, members, contents, group.participation)
    return members[member], contents[content]


def _visitors(
    field: Field, group: Group, name: str, members: np.ndarray, contents: np.ndarray, *, quicker: int
) -> Planted:
    who, what = _pairs(field, group, name, members, contents)
    when = field.visits(name, who, what, quicker=quicker)
    return Planted(name, group.kind, LOOK_ALIKE, members, contents, Rows(who, what, when))
