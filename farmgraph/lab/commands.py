"""The commands of the laboratory: make a log with planted groups, hold methods against labels."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from farmgraph.errors import UsageError
from farmgraph.terminal import (
    AsJson,
    Overwrite,
    Quiet,
    Seed,
    Threads,
    as_text,
    on_terminal,
    read_logs,
    stoppable,
    with_reading,
)


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
        typer.echo(as_text(listed) if as_json else "\n".join(lines))
        return
    if not scenario or output is None:
        raise UsageError(
            "Name a scenario and a folder: farmgraph simulate burst -o DIR. --list shows the scenarios."
        )
    from farmgraph.lab.scenarios import write_simulation
    from farmgraph.runtime import showing_progress

    with stoppable(), showing_progress(on_terminal(quiet or as_json)):
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
        typer.echo(as_text(record))
        return
    planted = f"{len(record['groups'])} planted groups" if record["groups"] else "no planted group"
    typer.echo(f"{record['rows']:,} rows, {planted}: {output / 'log.parquet'}")
    if record["groups"]:
        typer.echo(f"Labels: {output / 'labels.csv'}")


@with_reading
def compare(
    log: Annotated[str, typer.Argument(help="A log, or a folder that 'farmgraph simulate' made.")],
    labels: Annotated[
        str, typer.Option(help="CSV or Parquet with the column account (group, kind, label), or a folder.")
    ],
    reading: dict[str, Any],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for tables and figure.")] = Path(
        "farmgraph-compare"
    ),
    method: Annotated[list[str] | None, typer.Option(help="Only this method; may be repeated.")] = None,
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
    simulated = Path(log) / "log.parquet"
    with showing_progress(on_terminal(quiet or as_json)):
        rows = read_logs([str(simulated) if simulated.is_file() else log], threads=threads, **reading)
        with stoppable():
            result = hold_against(rows, truth, methods=method, seed=seed, threads=threads)
            result.save(output, overwrite=overwrite)
    if as_json:
        typer.echo(
            as_text({"output": str(output), "settings": json.loads(result.table.to_json(orient="records"))})
        )
        return
    typer.echo(str(result))
    typer.echo(f"Figure: {output / 'figure.png'}")
