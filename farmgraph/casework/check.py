"""What would be read: a look at a log before any analysis."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from farmgraph.casework.clock import ENOUGH, Clock, clock_of, future_note
from farmgraph.casework.forecast import WINDOWS_S, Counts, count_ahead
from farmgraph.casework.next import Step, next_step
from farmgraph.interactions.keyfile import key_bytes
from farmgraph.interactions.options import Options, checked_options
from farmgraph.interactions.read import Reading, read_closely
from farmgraph.interactions.table import Interactions
from farmgraph.memory import limited
from farmgraph.render.names import visible

# In a log with seconds, a sixtieth of the times is a whole minute; half of them are no accident.
_COARSE = 0.5
_N_FIRST, _NAME_LETTERS = 5, 40

WINDOWS = dict(zip(WINDOWS_S, ("10 s", "60 s", "10 min", "1 h", "1 day", "none"), strict=True))
"""What the usual windows are called, by their seconds."""


@dataclass(frozen=True)
class Check:
    """What would be read from a log.

    Attributes
    ----------
    files : tuple of dict
        ``path``, ``form``, ``n_bytes``, ``sha256``, ``rows_read``, ``rows_used`` and ``columns`` of each source.
    roles : dict of str to str
        Column for each role that has one; with a preset what its fields are called, for content per action.
    guessed : tuple of str
        Roles whose column was guessed from its name.
    time_formats : dict of str to int
        Used rows for each way in which times are written, ``"missing"`` among them.
    rows_read, rows_used, rows_rejected : int
        Rows in the sources; used and rejected make up all that were read.
    rejected_by_reason : dict of str to int
        Rejected rows for each reason, most frequent first.
    n_accounts, n_contents : int
        Distinct accounts and contents among the used rows.
    rows_without_time : int
        Interactions whose time is missing.
    first_time, last_time : str or None
        ISO 8601 in UTC; None where there are no times.
    whole_times : dict of str to float
        Share of the times, in [0, 1], that are a whole ``"minute"``, ``"hour"`` and ``"day"``: a clock that
        only ticks so often cannot show who was seconds apart. Empty where there are no times.
    notes : tuple of str
        What was guessed, assumed or looks odd, one plain sentence each.
    n_interactions : int
        Interactions in the used rows, which may hold several each.
    recognised : str
        Which known format was recognised, and by what; empty if none was.
    preset : str
        The known format by which the log was read; empty if columns were named or guessed.
    actions : dict of str to int
        Interactions for each action, most frequent first.
    first_rows : tuple of dict
        ``account``, ``content``, ``time`` and ``action`` of the first five interactions; names are cut to 40
        letters, and what could hide in them is made visible.
    resolution_s : float or None
        Seconds between two ticks of the clock: the largest usual unit of which all times, but at most 1 %, are
        multiples. None without two different times.
    resolution_share : float
        Share of the times that are multiples of that unit, in [0, 1].
    finest_window_s : float or None
        The smallest window that makes sense, in seconds: `resolution_s`, or what the format is known to have where
        that is more.
    forecast : tuple of dict
        Per usual window: ``window``, ``window_s`` (None: any time), ``pair_events`` (the work of
        `farmgraph.co_engagement` with that window and its other defaults, counted exactly) and ``meaningful``
        (whether the clock is fine enough).
    command : str or None
        What to run next; for data frames a line of Python. None where something else has to be done first.
    advice : str
        What to do first or why the command is as it is; may be empty.
    from_cache : bool
        Whether the log was taken from a cache instead of being read.
    not_cached : str
        Why it was not kept in the cache, or was kept anew; empty if there is nothing to say.
    """

    files: tuple[dict[str, Any], ...]
    roles: dict[str, str]
    guessed: tuple[str, ...]
    time_formats: dict[str, int]
    rows_read: int
    rows_used: int
    rows_rejected: int
    rejected_by_reason: dict[str, int]
    n_accounts: int
    n_contents: int
    rows_without_time: int
    first_time: str | None
    last_time: str | None
    whole_times: dict[str, float]
    notes: tuple[str, ...]
    n_interactions: int
    recognised: str
    preset: str
    actions: dict[str, int]
    first_rows: tuple[dict[str, str | None], ...]
    resolution_s: float | None
    resolution_share: float
    finest_window_s: float | None
    forecast: tuple[dict[str, Any], ...]
    command: str | None
    advice: str
    from_cache: bool = False
    not_cached: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain lists, dicts, texts and numbers, ready for JSON."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            **values,
            "files": [dict(file) for file in self.files],
            "guessed": list(self.guessed),
            "notes": list(self.notes),
            "first_rows": [dict(row) for row in self.first_rows],
            "forecast": [dict(window) for window in self.forecast],
        }

    def __str__(self) -> str:
        from farmgraph.casework.checkwords import words

        return words(self)


def check(
    source: Any,
    *,
    account: str | None = None,
    content: str | None = None,
    time: str | None = None,
    action: str | None = None,
    keep: Sequence[str] = (),
    preset: str | None = None,
    actions: Sequence[str] | None = None,
    normalise: str | None = None,
    time_format: str | None = None,
    timezone: str | None = None,
    encoding: str | None = None,
    duplicates: str = "remove",
    pseudonymise: bytes | str | os.PathLike[str] | None = None,
    pseudonymise_contents: bool | str = False,
    threads: int | None = None,
    memory_limit: int | str | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Check:
    """Read a log and tell what was seen, without analysing it.

    Parameters
    ----------
    source : path, glob, data frame, or list of them
        As for `farmgraph.read`.
    account, content, time, action : str, optional
        Columns; what is not named is guessed.
    keep : sequence of str
        Further columns that would be carried along.
    preset, actions, normalise, time_format, timezone, encoding, duplicates
        As for `farmgraph.read`.
    pseudonymise : bytes or path, optional
        A key: shows pseudonyms and no paths, as `Interactions.pseudonymise` makes them. It is read before the log.
    pseudonymise_contents : bool or "accounts", default False
        Whether to replace all contents, too, and whether they are accounts.
    threads : int, optional
        Threads to use; by default all that the process may use.
    memory_limit, cache
        As for `farmgraph.read`.

    Returns
    -------
    Check
        Counts, roles, formats, notes, a forecast and what to run next.

    Raises
    ------
    InputError
        As for `farmgraph.read`.
    UsageError
        If an option cannot be used.

    Examples
    --------
    >>> import pandas as pd
    >>> found = check(pd.DataFrame({"user": ["a", "b", ""], "page": ["p", "p", "p"], "time": [60, 90, 90]}))
    >>> found.rows_read, found.rows_used, found.rejected_by_reason
    (3, 2, {'empty account': 1})
    >>> found.whole_times["minute"]
    0.5

    It reads the whole log, because only then every row is accounted for. It says nothing about farms.
    """
    options = checked_options(
        columns={"account": account, "content": content, "time": time, "action": action},
        keep=keep,
        preset=preset,
        actions=actions,
        normalise=normalise,
        time_format=time_format,
        timezone=timezone,
        encoding=encoding,
        duplicates=duplicates,
        threads=threads,
    )
    with limited(memory_limit):
        if pseudonymise is None:
            return look(source, options, cache=cache)
        secret = key_bytes(pseudonymise)
        return look(
            source,
            options,
            rename=lambda log: log.pseudonymise(secret, contents=pseudonymise_contents),
            cache=cache,
        )


def look(
    source: Any,
    options: Options,
    *,
    rename: Callable[[Interactions], Interactions] = lambda log: log,
    cache: str | os.PathLike[str] | None = None,
) -> Check:
    """Do what `check` does; `rename` may replace the names of the log before anything is shown."""
    reading = read_closely(source, options, cache=cache)
    log = rename(reading.interactions)
    counts = count_ahead(log.table, threads=options.threads)
    clock = clock_of(log.table["time"])
    return _summary(reading, log, counts, clock, next_step(log, reading))


def _summary(reading: Reading, log: Interactions, counts: Counts, clock: Clock, step: Step) -> Check:
    # Renaming changes what sources are called, not their order.
    sources = zip(log.source, reading.forms.values(), reading.columns_found.values(), strict=True)
    files = tuple(
        {
            "path": source.path,
            "form": form,
            "n_bytes": source.n_bytes,
            "sha256": source.sha256,
            "rows_read": source.n_rows,
            "rows_used": source.n_used,
            "columns": list(columns),
        }
        for source, form, columns in sources
    )
    first, last = (None, None) if log.time_range is None else (t.isoformat() for t in log.time_range)
    finest = max(clock.resolution_s or 0.0, log.resolution_s)
    return Check(
        files=files,
        roles=dict(log.columns),
        guessed=reading.guessed,
        time_formats=dict(reading.time_kinds) if "time" in log.columns else {},
        rows_read=log.n_rows,
        rows_used=log.n_used,
        rows_rejected=len(log.rejected),
        rejected_by_reason=dict(log.rejected_by_reason),
        n_accounts=counts.n_accounts,
        n_contents=counts.n_contents,
        rows_without_time=log.n_without_time,
        first_time=first,
        last_time=last,
        whole_times=clock.whole,
        notes=(*log.notes, *_clock_notes(clock, n_times=len(log) - log.n_without_time), *_future(log)),
        n_interactions=len(log),
        recognised=reading.recognised,
        preset=log.preset,
        actions=_actions(log.table["action"]),
        first_rows=_first_rows(log.table),
        resolution_s=clock.resolution_s,
        resolution_share=clock.share,
        finest_window_s=finest or None,
        forecast=tuple(
            {
                "window": WINDOWS[seconds],
                "window_s": seconds,
                "pair_events": events,
                "meaningful": seconds is None or seconds >= finest,
            }
            for seconds, events in counts.pair_events.items()
        ),
        command=step.command,
        advice=step.advice,
        from_cache=reading.from_cache,
        not_cached=reading.not_cached,
    )


def _clock_notes(clock: Clock, *, n_times: int) -> list[str]:
    # The coarsest clock that explains the times; the finer ones follow from it.
    coarse = [unit for unit, share in clock.whole.items() if share >= _COARSE and n_times >= ENOUGH]
    if not coarse:
        return []
    return [
        f"{clock.whole[coarse[-1]]:.0%} of the times are a whole {coarse[-1]}: the clock of this log may be coarse, "
        f"and what happens within a {coarse[-1]} cannot be told apart."
    ]


def _future(log: Interactions) -> list[str]:
    note = future_note(log.table["time"])
    return [note] if note else []


def _actions(column: pa.ChunkedArray) -> dict[str, int]:
    whole = column.unify_dictionaries().combine_chunks()
    whole = whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
    names = whole.dictionary.to_pylist()
    counts = np.bincount(whole.indices.drop_null().to_numpy(), minlength=len(names)).tolist()
    ranked = sorted(zip(names, counts, strict=True), key=lambda item: (-item[1], item[0]))
    return {name: n for name, n in ranked if n}


def _first_rows(table: pa.Table) -> tuple[dict[str, str | None], ...]:
    rows = table.slice(0, _N_FIRST).select(["account", "content", "time", "action"]).to_pylist()
    return tuple(
        {
            "account": visible(row["account"], _NAME_LETTERS, say_length=False),
            "content": visible(row["content"], _NAME_LETTERS, say_length=False),
            "time": None if row["time"] is None else row["time"].isoformat(),
            "action": None
            if row["action"] is None
            else visible(row["action"], _NAME_LETTERS, say_length=False),
        }
        for row in rows
    )
