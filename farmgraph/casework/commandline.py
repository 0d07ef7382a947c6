"""The command that reads a log as it was read, and makes a case of it."""

import os
import shlex
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from farmgraph.interactions.table import Interactions

_CONTENTS: dict[bool | str, list[str]] = {
    False: [],
    True: ["--pseudonymise-contents"],
    "accounts": ["--contents-are-accounts"],
}


def command_for(
    log: Interactions, *, options: Mapping[str, Any] | None = None, actions: str = "", output: str = "CASE"
) -> str:
    """Return the command line that investigates a log, wherever it lies and however it was called.

    Parameters
    ----------
    log : Interactions
        The log as it was read.
    options : mapping, optional
        Further options and their values.
    actions : str
        Read these actions alone, instead of those that were read.
    output : str
        The folder to make.

    Returns
    -------
    str
        Quoted for a POSIX shell.
    """
    # A case with pseudonyms tells neither where the log lies nor where the key lies: that is nobody's business.
    files = _files(log) if log.pseudonyms is None else _numbered(len(log.source))
    named = {**reading_of(log, actions=actions), **(options or {})}
    given = [f"--{name.replace('_', '-')}={value}" for name, value in named.items()]
    if log.pseudonyms is not None:
        given += ["--pseudonymise=KEYFILE", *_CONTENTS[log.pseudonyms.contents]]
    return shlex.join(["farmgraph", "investigate", *files, *given, f"--output={output}"])


def call_for(log: Interactions, *, actions: str = "") -> str:
    """Return the same in Python, for a log that lies in no file."""
    reading = reading_of(log, actions=actions)
    words = [f"{name}={_listed(value) if name == 'actions' else value!r}" for name, value in reading.items()]
    what = "frame" if len(log.source) == 1 else "frames"
    read = f"farmgraph.read({', '.join([what, *words])})"
    if log.pseudonyms is not None:
        contents = f", contents={log.pseudonyms.contents!r}" if log.pseudonyms.contents else ""
        read += f".pseudonymise('KEYFILE'{contents})"
    return f"farmgraph.investigate({read})"


def reading_of(log: Interactions, *, actions: str = "") -> dict[str, str]:
    """Return the options that read a log as it was read; a recognised format is named, guessed columns too."""
    # With a preset, the log's columns are paths of fields and no columns.
    columns = {"preset": log.preset} if log.preset else dict(log.columns)
    return {**columns, **log.options, **({"actions": actions} if actions else {})}


def _listed(actions: str) -> str:
    return repr(actions.split(","))


def _numbered(n: int) -> list[str]:
    return ["LOG"] if n == 1 else [f"LOG{i}" for i in range(1, n + 1)]


def _files(log: Interactions) -> list[str]:
    paths = dict.fromkeys(_outermost(source.path) for source in log.source)
    return [os.path.join(".", path) if path.startswith("-") else path for path in paths]


def _outermost(path: str) -> str:
    """Return the ZIP archive that a file is in, or the file itself."""
    if os.path.exists(path):
        return path
    return next((str(parent) for parent in PurePath(path).parents if os.path.isfile(parent)), path)
