"""A planned log: the crowd, everything planted into it, and the names that hide which is which."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from farmgraph.lab import draws
from farmgraph.lab.crowd import Crowd, expected_visitors, make_crowd
from farmgraph.lab.groups import Field, Group, Planted, Rows
from farmgraph.lab.labels import MEMBER_COLUMNS, TARGET_COLUMNS, Labels
from farmgraph.lab.recipes import HIRING, PLANTERS
from farmgraph.lab.visits import own_rows
from farmgraph.runtime import map_threads

ROWS_PER_CHUNK = 1 << 20
CHUNKS_AT_A_TIME = 8


@dataclass(frozen=True, eq=False)
class Plan:
    """A crowd with everything planted, ready to give rows.

    Attributes
    ----------
    crowd : Crowd
    planted : list of Planted
    account_numbers, content_numbers : numpy.ndarray
        int32: the number in the name of each account and content, drawn at random, so that names and the order of
        rows say nothing about who was planted.
    """

    crowd: Crowd
    planted: list[Planted]
    account_numbers: np.ndarray
    content_numbers: np.ndarray

    @property
    def names_of_accounts(self) -> pa.Array:
        """Names by number."""
        return _names("u", len(self.account_numbers))

    @property
    def names_of_contents(self) -> pa.Array:
        """Names by number."""
        return _names("c", len(self.content_numbers))

    def labels(self) -> Labels:
        """Return who was planted where, groups in order of planting, names in order inside each."""
        accounts = [(p, self._sorted(p.accounts, self.account_numbers, "u")) for p in self.planted]
        contents = [(p, self._sorted(p.contents, self.content_numbers, "c")) for p in self.planted]
        members = [(p.name, p.kind, p.label, name) for p, names in accounts for name in names]
        targets = [(p.name, name) for p, names in contents for name in names]
        return Labels(
            pd.DataFrame(members, columns=list(MEMBER_COLUMNS), dtype="str"),
            pd.DataFrame(targets, columns=list(TARGET_COLUMNS), dtype="str"),
        )

    @staticmethod
    def _sorted(codes: np.ndarray, numbers: np.ndarray, letter: str) -> list[str]:
        width = _width(len(numbers))
        return [f"{letter}{number:0{width}d}" for number in np.sort(numbers[codes])]


def make_plan(
    groups: Sequence[Group], *, n_rows: int, n_accounts: int, n_contents: int, n_days: int, seed: int
) -> Plan:
    """Make a crowd and plant the groups into it, one after another."""
    n_crowd = max(n_rows - _expected(groups, n_rows, n_accounts), n_rows // 2)
    crowd = make_crowd(n_rows=n_crowd, n_accounts=n_accounts, n_contents=n_contents, n_days=n_days, seed=seed)
    field = Field(crowd, expected_visitors(crowd, n_crowd))
    planted: list[Planted] = []
    number: Counter[str] = Counter()
    for group in groups:
        for _ in range(group.copies):
            number[group.kind] += 1
            planted += PLANTERS[group.kind](field, group, f"{group.kind} {number[group.kind]}")
    crowd = field.crowd
    return Plan(
        crowd,
        [_once_each(p, crowd) for p in planted],
        _shuffled(draws.key_of(seed, "names of accounts"), crowd.n_accounts),
        _shuffled(draws.key_of(seed, "names of contents"), n_contents),
    )


def _expected(groups: Sequence[Group], n_rows: int, n_accounts: int) -> int:
    """Return about how many rows planted groups will add, their camouflage included."""
    added = 0.0
    for g in groups:
        camouflage = n_rows / n_accounts if g.camouflage and g.kind in HIRING else 0.0
        added += g.copies * min(g.n_accounts, n_accounts) * (g.n_contents * g.participation + camouflage)
    return int(added)


def chunks(plan: Plan, *, threads: int | None = None) -> Iterator[Rows]:
    """Give all rows in pieces of about a million, codes replaced by the numbers in the names, in no order of time."""
    accounts = plan.crowd.accounts
    done = np.cumsum(accounts.degree)
    cuts = np.searchsorted(done, np.arange(1, done[-1] // ROWS_PER_CHUNK + 1) * ROWS_PER_CHUNK)
    parts = np.split(np.arange(len(accounts.degree)), np.unique(cuts))
    for first in range(0, len(parts), CHUNKS_AT_A_TIME):
        some = parts[first : first + CHUNKS_AT_A_TIME]
        yield from map_threads(
            lambda numbers: _numbered(plan, _own(plan.crowd, numbers)), some, threads=threads
        )
    yield from (_numbered(plan, p.rows) for p in plan.planted)


def in_order(rows: Sequence[Rows]) -> Rows:
    """Join pieces, sorted by time; ties by the numbers in the names."""
    who, what, when = (np.concatenate([getattr(r, c) for r in rows]) for c in ("who", "what", "when"))
    order = np.lexsort((what, who, when))
    return Rows(who[order], what[order], when[order])


def _own(crowd: Crowd, numbers: np.ndarray) -> Rows:
    return Rows(*own_rows(numbers, crowd.accounts, crowd.contents, crowd.clocks, crowd.until))


def _once_each(planted: Planted, crowd: Crowd) -> Planted:
    """Leave out what members do anyway, and what falls outside the log."""
    n_contents = len(crowd.contents.birth)
    own, rows = _own(crowd, planted.accounts), planted.rows
    pairs = rows.who.astype(np.int64) * n_contents + rows.what
    keep = ~np.isin(pairs, own.who.astype(np.int64) * n_contents + own.what)
    keep &= (rows.when >= 0) & (rows.when < crowd.until)
    kept = Rows(rows.who[keep].astype(np.int32), rows.what[keep].astype(np.int32), rows.when[keep])
    # Whoever happened to take no order gets no label; whoever would have come after the log's end keeps it.
    return replace(planted, accounts=np.unique(rows.who), rows=kept)


def _numbered(plan: Plan, rows: Rows) -> Rows:
    return Rows(plan.account_numbers[rows.who], plan.content_numbers[rows.what], rows.when)


def _shuffled(key: np.uint64, n: int) -> np.ndarray:
    numbers = np.empty(n, np.int32)
    numbers[np.argsort(draws.raws(key, n), kind="stable")] = np.arange(n, dtype=np.int32)
    return numbers


def _names(letter: str, n: int) -> pa.Array:
    width = _width(n)
    return pa.array([f"{letter}{number:0{width}d}" for number in range(n)], pa.string())


def _width(n: int) -> int:
    return max(len(str(n - 1)), 4)
