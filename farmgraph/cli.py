"""The command line: arguments in, exit codes out, nothing else.

0 done, 1 failed, 2 wrong use or unreadable input. Results and paths go to stdout, progress and
messages to stderr; with --json stdout holds JSON and nothing else.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from farmgraph.errors import FarmgraphError, InputError, UsageError

if TYPE_CHECKING:
    from farmgraph.interactions.table import Interactions

app = typer.Typer(
    name="farmgraph",
    help="Find groups of accounts that act in lockstep, weigh the evidence, and show it row by row.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

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
def check(
    logs: Logs,
    account: Account = None,
    content: Content = None,
    time: Time = None,
    action: Action = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Say what would be read: columns, formats, times, rejected rows. No analysis."""
    from farmgraph.casework.check import check as look
    from farmgraph.runtime import showing_progress

    with _stoppable(), showing_progress(_on_terminal(quiet or as_json)):
        found = look(logs, account=account, content=content, time=time, action=action)
    typer.echo(_json(found.to_dict()) if as_json else str(found))


@app.command()
def investigate(
    logs: Logs,
    output: Out,
    account: Account = None,
    content: Content = None,
    time: Time = None,
    action: Action = None,
    q: Q = 0.05,
    draws: Draws = 999,
    seed: Seed = 0,
    threads: Threads = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Find clusters in a log, weigh the evidence and write a case with its report."""
    columns = {"account": account, "content": content, "time": time, "action": action}
    options = {"q": q, "draws": draws, "seed": seed, "threads": threads}
    load = partial(_read, logs, threads=threads, **columns)
    _investigate(load, output, overwrite=overwrite, as_json=as_json, quiet=quiet, **options)


@app.command()
def report(
    case: Annotated[Path, typer.Argument(help="Folder made by 'farmgraph investigate'.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")],
) -> None:
    """Write the report of a case again, from the case alone."""
    from farmgraph.casework.disk import load_summary
    from farmgraph.render.report.page import write_page

    summary = load_summary(case)
    try:
        write_page(summary, output)
    except OSError as error:
        raise InputError(f"Cannot write {output}: {error.strerror or error}.") from None
    typer.echo(str(output))


@app.command()
def simulate(
    scenario: Annotated[
        str, typer.Argument(help="What to plant, such as burst, organic or mixed: see --list.")
    ] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder to make.")] = None,
    rows: Annotated[int, typer.Option(help="About how many rows.")] = 200_000,
    accounts: Annotated[
        int | None, typer.Option(help="Accounts of the crowd; by default 3 for 100 rows.")
    ] = None,
    contents: Annotated[int | None, typer.Option(help="Contents; by default 1 for 50 rows.")] = None,
    days: Annotated[int, typer.Option(help="Length of the log in days.")] = 56,
    copies: Annotated[
        int | None, typer.Option(help="Groups of each kind; by default as the scenario says.")
    ] = None,
    seed: Seed = 0,
    threads: Threads = None,
    overwrite: Overwrite = False,
    show: Annotated[bool, typer.Option("--list", help="List the scenarios and stop.")] = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Make a log with planted groups, and its labels."""
    from farmgraph.lab.recipes import SCENARIOS

    if show:
        listed = {name: recipe.text for name, recipe in SCENARIOS.items()}
        lines = (f"{name:18s} {text}" for name, text in listed.items())
        typer.echo(_json(listed) if as_json else "\n".join(lines))
        return
    if not scenario or output is None:
        raise UsageError(
            "Name a scenario and a folder: farmgraph simulate burst -o DIR. --list shows the scenarios."
        )
    from farmgraph.lab.scenarios import write_simulation
    from farmgraph.runtime import showing_progress

    with _stoppable(), showing_progress(_on_terminal(quiet or as_json)):
        record = write_simulation(
            scenario,
            output,
            n_rows=rows,
            n_accounts=accounts,
            n_contents=contents,
            n_days=days,
            copies=copies,
            seed=seed,
            threads=threads,
            overwrite=overwrite,
        )
    if as_json:
        typer.echo(_json(record))
        return
    planted = f"{len(record['groups'])} planted groups" if record["groups"] else "no planted group"
    typer.echo(f"{record['rows']:,} rows, {planted}: {output / 'log.parquet'}")
    if record["groups"]:
        typer.echo(f"Labels: {output / 'labels.csv'}")


@app.command()
def compare(
    log: Annotated[str, typer.Argument(help="A log, or a folder that 'farmgraph simulate' made.")],
    labels: Annotated[
        str, typer.Option(help="CSV or Parquet with the column account (group, kind, label), or a folder.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for tables and figure.")] = Path(
        "farmgraph-compare"
    ),
    method: Annotated[list[str] | None, typer.Option(help="Only this method; may be repeated.")] = None,
    account: Account = None,
    content: Content = None,
    time: Time = None,
    action: Action = None,
    seed: Seed = 0,
    threads: Threads = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Hold all methods against labels, at their defaults and at a grid of settings."""
    from farmgraph.lab.compare import compare as hold_against
    from farmgraph.lab.compare import refuse_folder
    from farmgraph.lab.labels import read_labels
    from farmgraph.runtime import showing_progress

    refuse_folder(output, overwrite=overwrite)
    truth = read_labels(labels)
    with _stoppable(), showing_progress(_on_terminal(quiet or as_json)):
        simulated = Path(log) / "log.parquet"
        rows = _read(
            [str(simulated) if simulated.is_file() else log],
            threads=threads,
            account=account,
            content=content,
            time=time,
            action=action,
        )
        result = hold_against(rows, truth, methods=method, seed=seed, threads=threads)
        result.save(output, overwrite=overwrite)
    if as_json:
        typer.echo(
            _json({"output": str(output), "settings": json.loads(result.table.to_json(orient="records"))})
        )
        return
    typer.echo(str(result))
    typer.echo(f"Figure: {output / 'figure.png'}")


def _read(logs: list[str], **options: Any) -> "Interactions":
    from farmgraph.interactions.read import read

    return read(logs, **options)


def _investigate(
    load: "Callable[[], Interactions]",
    output: Path,
    *,
    overwrite: bool,
    as_json: bool,
    quiet: bool,
    **options: Any,
) -> None:
    from farmgraph.runtime import showing_progress

    _refuse_early(output, overwrite=overwrite, **options)
    say = (lambda text: None) if quiet else _remark
    say("Starting; the first run on a machine compiles for up to half a minute.")

    def tell(log: "Interactions") -> None:
        say(f"Read {log.n_rows:,} rows: {len(log):,} used, {len(log.rejected):,} rejected.")
        for reason, n in log.rejected_by_reason.items():
            say(f"  {n:,} rejected: {reason}")
        for note in log.notes:
            say(f"  {note}")

    with _stoppable(), showing_progress(_on_terminal(quiet or as_json)):
        from farmgraph.casework.investigate import investigate_loaded

        case = investigate_loaded(load, tell=tell, **options)
        case.save(output, overwrite=overwrite)
    if as_json:
        typer.echo(_json(_result(case, output)))
        return
    for row in case.evidence.itertuples():
        if row.verdict == "lockstep":
            typer.echo(f"Cluster {row.cluster}: lockstep. {row.sentence}")
            typer.echo(f"  Could also be: {row.explanation}")
    typer.echo(_counts(case))
    typer.echo(f"Report: {output / 'report.html'}")


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
    keys = ("rows_read", "rows_used", "rows_rejected", "rejected_by_reason", "notes")
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


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=True)


def _remark(text: str) -> None:
    typer.echo(text, err=True)


def _on_terminal(silent: bool) -> bool:
    return not silent and sys.stderr.isatty()


@contextmanager
def _stoppable() -> Iterator[None]:
    """Turn Ctrl-C into a message of ours before the command-line library makes its own of it."""
    try:
        yield
    except KeyboardInterrupt:
        raise FarmgraphError("stopped; nothing was left half-written.") from None


def main() -> None:
    """Run the command line and leave with its exit code."""
    sys.exit(run(app))


def run(command: Callable[..., Any]) -> int:
    """Run a command; errors made on purpose become one message and an exit code, never a traceback."""
    try:
        command()
    except (UsageError, InputError) as error:
        _remark(f"farmgraph: {error}")
        return 2
    except FarmgraphError as error:
        _remark(f"farmgraph: {error}")
        return 1
    except SystemExit as leave:
        return leave.code if isinstance(leave.code, int) else 1
    return 0
