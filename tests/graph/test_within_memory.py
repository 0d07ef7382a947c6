"""What would not fit into the memory is refused, with a way out."""

import contextlib
import importlib
import tracemalloc
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from logs import log_of

from farmgraph import bipartite, co_engagement
from farmgraph.errors import BudgetError
from farmgraph.graph import build, coengagement, counting
from farmgraph.memory import limited

bipartite_module = importlib.import_module("farmgraph.graph.bipartite")


def test_a_table_that_would_not_fit_is_refused_with_the_way_to_a_file():
    # 60 accounts on the same three contents: 1,770 pairs, of which each is said to take a gigabyte.
    graph = bipartite(log_of([(f"u{i}", f"c{c}", 0) for i in range(60) for c in range(3)]))
    with (
        patch.object(coengagement, "BYTES_PER_PAIR", 1e9),
        limited("2GB"),
        pytest.raises(BudgetError, match=r"A table of [\d,]+ pairs.*write_co_engagement"),
    ):
        co_engagement(graph)


def test_a_layout_that_would_not_fit_is_refused_before_the_work():
    # 60 accounts with a counter of a gigabyte each: what there is else takes no gigabyte.
    graph = bipartite(log_of([(f"u{i}", f"c{c}", 0) for i in range(60) for c in range(3)]))
    with (
        patch.object(counting, "counter_bytes", lambda n, **_: 1e9 * n),
        limited("2GB"),
        pytest.raises(BudgetError, match=r"Comparing accounts needs about 60 GB"),
    ):
        co_engagement(graph, threads=1)


def test_a_graph_that_would_not_fit_is_refused():
    log = log_of([(f"u{i}", "c", 0) for i in range(50)])
    with (
        patch.object(build, "memory_needed", lambda *_: 50e9),
        limited("2GB"),
        pytest.raises(BudgetError, match=r"Building the graph needs about 50 GB.*--actions"),
    ):
        bipartite(log)


def random_log(n_rows, n_accounts, n_contents, *, distinct=False):
    """Rows at random within a week, or each with an account and a content of its own."""
    rng = np.random.default_rng(n_rows)
    codes = [
        rng.permutation(n_rows) if distinct else rng.integers(n, size=n_rows)
        for n in (n_accounts, n_contents)
    ]
    names = [[f"{kind}{code}" for code in some] for kind, some in zip("uc", codes, strict=True)]
    return log_of(pd.DataFrame({"a": names[0], "c": names[1], "t": rng.integers(604_800, size=n_rows)}))


def peaks_and_claims(work, *modules):
    """Do some work twice: [(bytes claimed, most that was in use later, on top of what was in use by then)]."""
    work()  # compiles, or loads what is compiled
    claims = []

    def noted(_, n_bytes, **__):
        claims.append((n_bytes, tracemalloc.get_traced_memory()[0]))

    tracemalloc.start()
    try:
        with contextlib.ExitStack() as stack:
            for module in modules:
                stack.enter_context(patch.object(module, "claim", noted))
            work()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    return [(n_bytes, peak - before) for n_bytes, before in claims]


@pytest.mark.parametrize("threads", [1, 2, 8, 64])
@pytest.mark.parametrize(
    ("n_accounts", "n_contents", "distinct"), [(300, 300, False), (30_000, 3_000, False), (0, 0, True)]
)
def test_a_graph_takes_no_more_than_is_claimed_and_not_much_less(n_accounts, n_contents, distinct, threads):
    log = random_log(60_000, n_accounts, n_contents, distinct=distinct)
    (claimed, peak), *_ = peaks_and_claims(lambda: bipartite(log, threads=threads), bipartite_module, build)
    # Arrow's names are claimed, and not seen here: 14 bytes for each name.
    names = sum(len(log.table[name].chunk(0).dictionary) * 14 for name in ("account", "content"))
    assert peak <= claimed <= 1.5 * (peak + names)


def test_sorting_the_longest_content_is_claimed_once_its_length_is_known():
    # 50,000 rows of one content out of order: 8 bytes per row for positions, and 16 for the rows once more. What comes
    # later takes the place of the boxes, which is there already.
    log = random_log(50_000, 20_000, 1)
    _, (claimed, _) = peaks_and_claims(lambda: bipartite(log), bipartite_module, build)
    assert claimed == 24 * 50_000
    with (
        patch.object(build, "_SORT_BYTES", 1e6),
        limited("2GB"),
        pytest.raises(BudgetError, match="about 50 GB"),
    ):
        bipartite(log)


@pytest.mark.parametrize("threads", [1, 8])
@pytest.mark.parametrize("weight", ["count", "tfidf"])
@pytest.mark.parametrize("window", [None, 60, 86_400])
@pytest.mark.parametrize(("n_accounts", "n_contents"), [(60_000, 40_000), (3_000, 9_000), (40_000, 200)])
def test_pairs_take_no_more_than_is_claimed_and_not_much_less(
    n_accounts, n_contents, window, weight, threads
):
    graph = bipartite(random_log(100_000, n_accounts, n_contents))

    def compare():
        # So many shared contents that hardly any pair is kept: those are claimed as they are found.
        co_engagement(replace(graph), window=window, weight=weight, threads=threads, min_contents=9)

    claims = peaks_and_claims(compare, counting)
    # What is found out before the work stays, so it is claimed alone; Python's own and the few pairs aside.
    assert claims[-1][1] <= claims[-1][0] + 100_000 + 30_000 * threads
    most, peak = max(claims)[0], claims[0][1]
    assert most <= 1.5 * peak + 600_000 * threads
