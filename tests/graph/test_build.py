"""Laying a log out in threads, against sorting by every key at once."""

import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farmgraph.graph.build import lay_out, memory_needed
from farmgraph.interactions.schema import NO_TIME

ROWS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 4), st.one_of(st.just(NO_TIME), st.integers(-3, 3))),
    min_size=1,
    max_size=80,
)


def columns(rows):
    account, content, times = (np.array(column) for column in zip(*rows, strict=True))
    accounts, account = np.unique(account, return_inverse=True)
    contents, content = np.unique(content, return_inverse=True)
    names = [pa.array([f"{kind}{n}" for n in found]) for kind, found in (("a", accounts), ("c", contents))]
    return account.astype(np.int32), content.astype(np.int32), times.astype(np.int64), *names


def check_against_sorting(made, account, content, times):
    # Whoever has more rows comes first; the rest of the order is tested where renaming changes nothing.
    for order, codes in ((made.account_order, account), (made.content_order, content)):
        assert sorted(order.tolist()) == list(range(codes.max() + 1))
        assert (np.diff(np.bincount(codes)[order]) <= 0).all()
    a, c = np.argsort(made.account_order)[account], np.argsort(made.content_order)[content]
    expected = np.lexsort((np.arange(len(times)), a, times, c))
    assert made.content_rows.tolist() == expected.tolist()
    assert made.content_accounts.tolist() == a[expected].tolist()
    assert made.content_times.tolist() == times[expected].tolist()
    assert made.content_starts.tolist() == [0, *np.cumsum(np.bincount(c)).tolist()]
    edges = sorted(set(zip(a.tolist(), c.tolist(), strict=True)))
    assert made.account_contents.tolist() == [what for _, what in edges]
    assert made.account_starts.tolist() == [0, *np.cumsum(np.bincount([who for who, _ in edges])).tolist()]


@settings(max_examples=150, deadline=None)
@given(ROWS, st.sampled_from([1, 2, 3, 7]))
def test_against_sorting_by_every_key(rows, threads):
    account, content, times, account_names, content_names = columns(rows)
    made = lay_out(
        account, content, times, account_names=account_names, content_names=content_names, threads=threads
    )
    check_against_sorting(made, account, content, times)


@pytest.mark.parametrize("n_rows", [200, 5_000])
def test_long_lists_out_of_order_and_with_ties(n_rows):
    # More rows per content than are sorted by hand, times from few values: both sorts of long lists are used.
    rng = np.random.default_rng(n_rows)
    rows = list(
        zip(
            rng.integers(40, size=n_rows),
            rng.integers(3, size=n_rows),
            rng.integers(9, size=n_rows),
            strict=True,
        )
    )
    account, content, times, account_names, content_names = columns(rows)
    one, two = (
        lay_out(account, content, times, account_names=account_names, content_names=content_names, threads=n)
        for n in (1, 2)
    )
    a, c = np.argsort(one.account_order)[account], np.argsort(one.content_order)[content]
    assert one.content_rows.tolist() == np.lexsort((np.arange(n_rows), a, times, c)).tolist()
    for name in vars(one):
        assert np.array_equal(getattr(one, name), getattr(two, name)), name


def many(n_rows, n_accounts, n_contents, seed=0):
    """Columns of a log in which low codes are frequent, with names."""
    rng = np.random.default_rng(seed)
    account = np.r_[np.arange(n_accounts), n_accounts * rng.random(n_rows - n_accounts) ** 3].astype(np.int32)
    content = np.r_[np.arange(n_contents), n_contents * rng.random(n_rows - n_contents) ** 3].astype(np.int32)
    times = np.where(rng.random(n_rows) < 0.05, NO_TIME, rng.integers(-50, 50, n_rows))
    order = rng.permutation(n_rows)
    names = [pa.array([f"{n}" for n in range(size)]) for size in (n_accounts, n_contents)]
    return account[order], content, times, *names


@pytest.mark.parametrize(("n_accounts", "n_contents"), [(40_000, 9_000), (8_193, 30_000), (16_384, 1)])
def test_more_lists_than_go_into_one_box(n_accounts, n_contents):
    account, content, times, account_names, content_names = many(70_000, n_accounts, n_contents)
    for threads in (1, 3):
        made = lay_out(
            account,
            content,
            times,
            account_names=account_names,
            content_names=content_names,
            threads=threads,
        )
        check_against_sorting(made, account, content, times)


def test_more_rows_than_are_sorted_by_counting():
    # Degrees around 2**16, out of order.
    sizes = [65_534, 3, 65_537, 65_535, 65_536]
    content = np.repeat(np.arange(5, dtype=np.int32), sizes)
    account = np.arange(len(content), dtype=np.int32) % 7
    names = [pa.array([f"{n}" for n in range(size)]) for size in (7, 5)]
    times = np.arange(len(content))
    made = lay_out(account, content, times, account_names=names[0], content_names=names[1], threads=2)
    assert made.content_order.tolist() == [2, 4, 3, 0, 1]
    check_against_sorting(made, account, content, times)


@pytest.mark.parametrize("threads", [1, 2, 8])
@pytest.mark.parametrize("share", [1, 3, 15, 200])
def test_memory_is_what_is_said(share, threads):
    n_rows = 300_000
    account, content, times, account_names, content_names = many(n_rows, n_rows // share, n_rows // share)
    times.sort()  # as sorting long lists is not in it
    names = {"account_names": account_names, "content_names": content_names}
    lay_out(account[:0], content[:0], times[:0], threads=threads, **names)  # to compile
    tracemalloc.start()
    try:
        lay_out(account, content, times, threads=threads, **names)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    said = memory_needed(n_rows, n_rows // share, n_rows // share, threads)
    assert 0.8 * said < most < 1.03 * said
