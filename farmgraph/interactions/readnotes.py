"""What only shows once a log has been read, said in plain sentences."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.interactions.duplicates import DUPLICATE
from farmgraph.interactions.ledger import Page
from farmgraph.interactions.options import Options
from farmgraph.interactions.patterns import likely_patterns
from farmgraph.interactions.plan import Plan
from farmgraph.interactions.times import PLACEHOLDERS, UNIX_S, time_notes

_EARLY = datetime(1995, 1, 1, tzinfo=UTC)
_CUT = "cut by a spreadsheet"


def late_notes(
    table: pa.Table, rejected: pd.DataFrame, pages: Sequence[Page], plan: Plan, options: Options
) -> list[str]:
    """Say what was assumed, left out or looks odd."""
    kinds = np.sum([page.time_kinds for page in pages], axis=0)
    last = pc.max(table["time"]).as_py() if int(kinds[UNIX_S:].sum()) else None
    in_1970 = last is not None and last.year == 1970
    notes = time_notes(kinds, values_all_1970=in_1970, timezone=options.timezone or "UTC")
    notes += _clock_notes(np.sum([page.shifted for page in pages], axis=0), options.timezone)
    if not in_1970:
        notes += _early_notes(table["time"])
    for column in sorted(set().union(*(page.big_floats for page in pages))):
        notes.append(
            f"Column {column} holds floats beyond 2^53, whose last digits are lost; "
            "load it as text or as 64-bit integers."
        )
    counts = rejected["reason"].value_counts()
    if n := int(counts.get(DUPLICATE, 0)):
        rows = (
            "row is the same as an earlier one in every field and was"
            if n == 1
            else ("rows are the same as an earlier one in every field and were")
        )
        notes.append(f"{n:,} {rows} left out; duplicates='keep' (--duplicates keep) keeps such rows.")
    if any(_CUT in str(reason) for reason in counts.index):
        notes.append(
            "Identifiers such as 1.2E+18 were cut by a spreadsheet, so that many share one name. Export the log anew "
            "and do not save it from a spreadsheet."
        )
    if n := sum(page.n_left_out for page in pages):
        notes.append(f"{n:,} contents with unusable names were left out of rows that hold others.")
    notes += _misfits(rejected, options.time_format)
    if options.actions is not None:
        notes.append(f"Only these actions were read: {', '.join(options.actions)}.")
    notes += _several(table) if plan.preset is not None else []
    notes += _placeholder_notes(table)
    if table.num_rows == 0:
        often = counts.index.sort_values()[counts.sort_index().argmax()] if len(counts) else "none"
        notes.append(f"No row could be used; the most frequent reason is: {often}.")
    return notes


def _misfits(rejected: pd.DataFrame, pattern: str) -> list[str]:
    """Say where times that do not fit the pattern look as if day and month were meant the other way round."""
    bad = rejected.loc[rejected["reason"] == "unreadable time", "raw_text"] if pattern else []
    likely = likely_patterns(bad)
    if not likely or pattern in likely:
        return []
    return [
        f"{len(bad):,} {'time does' if len(bad) == 1 else 'times do'} not fit {pattern!r} and look like {likely[0]!r}: "
        "if all times are written so, those that do fit were read wrongly."
    ]


def _several(table: pa.Table) -> list[str]:
    """Say that one post can be several contents, where it is."""
    kinds = [name for name in pc.unique(table["action"]).to_pylist() if name is not None]
    if len(kinds) < 2:
        return []
    return [
        f"The log holds {len(kinds)} actions ({', '.join(sorted(kinds))}); what one post does at once counts as "
        "several contents, at one moment. To look at one action alone, name it with actions= "
        "(on the command line --actions)."
    ]


def _clock_notes(shifted: np.ndarray, timezone: str) -> list[str]:
    notes = []
    twice, never = (int(n) for n in shifted)
    if twice:
        occur = "local time occurs" if twice == 1 else "local times occur"
        notes.append(
            f"{twice:,} {occur} twice in {timezone}, where clocks were put back; the earlier one was taken."
        )
    if never:
        do, they = ("local time does", "it was") if never == 1 else ("local times do", "they were")
        notes.append(
            f"{never:,} {do} not exist in {timezone}, where clocks were put forward; {they} read as if clocks had not "
            "been changed yet. Check that the zone is right."
        )
    return notes


def _early_notes(times: Any) -> list[str]:
    first = pc.min(times).as_py()
    if first is None or first >= _EARLY:
        return []
    n = int(pc.sum(pc.less(times, pa.scalar(_EARLY, times.type))).as_py())
    lie = "time lies" if n == 1 else "times lie"
    return [
        f"{n:,} {lie} before 1995, the earliest in {first:%Y-%m}: often a sign of a missing time written as a number."
    ]


def _placeholder_notes(table: Any) -> list[str]:
    """Say where what looks like a missing value was taken for a name."""
    notes = []
    for role in ("account", "content"):
        column = table[role].chunk(0) if table[role].num_chunks == 1 else table[role].combine_chunks()
        names = column.dictionary
        found = np.flatnonzero(
            pc.is_in(names, value_set=pa.array(PLACEHOLDERS)).to_numpy(zero_copy_only=False)
        )
        if not len(found):
            continue
        codes = column.indices.to_numpy()
        for code in found:
            n = int(np.count_nonzero(codes == code))
            have, them = ("row has", "it") if n == 1 else ("rows have", "them")
            notes.append(
                f"{n:,} {have} the {role} {names[int(code)].as_py()!r}. If that means missing, filter {them} before."
            )
    return notes
