"""The methods that are compared: what each does, its defaults, and the settings that people try."""

import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from farmgraph.detect.clusters import Clusters
from farmgraph.detect.community import leiden
from farmgraph.detect.lockstep import lockstep
from farmgraph.errors import BudgetError, UsageError
from farmgraph.evidence.weigh import Evidence, weigh
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.coengagement import CoEngagement, co_engagement
from farmgraph.lab import networks
from farmgraph.lab.peel import Block, blocks_as_clusters, peel

LOCKSTEP = ("lockstep",)


class Bench:
    """One graph, and what several settings need of it, made once.

    Parameters
    ----------
    graph : BipartiteGraph
    seed : int
        Of all that is random.
    threads : int, optional

    Attributes
    ----------
    reused_s : float
        Seconds that were saved so far because something had been made before. What a run takes, and what it adds
        here, is what it takes alone.
    """

    def __init__(self, graph: BipartiteGraph, *, seed: int = 0, threads: int | None = None) -> None:
        self.graph, self.seed, self.threads = graph, seed, threads
        self.reused_s = 0.0
        self._made: dict[Hashable, tuple[Any, float]] = {}
        self._peeling: Iterator[Block] = peel(graph)

    def once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Make something, or return it if it has been made; a budget that was exceeded is exceeded again."""
        if key in self._made:
            made, seconds = self._made[key]
            self.reused_s += seconds
        else:
            start, reused = time.perf_counter(), self.reused_s
            try:
                made = make()
            except BudgetError as error:
                made = error
            self._made[key] = made, time.perf_counter() - start + self.reused_s - reused
        if isinstance(made, BudgetError):
            raise made
        return made

    def blocks(self) -> Clusters:
        """Return the lockstep blocks."""
        found: Clusters = self.once(
            "blocks", lambda: lockstep(self.graph, seed=self.seed, threads=self.threads)
        )
        return found

    def weighed(self, q: float) -> Evidence:
        """Return the evidence for the lockstep blocks, verdicts at this rate of false discoveries."""
        seed, threads = self.seed, self.threads
        found: Evidence = self.once(
            "weighed", lambda: weigh(self.blocks(), self.graph, seed=seed, threads=threads)
        )
        return found.at_q(q)

    def pairs(self, window: str | None, least: int, weight: str = "count") -> CoEngagement:
        """Return the co-engagement within a window, of pairs with at least so many contents, names left out."""

        def make() -> CoEngagement:
            found = co_engagement(
                self.graph,
                window=window,
                min_contents=least,
                weight=weight,
                max_pair_events=networks.MAX_PAIR_EVENTS,
                threads=self.threads,
            )
            # Millions of pairs are kept, and their names would be most of it.
            return replace(found, pairs=found.pairs[["n_contents", "weight"]])

        made: CoEngagement = self.once(("pairs", window, least, weight), make)
        return made

    def binned(self, interval: str) -> Any:
        """Return the network of `farmgraph.lab.standins.binned_shares`."""
        return self.once(("binned", interval), lambda: networks.pairs_in_bins(self.graph, interval=interval))

    def peeled(self, n_blocks: int) -> list[Block]:
        """Return the first FRAUDAR blocks: the longer run begins with the shorter one."""
        found = [self.once(("peeled", k), lambda: next(self._peeling, None)) for k in range(n_blocks)]
        return [block for block in found if block is not None]


@dataclass(frozen=True)
class Method:
    """A way to find clusters, with its settings.

    Attributes
    ----------
    name : str
        As in the tables.
    text : str
        What it does, in one sentence.
    find : callable
        Takes a `Bench` and the options of a setting.
    default : dict
        The setting that somebody who follows the method's own description would use.
    grid : tuple of dict
        All settings that are tried, the default first.
    words : callable
        Says a setting in a few words.
    """

    name: str
    text: str
    find: Callable[..., Clusters | Evidence]
    default: dict[str, Any]
    grid: tuple[dict[str, Any], ...]
    words: Callable[[Mapping[str, Any]], str]

    def run(
        self, graph: "BipartiteGraph | Bench", *, seed: int = 0, threads: int | None = None, **setting: Any
    ) -> Clusters | Evidence:
        """Find clusters with one setting.

        Parameters
        ----------
        graph : BipartiteGraph or Bench
            A bench brings its own seed and threads.
        seed : int
        threads : int, optional
        **setting
            Options; what is left out is as in `default`. ``verdicts`` is no option of a run: it says which
            verdicts count as found when the result is evaluated.

        Returns
        -------
        Clusters or Evidence

        Raises
        ------
        BudgetError
            If the network would be too large.

        Examples
        --------
        >>> import farmgraph as fg
        >>> from farmgraph.lab.methods import METHODS
        >>> graph = fg.bipartite(fg.datasets.load("fraudar_example"))
        >>> {m.name: m for m in METHODS}["FRAUDAR"].run(graph, n_blocks=2)
        <Clusters: 2 found by fraudar, 21 accounts>
        """
        bench = graph if isinstance(graph, Bench) else Bench(graph, seed=seed, threads=threads)
        options = {k: v for k, v in (self.default | setting).items() if k != "verdicts"}
        return self.find(bench, **options)


def _farmgraph(bench: Bench, *, q: float) -> Evidence:
    return bench.weighed(q)


def _blocks(bench: Bench) -> Clusters:
    return bench.blocks()


def _leiden(bench: Bench, *, window: str, min_contents: int) -> Clusters:
    pairs = bench.pairs(window, min(min_contents, 2))
    kept = (pairs.pairs["n_contents"] >= min_contents).to_numpy()
    ends = pairs.codes_a[kept], pairs.codes_b[kept]
    return leiden(replace(pairs, pairs=pairs.pairs[kept], codes_a=ends[0], codes_b=ends[1]), seed=bench.seed)


def _count(bench: Bench, *, window: str, min_weight: int) -> Clusters:
    return networks.frequent(bench.pairs(window, min(min_weight, 2)), min_weight)


def _quantile(bench: Bench, *, window: str, min_participation: int, edge_weight: float) -> Clusters:
    pairs = bench.pairs(window, 1)
    return networks.above_quantile(pairs, min_participation=min_participation, edge_weight=edge_weight)


def _binned(bench: Bench, *, interval: str, quantile: float) -> Clusters:
    return networks.from_quantile(bench.graph, *bench.binned(interval), interval=interval, quantile=quantile)


def _tfidf(bench: Bench, *, share: float, min_contents: int) -> Clusters:
    return networks.most_similar(bench.pairs(None, min_contents, "tfidf"), share)


def _fraudar(bench: Bench, *, n_blocks: int) -> Clusters:
    return blocks_as_clusters(bench.peeled(n_blocks), bench.graph, n_blocks)


def _settings(default: dict[str, Any], **choices: tuple[Any, ...]) -> dict[str, Any]:
    """Return `default` and `grid`: every combination of the choices, the default first."""
    every = [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
    return {"default": default, "grid": (default, *(setting for setting in every if setting != default))}


def _say_farmgraph(setting: Mapping[str, Any]) -> str:
    others = [verdict for verdict in setting["verdicts"] if verdict not in LOCKSTEP]
    return f"q {setting['q']:g}" + "".join(f", or {verdict}" for verdict in others)


_DEFAULT = {"q": 0.05, "verdicts": LOCKSTEP}
_TOO = {"q": 0.05, "verdicts": (*LOCKSTEP, "undetermined")}

METHODS: tuple[Method, ...] = (
    Method(
        name="farmgraph",
        text="Finds blocks with lockstep, weighs the evidence, and flags those whose verdict is lockstep.",
        find=_farmgraph,
        default=_DEFAULT,
        grid=(_DEFAULT, _DEFAULT | {"q": 0.01}, _DEFAULT | {"q": 0.2}, _TOO),
        words=_say_farmgraph,
    ),
    Method(
        name="lockstep blocks alone",
        text="Flags every block that lockstep finds, without weighing the evidence.",
        find=_blocks,
        default={},
        grid=({},),
        words=lambda setting: "no options",
    ),
    Method(
        name="leiden on co-engagement",
        text="Leiden communities of the network of accounts that share contents within a window.",
        find=_leiden,
        **_settings(
            {"window": "60s", "min_contents": 3},
            window=("60s", "10min", "1h", "1d"),
            min_contents=(2, 3, 5),
        ),
        words=lambda setting: "{window}, {min_contents} contents".format(**setting),
    ),
    Method(
        name="count in a window",
        text="Connected components of accounts that share enough contents within a window "
        "(as with coordination-network-toolkit).",
        find=_count,
        **_settings(
            {"window": "60s", "min_weight": 2},
            window=("10s", "60s", "10min", "1h", "1d"),
            min_weight=(2, 3, 5, 8),
        ),
        words=lambda setting: "{window}, {min_weight} contents".format(**setting),
    ),
    Method(
        name="count, quantile",
        text="Connected components of accounts that share contents within a window more often than a quantile of "
        "all such pairs (as in CooRTweet).",
        find=_quantile,
        **_settings(
            {"window": "10s", "min_participation": 2, "edge_weight": 0.5},
            window=("10s", "60s", "10min", "1h"),
            min_participation=(2,),
            edge_weight=(0.5, 0.9, 0.99),
        ),
        words=lambda setting: "{window}, quantile {edge_weight:g}".format(**setting),
    ),
    Method(
        name="binned shares",
        text="Connected components of accounts that share contents in crowded bins of time, above a quantile "
        "(as in CooRnet).",
        find=_binned,
        **_settings(
            {"interval": "60s", "quantile": 0.9},
            interval=("10s", "60s", "10min", "1h"),
            quantile=(0.9, 0.99, 0.999),
        ),
        words=lambda setting: "{interval}, quantile {quantile:g}".format(**setting),
    ),
    Method(
        name="TF-IDF cosine",
        text="Connected components of the most similar accounts by the contents that they act on, "
        "at any time (as in Pacheco et al. 2021).",
        find=_tfidf,
        **_settings(
            {"share": 0.0001, "min_contents": 2},
            share=(0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1),
            min_contents=(2, 5),
        ),
        words=lambda setting: f"top {100 * setting['share']:g} %, {setting['min_contents']} contents",
    ),
    Method(
        name="FRAUDAR",
        text="Densest blocks of accounts and contents, popular contents counting less (Hooi et al. 2016).",
        find=_fraudar,
        **_settings({"n_blocks": 1}, n_blocks=(1, 2, 5, 10, 20, 50)),
        words=lambda setting: f"{setting['n_blocks']} block" + "s" * (setting["n_blocks"] > 1),
    ),
)
"""All methods, in the order of the tables. Peers' are stand-ins: see `farmgraph.lab.standins`."""


def method_named(name: str) -> Method:
    """Return the method of that name; UsageError names those that there are.

    Examples
    --------
    >>> method_named("FRAUDAR").default
    {'n_blocks': 1}
    """
    for method in METHODS:
        if method.name == name:
            return method
    known = ", ".join(repr(method.name) for method in METHODS)
    raise UsageError(f"There is no method {name!r}; expected one of {known}.")
