"""The command line: arguments in, exit codes out, nothing else.

0 done, 1 failed, 2 wrong use or unreadable input. Results and paths go to stdout, progress and
messages to stderr; with --json stdout holds JSON and nothing else.
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from farmgraph.errors import FarmgraphError, InputError, UsageError
from farmgraph.keys import ContentsAreAccounts, Pseudonymise, PseudonymiseContents, key, renaming
from farmgraph.lab.commands import compare, simulate
from farmgraph.leaving import leave
from farmgraph.memory import limited, parse_memory
from farmgraph.terminal import (
    STOPPED,
    AsJson,
    Cache,
    Draws,
    Logs,
    MemoryLimit,
    Out,
    Overwrite,
    Q,
    Quiet,
    Seed,
    Threads,
    announcing_compilation,
    as_text,
    cache_words,
    checked,
    leave_at_once,
    leave_natively,
    on_terminal,
    read_logs,
    remark,
    stoppable,
    with_reading,
)

if TYPE_CHECKING:
    from farmgraph.interactions.table import Interactions

_INTERRUPTED = 130

Folder = Annotated[Path, typer.Argument(help="Folder made by 'farmgraph investigate'.")]

app = typer.Typer(
    name="farmgraph",
    help="Find groups of accounts that act in lockstep, weigh the evidence, and show it row by row.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(show: bool) -> None:
    if show:
        from farmgraph import __version__

        typer.echo(f"farmgraph {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Find groups of accounts that act in lockstep, weigh the evidence, and show it row by row."""


@app.command()
def demo(
    output: Out = Path("farmgraph-demo"),
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Take a bundled real log the whole way and print where the report is.

    The log says who shared which web address on Facebook and Twitter before the German election of 2021.
    """
    from farmgraph.interactions import datasets

    load = partial(datasets.load, "german_elections")
    _investigate(load, output, overwrite=overwrite, as_json=as_json, quiet=quiet)


@app.command()
@with_reading
def check(
    logs: Logs,
    reading: dict[str, Any],
    pseudonymise: Pseudonymise = None,
    pseudonymise_contents: PseudonymiseContents = False,
    contents_are_accounts: ContentsAreAccounts = False,
    threads: Threads = None,
    memory_limit: MemoryLimit = None,
    cache: Cache = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say what would be read, what comparing would cost, and what to run next. No analysis."""
    parse_memory(memory_limit)
    rename = renaming(
        pseudonymise, contents=pseudonymise_contents, accounts=contents_are_accounts, quiet=quiet
    )
    from farmgraph.casework.check import look
    from farmgraph.runtime import showing_progress

    leave_natively()
    with limited(memory_limit), showing_progress(on_terminal(quiet or as_json)):
        found = look(logs, checked({**reading, "threads": threads}), rename=rename, cache=cache)
    if cache is not None and not quiet:
        remark(cache_words(cache, from_cache=found.from_cache, problem=found.not_cached))
    typer.echo(as_text(found.to_dict()) if as_json else str(found))


@app.command()
def presets(as_json: AsJson = False) -> None:
    """List the known formats: what they are called, which actions they hold, and what they were made from."""
    from farmgraph.interactions.presets import presets as known

    listed = {
        name: {
            "title": preset.title,
            "actions": list(dict.fromkeys(act.action for act in preset.acts)),
            "about": preset.about,
        }
        for name, preset in known().items()
    }
    if as_json:
        typer.echo(as_text(listed))
        return
    for name, entry in listed.items():
        typer.echo(f"{name}: {entry['title']}")
        typer.echo(f"  actions: {', '.join(entry['actions'])}")
        typer.echo(f"  {entry['about']}")


@app.command()
@with_reading
def investigate(
    logs: Logs,
    output: Out,
    reading: dict[str, Any],
    q: Q = 0.05,
    draws: Draws = 999,
    seed: Seed = 0,
    threads: Threads = None,
    memory_limit: MemoryLimit = None,
    cache: Cache = None,
    pseudonymise: Pseudonymise = None,
    pseudonymise_contents: PseudonymiseContents = False,
    contents_are_accounts: ContentsAreAccounts = False,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Find clusters in a log, weigh the evidence and write a case with its report."""
    options = {"q": q, "draws": draws, "seed": seed, "threads": threads}
    parse_memory(memory_limit)
    rename = renaming(
        pseudonymise, contents=pseudonymise_contents, accounts=contents_are_accounts, quiet=quiet
    )
    checked(reading)

    def load() -> "Interactions":
        say = _silent if quiet else remark
        return rename(read_logs(logs, cache=cache, say=say, threads=threads, **reading))

    with limited(memory_limit):
        _investigate(load, output, overwrite=overwrite, as_json=as_json, quiet=quiet, **options)


@app.command()
def report(
    case: Folder,
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")],
    redact: Annotated[
        bool, typer.Option("--redact", help="Write numbers for all names, for publication.")
    ] = False,
) -> None:
    """Write the report of a case again, from the case alone."""
    from farmgraph.casework.disk import load_summary
    from farmgraph.render.report.page import write_page
    from farmgraph.render.report.redact import redact as redacted

    summary = load_summary(case)
    try:
        with stoppable():
            write_page(redacted(summary) if redact else summary, output)
    except OSError as error:
        raise InputError(f"Cannot write {output}: {error.strerror or error}.") from None
    typer.echo(str(output))


@app.command()
def export(
    case: Folder,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write; for csv and parquet a folder.")
    ],
    format: Annotated[str, typer.Option(help="gexf, graphml, csv, parquet or bibtex.")] = "gexf",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what has that name.")] = False,
) -> None:
    """Write a case for other programs: its network, all its tables, or its citation."""
    from farmgraph.casework.case import Case
    from farmgraph.casework.exports import refuse_export

    refuse_export(output, format=format, overwrite=overwrite)
    with stoppable():
        Case.load(case).export(output, format=format, overwrite=overwrite)
    typer.echo(str(output))


app.add_typer(key, name="key")
app.command()(simulate)
app.command()(compare)


def _investigate(
    load: "Callable[[], Interactions]",
    output: Path,
    *,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    from farmgraph.casework.clock import future_note
    from farmgraph.runtime import showing_progress

    _refuse_early(output, overwrite=overwrite, **options)
    say = _silent if quiet else remark

    def tell(log: "Interactions") -> None:
        several = "" if len(log) == log.n_used else f" They hold {len(log):,} interactions."
        say(f"Read {log.n_rows:,} rows: {log.n_used:,} used, {len(log.rejected):,} rejected.{several}")
        for reason, n in log.rejected_by_reason.items():
            say(f"  {n:,} rejected: {reason}")
        for note in log.notes:
            say(f"  {note}")
        # Not in the manifest, which has to be the same tomorrow.
        if ahead := future_note(log.table["time"]):
            say(f"  {ahead}")

    with showing_progress(on_terminal(quiet or as_json)):
        from farmgraph.casework.investigate import investigate_loaded

        leave_natively()
        with announcing_compilation(say):
            case = investigate_loaded(load, tell=tell, **options)
        with stoppable():
            case.save(output, overwrite=overwrite)
    if as_json:
        typer.echo(as_text(_result(case, output)))
        return
    for row in case.evidence.itertuples():
        if row.verdict == "lockstep":
            typer.echo(f"Cluster {row.cluster}: lockstep. {row.sentence}")
            typer.echo(f"  Could also be: {row.explanation}")
    typer.echo(_counts(case))
    typer.echo(f"Report: {output / 'report.html'}")


def _silent(text: str) -> None: ...


def _refuse_early(output: Path, *, overwrite: bool, **options: Any) -> None:
    """Refuse what would fail in the end before the log is read."""
    from farmgraph.casework.disk import refuse_folder
    from farmgraph.casework.investigate import check_options
    from farmgraph.runtime import thread_count

    refuse_folder(output, overwrite=overwrite)
    thread_count(options.pop("threads", None))
    if options:
        check_options(**options)


def _result(case: Any, output: Path) -> dict[str, Any]:
    keys = ("rows_read", "rows_used", "rows_rejected", "rejected_by_reason", "interactions", "notes")
    clusters = json.loads(case.evidence.to_json(orient="records", date_format="iso"))
    paths = {"case": str(output), "report": str(output / "report.html")}
    return {**{k: case.manifest[k] for k in keys}, **paths, "clusters": clusters}


def _counts(case: Any) -> str:
    counts = case.evidence["verdict"].value_counts()
    if not len(counts):
        return "No cluster of accounts overlaps more than interest explains."
    found = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
    plural = "s" if len(case.evidence) != 1 else ""
    return f"{len(case.evidence)} cluster{plural} weighed: {found}."


def main() -> None:
    """Run the command line and leave with its exit code."""
    from farmgraph.runtime import guard_with

    leave_at_once()
    guard_with(stoppable)
    leave(run(app))


def run(command: Callable[..., Any]) -> int:
    """Run a command; errors made on purpose become one message and an exit code, never a traceback."""
    try:
        command()
    except (UsageError, InputError) as error:
        remark(f"farmgraph: {error}")
        return 2
    except FarmgraphError as error:
        remark(f"farmgraph: {error}")
        return 1
    except KeyboardInterrupt:
        return _stopped()
    except SystemExit as leave:
        # typer's own word for Ctrl-C, where it came before we could turn it into a message of ours.
        if leave.code == _INTERRUPTED:
            return _stopped()
        return leave.code if isinstance(leave.code, int) else 1
    return 0


def _stopped() -> int:
    remark(f"farmgraph: {STOPPED}")
    return 1
