"""What to do after a log has been looked at: the command to run, or what to mend first."""

import re
from dataclasses import dataclass
from pathlib import PurePath

from farmgraph.casework.commandline import call_for, command_for
from farmgraph.casework.forecast import most_shared_action
from farmgraph.interactions.patterns import likely_patterns
from farmgraph.interactions.presets import preset_named
from farmgraph.interactions.read import Reading
from farmgraph.interactions.table import Interactions
from farmgraph.render.names import visible

_FEW, _MANY = 0.01, 0.05
_LOOKED_AT = 2_000
_COLUMNS_SHOWN = 30

_WAYS = {
    "unreadable time": "Readable are ISO 8601, Unix time, and what --time-format describes; --time names another "
    "column.",
    "account cut by a spreadsheet": "Take the log as it was exported, and not as a spreadsheet has saved it.",
    "content cut by a spreadsheet": "Take the log as it was exported, and not as a spreadsheet has saved it.",
    "not UTF-8": "Name the encoding with --encoding, such as --encoding=cp1252.",
    "no action": "Name the actions that the log has with --actions, or its format with --preset ('farmgraph presets' "
    "lists them; --preset=none takes none).",
    "action not asked for": "Name the actions that the log has with --actions, or leave it out to read all.",
    "exact duplicate": "--duplicates=keep keeps rows that are the same in every field.",
    "takes back an earlier action": "Nearly all of this log was taken back by later rows; there is little to look at.",
}
_NO_FAULTS = (
    *("empty content", "no action", "action not asked for", "exact duplicate"),
    *("takes back an earlier action", "taken back later", "blank line"),
)
_OTHER_WAY = "Name the columns that are meant with --account, --content and --time."


@dataclass(frozen=True)
class Step:
    """The command to run next, if there is one, and what has to be said about it."""

    command: str | None
    advice: str


def next_step(log: Interactions, reading: Reading) -> Step:
    """Say what to do next with a log."""
    if log.n_used < _FEW * log.n_rows:
        return Step(None, _too_few(log))
    actions, advice = _one_action(log)
    advice = " ".join(filter(None, [_many_faults(log), advice]))
    if log.n_without_time == len(log):
        columns = dict.fromkeys(column for found in reading.columns_found.values() for column in found)
        listed = ", ".join(visible(column) for column in list(columns)[:_COLUMNS_SHOWN])
        advice = (
            "No row has a time, so nothing can be said about who came together when, and no group is called lockstep. "
            f"If there are times, name their column with --time. Found: {listed}. Otherwise this looks at overlap "
            f"alone. {advice}"
        ).strip()
    if any(source.path.startswith("<data frame") for source in reading.interactions.source):
        return Step(call_for(log, actions=actions), advice)
    return Step(command_for(log, actions=actions, output=_case_name(log)), advice)


def _one_action(log: Interactions) -> tuple[str, str]:
    """Return the action to look at where a known format holds several, and why; empty texts otherwise."""
    if not log.preset or len([n for n in log.table["action"].unique().to_pylist() if n is not None]) < 2:
        return "", ""
    action = most_shared_action(log.table, order=[act.action for act in preset_named(log.preset).acts])
    # On the command line a comma separates actions.
    if action is None or "," in action:
        return "", ""
    several = (
        "what one post does at once counts as several contents, at one moment, which looks like lockstep"
        if len(log) > log.n_used
        else "accounts do different things for different reasons"
    )
    return action, (
        f"The log holds several actions. Look at one at a time, since {several}. {visible(action)} tells most "
        "about who acts with whom, and there is enough of it. Leave --actions out to look at all."
    )


def _too_few(log: Interactions) -> str:
    reason = next(iter(log.rejected_by_reason), "")
    said = f"Only {log.n_used:,} of {log.n_rows:,} rows can be used; the most frequent reason is: {reason}."
    if log.pseudonyms is None:
        texts = log.rejected.loc[log.rejected["reason"] == reason, "raw_text"]
        said += f" The first such row reads {visible(texts.iloc[0], 100)}."
    return f"{said} {_way_out(log, reason)} Then check again."


def _many_faults(log: Interactions) -> str:
    """Point at a fault that many rows have; rows that are left out with nothing wrong about them are no fault."""
    faults = {reason: n for reason, n in log.rejected_by_reason.items() if reason not in _NO_FAULTS}
    reason = next(iter(faults), "")
    if not reason or faults[reason] < _MANY * log.n_rows:
        return ""
    share = f"{faults[reason]:,} of {log.n_rows:,} rows were rejected as: {reason}."
    return f"{share} See whether that is right before going on. {_way_out(log, reason)}"


def _way_out(log: Interactions, reason: str) -> str:
    if reason == "unreadable time" and log.pseudonyms is None:
        texts = log.rejected.loc[log.rejected["reason"] == reason, "raw_text"].head(_LOOKED_AT)
        likely = likely_patterns(texts)
        if len(likely) == 1:
            return f"These times look as --time-format='{likely[0]}' says."
        if likely:
            return (
                f"These times fit --time-format='{likely[0]}' (day first) and --time-format='{likely[1]}' (month "
                "first), and nothing in them tells which is meant: ask whoever made the log."
            )
    return _WAYS.get(reason, _OTHER_WAY)


def _case_name(log: Interactions) -> str:
    if log.pseudonyms is not None:
        return "case"
    # The rest of the name stays as it is; control characters would not survive being pasted.
    stem = re.sub(r"[\x00-\x1f\x7f]", "", PurePath(log.source[0].path).name.split(".")[0])
    return f"{stem.lstrip('-') or 'log'}-case"
