"""Laying a log out in threads, against sorting by every key at once."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farmgraph.graph.build import lay_out
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


@settings(max_examples=150, deadline=None)
@given(ROWS, st.sampled_from([1, 2, 3, 7]))
def test_against_sorting_by_every_key(rows, threads):
    account, content, times, account_names, content_names = columns(rows)
    made = lay_out(
        account, content, times, account_names=account_names, content_names=content_names, threads=threads
    )
    # Whoever has more rows comes first; the rest of the order is tested where renaming changes nothing.
    for order, codes in ((made.account_order, account), (made.content_order, content)):
        assert sorted(order.tolist()) == list(range(codes.max() + 1))
        assert (np.diff(np.bincount(codes)[order]) <= 0).all()
    a, c = np.argsort(made.account_order)[account], np.argsort(made.content_order)[content]
    expected = np.lexsort((np.arange(len(rows)), a, times, c))
    assert made.content_rows.tolist() == expected.tolist()
    assert made.content_accounts.tolist() == a[expected].tolist()
    assert made.content_times.tolist() == times[expected].tolist()
    assert made.content_starts.tolist() == [0, *np.cumsum(np.bincount(c)).tolist()]
    edges = sorted(set(zip(a.tolist(), c.tolist(), strict=True)))
    assert made.account_contents.tolist() == [what for _, what in edges]
    assert made.account_starts.tolist() == [0, *np.cumsum(np.bincount([who for who, _ in edges])).tolist()]


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
