"""What the fast ways leave out changes nothing: pruning, hubs, narrow counters, keys of 64 bits, the file."""

import itertools
import os
import threading
from collections import Counter, defaultdict
from unittest.mock import patch

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logs import log_of

import farmgraph as fg
from farmgraph.graph import counting, kernels, pairsonfile, pairtable, prefixkernels, walks
from farmgraph.graph.counting import block_counter, plan
from farmgraph.memory import limited

# Accounts and contents of very different popularity, acted on once or again and again, at once or never at a time.
ROWS = st.lists(
    st.tuples(
        st.sampled_from("aaabbcdefgh"),
        st.sampled_from("pppqqrstuvw"),
        st.one_of(st.none(), st.sampled_from([0, 0, 1, 60, 61, 3600])),
    ),
    min_size=1,
    max_size=60,
)


def shared(rows):
    """{(a, b): contents} at any time, by looking at every content's accounts."""
    on = defaultdict(set)
    for account, content, _ in rows:
        on[content].add(account)
    return Counter(pair for accounts in on.values() for pair in itertools.combinations(sorted(accounts), 2))


def found(pairs):
    return {(p.account_a, p.account_b): p.n_contents for p in pairs.itertuples()}


def counted(graph, min_contents, n_dropped, weights):
    """Pairs at any time with so many contents dropped when looking for candidates: {pair: (n, sum)}."""
    everything = np.ones(graph.n_contents, bool)
    allowed = graph.account_degrees >= min_contents
    walk = walks.untimed_walk(graph.account_starts, graph.account_contents, allowed, everything)
    counters = kernels.new_counters(graph.n_accounts, marked=False, weighted=len(weights) > 0)
    for row_of_bits in (True, False):
        hubs = prefixkernels.hubs_of(walk, graph.n_contents)
        if row_of_bits:  # for every content, however small
            row = np.arange(graph.n_contents, dtype=np.int32)
            bits = np.zeros((graph.n_contents, 1), np.uint64)
            prefixkernels._fill(walk, row, bits)
            hubs = prefixkernels.Hubs(row, bits)
        pairs, n, sums = prefixkernels.count_at_any_time(
            walk, counters, hubs, min_contents, n_dropped, weights, 0, graph.n_accounts
        )
        sums = sums if len(weights) else np.zeros(len(n))
        yield {int(p): (int(k), s.tobytes()) for p, k, s in zip(pairs, n, sums, strict=True)}
    for values in (counters.small, counters.counts, counters.marks, counters.sums):
        assert not values.any()


@settings(max_examples=150, deadline=None)
@given(ROWS, st.integers(1, 5))
def test_pruning_equals_brute_force_and_counting_everything(rows, k):
    graph = fg.bipartite(log_of(rows))
    result = fg.co_engagement(graph, min_contents=k, threads=1)
    assert found(result.pairs) == {p: n for p, n in shared(rows).items() if n >= k}
    # To the last bit of the sums, with look-ups and without.
    weights = np.random.default_rng(0).random(graph.n_contents)
    for some in (np.empty(0), weights):
        versions = [v for dropped in {0, k - 1} for v in counted(graph, k, dropped, some)]
        assert all(version == versions[0] for version in versions)


@pytest.mark.parametrize("window", [None, 60])
@pytest.mark.parametrize("n_contents", [200, 255, 256, 600])
def test_more_contents_than_a_byte_counts(n_contents, window):
    # a and b share all contents, c every second one; d shares one with each.
    rows = [(who, f"p{i}", 0) for i in range(n_contents) for who in "ab"]
    rows += [("c", f"p{i}", 9) for i in range(0, n_contents, 2)] + [("d", "p0", 9)]
    half = (n_contents + 1) // 2
    result = fg.co_engagement(fg.bipartite(log_of(rows)), window=window, min_contents=1)
    expected = {("a", "b"): n_contents, ("a", "c"): half, ("b", "c"): half}
    assert found(result.pairs) == expected | {(x, "d"): 1 for x in "abc"}


def test_more_partners_than_are_remembered():
    # One account meets 700 others on each of 300 contents: 210,000 partners, above the buffer of 131,072.
    rows = [(f"a{i}", f"p{c}", 0) for c in range(300) for i in range(700) if (i + c) % 2] + [
        ("z", f"p{c}", 0) for c in range(300)
    ]
    graph = fg.bipartite(log_of(rows))
    timed = fg.co_engagement(graph, window=0, min_contents=1)
    untimed = fg.co_engagement(graph, min_contents=1)
    pd.testing.assert_frame_equal(timed.pairs, untimed.pairs)
    # 150 contents for those of one parity and for everybody with z, none across.
    assert len(timed) == 2 * (350 * 349 // 2) + 700
    assert (timed.pairs["n_contents"] == 150).all()


def test_pruning_walks_less():
    # A hub with 50 accounts that share nothing else: with two contents each, only the rare ones are walked.
    rows = [(f"a{i}", c, 0) for i in range(50) for c in ("hub", f"own{i}")]
    result = fg.co_engagement(fg.bipartite(log_of(rows)))
    assert (result.n_pair_events, result.n_walked, len(result)) == (50 * 49 // 2, 0, 0)
    assert fg.co_engagement(fg.bipartite(log_of(rows)), max_pair_events=0).n_walked == 0
    everything = fg.co_engagement(fg.bipartite(log_of(rows)), min_contents=1)
    assert everything.n_walked == everything.n_pair_events == 1225
    with pytest.raises(fg.BudgetError, match=r"max_content_accounts.*has 50 accounts.*write_co_engagement"):
        fg.co_engagement(fg.bipartite(log_of(rows)), min_contents=1, max_pair_events=1000)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.integers(1, 4), st.integers(1, 6), st.sampled_from([None, 60]))
def test_contents_left_out_are_as_if_nobody_had_acted_on_them(rows, k, most, window):
    rows = [*rows, ("a", "x", 0)]  # a row with a time
    graph = fg.bipartite(log_of(rows))
    result = fg.co_engagement(graph, window=window, min_contents=k, max_content_accounts=most, threads=1)
    on = Counter(c for _, c in {(a, c) for a, c, _ in rows})
    left = [r for r in rows if on[r[1]] <= most]
    expected = (
        fg.co_engagement(fg.bipartite(log_of(left)), window=window, min_contents=k, threads=1)
        if any(r[2] is not None for r in left)
        else None
    )
    assert found(result.pairs) == ({} if expected is None else found(expected.pairs))
    whole = fg.co_engagement(graph, window=window, min_contents=k, threads=1)
    assert result.n_pair_events + result.n_pair_events_left_out == whole.n_pair_events
    assert result.n_contents_left_out == sum(n > most for n in on.values())
    assert (
        f"{result.n_contents_left_out:,} of {graph.n_contents:,} contents have more than {most}"
        in result.notes[0]
    )
    assert f"with {result.n_pair_events_left_out:,} pair events" in result.notes[0]
    assert not any("max_content_accounts" in note for note in whole.notes)
    assert (whole.n_contents_left_out, whole.max_content_accounts) == (0, None)


def test_pairs_that_fit_no_key_are_sorted_all_the_same(monkeypatch):
    rng = np.random.default_rng(1)
    rows = [(f"a{rng.integers(40)}", f"p{int(rng.pareto(1)) % 20}", 0) for _ in range(900)]
    graph = fg.bipartite(log_of(rows))
    results = [fg.co_engagement(graph, weight=weight) for weight in pairtable.WEIGHTS]
    monkeypatch.setattr(pairtable, "_KEY_BITS", 8)
    for weight, result in zip(pairtable.WEIGHTS, results, strict=True):
        pd.testing.assert_frame_equal(fg.co_engagement(graph, weight=weight).pairs, result.pairs)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(1, 4), st.sampled_from(pairtable.WEIGHTS), st.sampled_from([None, 60]))
def test_the_file_holds_the_same_pairs(tmp_path_factory, rows, k, weight, window):
    graph = fg.bipartite(log_of([*rows, ("a", "x", 0)]))
    path = tmp_path_factory.mktemp("pairs") / "pairs.parquet"
    options = {"min_contents": k, "weight": weight, "window": window, "threads": 1}
    written = fg.write_co_engagement(graph, path, **options)
    result = fg.co_engagement(graph, **options)
    read = pq.read_table(path).to_pandas()
    keys = ["weight", "n_contents", "account_a", "account_b"]
    read = read.sort_values(keys, ascending=[False, False, True, True], ignore_index=True)
    pd.testing.assert_frame_equal(read, result.pairs)
    assert written.n_pairs == len(result)
    assert (written.n_pair_events, written.n_walked, written.notes) == (
        result.n_pair_events,
        result.n_walked,
        result.notes,
    )


@pytest.fixture
def crowd():
    """800 accounts on contents of very different popularity."""
    rng = np.random.default_rng(3)
    accounts, contents = rng.integers(0, 800, 9000), rng.pareto(0.8, 9000).astype(int) % 300
    return fg.bipartite(log_of([(f"a{a}", f"p{c}", int(c)) for a, c in zip(accounts, contents, strict=True)]))


@pytest.mark.parametrize("window", [None, 60])
def test_threads_do_not_change_a_byte_of_the_file(crowd, tmp_path, window):
    files = []
    for threads in (1, 2, 3):
        path = tmp_path / f"{threads}.parquet"
        written = fg.write_co_engagement(crowd, path, window=window, threads=threads)
        assert written.n_pairs > 10_000
        files.append(path.read_bytes())
    assert files[0] == files[1] == files[2]
    # The order that the docstring promises: runs of accounts, and in each run by both names.
    whole = pq.ParquetFile(tmp_path / "1.parquet")
    assert whole.num_row_groups > 10
    ends = []
    for i in range(whole.num_row_groups):
        part = whole.read_row_group(i).to_pandas()
        assert part[["account_a", "account_b"]].equals(
            part[["account_a", "account_b"]].sort_values(["account_a", "account_b"], ignore_index=True)
        )
        quieter = np.maximum(*(crowd.codes_of_accounts(part[c].tolist()) for c in ("account_a", "account_b")))
        ends.append((quieter.min(), quieter.max()))
    assert all(before[1] < after[0] for before, after in itertools.pairwise(ends))


def test_files_appear_whole_or_not_at_all(crowd, tmp_path, monkeypatch):
    path = tmp_path / "pairs.parquet"
    path.write_text("mine")
    with pytest.raises(fg.InputError, match=r"exists already.*overwrite=True"):
        fg.write_co_engagement(crowd, path)
    with pytest.raises(fg.InputError, match="is a folder"):
        fg.write_co_engagement(crowd, tmp_path, overwrite=True)
    with pytest.raises(fg.InputError, match="is no folder"):
        fg.write_co_engagement(crowd, tmp_path / "nowhere" / "pairs.parquet")

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(pairsonfile, "in_order", interrupt)
        with pytest.raises(KeyboardInterrupt):
            fg.write_co_engagement(crowd, path, overwrite=True)
    assert path.read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["pairs.parquet"]
    written = fg.write_co_engagement(crowd, str(path), overwrite=True, max_content_accounts=500)
    assert written.path == path
    assert pq.read_metadata(path).num_rows == written.n_pairs
    assert written.parameters["max_content_accounts"] == 500
    assert [p.name for p in tmp_path.iterdir()] == ["pairs.parquet"]


@pytest.mark.parametrize("most", [1, 3])
def test_little_memory_changes_no_byte_of_the_file(crowd, tmp_path, monkeypatch, most):
    fg.write_co_engagement(crowd, tmp_path / "much.parquet", threads=1)
    refused, at_once, under_way = [], [], 0

    def claim(step, n_bytes, *, way_out):
        # As if there were room for so many runs and no more: the first ask is for 8.
        if not step.startswith("Writing runs") or len(refused) == 8 - most:
            return
        refused.append(n_bytes)
        raise fg.BudgetError(way_out)

    lock, make = threading.Lock(), counting.block_counter

    def counter(work):
        count = make(work)

        def started(block):
            nonlocal under_way
            with lock:
                under_way += 1
                at_once.append(under_way)
            return count(block)

        return started

    table = pairsonfile._table

    def written(*args):
        nonlocal under_way
        made = table(*args)
        with lock:
            under_way -= 1
        return made

    monkeypatch.setattr(pairsonfile, "claim", claim)
    monkeypatch.setattr(counting, "block_counter", counter)
    monkeypatch.setattr(pairsonfile, "_table", written)
    fg.write_co_engagement(crowd, tmp_path / "little.parquet", threads=16)
    assert (tmp_path / "little.parquet").read_bytes() == (tmp_path / "much.parquet").read_bytes()
    assert refused == sorted(refused, reverse=True)
    # Never more than there is room for, and yet more than one where there is.
    assert min(most, 2) <= max(at_once) <= most


def test_a_run_that_does_not_fit_is_refused_before_it_is_counted(crowd, tmp_path):
    with (
        patch.object(pairsonfile, "BYTES_PER_PAIR", 1e9),
        limited("1000GB"),
        pytest.raises(
            fg.BudgetError, match=r"Writing runs of at most [\d,]+ pairs needs.*max_content_accounts"
        ),
    ):
        fg.write_co_engagement(crowd, tmp_path / "pairs.parquet")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("window", [None, 60])
@pytest.mark.parametrize("k", [1, 2, 3])
def test_no_run_holds_more_than_is_claimed(crowd, window, k):
    options = {"weight": "count", "max_pair_events": 10**12, "max_content_accounts": None, "threads": 1}
    work = plan(crowd, window=window, min_contents=k, **options)
    n_dropped = k - 1 if window is None else 0
    n_pairs = [len(block_counter(work)(i)[0]) for i in range(len(work.cuts) - 1)]
    claimed = walks.most_pairs(work.walk, work.cuts, k, n_dropped)
    assert 0 < max(n_pairs) <= claimed <= crowd.n_accounts**2


@pytest.mark.skipif(os.name != "posix", reason="a mask of rights is a thing of POSIX")
def test_files_have_the_rights_of_any_new_file(crowd, tmp_path):
    for mask, rights in ((0o077, 0o600), (0o002, 0o664)):
        path = tmp_path / f"{mask}.parquet"
        before = os.umask(mask)
        try:
            fg.write_co_engagement(crowd, path, min_contents=5)
        finally:
            os.umask(before)
        assert path.stat().st_mode & 0o777 == rights
    # As when a file is opened for writing: one that is replaced keeps its own.
    path.chmod(0o640)
    fg.write_co_engagement(crowd, path, min_contents=5, overwrite=True)
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_during_the_work_is_not_replaced(crowd, tmp_path, monkeypatch, links):
    path = tmp_path / "pairs.parquet"
    table = pairsonfile._table

    def meanwhile(*args):
        path.write_text("mine")
        return table(*args)

    def no_links(*_):
        raise OSError(1, "Operation not permitted")

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    fg.write_co_engagement(crowd, tmp_path / "other.parquet")
    (tmp_path / "other.parquet").unlink()
    monkeypatch.setattr(pairsonfile, "_table", meanwhile)
    with pytest.raises(fg.InputError, match=r"appeared while the pairs were counted.*overwrite=True"):
        fg.write_co_engagement(crowd, path)
    assert path.read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["pairs.parquet"]
    fg.write_co_engagement(crowd, path, overwrite=True)
    assert pq.read_metadata(path).num_rows


def test_a_full_disk_is_told_with_a_way_out(crowd, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pairsonfile, "_table", full)
    with pytest.raises(
        fg.InputError, match=r"No space left on device\. Choose another place, one with enough room"
    ):
        fg.write_co_engagement(crowd, tmp_path / "pairs.parquet")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", [7, None, b"pairs.parquet"])
def test_a_path_that_is_none_is_named(crowd, path):
    with pytest.raises(fg.UsageError, match=r"path is .*; expected the name of a Parquet file to make"):
        fg.write_co_engagement(crowd, path)


def test_no_pairs_make_a_file_with_columns(tmp_path):
    graph = fg.bipartite(log_of([("a", "p", 0), ("b", "q", 0)]))
    written = fg.write_co_engagement(graph, tmp_path / "none.parquet", min_contents=1)
    assert written.n_pairs == 0
    assert pq.read_table(written.path).column_names == ["account_a", "account_b", "n_contents", "weight"]


@pytest.mark.parametrize("window", [None, 60])
def test_blocks_leave_nobody_out(crowd, monkeypatch, window):
    whole = fg.co_engagement(crowd, window=window, min_contents=1)
    for least, steps in ((1, 1 << 40), (5000, 1 << 40), (1, 1000)):
        monkeypatch.setattr(counting, "_LEAST_BLOCKS", least)
        monkeypatch.setattr(counting, "_STEPS_IN_A_BLOCK", steps)
        pd.testing.assert_frame_equal(
            fg.co_engagement(crowd, window=window, min_contents=1).pairs, whole.pairs
        )
    options = {"weight": "count", "max_pair_events": 10**12, "max_content_accounts": None, "threads": 1}
    work = plan(crowd, window=window, min_contents=1, **options)
    assert work.cuts[0] == 0
    assert work.cuts[-1] == crowd.n_accounts
    assert (np.diff(work.cuts) >= 0).all()
    assert sum(len(block_counter(work)(i)[0]) for i in range(len(work.cuts) - 1)) == len(whole)


def test_hubs_must_be_a_whole_number(crowd):
    with pytest.raises(
        fg.UsageError, match="max_content_accounts is 0; expected a whole number of 1 or more"
    ):
        fg.co_engagement(crowd, max_content_accounts=0)
