"""The default detector: blocks of accounts and contents that meet more often than interest explains.

No window to guess and no threshold to set. Near accounts give seeds, each seed is refined until neither an account
nor a content is worth adding or dropping, blocks that are several are divided, and a block stays if it is worth more
than it costs to describe: by overlap alone. Times only say where to look, and decide about the fringe of blocks whose
members come together far closer than others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.sparse import csr_array, tril
from scipy.special import xlogy

from farmgraph.detect.clusters import CONTENT_COLUMNS, MEMBER_COLUMNS, Clusters
from farmgraph.detect.complete import completed
from farmgraph.detect.divide import divide, divisible
from farmgraph.detect.seeds import seeds
from farmgraph.graph import blocks
from farmgraph.graph.background import Expectation, background, expectation
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.core import MIN_SHARED, core, edges_alone, part
from farmgraph.graph.nearest import memory_needed as near_memory
from farmgraph.graph.times import Times, times_of
from farmgraph.graph.topics import memory_needed as topics_memory
from farmgraph.graph.topics import topics
from farmgraph.memory import claim
from farmgraph.runtime import map_threads, require, whole_number

BYTES_PER_EDGE = 65
"""Memory that the whole search takes for each edge of the core, measured at 100 million."""
NEAR_COPY = 0.5
CLEAR = 12.0
"""Times the expected edges from which on a block does not owe its worth to having been chosen: parts of random logs in
which a large loose group sits reached 7.4 times."""


@dataclass(frozen=True, eq=False)
class _Block:
    accounts: np.ndarray
    contents: np.ndarray
    edges: np.ndarray
    value: float

    @property
    def density(self) -> float:
        return len(self.edges) / (len(self.accounts) * len(self.contents))


def lockstep(graph: BipartiteGraph, *, seed: int = 0, threads: int | None = None) -> Clusters:
    """Find blocks: sets of accounts that act on the same set of contents beyond shared interest.

    Parameters
    ----------
    graph : BipartiteGraph
    seed : int
        Seed of the community searches.
    threads : int, optional
        Threads to use; the result does not depend on it.

    Returns
    -------
    Clusters
        Blocks of at least 5 accounts and 3 contents, most valuable first. `values` holds nats: the
        block's log-likelihood ratio less its cost of description. Blocks may overlap: a team with several customers
        comes out as one block per customer. Of two blocks that share more than half of the larger one's edges the
        more valuable one stays, and a block inside another only if it stands out there.

    Raises
    ------
    UsageError
        If the seed is not a whole number of 0 or more.
    BudgetError
        If the search would not fit into the memory.

    Notes
    -----
    1. Core (exact): accounts with at least 3 contents and contents with at least 3 such accounts, repeated.
       All that follows looks at the core alone, so that any number of one-off visitors changes nothing.
    2. Each account's ten nearest accounts by surprise, and the ten nearest where a shared content counts by how close
       in time both came (`farmgraph.graph.nearest`); mutual ones are linked.
    3. Leiden communities of both graphs at resolutions 1 and 20 are the seeds, and dense connected components. Beyond
       100,000 accounts the 20 grows in proportion, since modularity sees larger communities in a larger graph, and
       accounts with one content in common are not linked: chance alone makes so many such links in a large log that
       groups drown in them, and most of a group's members share more.
    4. Refinement: the set of contents that fits the block's density better than the expectation of the topic model, by
       most beyond the cost of naming it, then accounts likewise, until nothing changes (at most 20 rounds). The
       expectation leaves the block's own edges out (`farmgraph.graph.background`).
    5. Blocks whose contents have staffs of their own are divided (`farmgraph.detect.divide`).
    6. Accounts at the fringe of a block are taken or left by their times, where its members come together far closer
       than others (`farmgraph.detect.complete`).
    7. Blocks worth more than ln C(N, accounts) + ln C(M, contents) stay, by overlap alone.

    Times lead to seeds but do not judge them. In 14 simulated logs without any coordination the p-values of
    `farmgraph.weigh` were the same with the uses of time and without: .12 and .13 of some 120 blocks had p <= .05
    (above .05 either way, since accounts of one topic share more than the null allows).

    About O(sum of n_c^2) for the nearest accounts, then O(edges touched) per seed and round.

    A block is a place to look at, not a verdict: fan clubs and cores of a topic come out as well.
    `farmgraph.weigh` tells them apart.

    Examples
    --------
    Six accounts that do the same eight things, in a crowd of 200 that does anything:

    >>> import numpy as np, pandas as pd, farmgraph as fg
    >>> rng = np.random.default_rng(0)
    >>> crowd = pd.DataFrame({"user": rng.integers(200, size=2000), "page": rng.integers(300, size=2000)})
    >>> ring = pd.DataFrame([(1000 + u, 1000 + p) for u in range(6) for p in range(8)], columns=["user", "page"])
    >>> found = fg.lockstep(fg.bipartite(fg.read(pd.concat([crowd, ring]))), seed=0)
    >>> sorted(found.accounts_of(1)), len(found.contents_of(1))
    (['1000', '1001', '1002', '1003', '1004', '1005'], 8)
    """
    require(graph, BipartiteGraph, way_out="Build it with fg.bipartite(log).")
    whole_number(seed, name="seed", least=0)
    core_accounts, core_contents = core(graph)
    notes = _left_out(core_accounts)
    if not core_accounts.any():
        return _clusters([], graph, seed, tuple(notes))
    n_edges = int(graph.account_degrees[core_accounts].sum())
    own = near_memory(int(core_accounts.sum()), threads)
    claim("Finding groups", BYTES_PER_EDGE * n_edges + topics_memory(n_edges) + own)
    inner = part(graph, core_accounts, core_contents, threads=threads).graph
    times = times_of(inner, np.zeros(inner.n_accounts, np.int32), threads=threads)
    inner = edges_alone(inner)
    model = expectation(inner, topics(inner, seed=seed))
    sets, skipped = seeds(model, times, seed=seed, threads=threads)
    refined = map_threads(lambda s: _refine(s, model), sets, threads=threads, step="Refining groups")
    whole = _distinct(refined)
    divided = map_threads(lambda b: _divided(b, model), whole, threads=threads, step="Dividing groups")
    parts = _distinct([part for some in divided for part in some])
    filled = map_threads(
        lambda b: _completed(b, model, times), parts, threads=threads, step="Completing groups"
    )
    found = _without_copies(_distinct(filled))
    return _clusters(found, inner, seed, (*notes, *skipped))


def _left_out(core_accounts: np.ndarray) -> list[str]:
    outside = int((~core_accounts).sum())
    if not outside:
        return []
    return [
        f"{outside:,} of {len(core_accounts):,} accounts cannot be in any block: they act on fewer than "
        f"{MIN_SHARED} contents that {MIN_SHARED} such accounts share. Expectations are learnt without them."
    ]


def _refine(accounts: np.ndarray, model: Expectation) -> _Block | None:
    """Add and drop contents and accounts at marginal prices until the block stands still."""
    return _valued(*blocks.settled(accounts, model), model)


def _valued(accounts: np.ndarray, contents: np.ndarray, model: Expectation) -> _Block | None:
    """Return a block with its worth; None where it is too small or not worth its description."""
    if len(accounts) < blocks.MIN_ACCOUNTS or len(contents) < blocks.MIN_CONTENTS:
        return None
    rest = background(accounts, contents, model)
    expected = blocks.expected_edges(accounts, contents, model, rest)
    value = blocks.block_value(len(rest.edges), expected, len(accounts), len(contents), model.graph)
    if len(rest.edges) < CLEAR * expected:
        value = min(value, blocks.value_given_totals(accounts, contents, model, rest))
    return _Block(accounts, contents, rest.edges, value) if value > 0 else None


def _divided(block: _Block, model: Expectation) -> list[_Block]:
    """Return the parts of a block, and their parts, as long as dividing saves nats; otherwise the block."""
    if not divisible(len(block.accounts), len(block.contents)):
        return [block]
    cells = np.zeros((len(block.accounts), len(block.contents)), bool)
    of_account = np.searchsorted(block.accounts, model.graph.edge_accounts[block.edges])
    cells[of_account, np.searchsorted(block.contents, model.graph.account_contents[block.edges])] = True
    parts = divide(cells)
    if not parts:
        return [block]
    valued = [_valued(block.accounts[rows], block.contents[columns], model) for rows, columns in parts]
    if not any(valued):
        return [block]
    return [smaller for part in valued if part is not None for smaller in _divided(part, model)]


def _completed(block: _Block, model: Expectation, times: Times) -> _Block:
    """Return a block with the accounts that its timing decides about; as it was where that makes it worthless."""
    accounts = completed(block.accounts, block.contents, model, times)
    if np.array_equal(accounts, block.accounts):
        return block
    return _valued(accounts, block.contents, model) or block


def _distinct(found: Sequence[_Block | None]) -> list[_Block]:
    """Return the blocks that there are, each once."""
    kept = {(b.accounts.tobytes(), b.contents.tobytes()): b for b in found if b is not None}
    return list(kept.values())


def _without_copies(found: list[_Block]) -> list[_Block]:
    """Drop what a more valuable block says already: near-copies, and parts that do not stand out inside it."""
    found = sorted(found, key=lambda b: (-b.value, -len(b.accounts), b.accounts.tolist()))
    kept: set[int] = set()
    for i, shared in enumerate(_shared_edges(found)):
        if not any(_says_already(found[j], found[i], n) for j, n in shared if j in kept):
            kept.add(i)
    return [found[i] for i in sorted(kept)]


def _shared_edges(found: list[_Block]) -> list[list[tuple[int, int]]]:
    """Return, for each block, the earlier ones that share edges with it and how many."""
    if not found:
        return []
    sizes = [len(block.edges) for block in found]
    edges, column = np.unique(np.concatenate([block.edges for block in found]), return_inverse=True)
    starts = np.concatenate(([0], np.cumsum(sizes)))
    holds = csr_array((np.ones(len(column), np.int64), column, starts), shape=(len(found), len(edges)))
    shared = tril(holds @ holds.T, k=-1).tocsr()
    return [
        list(zip(shared.indices[low:high].tolist(), shared.data[low:high].tolist(), strict=True))
        for low, high in pairwise(shared.indptr)
    ]


def _says_already(known: _Block, block: _Block, n_shared: int) -> bool:
    if n_shared > NEAR_COPY * max(len(block.edges), len(known.edges)):
        return True
    return n_shared > NEAR_COPY * len(block.edges) and not _stands_out(block, known)


def _stands_out(block: _Block, around: _Block) -> bool:
    """Say whether a block inside another is so much denser that naming it saves nats."""
    n_cells = len(block.accounts) * len(block.contents)
    p, q = block.density, around.density
    if p <= q:
        return False
    n_edges = len(block.edges)
    saved = float(xlogy(n_edges, p / q) + xlogy(n_cells - n_edges, (1 - p) / (1 - q)))
    cost = blocks.log_choices(len(block.accounts), max(len(around.accounts), len(block.accounts)))
    cost += blocks.log_choices(len(block.contents), max(len(around.contents), len(block.contents)))
    return bool(saved > cost)


def _clusters(found: list[_Block], graph: BipartiteGraph, seed: int, notes: tuple[str, ...]) -> Clusters:
    members, contents = [], []
    for number, block in enumerate(found, start=1):
        of_account = np.searchsorted(block.accounts, graph.edge_accounts[block.edges])
        of_content = np.searchsorted(block.contents, graph.account_contents[block.edges])
        n_of_account = np.bincount(of_account, minlength=len(block.accounts))
        n_of_content = np.bincount(of_content, minlength=len(block.contents))
        first = np.argsort(-n_of_account, kind="stable")
        names = graph.names_of_accounts(block.accounts[first])
        score = n_of_account[first] / len(block.contents)
        members.append(pd.DataFrame(dict(zip(MEMBER_COLUMNS, (number, names, score), strict=True))))
        first = np.argsort(-n_of_content, kind="stable")
        names = graph.names_of_contents(block.contents[first])
        columns = (number, names, n_of_content[first])
        contents.append(pd.DataFrame(dict(zip(CONTENT_COLUMNS, columns, strict=True))))
    return Clusters(
        members=pd.concat(members, ignore_index=True) if members else _empty(MEMBER_COLUMNS),
        contents=pd.concat(contents, ignore_index=True) if contents else _empty(CONTENT_COLUMNS),
        values=pd.Series([b.value for b in found], index=range(1, len(found) + 1), name="value", dtype=float),
        method="lockstep",
        parameters={},
        seed=seed,
        notes=notes,
    )


def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    kinds = {"cluster": "int64", "score": "float64", "n_accounts": "int64"}
    return pd.DataFrame({c: pd.Series(dtype=kinds.get(c, "object")) for c in columns})
