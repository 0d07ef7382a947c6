"""The summary: everything the report shows, as plain data that JSON can hold.

The page is made from this alone. Names stand once, in ``names``; everything else refers to
them by position. What is cut is cut here, and each cut stands beside its full number.
Nothing in it depends on the clock, so the same input gives the same bytes.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from farmgraph.detect.clusters import Clusters
from farmgraph.errors import InputError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.interactions.schema import NO_TIME
from farmgraph.render.raster import (
    MAX_ACCOUNTS,
    MAX_ACTIONS,
    MAX_CONTENTS,
    Raster,
    prepare,
    times_in_microseconds,
)
from farmgraph.render.report import islands as layout
from farmgraph.render.report.plain import FORMAT, iso, plain

LIMITS = {
    "accounts": MAX_ACCOUNTS,
    "contents": MAX_CONTENTS,
    "actions_drawn": MAX_ACTIONS,
    "rows": 300,
    "accounts_on_map": layout.MAX_DOTS,
    "clusters_in_full": 50,
    "clusters_listed": 500,
}
"""How much the report shows; what lies beyond is in the case's tables."""

_COUNTS = ("n_accounts", "n_contents", "n_interactions", "occasions")
_NUMBERS = (
    "density",
    "expected_interactions",
    "overlap_ratio",
    "overlap_ratio_low",
    "synchrony_z",
    "synchrony_scale_s",
    "p_value",
    "q_value",
    "gap_members_s",
    "gap_others_s",
    "closeness",
    "largest_occasion",
)
_TEXTS = ("verdict", "reference", "explanation", "sentence")
_PROVENANCE = (
    "farmgraph",
    "libraries",
    "command",
    "options",
    "seed",
    "sources",
    "rows_read",
    "rows_used",
    "rows_rejected",
    "rejected_by_reason",
    "columns",
    "notes",
    "thresholds",
)
"""What the manifest holds that does not differ from run to run."""

Names = dict[str, dict[str, int]]


def summarise(
    graph: BipartiteGraph,
    clusters: Clusters,
    evidence: pd.DataFrame,
    *,
    rows: pd.DataFrame,
    accounts: pd.DataFrame,
    manifest: Mapping[str, Any],
) -> dict[str, Any]:
    """Put together everything that the report shows.

    Parameters
    ----------
    graph : BipartiteGraph
        The whole log: what the clusters are compared with.
    clusters : Clusters
        Members and contents.
    evidence : pandas.DataFrame
        One row per cluster, strongest first, with the columns of ``clusters.csv``.
    rows : pandas.DataFrame
        Every raw row behind every cluster: ``cluster``, ``account``, ``content``, ``time``
        (UTC, may be missing), ``action`` (str or missing), ``source``, ``line``.
    accounts : pandas.DataFrame
        One row per account and cluster, as in ``accounts.csv``. Read here: ``cluster``, ``account``, ``gap_s``
        (float seconds to the nearest other member, median over the cluster's contents; may be missing).
    manifest : mapping
        The record of the run. Its times and memory are left out.

    Returns
    -------
    dict
        str, int, float, bool, None, list and dict only, all numbers finite: a number that is
        missing or infinite is None (a ratio is infinite where ``expected_interactions`` is 0).

        * ``names``: lists ``account``, ``content``, ``action``, ``source``; integers elsewhere
          under these keys are positions in them.
        * ``headline``: totals of the log and of what was found.
        * ``map``: positions, in units of a map 1,000 wide.
        * ``listed``: one short record per cluster; ``clusters``: the first 50 in full.
        * ``limits``, ``provenance``, ``format``.

    Raises
    ------
    InputError
        If evidence, rows or accounts lack a column.
    """
    _require(evidence, ("cluster", *_COUNTS, *_NUMBERS, *_TEXTS, "first_time", "last_time"), "evidence")
    _require(rows, ("cluster", "account", "content", "time", "action", "source", "line"), "rows")
    _require(accounts, ("cluster", "account", "gap_s"), "accounts")
    gaps = dict(
        zip(zip(accounts["cluster"], accounts["account"], strict=True), accounts["gap_s"], strict=True)
    )
    names: Names = {"account": {}, "content": {}, "action": {}, "source": {}}
    weighed = [_weighed(record) for record in evidence.to_dict("records")]
    by_cluster = dict(list(rows.groupby("cluster", sort=False)))
    shown = weighed[: LIMITS["clusters_in_full"]]
    full = [
        record
        | _one_cluster(
            clusters, by_cluster.get(record["cluster"], rows.iloc[:0]), record["cluster"], gaps, names
        )
        for record in shown
    ]
    seed = int(manifest.get("seed") or 0)
    in_clusters = len(set(clusters.members["account"].tolist()))
    the_map = _map(graph, clusters, rows, shown, names, n_others=graph.n_accounts - in_clusters, seed=seed)
    return {
        "format": FORMAT,
        "headline": _headline(graph, clusters, weighed),
        "map": the_map,
        "listed": [
            {key: record[key] for key in ("cluster", "verdict", "n_accounts", "n_contents", "sentence")}
            for record in weighed[: LIMITS["clusters_listed"]]
        ],
        "clusters": full,
        "limits": dict(LIMITS),
        "provenance": {"method": clusters.method, "parameters": plain(clusters.parameters)}
        | {key: plain(manifest.get(key)) for key in _PROVENANCE}
        | {"notes": list(dict.fromkeys(map(str, (*(manifest.get("notes") or ()), *clusters.notes))))},
        "names": {kind: list(codes) for kind, codes in names.items()},
    }


def positions(summary: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Return where the map draws each account, in map units; in its strongest cluster if it is in several."""
    accounts = summary["names"]["account"]
    places: dict[str, tuple[float, float]] = {}
    for island in summary["map"]["islands"]:
        for code, x, y in zip(island["account"], island["xs"], island["ys"], strict=True):
            places.setdefault(accounts[code], (x, y))
    return places


def _require(table: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(f"{name} has no column {missing[0]!r}; expected {', '.join(columns)}.")


def _weighed(record: Mapping[Any, Any]) -> dict[str, Any]:
    """Return one row of the evidence as plain values."""
    result: dict[str, Any] = {"cluster": int(record["cluster"])}
    result |= {key: int(record[key]) for key in _COUNTS}
    result |= {key: None if pd.isna(record[key]) else plain(float(record[key])) for key in _NUMBERS}
    result |= {key: str(record[key]) for key in _TEXTS}
    for key in ("first_time", "last_time"):
        result[key] = iso(int(times_in_microseconds(pd.Series([record[key]]))[0]))
    return result


def _headline(graph: BipartiteGraph, clusters: Clusters, weighed: list[dict[str, Any]]) -> dict[str, Any]:
    lockstep = {record["cluster"] for record in weighed if record["verdict"] == "lockstep"}
    members = clusters.members
    times = graph.content_times[graph.content_times != NO_TIME]
    return {
        "n_clusters": len(weighed),
        "n_lockstep": len(lockstep),
        "n_accounts_in_clusters": len(set(members["account"].tolist())),
        "n_accounts_in_lockstep": len(
            set(members.loc[members["cluster"].isin(lockstep), "account"].tolist())
        ),
        "n_accounts": int(graph.n_accounts),
        "n_recurring": int((np.diff(graph.account_starts) >= 3).sum()),
        "n_contents": int(graph.n_contents),
        "n_interactions": int(graph.n_interactions),
        "n_untested": sum(record["synchrony_z"] is None for record in weighed),
        "n_without_time": int(graph.n_interactions - len(times)),
        "first_time": iso(int(times.min())) if len(times) else None,
        "last_time": iso(int(times.max())) if len(times) else None,
    }


def _code(codes: dict[str, int], name: str) -> int:
    return codes.setdefault(name, len(codes))


def _one_cluster(
    clusters: Clusters,
    rows: pd.DataFrame,
    cluster: int,
    gaps: Mapping[tuple[int, str], float],
    names: Names,
) -> dict[str, Any]:
    """Return the tables and the raster of one cluster."""
    members = clusters.members[clusters.members["cluster"] == cluster]
    contents = clusters.contents[clusters.contents["cluster"] == cluster]
    time = times_in_microseconds(rows["time"])
    who, what = rows["account"].tolist(), rows["content"].tolist()
    by_account, by_content = _spans(who, time), _spans(what, time)
    scores = dict(zip(members["account"].tolist(), members["score"].tolist(), strict=True))
    raster = prepare(who, what, time, accounts=list(scores), contents=contents["content"].tolist())
    accounts = [
        {
            "account": _code(names["account"], name),
            "score": plain(float(score)),
            "gap_s": plain(float(gaps.get((cluster, name), np.nan))),
        }
        | by_account.get(name, _span([]))
        for name, score in list(scores.items())[:MAX_ACCOUNTS]
    ]
    listed = zip(contents["content"].tolist(), contents["n_accounts"].tolist(), strict=True)
    return {
        "accounts": accounts,
        "contents": [
            {"content": _code(names["content"], name), "n_accounts": int(n)} | by_content.get(name, _span([]))
            for name, n in list(listed)[:MAX_CONTENTS]
        ],
        "raster": _raster(raster, names),
        "rows": _rows(rows, time, names),
        "n_rows": len(rows),
    }


def _span(times: list[int]) -> dict[str, Any]:
    known = [t for t in times if t != NO_TIME]
    return {
        "n_actions": len(times),
        "first_time": iso(min(known)) if known else None,
        "last_time": iso(max(known)) if known else None,
    }


def _spans(keys: list[str], time: np.ndarray) -> dict[str, dict[str, Any]]:
    grouped: dict[str, list[int]] = {}
    for key, when in zip(keys, time.tolist(), strict=True):
        grouped.setdefault(key, []).append(when)
    return {key: _span(times) for key, times in grouped.items()}


def _raster(raster: Raster, names: Names) -> dict[str, Any]:
    return {
        "kind": raster.kind,
        "account": [_code(names["account"], name) for name in raster.accounts],
        "row": raster.row.tolist(),
        # Position in the cluster's list of contents; every further content is drawn alike.
        "content": np.minimum(raster.content, MAX_CONTENTS).tolist(),
        "time_us": raster.time.tolist() if raster.kind == "times" else [],
        "n_accounts": raster.n_accounts,
        "n_contents": len(raster.contents),
        "n_actions": raster.n_actions,
        "n_without_time": raster.n_without_time,
    }


def _rows(rows: pd.DataFrame, time: np.ndarray, names: Names) -> dict[str, list[Any]]:
    """Return the first raw rows in order of time, then of source and line, column by column."""
    line = rows["line"].to_numpy(dtype=np.int64)
    source = rows["source"].tolist()
    order = sorted(range(len(rows)), key=lambda i: (time[i], source[i], line[i]))[: LIMITS["rows"]]
    kept = rows.iloc[order]
    return {
        "time": [iso(int(time[i])) for i in order],
        "account": [_code(names["account"], name) for name in kept["account"].tolist()],
        "content": [_code(names["content"], name) for name in kept["content"].tolist()],
        "action": [None if pd.isna(a) else _code(names["action"], str(a)) for a in kept["action"].tolist()],
        "source": [_code(names["source"], name) for name in kept["source"].tolist()],
        "line": [int(line[i]) for i in order],
    }


def _map(
    graph: BipartiteGraph,
    clusters: Clusters,
    rows: pd.DataFrame,
    shown: list[dict[str, Any]],
    names: Names,
    *,
    n_others: int,
    seed: int,
) -> dict[str, Any]:
    """Place the accounts of the clusters shown, at most 5,000 dots in all, half of them for the sea."""
    sizes = {record["cluster"]: record["n_accounts"] for record in shown}
    room = max(layout.MAX_DOTS - n_others, layout.MAX_DOTS // 2)
    share = min(1.0, room / max(sum(sizes.values()), 1))
    islands, members = [], {}
    for cluster in sizes:
        everyone = clusters.accounts_of(cluster)
        kept = everyone[: max(1, int(len(everyone) * share))]
        own = rows[rows["cluster"] == cluster]
        members[cluster] = (kept, len(everyone))
        islands.append((cluster, _island(own, kept, clusters.contents_of(cluster), seed)))
    n_drawn = sum(len(places) for _, places in islands)
    result = layout.lay_out(islands, min(n_others, max(layout.MAX_DOTS - n_drawn, 0)))
    for record, island in zip(shown, result["islands"], strict=True):
        kept, n_accounts = members[record["cluster"]]
        island |= {"verdict": record["verdict"], "n_accounts": n_accounts}
        island["account"] = [_code(names["account"], name) for name in kept]
    result["others"]["n_accounts"] = int(n_others)
    return result


def _island(rows: pd.DataFrame, accounts: list[str], contents: list[str], seed: int) -> np.ndarray:
    account_code = {name: i for i, name in enumerate(accounts)}
    content_code = {name: i for i, name in enumerate(contents)}
    pairs = zip(rows["account"].tolist(), rows["content"].tolist(), strict=True)
    edges = sorted({(account_code.get(a, -1), content_code.get(c, -1)) for a, c in pairs})
    inside = np.array([edge for edge in edges if min(edge) >= 0], np.int64).reshape(-1, 2)
    return layout.island(
        inside[:, 0], inside[:, 1], n_accounts=len(accounts), n_contents=len(contents), seed=seed
    )
