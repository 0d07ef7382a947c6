"""One cluster, column by column, as its views show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from farmgraph.detect.clusters import Clusters
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.interactions.schema import NO_TIME
from farmgraph.render.raster import COLOURS, prepare, times_in_microseconds
from farmgraph.render.report import comparison, network
from farmgraph.render.report.limits import evenly
from farmgraph.render.report.plain import plain
from farmgraph.render.report.shapes import Accounts, Actions, Contents

_BITS = 15
"""Bits to a word of `cells`: with one more, words would no longer fit two bytes beside the mark for missing."""

_FEWEST_POINTS = 12

Codes = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Room:
    """How much of one cluster is shown: accounts, actions, links, and points of the crowd for all contents."""

    accounts: int
    contents: int
    actions: int
    links: int
    points: int
    points_each: int


@dataclass(frozen=True, eq=False)
class Block:
    """The rows of one cluster among the accounts and contents listed, as positions, in order of time."""

    accounts: list[str]
    contents: list[str]
    who: np.ndarray
    what: np.ndarray
    time: np.ndarray
    rows: pd.DataFrame


def block_of(rows: pd.DataFrame, accounts: list[str], contents: list[str]) -> Block:
    """Put the rows of the accounts and contents listed in order of time, then of source and line."""
    account_code = {name: i for i, name in enumerate(accounts)}
    content_code = {name: i for i, name in enumerate(contents)}
    who = np.array([account_code.get(name, -1) for name in rows["account"].tolist()], np.int64)
    what = np.array([content_code.get(name, -1) for name in rows["content"].tolist()], np.int64)
    time = times_in_microseconds(rows["time"])
    source, line = rows["source"].tolist(), rows["line"].tolist()
    inside = np.flatnonzero((who >= 0) & (what >= 0))
    order = np.array(sorted(inside.tolist(), key=lambda i: (time[i], source[i], line[i])), np.int64)
    return Block(accounts, contents, who[order], what[order], time[order], rows.iloc[order])


def views_of(
    cluster: int,
    graph: BipartiteGraph,
    clusters: Clusters,
    rows: pd.DataFrame,
    *,
    gaps: Mapping[str, float],
    within_s: float | None,
    room: Room,
    names: Codes,
    seed: int,
) -> tuple[dict[str, Any], np.ndarray]:
    """Return what the views of one cluster show, and how often its accounts met.

    Parameters
    ----------
    cluster : int
    graph : BipartiteGraph
    clusters : Clusters
    rows : pandas.DataFrame
        The cluster's rows.
    gaps : mapping
        Seconds to the nearest other member, by account.
    within_s : float, optional
        How close in time two accounts have to come to have met.
    room : Room
    names : dict
        Codes of names given so far; new ones are added.
    seed : int

    Returns
    -------
    (dict, numpy.ndarray)
        The keys ``accounts`` to ``network`` of `shapes.Cluster`, and the matrix of `network.meetings`.
    """
    members = clusters.members[clusters.members["cluster"] == cluster]
    scores = dict(zip(members["account"].tolist(), members["score"].tolist(), strict=True))
    everything = clusters.contents_of(cluster)
    accounts, contents = list(scores)[: room.accounts], everything[: room.contents]
    block = block_of(rows, accounts, contents)
    # What is said of an account or a content counts all of the cluster, however much of it is listed.
    everyone = block_of(rows, list(scores), everything)
    crowd = comparison.crowd_of(
        graph,
        graph.codes_of_accounts(clean(list(scores))),
        graph.codes_of_contents(clean(everything)),
    )
    has_times = bool((block.time != NO_TIME).any())
    if not has_times:
        within_s = None
    counts = network.meetings(block.who, block.what, block.time, n=len(accounts), within_s=within_s)
    times = times_in_microseconds(rows["time"])
    rng = np.random.default_rng([seed, cluster])
    shown = {
        "n_rows": len(rows),
        "n_without_time": int((times == NO_TIME).sum()),
        "accounts": _accounts(block, everyone, scores, gaps, names),
        "contents": _contents(block, everyone, crowd, room, names),
        "actions": _actions(block, room.actions, names),
        "cells": None if len(block.who) <= room.actions else _cells(block),
        "gaps": comparison.gaps_of(crowd, rng=rng),
        "others_by_hour": crowd.by_hour.tolist() if has_times else None,
        "network": network.network_of(counts, within_s=within_s, most=room.links, seed=seed),
    }
    return shown, counts


def clean(names: list[str]) -> list[str]:
    """Return names as Arrow holds them: it has no lone surrogates."""
    return [name.encode("utf-8", "replace").decode() for name in names]


def code(codes: dict[str, int], name: str) -> int:
    """Return the number of a name; a new name gets the next one."""
    return codes.setdefault(name, len(codes))


def _accounts(
    block: Block, everyone: Block, scores: Mapping[str, float], gaps: Mapping[str, float], names: Codes
) -> Accounts:
    n = len(block.accounts)
    first, last = _ends(everyone.who, everyone.time, len(everyone.accounts))
    raster = prepare(
        [block.accounts[i] for i in block.who],
        [block.contents[i] for i in block.what],
        block.time,
        accounts=block.accounts,
        contents=block.contents,
        max_accounts=n,
    )
    row = {name: i for i, name in enumerate(raster.accounts)}
    return {
        "account": [code(names["account"], name) for name in block.accounts],
        "score": [_rounded(scores[name], 4) for name in block.accounts],
        "gap_s": [_rounded(gaps.get(name, np.nan), 3) for name in block.accounts],
        "n_actions": np.bincount(everyone.who, minlength=n)[:n].tolist(),
        "first_us": first[:n],
        "last_us": last[:n],
        "row": [row[name] for name in block.accounts],
    }


def _contents(block: Block, everyone: Block, crowd: comparison.Crowd, room: Room, names: Codes) -> Contents:
    n = len(block.contents)
    first = _ends(everyone.what, everyone.time, len(everyone.contents))[0][:n]
    pairs = np.unique(np.column_stack([everyone.who, everyone.what]), axis=0)
    middle = [
        np.median(everyone.time[(everyone.what == i) & (everyone.time != NO_TIME)])
        if t is not None
        else np.inf
        for i, t in enumerate(first)
    ]
    column = np.empty(n, np.int64)
    column[np.argsort(np.array(middle), kind="stable")] = np.arange(n)
    # The contents that have a colour, and are looked at first, get a finer curve.
    coloured = min(n, len(COLOURS))
    each = [
        min(room.points_each, max(room.points // (coloured + 3 * (n > coloured)), _FEWEST_POINTS))
    ] * coloured
    rest = max(room.points - sum(each), 0) // max(n - coloured, 1)
    each += [min(max(rest, 2), room.points_each)] * (n - coloured)
    return {
        "content": [code(names["content"], name) for name in block.contents],
        "n_accounts": np.bincount(pairs[:, 1], minlength=n)[:n].tolist() if len(pairs) else [0] * n,
        "n_actions": np.bincount(everyone.what, minlength=n)[:n].tolist(),
        "n_others": crowd.n_others[:n],
        "first_us": first,
        "column": column.tolist(),
        "others_us": [comparison.thinned(crowd.others[i], each[i]) for i in range(n)],
    }


def _actions(block: Block, most: int, names: Codes) -> Actions:
    chosen = evenly(len(block.who), most)
    rows = block.rows.iloc[chosen]
    return {
        "account": block.who[chosen].tolist(),
        "content": block.what[chosen].tolist(),
        "time_us": [None if t == NO_TIME else t for t in block.time[chosen].tolist()],
        "action": [None if pd.isna(a) else code(names["action"], str(a)) for a in rows["action"].tolist()],
        "source": [code(names["source"], name) for name in rows["source"].tolist()],
        "line": [int(line) for line in rows["line"].tolist()],
    }


def _cells(block: Block) -> list[int]:
    """Return who acted on what as words of 15 bits, account by account."""
    n_words = -(-len(block.contents) // _BITS)
    filled = np.zeros((len(block.accounts), n_words * _BITS), np.int64)
    filled[block.who, block.what] = 1
    words = filled.reshape(len(block.accounts), n_words, _BITS) @ (1 << np.arange(_BITS))
    return [int(word) for word in words.ravel()]


def _ends(keys: np.ndarray, time: np.ndarray, n: int) -> tuple[list[int | None], list[int | None]]:
    """Return the first and last time of each key, None where it has none."""
    timed = time != NO_TIME
    first = np.full(n, np.iinfo(np.int64).max)
    last = np.full(n, np.iinfo(np.int64).min)
    np.minimum.at(first, keys[timed], time[timed])
    np.maximum.at(last, keys[timed], time[timed])
    seen = np.bincount(keys[timed], minlength=n) > 0
    firsts = [t if there else None for t, there in zip(first.tolist(), seen, strict=True)]
    return firsts, [t if there else None for t, there in zip(last.tolist(), seen, strict=True)]


def _rounded(value: float, digits: int) -> float | None:
    value = plain(float(value))
    return None if value is None else round(value, digits)
