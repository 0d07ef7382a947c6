"""The summary: everything the report shows, as plain data that JSON can hold.

The page is made from this alone. Names stand once, in ``names``; everything else refers to
them by position. What is cut is cut here, and each cut stands beside its full number.
Nothing in it depends on the clock, so the same input gives the same bytes.
"""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pandas as pd

from farmgraph.detect.clusters import Clusters
from farmgraph.errors import InputError
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.interactions.schema import NO_TIME
from farmgraph.render.raster import times_in_microseconds
from farmgraph.render.report import islands as layout
from farmgraph.render.report.limits import limits_for, shares
from farmgraph.render.report.network import HOUR_S, partners
from farmgraph.render.report.plain import FORMAT, plain
from farmgraph.render.report.shapes import Headline, Island, Map, Others, Summary
from farmgraph.render.report.views import Codes, Room, code, views_of

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
_LISTED = ("cluster", "verdict", "n_accounts", "n_contents", "overlap_ratio", "synchrony_z", "sentence")
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


def summarise(
    graph: BipartiteGraph,
    clusters: Clusters,
    evidence: pd.DataFrame,
    *,
    rows: pd.DataFrame,
    accounts: pd.DataFrame,
    manifest: Mapping[str, Any],
) -> Summary:
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
    Summary
        str, int, float, bool, None, list and dict only, all numbers finite: a number that is missing or infinite
        is None (a ratio is infinite where ``expected_interactions`` is 0). See `farmgraph.render.report.shapes`.

    Raises
    ------
    InputError
        If evidence, rows or accounts lack a column.

    Notes
    -----
    Grows with the rows on the clusters' contents. The network of a cluster takes the square of its accounts (500 at
    most) for each of its contents (200 at most).
    """
    _require(evidence, ("cluster", *_COUNTS, *_NUMBERS, *_TEXTS, "first_time", "last_time"), "evidence")
    _require(rows, ("cluster", "account", "content", "time", "action", "source", "line"), "rows")
    _require(accounts, ("cluster", "account", "gap_s"), "accounts")
    names: Codes = {"account": {}, "content": {}, "action": {}, "source": {}}
    limits = limits_for(graph.n_accounts)
    seed = int(manifest.get("seed") or 0)
    weighed = [_weighed(record) for record in evidence.to_dict("records")]
    shown = weighed[: limits["clusters_in_full"]]
    by_cluster = dict(list(rows.groupby("cluster", sort=False)))
    gaps = {c: dict(zip(t["account"], t["gap_s"], strict=True)) for c, t in accounts.groupby("cluster")}
    full, counts = [], {}
    for record, room in zip(shown, _rooms(shown, by_cluster, limits), strict=True):
        cluster = record["cluster"]
        views, counts[cluster] = views_of(
            cluster,
            graph,
            clusters,
            by_cluster.get(cluster, rows.iloc[:0]),
            gaps=gaps.get(cluster, {}),
            within_s=record["synchrony_scale_s"] or HOUR_S,
            room=room,
            names=names,
            seed=seed,
        )
        full.append(record | views)
    in_clusters = len(set(clusters.members["account"].tolist()))
    n_others = graph.n_accounts - in_clusters
    summary = {
        "format": FORMAT,
        "redacted": False,
        "headline": _headline(graph, clusters, weighed),
        "map": _map(clusters, shown, counts, names, n_others=n_others, seed=seed),
        "listed": [{key: record[key] for key in _LISTED} for record in weighed[: limits["clusters_listed"]]],
        "clusters": full,
        "limits": limits,
        "provenance": {"method": clusters.method, "parameters": plain(clusters.parameters)}
        | {key: plain(manifest.get(key)) for key in _PROVENANCE}
        | {"notes": list(dict.fromkeys(map(str, (*(manifest.get("notes") or ()), *clusters.notes))))},
        "names": {kind: list(codes) for kind, codes in names.items()},
    }
    # Put together from parts whose keys a type checker cannot see; the tests hold it against the shapes.
    return cast(Summary, summary)


def positions(summary: Summary) -> dict[str, tuple[float, float]]:
    """Return where the map draws each account, in map units; in its strongest cluster if it is in several."""
    accounts = summary["names"]["account"]
    places: dict[str, tuple[float, float]] = {}
    for island in summary["map"]["islands"]:
        for name, x, y in zip(island["account"], island["xs"], island["ys"], strict=True):
            places.setdefault(accounts[name], (x, y))
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
    for key in ("first", "last"):
        time = int(times_in_microseconds(pd.Series([record[f"{key}_time"]]))[0])
        result[f"{key}_us"] = None if time == NO_TIME else time
    return result


def _headline(graph: BipartiteGraph, clusters: Clusters, weighed: list[dict[str, Any]]) -> Headline:
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
        "first_us": int(times.min()) if len(times) else None,
        "last_us": int(times.max()) if len(times) else None,
    }


def _rooms(
    shown: list[dict[str, Any]], by_cluster: Mapping[int, pd.DataFrame], limits: dict[str, int]
) -> list[Room]:
    """Divide what the page can hold among the clusters."""
    verdicts = [record["verdict"] for record in shown]

    def among(name: str, needs: list[int], most: int) -> list[int]:
        return shares(needs, verdicts, most=most, in_all=limits[f"{name}_in_all"])

    n_rows = [len(by_cluster.get(record["cluster"], ())) for record in shown]
    n_pairs = [record["n_accounts"] * (record["n_accounts"] - 1) // 2 for record in shown]
    n_points = [min(record["n_contents"], limits["contents"]) * limits["points"] for record in shown]
    columns = zip(
        among("accounts", [record["n_accounts"] for record in shown], limits["accounts"]),
        among("contents", [record["n_contents"] for record in shown], limits["contents"]),
        among("actions", n_rows, limits["actions"]),
        among("links", n_pairs, limits["links"]),
        among("points", n_points, limits["points_in_all"]),
        strict=True,
    )
    return [
        Room(
            accounts=max(accounts, 1),
            contents=max(contents, 1),
            actions=max(actions, 1),
            links=links,
            points=points,
            points_each=limits["points"],
        )
        for accounts, contents, actions, links, points in columns
    ]


def _map(
    clusters: Clusters,
    shown: list[dict[str, Any]],
    counts: Mapping[int, np.ndarray],
    names: Codes,
    *,
    n_others: int,
    seed: int,
) -> Map:
    """Place the accounts of the clusters shown, at most 5,000 dots in all, half of them for the sea."""
    sizes = {record["cluster"]: record["n_accounts"] for record in shown}
    room = max(layout.MAX_DOTS - n_others, layout.MAX_DOTS // 2)
    share = min(1.0, room / max(sum(sizes.values()), 1))
    everyone = {cluster: clusters.accounts_of(cluster) for cluster in sizes}
    kept = {cluster: who[: max(1, int(len(who) * share))] for cluster, who in everyone.items()}
    links = {cluster: partners(counts[cluster][: len(who), : len(who)]) for cluster, who in kept.items()}
    places = [(cluster, layout.island(links[cluster], len(who), seed=seed)) for cluster, who in kept.items()]
    n_drawn = sum(len(who) for who in kept.values())
    result = layout.lay_out(
        places,
        min(n_others, max(layout.MAX_DOTS - n_drawn, 0)),
        relatives=_relatives(everyone),
    )
    drawn: list[Island] = []
    for record, place in zip(shown, result["islands"], strict=True):
        cluster = record["cluster"]
        drawn.append(
            {
                "cluster": cluster,
                "verdict": record["verdict"],
                "n_accounts": len(everyone[cluster]),
                "x": place["x"],
                "y": place["y"],
                "radius": place["radius"],
                "account": [code(names["account"], name) for name in kept[cluster]],
                "xs": place["xs"],
                "ys": place["ys"],
                "a": [a for a, _ in links[cluster]],
                "b": [b for _, b in links[cluster]],
            }
        )
    sea = result["others"]
    others: Others = {"n_accounts": int(n_others), "xs": sea["xs"], "ys": sea["ys"]}
    return {
        "width": result["width"],
        "height": result["height"],
        "dot": result["dot"],
        "islands": drawn,
        "others": others,
    }


def _relatives(everyone: Mapping[int, list[str]]) -> dict[int, int]:
    """Return, for each cluster that shares accounts with a stronger one, the one it shares most with."""
    sets = {cluster: set(who) for cluster, who in everyone.items()}
    found: dict[int, int] = {}
    for i, (cluster, own) in enumerate(sets.items()):
        shared = {other: len(own & theirs) for other, theirs in list(sets.items())[:i]}
        best = max(shared, key=lambda other: shared[other], default=None)
        if best is not None and shared[best]:
            found[cluster] = best
    return found
