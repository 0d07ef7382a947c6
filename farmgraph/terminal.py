"""What all commands share: their options, and how they speak to a terminal."""

import functools
import inspect
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from farmgraph.errors import FarmgraphError

if TYPE_CHECKING:
    from farmgraph.interactions.options import Options
    from farmgraph.interactions.table import Interactions

Logs = Annotated[
    list[str], typer.Argument(help="CSV, TSV, Parquet or JSON lines (also .gz, .zst, .zip); globs allowed.")
]
Out = Annotated[Path, typer.Option("--output", "-o", help="Folder to make for the case.")]
Q = Annotated[float, typer.Option("--q", help="False-discovery rate of the timing test.")]
Draws = Annotated[int, typer.Option(help="Draws from the null of the timing test.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Threads = Annotated[int | None, typer.Option(help="Threads to use; the result does not depend on it.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a case of that name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no remarks.")]

STOPPED = "stopped; nothing was left half-written."

READING: dict[str, tuple[Any, Any]] = {
    "account": (str | None, typer.Option(help="Column that says who acted.")),
    "content": (str | None, typer.Option(help="Column that says on what.")),
    "time": (str | None, typer.Option(help="Column that says when.")),
    "action": (str | None, typer.Option(help="Column that says how (like, share, ...).")),
    "preset": (
        str | None,
        typer.Option(
            metavar="NAME",
            help="A known format, such as twitter-v2, telegram or crowdtangle: see 'farmgraph presets'. By default it "
            "is recognised; 'none' takes none.",
        ),
    ),
    "actions": (
        list[str] | None,
        typer.Option(help="Read these actions alone, such as share,reply; may be repeated."),
    ),
    "normalise": (
        str | None,
        typer.Option(help="Make names of contents comparable: url, text, hashtag or none."),
    ),
    "time_format": (
        str | None,
        typer.Option(
            metavar="PATTERN", help="How times are written where it is not usual, such as '%d/%m/%Y %H:%M'."
        ),
    ),
    "timezone": (
        str | None,
        typer.Option(help="Where times without a zone were written, such as Europe/Berlin; by default UTC."),
    ),
    "encoding": (
        str | None,
        typer.Option(help="Encoding of text files; by default UTF-8 or what it looks like."),
    ),
    "duplicates": (
        str | None,
        typer.Option(
            metavar="remove|keep", help="What to do with rows that repeat an earlier one in every field."
        ),
    ),
}
"""Options of reading: type and help of each. None stands for what is usual."""


def with_reading(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of reading; it gets those that were named as one dict, `reading`."""
    own = inspect.signature(command, eval_str=True)
    ours = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option]
        )
        for name, (kind, option) in READING.items()
    ]

    @functools.wraps(command)
    def call(**given: Any) -> None:
        named = {name: given.pop(name) for name in READING}
        # typer makes an empty list of an option that may be repeated and was not given.
        reading = {name: _value(name, value) for name, value in named.items() if value not in (None, [])}
        command(**given, reading=reading)

    # typer reads the signature. A command's own options follow those of reading, wherever `reading` stands.
    parameters: list[inspect.Parameter] = []
    for parameter in own.parameters.values():
        keyword = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        parameters += ours if parameter.name == "reading" else [keyword]
    call.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return call


def _value(name: str, value: Any) -> Any:
    if name != "actions":
        return value
    return [action.strip() for part in value for action in part.split(",")]


def checked(reading: dict[str, Any]) -> "Options":
    """Check options of reading before anything is opened; UsageError says what is wrong with them."""
    from farmgraph.interactions.options import checked_options
    from farmgraph.interactions.schema import ROLES

    others = {name: value for name, value in reading.items() if name not in ROLES}
    return checked_options(columns={role: reading.get(role) for role in ROLES}, **others)


def read_logs(logs: list[str], **options: Any) -> "Interactions":
    """Read logs as `farmgraph.read` does."""
    from farmgraph.interactions.read import read

    return read(logs, **options)


def as_text(content: dict[str, Any]) -> str:
    """Return JSON in ASCII, which every terminal can show."""
    return json.dumps(content, indent=1, ensure_ascii=True)


def remark(text: str) -> None:
    """Say something on stderr."""
    typer.echo(text, err=True)


def on_terminal(silent: bool) -> bool:
    """Tell whether somebody is there to see progress."""
    return not silent and sys.stderr.isatty()


def leave_at_once() -> None:
    """From now on Ctrl-C ends the process there and then, unless something is being written (see `stoppable`).

    While a log is read and clusters are sought nothing lies on the disk that would have to be tidied up, and threads
    that are in the midst of something, such as compiling, are not waited for.
    """
    if _is_ours_to_set() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


@contextmanager
def stoppable() -> Iterator[None]:
    """Let Ctrl-C run through what is being written, so that it is tidied up, and become a message of ours."""
    at_once = _is_ours_to_set() and signal.getsignal(signal.SIGINT) is _leave
    try:
        if at_once:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
    except KeyboardInterrupt:
        raise FarmgraphError(STOPPED) from None
    finally:
        if at_once:
            signal.signal(signal.SIGINT, _leave)


def _is_ours_to_set() -> bool:
    return threading.current_thread() is threading.main_thread()


def _leave(number: int, frame: Any) -> None:
    # A progress bar hides the cursor and would leave its line behind.
    bar = "\r\x1b[2K\x1b[?25h" if sys.stderr.isatty() else ""
    os.write(2, f"{bar}farmgraph: {STOPPED}\n".encode())
    os._exit(1)
