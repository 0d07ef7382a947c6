"""Farms: teams of hired accounts that work through orders. Each kind is one function from a field to rows."""

from collections.abc import Callable

import numpy as np

from farmgraph.lab.crowd import HOUR
from farmgraph.lab.groups import Field, Group, Planted, Rows
from farmgraph.lab.labels import FARM
from farmgraph.lab.visits import DAY

Timing = Callable[[Field, str, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
"""From field, name, workers, contents (codes, one entry per row) and order times to seconds."""

BURST, SHIFT, DRIP = 600, 4 * HOUR, 3 * DAY
"""Seconds that it takes to deliver: in ten minutes, within a shift of four hours, over three days."""

LAGS = 6 * HOUR
STAFF = 0.6
N_CUSTOMERS = 4


def in_a_burst(field: Field, name: str, who: np.ndarray, what: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Deliver within ten minutes."""
    return orders + field.within(name, "burst", len(who), BURST)


def in_shifts(field: Field, name: str, who: np.ndarray, what: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Deliver in the next shift of four hours, at the same hours every day."""
    begins = int(field.within(name, "hour of shift", 1, 24)[0]) * HOUR
    shift = orders - (orders - begins) % DAY + DAY
    return shift + field.within(name, "shift", len(who), SHIFT)


def in_drips(field: Field, name: str, who: np.ndarray, what: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Spread an order evenly over three days, night and day, as software does."""
    return orders + field.within(name, "drip", len(who), DRIP)


def one_after_another(
    field: Field, name: str, who: np.ndarray, what: np.ndarray, orders: np.ndarray
) -> np.ndarray:
    """Let each worker begin every order with a lag of its own, up to six hours."""
    workers, rank = np.unique(who, return_inverse=True)
    lags = field.within(name, "lags", len(workers), LAGS)
    return orders + lags[rank] + field.within(name, "stagger", len(who), BURST)


def on_the_contents_clock(
    field: Field, name: str, who: np.ndarray, what: np.ndarray, orders: np.ndarray
) -> np.ndarray:
    """Come at the contents' pace and at the workers' own hours: times say next to nothing, only the overlap tells."""
    return field.visits(name, who, what)


TIMINGS: dict[str, Timing] = {
    "shift": in_shifts,
    "drip": in_drips,
    "staggered": one_after_another,
    "own clock": on_the_contents_clock,
}
"""Kinds that do not deliver in a burst."""


def team(field: Field, group: Group, name: str) -> list[Planted]:
    """Plant one team with one list of orders, each worker taking each order with the same chance."""
    zone = field.zone(name)
    members = field.hire(name, group.n_accounts, camouflage=group.camouflage, zone=zone)
    planted = _deliver(field, group, name, members)
    field.join_late(name, members, int(planted.rows.when.min(initial=field.crowd.until)))
    return [planted]


def reused(field: Field, group: Group, name: str) -> list[Planted]:
    """Plant a team that serves four customers, three fifths of the workers each: the blocks overlap."""
    members = field.hire(name, group.n_accounts, camouflage=group.camouflage, zone=field.zone(name))
    planted = []
    for customer in range(1, N_CUSTOMERS + 1):
        title = f"{name} customer {customer}"
        drawn = np.argsort(field.within(title, "staff", len(members), 1 << 40), kind="stable")
        staff = np.sort(members[drawn[: round(STAFF * len(members))]])
        planted.append(_deliver(field, group, title, staff))
    return planted


def brokers(field: Field, group: Group, name: str) -> list[Planted]:
    """Plant two brokers, each with five eighths of the accounts: a quarter work for both."""
    members = field.hire(name, group.n_accounts, camouflage=group.camouflage, zone=field.zone(name))
    size = len(members) * 5 // 8
    first = _deliver(field, group, f"{name} broker 1", members[:size])
    return [first, _deliver(field, group, f"{name} broker 2", members[-size:])]


def _deliver(field: Field, group: Group, name: str, members: np.ndarray) -> Planted:
    contents = field.targets(name, group.n_contents, popular=group.popular)
    worker, order = field.pairs(name, members, contents, group.participation)
    who, what = members[worker], contents[order]
    timing = TIMINGS.get(group.kind, in_a_burst)
    when = timing(field, name, who, what, field.orders(name, contents)[order])
    return Planted(name, group.said_kind, FARM, members, contents, Rows(who, what, when))
