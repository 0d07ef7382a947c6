"""A check in words."""

from typing import TYPE_CHECKING

from farmgraph.interactions.schema import ROLES
from farmgraph.render.names import visible
from farmgraph.runtime import spoken_duration

if TYPE_CHECKING:
    from farmgraph.casework.check import Check

_COLUMNS_SHOWN, _ACTIONS_SHOWN = 30, 10


def words(found: "Check") -> str:
    """Say what a check found, in lines for a terminal; nothing in a name can hide in them."""
    lines = [
        f"{visible(file['path'], None)}: {file['form']}, {file['n_bytes']:,} bytes, {file['rows_read']:,} rows"
        for file in found.files
    ]
    if found.preset:
        lines.append(_entry("format", found.recognised or f"preset {found.preset}, as asked for"))
    columns = found.files[0]["columns"]
    shown = ", ".join(visible(column) for column in columns[:_COLUMNS_SHOWN])
    lines.append(_entry("columns", shown + (" ..." if len(columns) > _COLUMNS_SHOWN else "")))
    lines += _roles(found)
    several = (
        "" if found.n_interactions == found.rows_used else f", {found.n_interactions:,} interactions in them"
    )
    lines.append(_entry("rows", f"{found.rows_used:,} of {found.rows_read:,} used{several}"))
    if found.rows_rejected:
        lines.append(_entry("rejected", f"{found.rows_rejected:,}"))
        lines += [_entry("", f"{n:,}  {reason}") for reason, n in found.rejected_by_reason.items()]
    for label, row in zip(("first", *[""] * len(found.first_rows)), found.first_rows, strict=False):
        fields = (row["account"], row["content"], row["time"] or "no time", row["action"])
        lines.append(_entry(label, " | ".join(field for field in fields if field is not None)))
    lines.append(_entry("accounts", f"{found.n_accounts:,}"))
    lines.append(_entry("contents", f"{found.n_contents:,}"))
    lines += _actions(found)
    lines += _times(found)
    lines += _forecast(found)
    lines += [f"Note: {visible(note, None)}" for note in found.notes]
    if found.advice:
        lines.append(f"Next: {found.advice}")
    if found.command is not None:
        # A command that cannot be shown as it is cannot be copied either.
        shown = found.command if found.command.isprintable() else visible(found.command, None)
        lines += [*([] if found.advice else ["Next:"]), f"  {shown}"]
    return "\n".join(lines)


def _roles(found: "Check") -> list[str]:
    lines = []
    for role in ROLES:
        column = found.roles.get(role)
        if found.preset and role == "action":
            continue
        guessed = " (guessed)" if role in found.guessed else ""
        # With a preset there is a path for each action.
        fields = ["none"] if column is None else column.split(", ") if found.preset else [column]
        labels = [role, *[""] * (len(fields) - 1)]
        lines += [
            _entry(label, f"{visible(field)}{guessed}") for label, field in zip(labels, fields, strict=True)
        ]
    return lines


def _actions(found: "Check") -> list[str]:
    if not found.actions:
        return []
    listed = list(found.actions.items())
    lines = [_entry("actions", f"{len(listed):,}")]
    lines += [_entry("", f"{n:,}  {visible(action, 40)}") for action, n in listed[:_ACTIONS_SHOWN]]
    return [*lines, *([_entry("", "...")] if len(listed) > _ACTIONS_SHOWN else [])]


def _times(found: "Check") -> list[str]:
    if found.first_time is None:
        return []
    lines = [_entry("times", f"{found.first_time} to {found.last_time}")]
    lines += [_entry("", f"{n:,}  {kind}") for kind, n in found.time_formats.items()]
    shares = ", ".join(f"{share:.0%} a whole {unit}" for unit, share in found.whole_times.items())
    if found.resolution_s is None:
        lines.append(
            _entry("clock", f"{shares}; all times are the same, so nothing tells how finely it ticks")
        )
    else:
        kept = (
            f"{found.resolution_share:.1%} of the times are"
            if found.resolution_share < 1
            else "all times are"
        )
        lines.append(_entry("clock", f"{_tick(found.resolution_s)}: {kept} multiples of it; {shares}"))
    if found.finest_window_s is not None:
        lines.append(_entry("", f"windows from {_tick(found.finest_window_s)} on make sense"))
    return lines


def _forecast(found: "Check") -> list[str]:
    lines = [
        _entry(
            "pairs",
            "of rows on one content within a window, those of one account too: the work of co_engagement",
        )
    ]
    width = max(len(f"{row['pair_events']:,}") for row in found.forecast)
    for row in found.forecast:
        doubt = "" if row["meaningful"] else "  meaningless: finer than the clock"
        name = row["window"] if row["window_s"] is not None else "any time"
        what = "" if row["window_s"] is not None else "  pairs of accounts on one content"
        lines.append(_entry("", f"{name:<8}  {row['pair_events']:>{width},}{what}{doubt}"))
    return lines


def _tick(seconds: float) -> str:
    if seconds >= 86_400:
        return "1 day" if seconds == 86_400 else spoken_duration(seconds)
    for size, unit in ((3_600, "h"), (60, "min"), (1, "s"), (1e-3, "ms")):
        if seconds >= size:
            return f"{seconds / size:g} {unit}"
    return f"{seconds * 1e6:g} µs"


def _entry(label: str, text: str) -> str:
    return f"  {label:<10}{text}"
