"""Planted groups: what one is, whom it takes, what it acts on."""

from dataclasses import dataclass, field

import numpy as np

from farmgraph.errors import UsageError
from farmgraph.lab import draws
from farmgraph.lab.crowd import HOUR, NEWCOMERS, ZONES, Crowd, changed, hire, with_degrees
from farmgraph.lab.visits import DAY, at_sessions, calls

AUDIENCE = (15, 80)
"""Visitors of the crowd that an ordinary target draws by itself, about."""

FREE_DAYS = 7
"""Targets are born at least so long before the log ends, so that no order is cut off."""


@dataclass(frozen=True)
class Group:
    """An order to plant groups of one kind.

    Attributes
    ----------
    kind : str
        One of the kinds in `farmgraph.lab.farms` or `farmgraph.lab.bystanders`.
    n_accounts, n_contents : int
        Members, and contents that they act on.
    participation : float
        Chance in (0, 1] that a member acts on a content.
    camouflage : bool
        Whether hired accounts also act as everybody does. Members of the crowd do so anyway.
    popular : bool
        Whether the targets are among the most popular contents; farms only.
    copies : int
        How many groups to plant.

    Notes
    -----
    A giveaway always has two contents and a viral post one. Events draw at most a twelfth of the crowd. A worker who
    happens to take no order at all is not labelled: the log cannot know of it. A few late visitors of a viral post (6
    of 1,500) would have come after the log's end; they keep their label.
    """

    kind: str
    n_accounts: int
    n_contents: int
    participation: float
    camouflage: bool = True
    popular: bool = False
    copies: int = 3

    @property
    def said_kind(self) -> str:
        """The kind in the labels, which says so where farm accounts do nothing but work."""
        return self.kind if self.camouflage else f"{self.kind}, no camouflage"


@dataclass(frozen=True, eq=False)
class Rows:
    """Actions: account and content codes and seconds since the log's first midnight, one entry per row."""

    who: np.ndarray
    what: np.ndarray
    when: np.ndarray


@dataclass(frozen=True, eq=False)
class Planted:
    """One group as it came out: its name, its members and targets (codes), its rows."""

    name: str
    kind: str
    label: str
    accounts: np.ndarray
    contents: np.ndarray
    rows: Rows


@dataclass
class Field:
    """A crowd into which groups are planted one after another, and which targets are still free."""

    crowd: Crowd
    visitors: np.ndarray
    free: np.ndarray = field(init=False)
    unhired: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.free = np.ones(len(self.visitors), bool)
        self.unhired = np.ones(self.crowd.n_ordinary, bool)

    def key(self, name: str, what: str) -> np.uint64:
        """Return the key of one stream of random numbers of one group."""
        return draws.key_of(self.crowd.seed, name, what)

    def hire(self, name: str, n: int, *, camouflage: bool, zone: int) -> np.ndarray:
        """Add n accounts; with camouflage they also do what everybody does, as often as anybody."""
        self.crowd, members = hire(self.crowd, n, name, zone=zone)
        if camouflage:
            all_degrees = self.crowd.accounts.degree.copy()
            like = draws.below(self.key(name, "camouflage"), n, self.crowd.n_ordinary)
            all_degrees[members] = all_degrees[like]
            # Sessions follow from the degree, so that camouflage looks like anybody's habits.
            accounts = with_degrees(self.crowd.accounts, all_degrees, self.crowd.n_days)
            columns = ("degree", "slots", "keen")
            self.crowd = changed(self.crowd, members, **{c: getattr(accounts, c)[members] for c in columns})
        return members

    def join_late(self, name: str, members: np.ndarray, before: int) -> None:
        """Let hired accounts join in the course of the log as often as others do, but before their first order."""
        newcomer = draws.chance(self.key(name, "newcomer"), len(members), NEWCOMERS)
        joined = draws.below(self.key(name, "joined"), len(members), max(before, 1))
        self.change(members, joined=np.where(newcomer, joined, self.crowd.accounts.joined[members]))

    def recruit(self, name: str, n: int, suitable: np.ndarray | None = None) -> np.ndarray:
        """Return n accounts of the crowd (ascending) that are in no other group and there all the time."""
        able = self._able() if suitable is None else self._able() & suitable
        if able.sum() < n:
            raise UsageError(
                f"The crowd has {int(able.sum()):,} accounts that fit into {name!r}; it needs {n:,}. "
                "Simulate more rows or accounts, or fewer copies."
            )
        members = np.sort(draws.some(self.key(name, "members"), np.flatnonzero(able), n))
        self.unhired[members] = False
        return members

    def _able(self) -> np.ndarray:
        accounts, n_ordinary = self.crowd.accounts, self.crowd.n_ordinary
        there = (accounts.joined[:n_ordinary] <= 0) & (accounts.left[:n_ordinary] >= self.crowd.until)
        return np.asarray(self.unhired & there & (accounts.degree[:n_ordinary] >= 3))

    def targets(
        self,
        name: str,
        n: int,
        *,
        popular: bool = False,
        audience: tuple[int, int] = AUDIENCE,
        suitable: np.ndarray | None = None,
    ) -> np.ndarray:
        """Return n contents (ascending) that no other group acts on; where too few fit the audience, the nearest."""
        candidates = np.flatnonzero(self._in_time() if suitable is None else self._in_time() & suitable)
        visitors = self.visitors[candidates]
        if popular:
            ranked = candidates[np.argsort(-visitors, kind="stable")]
            candidates = np.sort(ranked[: max(3 * n, len(self.free) // 50)])
        else:
            off = np.maximum(audience[0] - visitors, 0) + np.maximum(visitors - audience[1], 0)
            ranked = candidates[np.argsort(off, kind="stable")]
            candidates = np.sort(ranked[: max(n, int((off == 0).sum()))])
        if len(candidates) < n:
            raise UsageError(
                f"The log has {len(candidates):,} contents that fit as targets of {name!r}; it needs {n:,}. "
                "Simulate more rows or contents, or fewer copies."
            )
        chosen = np.sort(draws.some(self.key(name, "targets"), candidates, n))
        self.free[chosen] = False
        return chosen

    def _in_time(self) -> np.ndarray:
        birth = self.crowd.contents.birth
        latest = max(self.crowd.until - FREE_DAYS * DAY, DAY)
        return np.asarray((birth >= 0) & (birth < latest) & self.free)

    def _draws(self, audience: tuple[int, int]) -> np.ndarray:
        return np.asarray((self.visitors >= audience[0]) & (self.visitors <= audience[1]))

    def topic(self, name: str, n_accounts: int, n_contents: int) -> int:
        """Return a topic with that many accounts to recruit and ordinary targets, otherwise the largest."""
        crowd = self.crowd
        home = crowd.accounts.home[: crowd.n_ordinary]
        accounts = np.bincount(home[self._able()], minlength=crowd.n_topics)
        fitting = crowd.topic_of_content[self._in_time() & self._draws(AUDIENCE)]
        contents = np.bincount(fitting, minlength=crowd.n_topics)
        enough = np.flatnonzero((accounts >= n_accounts) & (contents >= n_contents))
        if not len(enough):
            return int(np.argmax(accounts))
        return int(enough[draws.below(self.key(name, "topic"), 1, len(enough))[0]])

    def zone(self, name: str) -> int:
        """Return the zone of one group, seconds ahead of UTC."""
        return int(ZONES[draws.below(self.key(name, "zone"), 1, len(ZONES))[0]])

    def change(self, members: np.ndarray, **columns: np.ndarray | int) -> None:
        """Give members other habits, in all that they do."""
        self.crowd = changed(self.crowd, members, **columns)

    def pairs(
        self, name: str, members: np.ndarray, contents: np.ndarray, participation: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return which members act on which contents, as positions in both."""
        takes = draws.chance(self.key(name, "takes"), len(members) * len(contents), participation)
        cells = np.flatnonzero(takes)
        return cells % len(members), cells // len(members)

    def visits(self, name: str, who: np.ndarray, what: np.ndarray, *, quicker: int = 0) -> np.ndarray:
        """Return when accounts come to contents as the crowd would: by the content's clock and their own hours."""
        crowd = self.crowd
        wanted = calls(what, self.key(name, "calls"), quicker, crowd.contents, crowd.clocks)
        return self.sessions(name, who, wanted)

    def sessions(self, name: str, who: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Return when accounts next look in, at or after the wanted times."""
        crowd = self.crowd
        return np.asarray(
            at_sessions(who, wanted, self.key(name, "sessions"), crowd.accounts, crowd.clocks), np.int64
        )

    def orders(self, name: str, contents: np.ndarray) -> np.ndarray:
        """Return when the order for each content is placed: 1 to 24 hours after its birth."""
        return (
            self.crowd.contents.birth[contents]
            + HOUR
            + draws.below(self.key(name, "orders"), len(contents), 23 * HOUR)
        )

    def within(self, name: str, what: str, n: int, seconds: int) -> np.ndarray:
        """Return n random whole seconds from 0 to `seconds` - 1."""
        return draws.below(self.key(name, what), n, seconds)
