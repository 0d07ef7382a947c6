"""What is to be made of a log's fields: a known format, or one column for each role."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from farmgraph.errors import InputError, UsageError
from farmgraph.interactions.acts import Reader, by_preset, reader_for
from farmgraph.interactions.batches import Batch, Records, Wanted, by_roles
from farmgraph.interactions.columns import Roles, assign_roles, listed
from farmgraph.interactions.contentkeys import checked_rule
from farmgraph.interactions.log import Log
from farmgraph.interactions.options import Options
from farmgraph.interactions.presets import missing_marks, preset_named, recognised
from farmgraph.interactions.presets.shape import Preset
from farmgraph.interactions.schema import INTERACTIONS_SCHEMA, ROLES


@dataclass(frozen=True)
class Plan:
    """How the records of a source are understood.

    Attributes
    ----------
    wanted : Wanted
        What the log hands over.
    understand : callable
        Makes a batch of records.
    columns : dict of str to str
        Which field says what, for people and for the manifest.
    keep : tuple of str
        Columns carried along.
    guessed : tuple of str
        Roles whose column was guessed.
    preset : Preset or None
        The known format.
    recognised : str
        What was recognised, and by what; empty if nothing was.
    found : dict of str to list of str
        Columns of all sources so far.
    form : str
        What kind of log the last of them is.
    notes : tuple of str
        What should be said of it.
    """

    wanted: Wanted
    understand: Callable[[Records], Batch]
    columns: dict[str, str]
    keep: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()
    preset: Preset | None = None
    recognised: str = ""
    found: dict[str, list[str]] = field(default_factory=dict)
    form: str = ""
    notes: tuple[str, ...] = ()


def plan_for(log: Log, name: str, before: Plan | None, options: Options) -> Plan:
    """Decide how to understand a source; what was decided for the first holds for all.

    Raises
    ------
    InputError
        If fields that are needed are missing, or differ between sources.
    UsageError
        If an option does not fit.
    """
    known = [*log.columns, *log.nested]
    preset, why = _preset(log, name, known, before, options)
    if preset is None:
        plan = _by_roles(log, name, before, options)
    else:
        number = 1 if before is None else len(before.found) + 1
        plan = _by_preset(log, name, preset, why, known, options, file_number=number)
    found = {} if before is None else before.found
    return replace(plan, found={**found, name: known}, form=log.form)


def _preset(
    log: Log, name: str, known: list[str], before: Plan | None, options: Options
) -> tuple[Preset | None, str]:
    """Return the known format that a source has, and what was recognised."""
    if before is not None:
        preset = before.preset
        if preset is not None:
            _check_form(log, name, preset, "Read them apart.")
        if preset is not None and not options.preset and missing_marks(preset, set(known)):
            raise InputError(
                f"{name} is not {preset.title}, as the source before it is: it has no "
                f"{listed(missing_marks(preset, set(known)))}. Read them apart."
            )
        return preset, before.recognised
    if options.preset == "none" or options.columns.get("account") or options.columns.get("content"):
        return None, ""
    if options.preset:
        preset = preset_named(options.preset)
        _check_form(log, name, preset, "Choose another preset.")
        return preset, ""
    preset = recognised(known, is_json=log.is_json)
    if preset is None:
        return None, ""
    marks = [next(part for part in mark.split("|") if part in known) for mark in preset.marks]
    return preset, f"{preset.title} (preset {preset.name}), by the fields {listed(marks)}"


def _check_form(log: Log, name: str, preset: Preset, way_out: str) -> None:
    if not (preset.json if log.is_json else preset.table):
        form = "JSON" if preset.json else "a table"
        raise InputError(f"{name}: {preset.title} is {form}, but this is {log.form}. {way_out}")


def _by_preset(
    log: Log, name: str, preset: Preset, why: str, known: list[str], options: Options, *, file_number: int
) -> Plan:
    lacking = missing_marks(preset, set(known))
    if len(lacking) == len(preset.marks):
        raise InputError(
            f"{name} is not {preset.title}: it has none of the fields {listed(lacking)}. Found: {listed(known)}. "
            "Leave the preset out, or choose another."
        )
    if options.normalise not in (None, "none"):
        raise UsageError(
            f"normalise is {options.normalise!r}, but the preset {preset.name} says for each action how its contents "
            "are made comparable; leave it out, or say 'none'."
        )
    named = [role for role, column in options.columns.items() if column is not None]
    if named:
        raise UsageError(
            f"{named[0]} is {options.columns[named[0]]!r}, but {name} was recognised as {preset.title}, which knows "
            "its fields. Leave it out, or name account= and content= as well (on the command line --account and "
            "--content)."
        )
    if options.time_format:
        raise UsageError(
            f"time_format is {options.time_format!r}, but {name} was recognised as {preset.title}, which knows how its "
            "times are written. Leave it out, or say preset='none' (on the command line --preset none)."
        )
    _check_keep(log, name, known, options.keep)
    notes = []
    if why:
        notes.append(
            f"Recognised as {why}. If that is wrong, name the columns with account= and content= or say preset='none' "
            "(on the command line --preset none)."
        )
    if lacking:
        notes.append(f"{name} lacks fields that {preset.title} has: {listed(lacking)}.")
    reader = reader_for(
        preset,
        log.columns,
        is_json=log.is_json,
        actions=options.actions,
        keep=options.keep,
        plain=options.normalise == "none",
        timezone=options.timezone,
        file_number=file_number,
    )
    for column in reader.wanted.columns:
        if (n := list(log.columns).count(column)) > 1:
            raise InputError(
                f"{name}: the header names {column!r} {n} times, so it is unclear which one is meant. Rename all but "
                f"one; found: {listed(known)}."
            )
    columns = {"account": preset.account[0], "content": _contents(reader), "time": preset.time[0]}
    return Plan(
        wanted=reader.wanted,
        understand=partial(by_preset, reader=reader),
        columns={role: text for role, text in columns.items() if text},
        keep=options.keep,
        preset=preset,
        recognised=why,
        notes=(*notes, *preset.notes),
    )


def _contents(reader: Reader) -> str:
    return ", ".join(dict.fromkeys(f"{act.action}: {act.content[0]}" for act in reader.acts))


def _check_keep(log: Log, name: str, known: Sequence[str], keep: Sequence[str]) -> None:
    for column in keep:
        if column in (*INTERACTIONS_SCHEMA.names, "raw_content"):
            raise UsageError(
                f"keep names {column!r}, which is a name that farmgraph's own table uses "
                f"({', '.join(INTERACTIONS_SCHEMA.names)}, raw_content). Rename the column in the log to keep it."
            )
        if column not in known and not (log.holds and log.holds(column)):
            raise InputError(f"{name} has no column {column!r} (keep={column!r}). Found: {listed(known)}.")


def _by_roles(log: Log, name: str, before: Plan | None, options: Options) -> Plan:
    roles = _roles(log, name, before, options)
    wanted = Wanted(roles.wanted, {column: role for role, column in roles.columns.items()})
    understand = partial(
        by_roles,
        roles=roles,
        rule=checked_rule(options.normalise),
        time_format=options.time_format,
        timezone=options.timezone,
        actions=options.actions,
    )
    if options.actions is not None and "action" not in roles.columns:
        raise UsageError(
            f"actions is {list(options.actions)}, but {name} has no column of actions. Name it with action= "
            "(on the command line --action), or leave actions out."
        )
    return Plan(
        wanted=wanted,
        understand=understand,
        columns=roles.columns,
        keep=roles.keep,
        guessed=roles.guessed if before is None else before.guessed,
        notes=tuple(roles.notes(log.columns)) if before is None else (),
    )


def _roles(log: Log, name: str, before: Plan | None, options: Options) -> Roles:
    """Settle the roles in one source."""
    known = {*log.columns, *log.nested}
    # What was guessed for the first source holds for all, or two files could mean two things.
    asked = dict(options.columns) if before is None else {role: before.columns.get(role) for role in ROLES}
    first = None if before is None else next(iter(before.found))
    wanted = [column for column in [*asked.values(), *options.keep] if column is not None]
    late = [column for column in wanted if column not in known and log.holds and log.holds(column)]
    for once in [role for role in ("time", "action") if before is not None and role in before.guessed]:
        column = asked[once]
        if first is not None and column is not None and column not in {*known, *late}:
            raise _one_sided(once, column, first, name)
    unguessed = [*log.nested, *late]
    try:
        roles = assign_roles(log.columns, asked, keep=options.keep, where=name, unguessed=unguessed)
    except InputError as error:
        if log.hint:
            raise InputError(f"{error} {log.hint}") from None
        raise
    if before is None or first is None:
        return roles
    # Roles are settled by the first source; what only one of the two has would be lost or taken for another.
    for role, named in roles.columns.items():
        if asked.get(role) is None:
            if named in before.found[first]:
                raise InputError(
                    f"{name} has {named!r} as its only column of {role}s, but {first} has it among others. "
                    f"Name the one that is meant with {role}= (on the command line --{role}), or read them apart."
                )
            raise _one_sided(role, named, name, first)
    columns = {role: column for role, column in roles.columns.items() if asked.get(role) is not None}
    return Roles(columns, (), roles.keep)


def _one_sided(role: str, column: str, has: str, lacks: str) -> InputError:
    return InputError(
        f"{has} has a column of {role}s ({column!r}), but {lacks} has no such column. Read them apart, "
        f"or name the column alike in both; if it holds no {role}s, give it another name."
    )
