"""What all commands share: their options, and how they speak to a terminal."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from farmgraph.errors import FarmgraphError

if TYPE_CHECKING:
    from farmgraph.interactions.table import Interactions

Logs = Annotated[
    list[str], typer.Argument(help="CSV, TSV, Parquet or JSON lines (also .gz, .zst); globs allowed.")
]
Account = Annotated[str | None, typer.Option(help="Column that says who acted.")]
Content = Annotated[str | None, typer.Option(help="Column that says on what.")]
Time = Annotated[str | None, typer.Option(help="Column that says when.")]
Action = Annotated[str | None, typer.Option(help="Column that says how (like, share, ...).")]
Out = Annotated[Path, typer.Option("--output", "-o", help="Folder to make for the case.")]
Q = Annotated[float, typer.Option("--q", help="False-discovery rate of the timing test.")]
Draws = Annotated[int, typer.Option(help="Draws from the null of the timing test.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Threads = Annotated[int | None, typer.Option(help="Threads to use; the result does not depend on it.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a case of that name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no remarks.")]


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


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn Ctrl-C into a message of ours before the command-line library makes its own of it."""
    try:
        yield
    except KeyboardInterrupt:
        raise FarmgraphError("stopped; nothing was left half-written.") from None
