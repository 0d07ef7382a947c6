"""Weighing: evidence for clusters from any source, one row each, strongest first."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from farmgraph.detect.clusters import CONTENT_COLUMNS, Clusters
from farmgraph.errors import UsageError
from farmgraph.evidence import words
from farmgraph.evidence.overlap import overlap
from farmgraph.evidence.rhythm import clock_s, rhythm
from farmgraph.evidence.synchrony import SCALES_S, FirstActions, first_actions, synchrony
from farmgraph.evidence.verdict import VERDICTS, Thresholds, Weighed, verdict
from farmgraph.graph import blocks
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.nulls import q_values
from farmgraph.graph.topics import topics
from farmgraph.interactions.schema import NO_TIME
from farmgraph.runtime import map_threads


@dataclass(frozen=True)
class Evidence:
    """What speaks for and against each cluster.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per cluster, strongest first; columns as listed at `farmgraph.weigh`.
    clusters : Clusters
        The clusters, contents filled in where the detector gave none.
    thresholds : Thresholds
        Where verdicts part.
    draws : int
        Draws from the null of the timing test.
    seed : int
        Seed of the draws and of the topics.
    notes : tuple of str
        What was not tested or could not be said, one plain sentence each.
    """

    table: pd.DataFrame
    clusters: Clusters
    thresholds: Thresholds = field(default_factory=Thresholds)
    draws: int = 999
    seed: int = 0
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        counts = self.table["verdict"].value_counts()
        found = ", ".join(f"{counts[v]} {v}" for v in VERDICTS if v in counts)
        return f"<Evidence: {len(self)} clusters{': ' if found else ''}{found}>"

    def _repr_html_(self) -> str:
        return str(self.table.to_html(index=False))


def weigh(
    clusters: Clusters,
    graph: BipartiteGraph,
    *,
    q: float = 0.05,
    draws: int = 999,
    seed: int = 0,
    threads: int | None = None,
) -> Evidence:
    """Weigh the evidence for clusters, whoever found them.

    Parameters
    ----------
    clusters : Clusters
        From any detector. Where a cluster has no contents, those that its members share beyond what
        naming them costs are filled in.
    graph : BipartiteGraph
        The graph of the log in which they were found.
    q : float, default 0.05
        False-discovery rate of the timing test, in (0, 1).
    draws : int, default 999
        Draws from the null, at least 99. A p-value is never below 1 / (draws + 1).
    seed : int, default 0
    threads : int, optional
        The result does not depend on it.

    Returns
    -------
    Evidence
        `table` has one row per cluster, strongest first:

        ===================== ==========================================================================
        cluster               number, as in `clusters`
        verdict               see below
        n_accounts            members
        n_contents            contents they share
        n_interactions        distinct account-content pairs inside
        density               share of all possible pairs (0 to 1)
        expected_interactions pairs expected from activity, popularity and topic
        overlap_ratio         n_interactions / expected_interactions
        overlap_ratio_low     lower end of its 95 % interval
        synchrony_z           largest z over the time scales; NaN where nothing could be compared
        synchrony_scale_s     its scale, seconds
        synchrony_ratio       near pairs at that scale over those expected
        p_value, q_value      of the timing test; q by Benjamini-Hochberg over all clusters tested
        gap_members_s         median wait to the nearest other member on the same content, seconds
        gap_others_s          the same among as many other actors of these contents, drawn at random
        first_time, last_time of the members' actions inside (UTC)
        exclusivity           members' share of the actions on these contents
        value                 nats: log-likelihood ratio less cost of description
        explanation           innocent explanations that the data leave open
        sentence              the finding in one plain sentence
        ===================== ==========================================================================

    Raises
    ------
    UsageError
        If q or draws is out of range.
    InputError
        If a cluster names an account or content that the graph does not have.

    Notes
    -----
    ``too little data``: fewer than 3 accounts, 3 contents or 15 pairs.

    ``lockstep``: overlap beyond interest (`overlap_ratio_low` >= 8) and timing beyond the contents' clock and
    the members' hours (q_value <= q and z >= 10).

    ``undetermined``: overlap beyond interest without such timing, and either dense (>= 0.55) or without
    anybody to compare the timing with; also a dense cluster that is most of its topic, so that interest
    cannot be told.

    ``same audience``: the rest, that is overlap that interest explains, or loose overlap at the contents'
    own pace.

    z >= 10 stands beside q because the null knows the hours of the day but not everything that strangers share;
    innocent clubs of one time zone reached z of 2 to 9. Benjamini-Hochberg controls the share of false alarms
    against that null, not against the truth about people. A verdict describes behaviour and never guilt.

    References
    ----------
    Benjamini & Hochberg 1995, J. R. Stat. Soc. B 57, 289-300. Karrer & Newman 2011, Phys. Rev. E 83, 016107.

    Examples
    --------
    >>> import farmgraph as fg
    >>> log = fg.datasets.load("german_elections")
    >>> graph = fg.bipartite(log)
    >>> weighed = fg.weigh(fg.lockstep(graph), graph, draws=99)
    >>> set(weighed.table["verdict"]) <= {"lockstep", "undetermined", "same audience", "too little data"}
    True
    """
    if not 0 < q < 1:
        raise UsageError(f"q is {q}; expected a share in (0, 1), such as 0.05.")
    if draws < 99:
        raise UsageError(f"draws is {draws}; expected at least 99, for p-values of 0.01 and above.")
    thresholds = Thresholds(q=q)
    model = blocks.expectation(graph, topics(graph, seed=seed))
    actions = first_actions(graph)
    known = graph.content_times[graph.content_times != NO_TIME]
    clock = clock_s(known) if len(known) else 0
    scales = tuple(s for s in SCALES_S if s > clock) if len(known) else ()
    codes = {c: _codes(clusters, c, graph, model) for c in clusters.ids}

    def work(cluster: int) -> Weighed:
        accounts, contents = codes[cluster]
        rng = np.random.default_rng([seed, len(accounts), len(contents), int(accounts.sum())])
        return _weigh_one(cluster, accounts, contents, model, actions, scales, draws, rng)

    weighed = map_threads(work, clusters.ids, threads=threads, step="Weighing evidence")
    table = _table(weighed, thresholds, clock, n_topics=model.topics.n_topics, has_times=bool(len(known)))
    return Evidence(
        table,
        _filled(clusters, codes, graph),
        thresholds,
        draws,
        seed,
        _notes(table, clock, bool(len(known))),
    )


def _codes(
    clusters: Clusters, cluster: int, graph: BipartiteGraph, model: blocks.Expectation
) -> tuple[np.ndarray, np.ndarray]:
    accounts = np.sort(graph.codes_of_accounts(clusters.accounts_of(cluster)))
    named = clusters.contents_of(cluster)
    if named:
        return accounts, np.sort(graph.codes_of_contents(named))
    return accounts, blocks.contents_of(accounts, np.empty(0, np.int32), model)


def _weigh_one(
    cluster: int,
    accounts: np.ndarray,
    contents: np.ndarray,
    model: blocks.Expectation,
    actions: FirstActions,
    scales: tuple[int, ...],
    draws: int,
    rng: np.random.Generator,
) -> Weighed:
    nothing = len(contents) == 0 or len(accounts) == 0
    seen = None if nothing else overlap(accounts, contents, model)
    value = float("nan")
    if seen is not None:
        value = blocks.block_value(seen.n_edges, seen.expected, len(accounts), len(contents), model.graph)
    together = synchrony(
        accounts, contents, actions, model.topics.of_account, scales_s=scales, draws=draws, rng=rng
    )
    return Weighed(
        cluster,
        len(accounts),
        len(contents),
        seen,
        together,
        rhythm(accounts, contents, actions, rng=rng),
        value,
    )


def _table(
    weighed: list[Weighed], thresholds: Thresholds, clock: int, *, n_topics: int, has_times: bool
) -> pd.DataFrame:
    p = np.array([w.synchrony.p_value for w in weighed], float)
    rows: list[dict[str, Any]] = []
    for one, q_value in zip(weighed, q_values(p), strict=True):
        word = verdict(one, float(q_value), thresholds)
        seen = one.overlap
        rows.append(
            {
                "cluster": one.cluster,
                "verdict": word,
                "n_accounts": one.n_accounts,
                "n_contents": one.n_contents,
                "n_interactions": seen.n_edges if seen else 0,
                "density": seen.density if seen else np.nan,
                "expected_interactions": seen.expected if seen else np.nan,
                "overlap_ratio": seen.ratio if seen else np.nan,
                "overlap_ratio_low": seen.ratio_low if seen else np.nan,
                "synchrony_z": one.synchrony.z,
                "synchrony_scale_s": one.synchrony.scale_s,
                "synchrony_ratio": one.synchrony.times_expected,
                "p_value": one.synchrony.p_value,
                "q_value": float(q_value),
                "gap_members_s": one.rhythm.gap_members_s,
                "gap_others_s": one.rhythm.gap_others_s,
                "first_time": pd.to_datetime(one.rhythm.first_us, unit="us", utc=True),
                "last_time": pd.to_datetime(one.rhythm.last_us, unit="us", utc=True),
                "exclusivity": one.rhythm.members_share,
                "value": one.value,
                "explanation": words.explanation(
                    one, word, thresholds, clock, n_topics=n_topics, has_times=has_times
                ),
                "sentence": words.sentence(one),
            }
        )
    columns = list(COLUMNS)
    table = pd.DataFrame(rows, columns=columns)
    for name in ("first_time", "last_time"):
        table[name] = pd.to_datetime(table[name], utc=True).astype("datetime64[us, UTC]")
    rank = table["verdict"].map({v: i for i, v in enumerate(VERDICTS)})
    order = np.lexsort((table["cluster"], -table["value"].fillna(-np.inf), rank))
    return table.iloc[order].reset_index(drop=True)


COLUMNS = (
    "cluster",
    "verdict",
    "n_accounts",
    "n_contents",
    "n_interactions",
    "density",
    "expected_interactions",
    "overlap_ratio",
    "overlap_ratio_low",
    "synchrony_z",
    "synchrony_scale_s",
    "synchrony_ratio",
    "p_value",
    "q_value",
    "gap_members_s",
    "gap_others_s",
    "first_time",
    "last_time",
    "exclusivity",
    "value",
    "explanation",
    "sentence",
)


def _filled(
    clusters: Clusters, codes: dict[int, tuple[np.ndarray, np.ndarray]], graph: BipartiteGraph
) -> Clusters:
    """Return clusters whose contents are filled in where the detector gave none."""
    missing = [c for c in clusters.ids if not (clusters.contents["cluster"] == c).any()]
    parts = [clusters.contents]
    for cluster in missing:
        accounts, contents = codes[cluster]
        edges = blocks.inside_edges(accounts, contents, graph)
        n = np.bincount(np.searchsorted(contents, graph.account_contents[edges]), minlength=len(contents))
        order = np.argsort(-n, kind="stable")
        columns = (cluster, graph.names_of_contents(contents[order]), n[order])
        parts.append(pd.DataFrame(dict(zip(CONTENT_COLUMNS, columns, strict=True))))
    filled = [p for p in parts if len(p)]
    contents_table = pd.concat(filled, ignore_index=True) if filled else clusters.contents
    contents_table = contents_table.sort_values("cluster", kind="stable", ignore_index=True)
    return replace(clusters, contents=contents_table)


def _notes(table: pd.DataFrame, clock: int, has_times: bool) -> tuple[str, ...]:
    notes = []
    if not has_times:
        notes.append(
            "The log has no times: overlap was weighed, timing was not, and no verdict can be lockstep."
        )
    elif clock > 1:
        notes.append(f"All times are multiples of {clock:,} s, so time scales up to that were not used.")
    silent = int(table["synchrony_z"].isna().sum())
    if has_times and silent:
        notes.append(
            f"{silent} of {len(table)} clusters have hardly any other visitors on their contents, so their "
            "timing could not be compared with anybody's."
        )
    return tuple(notes)
