"""What can be simulated: the kinds of groups, and scenarios put together from them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from farmgraph.lab import bystanders, farms
from farmgraph.lab.groups import Field, Group, Planted

Planter = Callable[[Field, Group, str], list[Planted]]

PLANTERS: dict[str, Planter] = {
    **dict.fromkeys(
        ("burst", "shift", "drip", "popular", "sparse", "small", "large", "staggered", "pool", "own clock"),
        farms.team,
    ),
    "reused": farms.reused,
    "brokers": farms.brokers,
    "fan club": bystanders.fan_club,
    "one-zone club": bystanders.one_zone_club,
    "same-hours club": bystanders.same_hours_club,
    "giveaway": bystanders.giveaway,
    "viral post": bystanders.viral,
    "power users": bystanders.power_users,
    "protest": bystanders.protest,
    "small town": bystanders.small_town,
    "media group": bystanders.media_group,
    "school class": bystanders.school_class,
}
"""How each kind of group is planted."""

HIRING = {kind for kind, planter in PLANTERS.items() if planter.__module__ == farms.__name__} | {
    "media group",
    "school class",
}
"""Kinds whose members are accounts of their own; all others recruit from the crowd."""


@dataclass(frozen=True)
class Scenario:
    """A recipe for a log: what it is for, and the groups that are planted among the crowd."""

    text: str
    groups: tuple[Group, ...]


def _small(kind: str) -> tuple[Group, ...]:
    return tuple(Group(kind, n, 8, 0.95, copies=1) for n in (6, 7, 8))


FARMS = {
    "burst": Scenario("orders delivered in ten minutes", (Group("burst", 30, 15, 0.9, camouflage=False),)),
    "burst-camouflaged": Scenario(
        "the same by workers who also act like everybody", (Group("burst", 30, 15, 0.9),)
    ),
    "shift": Scenario(
        "orders delivered in a daily shift of four hours", (Group("shift", 30, 15, 0.9, camouflage=False),)
    ),
    "shift-camouflaged": Scenario(
        "the same by workers who also act like everybody", (Group("shift", 30, 15, 0.9),)
    ),
    "drip": Scenario(
        "orders dripped evenly over three days", (Group("drip", 30, 15, 0.8, camouflage=False),)
    ),
    "drip-camouflaged": Scenario(
        "the same by workers who also act like everybody", (Group("drip", 30, 15, 0.8),)
    ),
    "popular": Scenario(
        "targets are among the most popular contents", (Group("popular", 30, 15, 0.9, popular=True),)
    ),
    "sparse": Scenario("each worker takes a third of the orders", (Group("sparse", 60, 20, 1 / 3),)),
    "small": Scenario("six, seven and eight workers", _small("small")),
    "large": Scenario("500 workers", (Group("large", 500, 25, 0.6),)),
    "reused": Scenario(
        "60 workers serve four customers, three fifths of them each", (Group("reused", 60, 12, 0.9),)
    ),
    "staggered": Scenario(
        "each worker begins with a lag of its own, up to six hours", (Group("staggered", 30, 15, 0.9),)
    ),
    "pool": Scenario("of 120 workers a quarter take each of 40 orders", (Group("pool", 120, 40, 0.25),)),
    "own-clock": Scenario(
        "workers come when the crowd would: only overlap tells", (Group("own clock", 30, 15, 0.9),)
    ),
    "brokers": Scenario(
        "two brokers of 50 accounts, 20 of which work for both", (Group("brokers", 80, 15, 0.9),)
    ),
}
LOOK_ALIKES = {
    "fan-clubs": Scenario("40 fans from everywhere on one idol's posts", (Group("fan club", 40, 25, 0.35),)),
    "one-zone-clubs": Scenario(
        "fan clubs whose members live in one time zone", (Group("one-zone club", 40, 25, 0.35),)
    ),
    "same-hours-clubs": Scenario(
        "fan clubs whose members share their hours", (Group("same-hours club", 40, 25, 0.35),)
    ),
    "giveaway": Scenario("300 strangers come for a prize", (Group("giveaway", 300, 2, 0.75),)),
    "viral-post": Scenario("one post that hundreds see within a day", (Group("viral post", 750, 1, 1.0),)),
    "power-users": Scenario(
        "busy accounts on whatever is popular", (Group("power users", 40, 60, 0.4, popular=True),)
    ),
    "protest": Scenario("400 strangers, one afternoon, eight hashtags", (Group("protest", 400, 8, 0.45),)),
    "small-town": Scenario("120 neighbours review 30 shops", (Group("small town", 120, 30, 0.35),)),
}
BENIGN = {
    "media-groups": Scenario(
        "20 pages syndicate 40 articles within minutes", (Group("media group", 20, 40, 0.8),)
    ),
    "school-classes": Scenario(
        "28 pupils do 12 tasks in the same lessons", (Group("school class", 28, 12, 0.9),)
    ),
}


def _once(scenarios: dict[str, Scenario]) -> tuple[Group, ...]:
    """Return all groups of these scenarios, one copy of each."""
    return tuple(replace(group, copies=1) for s in scenarios.values() for group in s.groups)


SCENARIOS: dict[str, Scenario] = {
    "crowd": Scenario("nobody but the crowd", ()),
    **FARMS,
    **LOOK_ALIKES,
    **BENIGN,
    "organic": Scenario("every look-alike, no farm and no coordination", _once(LOOK_ALIKES)),
    "mixed": Scenario("everything at once", _once({**FARMS, **LOOK_ALIKES, **BENIGN})),
}
"""All scenarios by name."""
