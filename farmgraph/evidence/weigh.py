"""Weighing: evidence for clusters from any source, one row each, strongest first."""

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from farmgraph.detect.clusters import CONTENT_COLUMNS, Clusters, codes_by_cluster
from farmgraph.errors import UsageError
from farmgraph.evidence.gathering import NOTHING, gathering
from farmgraph.evidence.occasions import occasions
from farmgraph.evidence.order import UNKNOWN, order
from farmgraph.evidence.overlap import overlap
from farmgraph.evidence.rhythm import rhythm
from farmgraph.evidence.signs import signs
from farmgraph.evidence.synchrony import synchrony
from farmgraph.evidence.table import notes_of, table_of
from farmgraph.evidence.verdict import VERDICTS, Thresholds, Weighed, deaf
from farmgraph.evidence.visits import visits_of
from farmgraph.graph import blocks
from farmgraph.graph.background import Expectation, expectation
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.core import Part, core, part
from farmgraph.graph.times import Times, times_of
from farmgraph.graph.topics import memory_needed, topics
from farmgraph.memory import claim
from farmgraph.runtime import map_threads, require, whole_number

BYTES_PER_ROW = 85
"""Memory that the parts and times of a graph take for each of its rows."""


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
    weighed : tuple of Weighed
        All that is known of each cluster, from which the table is made.
    clock_s : int
        Resolution of the log's times, seconds; 0 without times.
    """

    table: pd.DataFrame
    clusters: Clusters
    thresholds: Thresholds = field(default_factory=Thresholds)
    draws: int = 999
    seed: int = 0
    notes: tuple[str, ...] = ()
    weighed: tuple[Weighed, ...] = field(default=(), repr=False)
    clock_s: int = 0

    def __len__(self) -> int:
        return len(self.table)

    def at_q(self, q: float) -> "Evidence":
        """Judge the same evidence at another false-discovery rate: what `weigh` says with this q, without weighing."""
        check_options(q=q, draws=self.draws, seed=self.seed)
        if len(self.weighed) != len(self.table):
            raise UsageError(
                f"This evidence has {len(self.table)} rows and {len(self.weighed)} weighed clusters behind them; "
                "expected one for each. Use what fg.weigh returned."
            )
        thresholds = replace(self.thresholds, q=q)
        return replace(
            self, table=table_of(list(self.weighed), thresholds, self.clock_s), thresholds=thresholds
        )

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
        Draws from the null, at least 99. P-values beyond the most extreme draw come from a fitted tail.
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
        closeness             how many times as far apart others are as members, in equal numbers
        occasions             separate times at which members met; 0 without times
        largest_occasion      share of the members' actions in the one with most of them
        reference             whom their times were compared with: other visitors, other contents, none
        first_time, last_time of the members' actions inside (UTC)
        exclusivity           members' share of the account-content pairs on these contents
        value                 nats: log-likelihood ratio less cost of description
        explanation           innocent explanations that the data support or exclude, supported ones first,
                              and which line was missed
        sentence              the finding in one plain sentence
        ===================== ==========================================================================

    Raises
    ------
    UsageError
        If q, draws or seed is out of range.
    InputError
        If a cluster names an account or content that the graph does not have.
    BudgetError
        If it would not fit into the memory.

    Notes
    -----
    ``too little data``: fewer than 3 accounts, 3 contents or 15 pairs.

    ``lockstep``: overlap beyond interest (`overlap_ratio_low` >= 5), timing beyond the contents' clock and
    the members' hours, and that more than once. Beyond their hours: q_value <= q, and z >= 20 with others
    at least 1.8 times as far apart as members (`closeness`), or z >= 5 with others at least ten times as far apart. The
    line of 20 holds where members are up to half of the visits and falls evenly to 10 where they are 90 %.
    More than once: on at least three separate `occasions`, and z reaches half its line (5 at least) on the contents
    outside the largest occasion alone.

    Where too few others came for their times to tell anything (members are at least 90 % of the visits), the log's
    other contents of about the same size are the reference: how long equally many visitors took to gather there.
    That is weaker, has no p-value and is never enough. ``lockstep`` there needs members who gathered at least 1.5
    times as fast, on at least three occasions, and whose delays between contents, outside the largest occasion, are
    at least ten times as steady as if they swapped their times, by 20 standard deviations.

    ``undetermined``: overlap beyond interest and such timing on one occasion only, which an event could do (a
    protest, a match, a giveaway, a launch); or no such timing, and either dense (>= 0.55), or without anybody to
    compare the timing with, or with delays as steady as above, each member at a time of its own.

    ``same audience``: the rest, that is overlap that interest explains, or loose overlap at the contents'
    own pace.

    Activity, popularity and topics are learnt from accounts with at least three shared contents and from the
    members: one-off visitors say nothing about interests, and many of them would make everything look rare.
    The timing test compares with all visitors.

    Clusters that were chosen by their times (`farmgraph.leiden` on pairs within a window) are tested on what they
    were chosen for; a note says so.

    Occasions are told apart by time: contents to which most members came at overlapping times, or within six hours of
    each other (a fiftieth of the log where that is less), are one. An event that lasts for weeks, or a team that
    serves the same contents again and again, is one occasion too, and so ``undetermined``.

    Explanations are read off the times (`farmgraph.evidence.signs`): a class or shift meets at the same hours of the
    day, a publisher's pages come first, software that spreads an order knows no night. They stand beside the verdict
    and do not change it, and a farm may look like any of them.

    z stands beside q because the null knows the hours of the day but not everything that strangers share:
    innocent clubs of one time zone reached z of 2 to 9 in simulated logs, clubs that share their evening
    hours 13.5. A group that nearly has its contents to itself cannot reach a large z, however close its members are.
    Benjamini-Hochberg controls the share of false alarms against that null, not against the truth about people.
    A verdict describes behaviour and never guilt.

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
    require(clusters, Clusters, way_out="Find them with fg.lockstep(graph) or fg.leiden(pairs).")
    require(graph, BipartiteGraph, way_out="Build it with fg.bipartite(log).")
    check_options(q=q, draws=draws, seed=seed)
    thresholds = Thresholds(q=q)
    if not len(clusters):
        return Evidence(table_of([], thresholds, 0), clusters, thresholds, draws, seed)
    claim("Weighing the evidence", BYTES_PER_ROW * graph.n_interactions + memory_needed(graph.n_edges))
    inner = _informative_part(clusters, graph)
    model = expectation(inner.graph, topics(inner.graph, seed=seed))
    times = times_of(graph, _groups(inner, model, graph), threads=threads)
    codes = _codes(clusters, graph, inner, model)

    taken = np.zeros(graph.n_contents, bool)
    taken[np.concatenate([contents for _, contents in codes.values()])] = True
    free = np.flatnonzero(~taken)
    # In the order in which they are looked through, so that sorting them for each cluster is no work.
    free = free[np.argsort((times.starts[1:] - times.starts[:-1])[free], kind="stable")]

    def work(cluster: int) -> Weighed:
        accounts, contents = codes[cluster]
        rng = np.random.default_rng([seed, len(accounts), len(contents), int(accounts.sum())])
        return _weigh_one(cluster, accounts, contents, graph, inner, model, times, free, draws, rng)

    weighed = map_threads(work, clusters.ids, threads=threads, step="Weighing evidence")
    relatives = _relatives(clusters)
    weighed = [replace(one, relatives=relatives.get(one.cluster, ())) for one in weighed]
    table = table_of(weighed, thresholds, times.clock_s)
    notes = notes_of(weighed, clusters, times)
    filled = _filled(clusters, codes, graph)
    return Evidence(table, filled, thresholds, draws, seed, notes, tuple(weighed), times.clock_s)


def check_options(*, q: float, draws: int, seed: int) -> None:
    """Raise UsageError where an option of `weigh` is out of range."""
    if isinstance(q, bool) or not isinstance(q, int | float) or not 0 < q < 1:
        raise UsageError(f"q is {q!r}; expected a share in (0, 1), such as 0.05.")
    # With fewer draws not even p = 0.01 could be told.
    whole_number(draws, name="draws", least=99, most=1_000_000)
    whole_number(seed, name="seed", least=0)


def _informative_part(clusters: Clusters, graph: BipartiteGraph) -> Part:
    """Cut out what expectations are learnt from: the core, the members, and whatever members act on."""
    in_core, content_in_core = core(graph)
    members = np.zeros(graph.n_accounts, bool)
    members[graph.codes_of_accounts(clusters.members["account"].unique())] = True
    content_in_core[graph.account_contents[members[graph.edge_accounts]]] = True
    content_in_core[graph.codes_of_contents(clusters.contents["content"].unique())] = True
    return part(graph, in_core | members, content_in_core)


def _groups(inner: Part, model: Expectation, graph: BipartiteGraph) -> np.ndarray:
    """Return the topic of every account of the whole graph; those that have none share a group of their own."""
    groups = np.full(graph.n_accounts, model.topics.n_topics, np.int32)
    groups[inner.accounts] = model.topics.of_account
    return groups


def _codes(
    clusters: Clusters, graph: BipartiteGraph, inner: Part, model: Expectation
) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """Return the codes of each cluster's accounts and contents, ascending; contents are filled in where missing."""
    whom, what = clusters.members, clusters.contents
    members = codes_by_cluster(
        clusters.ids, whom["cluster"], graph.codes_of_accounts(whom["account"].to_numpy())
    )
    named = codes_by_cluster(
        clusters.ids, what["cluster"], graph.codes_of_contents(what["content"].to_numpy())
    )
    codes = {}
    for cluster in clusters.ids:
        accounts, contents = members[cluster], named[cluster]
        if not len(contents):
            here = np.searchsorted(inner.accounts, accounts).astype(np.int32)
            contents = inner.contents[blocks.contents_of(here, np.empty(0, np.int32), model)]
        codes[cluster] = accounts, contents
    return codes


def _weigh_one(
    cluster: int,
    accounts: np.ndarray,
    contents: np.ndarray,
    graph: BipartiteGraph,
    inner: Part,
    model: Expectation,
    times: Times,
    free: np.ndarray,
    draws: int,
    rng: np.random.Generator,
) -> Weighed:
    seen, value = None, float("nan")
    if len(accounts) and len(contents):
        here = np.searchsorted(inner.accounts, accounts), np.searchsorted(inner.contents, contents)
        seen = overlap(here[0].astype(np.int32), here[1].astype(np.int32), model)
        value = blocks.block_value(seen.n_edges, seen.expected, len(accounts), len(contents), model.graph)
    visits = visits_of(accounts, contents, times)
    met = occasions(visits, times.span_s)
    in_largest = met.in_largest(visits)
    together = synchrony(accounts, contents, times, largest=in_largest, draws=draws, rng=rng)
    seen_rhythm = rhythm(accounts, contents, times, graph, rng=rng)
    if together.silent == "no others":
        # The few that there are would be compared in one place and called too few in another.
        seen_rhythm = replace(seen_rhythm, gap_others_s=float("nan"), closeness=float("nan"))
    one = Weighed(
        cluster=cluster,
        n_accounts=len(accounts),
        n_contents=len(contents),
        overlap=seen,
        synchrony=together,
        rhythm=seen_rhythm,
        occasions=met,
        gathering=NOTHING,
        order=order(visits, met.cores, times.clock_s, rng=rng),
        order_elsewhere=UNKNOWN,
        signs=signs(visits, met),
        value=value,
    )
    if not deaf(one, Thresholds()):
        return one
    rest = visits.without(in_largest)
    return replace(
        one,
        gathering=gathering(visits, free, times, rng=rng),
        order_elsewhere=order(rest, met.cores, times.clock_s, rng=rng),
    )


def _relatives(clusters: Clusters) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return, for each cluster, the others that share accounts with it and how many, most first."""
    members = clusters.members
    several = members[members.groupby("account")["cluster"].transform("size") > 1]
    pairs = several.merge(several, on="account")
    pairs = pairs[pairs["cluster_x"] != pairs["cluster_y"]]
    found: dict[int, list[tuple[int, int]]] = {}
    for (one, other), n in pairs.groupby(["cluster_x", "cluster_y"]).size().items():
        found.setdefault(int(one), []).append((int(other), int(n)))
    return {c: tuple(sorted(others, key=lambda pair: (-pair[1], pair[0]))) for c, others in found.items()}


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
