"""Logs whose truth is known: a crowd, and groups planted into it, as a table or streamed to a folder."""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import farmgraph
from farmgraph.errors import UsageError
from farmgraph.interactions.schema import MICROSECONDS
from farmgraph.interactions.table import Interactions
from farmgraph.lab.groups import Group, Rows
from farmgraph.lab.labels import LABELS_FILE, TARGETS_FILE, Labels
from farmgraph.lab.plan import Plan, chunks, in_order, make_plan
from farmgraph.lab.recipes import PLANTERS, SCENARIOS
from farmgraph.lab.visits import DAY
from farmgraph.runtime import progress, refuse_existing, refuse_foreign, whole_folder, whole_number

START = 1_704_067_200  # Monday 2024-01-01 00:00 UTC
MOST_IN_MEMORY = 30_000_000
LOG_FILE, RECORD_FILE = "log.parquet", "scenario.json"

_SPOOL = np.dtype([("who", "<i4"), ("what", "<i4"), ("when", "<i4")])


@dataclass(frozen=True, eq=False)
class Simulation:
    """A simulated log and its truth.

    Attributes
    ----------
    table : pyarrow.Table
        ``account``, ``content`` (dictionary-encoded strings), ``time`` (timestamp[us, UTC], whole seconds), by time.
    labels : Labels
        Who was planted where.
    options : dict
        What makes the same log again: scenario, n_rows, n_accounts, n_contents, n_days, copies, seed.
    """

    table: pa.Table
    labels: Labels
    options: dict[str, Any]

    @cached_property
    def log(self) -> Interactions:
        """The log as `farmgraph.read` returns it."""
        from farmgraph.interactions.read import read

        return read(self.table, account="account", content="content", time="time")

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __repr__(self) -> str:
        return f"<Simulation {self.options['scenario']!r}: {len(self):,} rows, {_planted(self.labels)}>"


def simulate(
    scenario: str | Group | Sequence[Group] = "mixed",
    *,
    n_rows: int = 200_000,
    n_accounts: int | None = None,
    n_contents: int | None = None,
    n_days: int = 56,
    copies: int | None = None,
    seed: int = 0,
    threads: int | None = None,
) -> Simulation:
    """Make a log with planted groups in memory.

    Parameters
    ----------
    scenario : str, Group or sequence of Group
        A name in `farmgraph.lab.recipes.SCENARIOS`, or groups of your own.
    n_rows : int
        About how many rows, 5,000 to 30 million. A log holds up to a tenth more or less; large groups in a small log
        add more, since at least half of the rows are the crowd's.
    n_accounts, n_contents : int, optional
        Accounts of the crowd (by default 3 for 100 rows, at least 500) and contents (1 for 50 rows, at least 300).
        Hired accounts come on top.
    n_days : int
        Length of the log in days, 14 to 1,000; it begins on Monday, 1 January 2024.
    copies : int, optional
        How many groups of each kind; by default as the scenario says.
    seed : int
        The same options and seed give the same log on every machine, for any number of threads.
    threads : int, optional

    Returns
    -------
    Simulation

    Raises
    ------
    UsageError
        If there is no such scenario or kind, an option is out of range, or the log is too small for its groups.

    Notes
    -----
    An account of the crowd has a home topic and a second one, heavy-tailed activity, a time zone, hours and weekends
    of its own, perhaps a day on which it comes or goes, and acts in sittings. A content has a topic, heavy-tailed
    popularity, a day of birth, a pace at which interest decays, perhaps a second wave. Names are drawn at random and
    rows sorted by time, so that neither says who was planted. An account acts at most once on a content.

    Time O(rows log contents), some 40 bytes of memory per row. It does not model who follows whom, what contents say,
    or how detection changes behaviour.

    Examples
    --------
    >>> import farmgraph as fg
    >>> made = fg.simulate("burst", n_rows=20_000, copies=1, seed=1)
    >>> made.labels.groups.values.tolist()
    [['burst 1', 'burst, no camouflage', 'farm', 30]]
    >>> made.log.time_range[0].year
    2024
    """
    options = _options(scenario, n_rows, n_accounts, n_contents, n_days, copies, seed)
    if options["n_rows"] > MOST_IN_MEMORY:
        raise UsageError(
            f"n_rows is {options['n_rows']:,}; in memory at most {MOST_IN_MEMORY:,}. Stream a larger log to a folder: "
            "fg.write_simulation(scenario, folder, ...) or 'farmgraph simulate'."
        )
    plan = _plan(scenario, options)
    rows = in_order(list(chunks(plan, threads=threads)))
    names = plan.names_of_accounts, plan.names_of_contents
    columns = [
        pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), dictionary)
        for codes, dictionary in zip((rows.who, rows.what), names, strict=True)
    ]
    table = pa.table([*columns, _times(rows.when)], names=["account", "content", "time"])
    return Simulation(table, plan.labels(), options)


def write_simulation(
    scenario: str | Group | Sequence[Group],
    folder: str | Path,
    *,
    n_rows: int = 200_000,
    n_accounts: int | None = None,
    n_contents: int | None = None,
    n_days: int = 56,
    copies: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Stream a log with planted groups and its labels to a folder.

    Parameters
    ----------
    scenario, n_rows, n_accounts, n_contents, n_days, copies, seed, threads
        As for `simulate`; up to a billion rows.
    folder : str or Path
        Folder to make.
    overwrite : bool
        Whether a folder of that name may be replaced. Only one that holds nothing but a simulation is.

    Returns
    -------
    dict
        What ``scenario.json`` holds: options, number of rows, accounts and contents planted, SHA-256 of the rows.

    Raises
    ------
    UsageError
        As for `simulate`.
    InputError
        If the folder exists and may not be replaced, or cannot be written.

    Notes
    -----
    The folder holds ``log.parquet``, ``labels.csv``, ``targets.csv`` and ``scenario.json``. The rows are those of
    `simulate`. They are spooled to one file per day inside the new folder, 12 bytes each, then
    sorted day by day: the memory needed is that of the accounts and of one day. The SHA-256 covers the columns, not
    the Parquet file, whose bytes depend on the version of the library that writes it as well.

    Examples
    --------
    >>> import tempfile, farmgraph as fg
    >>> with tempfile.TemporaryDirectory() as place:
    ...     record = fg.write_simulation("crowd", f"{place}/made", n_rows=5_000)
    ...     len(fg.read(f"{place}/made/log.parquet")) == record["rows"]
    True
    """
    options = _options(scenario, n_rows, n_accounts, n_contents, n_days, copies, seed)
    target = Path(folder)
    refuse_existing(target, overwrite=overwrite)
    refuse_foreign(target, FILES)
    plan = _plan(scenario, options)
    with whole_folder(target, overwrite=overwrite) as draft:
        n, digest = _write_log(plan, draft, threads)
        labels = plan.labels()
        labels.members.to_csv(draft / LABELS_FILE, index=False, lineterminator="\n")
        labels.targets.to_csv(draft / TARGETS_FILE, index=False, lineterminator="\n")
        record = {
            "farmgraph": farmgraph.__version__,
            **options,
            "rows": n,
            "groups": labels.groups.to_dict(orient="records"),
            "sha256_of_rows": digest,
        }
        (draft / RECORD_FILE).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return record


FILES = (LOG_FILE, LABELS_FILE, TARGETS_FILE, RECORD_FILE)
"""What a folder of a simulation holds."""


def _options(
    scenario: str | Group | Sequence[Group],
    n_rows: int,
    n_accounts: int | None,
    n_contents: int | None,
    n_days: int,
    copies: int | None,
    seed: int,
) -> dict[str, Any]:
    """Check the options and fill in what was left to us."""
    groups_of(scenario, copies)
    n_rows = whole_number(n_rows, name="n_rows", least=5_000, most=1_000_000_000)
    return {
        "scenario": scenario if isinstance(scenario, str) else [asdict(g) for g in groups_of(scenario, None)],
        "n_rows": n_rows,
        "n_accounts": whole_number(
            max(n_rows * 3 // 100, 500) if n_accounts is None else n_accounts,
            name="n_accounts",
            least=20,
            most=100_000_000,
        ),
        "n_contents": whole_number(
            max(n_rows // 50, 300) if n_contents is None else n_contents,
            name="n_contents",
            least=20,
            most=100_000_000,
        ),
        "n_days": whole_number(n_days, name="n_days", least=14, most=1_000),
        "copies": copies,
        "seed": whole_number(seed, name="seed", least=0),
    }


def groups_of(scenario: str | Group | Sequence[Group], copies: int | None) -> tuple[Group, ...]:
    """Return the groups of a scenario, each planted `copies` times if that is given."""
    if isinstance(scenario, str):
        if scenario not in SCENARIOS:
            raise UsageError(f"There is no scenario {scenario!r}; expected one of {', '.join(SCENARIOS)}.")
        groups = SCENARIOS[scenario].groups
    else:
        groups = (scenario,) if isinstance(scenario, Group) else tuple(scenario)
    for group in groups:
        if not isinstance(group, Group) or group.kind not in PLANTERS:
            kind = getattr(group, "kind", group)
            raise UsageError(f"There is no kind of group {kind!r}; expected one of {', '.join(PLANTERS)}.")
        whole_number(group.n_accounts, name=f"n_accounts of {group.kind!r}", least=2)
        whole_number(group.n_contents, name=f"n_contents of {group.kind!r}", least=1)
        whole_number(group.copies, name=f"copies of {group.kind!r}", least=1, most=100_000)
        if not isinstance(group.participation, int | float) or not 0 < group.participation <= 1:
            raise UsageError(
                f"participation of {group.kind!r} is {group.participation!r}; expected a share in (0, 1], such as 0.9."
            )
    if copies is None:
        return groups
    copies = whole_number(copies, name="copies", least=1, most=100_000)
    return tuple(replace(group, copies=copies) for group in groups)


def _plan(scenario: str | Group | Sequence[Group], options: dict[str, Any]) -> Plan:
    sizes = {name: options[name] for name in ("n_rows", "n_accounts", "n_contents", "n_days", "seed")}
    return make_plan(groups_of(scenario, options["copies"]), **sizes)


def _times(when: np.ndarray) -> pa.Array:
    return pa.array((when.astype(np.int64) + START) * MICROSECONDS, pa.int64()).cast(
        pa.timestamp("us", tz="UTC")
    )


def _write_log(plan: Plan, folder: Path, threads: int | None) -> tuple[int, str]:
    """Write the rows sorted by time; return how many there are and their SHA-256."""
    names = plan.names_of_accounts, plan.names_of_contents
    schema = pa.schema(
        [("account", pa.string()), ("content", pa.string()), ("time", pa.timestamp("us", tz="UTC"))]
    )
    n, digest = 0, hashlib.sha256()
    with (
        tempfile.TemporaryDirectory(dir=folder) as spool,
        pq.ParquetWriter(folder / LOG_FILE, schema, compression="zstd") as writer,
    ):
        _spool(plan, Path(spool), threads)
        for day in progress(range(plan.crowd.n_days), step="Sorting days"):
            file = Path(spool) / str(day)
            rows = np.fromfile(file, _SPOOL) if file.exists() else np.empty(0, _SPOOL)
            day_rows = in_order([Rows(rows["who"], rows["what"], rows["when"])])
            for column in (day_rows.who, day_rows.what, day_rows.when):
                digest.update(column.astype("<i4").tobytes())
            columns = [
                dictionary.take(pa.array(codes))
                for dictionary, codes in zip(names, (day_rows.who, day_rows.what), strict=True)
            ]
            writer.write_table(pa.table([*columns, _times(day_rows.when)], schema=schema))
            n += len(rows)
            file.unlink(missing_ok=True)
    return n, digest.hexdigest()


def _spool(plan: Plan, folder: Path, threads: int | None) -> None:
    """Put every row into the file of its day."""
    for rows in chunks(plan, threads=threads):
        day = rows.when // DAY
        order = np.argsort(day, kind="stable")
        packed = np.empty(len(order), _SPOOL)
        packed["who"], packed["what"], packed["when"] = rows.who[order], rows.what[order], rows.when[order]
        present, begins = np.unique(day[order], return_index=True)
        for number, part in zip(present, np.split(packed, begins[1:]), strict=True):
            with open(folder / str(number), "ab") as file:
                part.tofile(file)


def _planted(labels: Labels) -> str:
    counts = labels.groups["label"].value_counts()
    return ", ".join(f"{n} x {label}" for label, n in counts.items()) or "nothing planted"
