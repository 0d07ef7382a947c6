"""The whole way through the house: from a log to a case."""

import os
import platform
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import pandas as pd

import farmgraph
from farmgraph.casework import tables
from farmgraph.casework.case import Case
from farmgraph.casework.commandline import command_for
from farmgraph.detect.clusters import Clusters
from farmgraph.detect.lockstep import lockstep
from farmgraph.errors import UsageError
from farmgraph.evidence.weigh import Evidence, check_options, weigh
from farmgraph.graph.bipartite import bipartite
from farmgraph.interactions.read import read
from farmgraph.interactions.table import Interactions
from farmgraph.memory import give_back, limit_in_force, limited
from farmgraph.render.report.summary import summarise
from farmgraph.runtime import Steps, thread_count

LIBRARIES = ("duckdb", "igraph", "leidenalg", "numba", "numpy", "pandas", "pyarrow", "scipy")


def investigate(
    log: Any,
    *,
    q: float = 0.05,
    draws: int = 999,
    seed: int = 0,
    threads: int | None = None,
    memory_limit: int | str | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Case:
    """Find clusters that act in lockstep, weigh the evidence and make a case of it.

    Parameters
    ----------
    log : Interactions, path or table
        What `farmgraph.read` returned, or anything that it reads without being told how. For a preset, columns or
        other options of reading, read the log first.
    q : float, default 0.05
        False-discovery rate of the timing test.
    draws : int, default 999
        Draws from the null of the timing test.
    seed : int, default 0
        The same log, options and seed give the same case, whatever the number of threads.
    threads : int, optional
        Threads to use; by default all that the process may use.
    memory_limit : int or str, optional
        Most memory that the process may take, such as ``"4GB"``; by default what the machine can give.
    cache : path, optional
        As for `farmgraph.read`, where the log is yet to be read.

    Returns
    -------
    Case

    Raises
    ------
    InputError
        If the log cannot be read or holds no usable row.
    UsageError
        If an option is out of range.
    BudgetError
        If a step would not fit into the memory; it is refused before it begins.

    Notes
    -----
    Reads, builds the bipartite graph, finds blocks with `farmgraph.lockstep`, weighs them with `farmgraph.weigh`
    and gathers every row behind them. After each step freed memory goes back to the system. Memory grows with the
    rows of the log. Nothing is written: use `Case.save`.
    The case of a log with pseudonyms (`Interactions.pseudonymise`) holds no name that they stand for.

    Examples
    --------
    >>> import farmgraph as fg
    >>> case = fg.investigate(fg.datasets.load("german_elections"), seed=0)
    >>> case.evidence.loc[0, "verdict"]
    'lockstep'
    """
    if cache is not None and isinstance(log, Interactions):
        raise UsageError(
            "cache is for reading, and the log has been read already: give cache= to farmgraph.read."
        )

    def load() -> Interactions:
        return log if isinstance(log, Interactions) else read(log, threads=threads, cache=cache)

    with limited(memory_limit):
        return investigate_loaded(load, q=q, draws=draws, seed=seed, threads=threads)


def investigate_loaded(
    load: Callable[[], Interactions],
    *,
    q: float = 0.05,
    draws: int = 999,
    seed: int = 0,
    threads: int | None = None,
    tell: Callable[[Interactions], None] = lambda log: None,
) -> Case:
    """Do what `investigate` does with the log that `load` returns, so that reading is timed with the rest.

    `tell` hears of the log as soon as it has been read.
    """
    check_options(q=q, draws=draws, seed=seed)
    steps, started = Steps(), datetime.now(UTC)
    with steps.step("read"):
        log = load()
        give_back()
    tell(log)
    with steps.step("graph"):
        graph = bipartite(log, threads=threads)
        give_back()
    with steps.step("detect"):
        found = lockstep(graph, seed=seed, threads=threads)
        give_back()
    with steps.step("weigh"):
        weighed = weigh(found, graph, q=q, draws=draws, seed=seed, threads=threads)
        evidence, clusters = strongest_first(weighed)
        give_back()
    with steps.step("gather"):
        actions = tables.action_rows(log, graph, clusters)
        rows = tables.cluster_rows(actions, clusters)
        pairs = tables.pair_table(graph, clusters)
        accounts = tables.account_table(graph, clusters, evidence, rows)
        contents = tables.content_table(graph, clusters, evidence)
        give_back()
    manifest = _manifest(log, weighed, clusters)
    if len(pairs) > tables.MAX_NETWORK_PAIRS:
        manifest["notes"].append(
            f"network.gexf holds the {tables.MAX_NETWORK_PAIRS:,} pairs with the most contents of {len(pairs):,}; "
            "pairs.parquet and 'farmgraph export' hold all."
        )
    with steps.step("summarise"):
        summary = summarise(graph, clusters, evidence, rows=rows, accounts=accounts, manifest=manifest)
    manifest["run"] = {
        "started": started.isoformat(timespec="seconds"),
        "steps": steps.to_list(),
        "threads": thread_count(threads),
        "python": platform.python_version(),
        "system": platform.system(),
        "memory_limit_bytes": limit_in_force(),
    }
    return Case(
        evidence=evidence,
        accounts=accounts,
        contents=contents,
        clusters=clusters,
        rows=rows,
        actions=actions,
        pairs=pairs,
        rejected=log.rejected,
        summary=summary,
        manifest=manifest,
    )


def strongest_first(weighed: Evidence) -> tuple[pd.DataFrame, Clusters]:
    """Give clusters the numbers 1, 2, ... in the order of their evidence: (table, clusters)."""
    old = weighed.clusters
    number = {int(c): i for i, c in enumerate(weighed.table["cluster"], start=1)}
    members, contents = old.members.copy(), old.contents.copy()
    members["cluster"] = members["cluster"].map(number).astype("int64")
    contents["cluster"] = contents["cluster"].map(number).astype("int64")
    values = old.values.rename(index=number).sort_index()
    table = weighed.table.assign(cluster=range(1, len(weighed.table) + 1))
    members = members.sort_values(["cluster", "score", "account"], ascending=[True, False, True])
    contents = contents.sort_values(["cluster", "n_accounts", "content"], ascending=[True, False, True])
    return table, replace(
        old, members=members.reset_index(drop=True), contents=contents.reset_index(drop=True), values=values
    )


def _manifest(log: Interactions, weighed: Evidence, clusters: Clusters) -> dict[str, Any]:
    """Return how the case was made; all of it is the same in every run."""
    options = {"q": weighed.thresholds.q, "draws": weighed.draws}
    return (
        {
            "farmgraph": farmgraph.__version__,
            "command": command_for(log, options={**options, "seed": weighed.seed}),
            "libraries": {name: version(name) for name in LIBRARIES},
            "options": options,
            "seed": weighed.seed,
            "sources": [
                {
                    "path": s.path,
                    "n_bytes": s.n_bytes,
                    "sha256": s.sha256,
                    "n_rows": s.n_rows,
                    "n_used": s.n_used,
                }
                for s in log.source
            ],
            "columns": dict(log.columns),
            "rows_read": log.n_rows,
            "rows_used": log.n_used,
            "rows_rejected": len(log.rejected),
            "rejected_by_reason": log.rejected_by_reason,
            "interactions": len(log),
            "rows_without_time": log.n_without_time,
            "thresholds": dict(vars(weighed.thresholds)),
            "detector": {
                "method": clusters.method,
                "parameters": clusters.parameters,
                "seed": clusters.seed,
                "values": {str(c): float(v) for c, v in clusters.values.items()},
                "notes": list(clusters.notes),
            },
            "notes": [*log.notes, *clusters.notes, *weighed.notes],
        }
        | _reading(log)
        | _names(log)
    )


def _reading(log: Interactions) -> dict[str, Any]:
    """Return the manifest's entries on the format and on options of reading; what is as usual has none."""
    options = {name: value for name, value in log.options.items() if not (log.preset and name == "preset")}
    return ({"preset": log.preset} if log.preset else {}) | ({"reading": options} if options else {})


def _names(log: Interactions) -> dict[str, Any]:
    """Return the manifest's entry on pseudonyms; where names are as they were read there is none."""
    if log.pseudonyms is None:
        return {}
    return {"pseudonyms": {**vars(log.pseudonyms), "dropped": list(log.pseudonyms.dropped)}}
