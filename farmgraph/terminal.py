"""What all commands share: their options, and how they speak to a terminal."""

import functools
import inspect
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from farmgraph.leaving import STOPPED as STOPPED
from farmgraph.leaving import leave_at_once as leave_at_once
from farmgraph.leaving import leave_natively as leave_natively
from farmgraph.leaving import stoppable as stoppable

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
MemoryLimit = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE", help="Most memory to take, such as 4GB; by default what the machine can give."
    ),
]
Cache = Annotated[
    str | None,  # as a Path an empty text would mean the folder that one is in
    typer.Option(
        metavar="FOLDER",
        help="Keep what was read there, so that the same files need not be read again. It holds the names in the log.",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a case of that name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no remarks.")]

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


def read_logs(
    logs: list[str],
    *,
    cache: str | None = None,
    say: Callable[[str], None] = lambda text: None,
    **options: Any,
) -> "Interactions":
    """Read logs as `farmgraph.read` does; what the cache did is said."""
    from farmgraph.interactions.options import checked_options
    from farmgraph.interactions.read import read_closely
    from farmgraph.interactions.schema import ROLES

    columns = {role: options.pop(role, None) for role in ROLES}
    reading = read_closely(logs, checked_options(columns=columns, **options), cache=cache)
    if cache is not None:
        say(cache_words(cache, from_cache=reading.from_cache, problem=reading.not_cached))
    return reading.interactions


def cache_words(cache: str, *, from_cache: bool, problem: str) -> str:
    """Say what a cache did for a log."""
    if from_cache:
        return f"Taken from the cache {cache}: the same files were read in the same way before."
    return problem or f"Kept in the cache {cache}, with the names as the log has them."


def as_text(content: dict[str, Any]) -> str:
    """Return JSON in ASCII, which every terminal can show."""
    return json.dumps(content, indent=1, ensure_ascii=True)


def remark(text: str) -> None:
    """Say something on stderr."""
    typer.echo(text, err=True)


def on_terminal(silent: bool) -> bool:
    """Tell whether somebody is there to see progress."""
    return not silent and sys.stderr.isatty()


@contextmanager
def announcing_compilation(say: Callable[[str], None]) -> Iterator[None]:
    """Say once that something is compiled, when that begins; what an earlier run compiled is loaded in silence."""
    from numba.core import event

    class Ear(event.Listener):  # numba asks for a subclass
        said = False

        def on_start(self, happening: Any) -> None:
            if not self.said:
                self.said = True
                say("Compiling, which takes up to half a minute and is done once on a machine.")

        def on_end(self, happening: Any) -> None: ...

    with event.install_listener("numba:compile", Ear()):
        yield
