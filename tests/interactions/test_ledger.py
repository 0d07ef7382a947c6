"""Work in threads: results settle in their order, failures leave at once, and little waits at a time."""

import random
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farmgraph.runtime import in_order


def run(work, items, settle, threads):
    in_order(work, items, settle, threads=threads, step="Test")


@pytest.fixture(autouse=True)
def no_thread_is_left():
    before = threading.active_count()
    yield
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.005)
    assert threading.active_count() == before


@settings(max_examples=25, deadline=None, derandomize=True, database=None)
@given(st.lists(st.integers(0, 3), max_size=25), st.sampled_from([1, 2, 3, 5]))
def test_results_settle_in_order(delays, threads):
    settled = []

    def work(item):
        number, delay = item
        time.sleep(delay / 1000)
        return number

    def settle(number):
        time.sleep(random.Random(number).random() / 1000)
        settled.append(number)

    run(work, enumerate(delays), settle, threads)
    assert settled == list(range(len(delays)))


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_settling_is_done_by_one_at_a_time(threads):
    inside, most = 0, 0
    lock = threading.Lock()

    def settle(number):
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.001)
        with lock:
            inside -= 1

    run(lambda number: number, range(20), settle, threads)
    assert most == 1


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_few_items_are_under_way(threads):
    lock = threading.Lock()
    found, settled, most = 0, 0, 0

    def items():
        nonlocal found, most
        for number in range(60):
            with lock:
                found += 1
                most = max(most, found - settled)
            yield number

    def settle(number):
        nonlocal settled
        time.sleep(0.001)
        with lock:
            settled += 1

    run(lambda number: number, items(), settle, threads)
    assert settled == 60
    # Three more than workers wait, and one more has been found that is not yet under way. One thread has no queue.
    assert most <= (1 if threads == 1 else threads + 4)
    if threads > 1:
        assert most > threads


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("where", ["items", "work", "settle"])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_at_once(threads, where, error):
    found, settled = [], []

    def items():
        for number in range(1_000):
            if where == "items" and number == 5:
                raise error("here")
            found.append(number)
            yield number

    def work(number):
        time.sleep(0.002)
        if where == "work" and number == 5:
            raise error("here")
        return number

    def settle(number):
        if where == "settle" and number == 5:
            raise error("here")
        settled.append(number)

    begin = time.monotonic()
    with pytest.raises(error, match="here"):
        run(work, items(), settle, threads)
    assert time.monotonic() - begin < 2
    # Of a thousand items hardly more were looked at than those before the failure.
    assert len(found) < 40
    assert 5 not in settled
    assert settled == sorted(settled)


def test_a_failure_does_not_wait_for_what_has_not_begun():
    # One item fails at once; of the others two have begun by then, and two or more wait for their turn.
    begun = []

    def work(number):
        begun.append(number)
        if number == 0:
            raise ValueError("first")
        time.sleep(0.3)

    begin = time.monotonic()
    with pytest.raises(ValueError, match="first"):
        run(work, range(30), lambda _: None, 2)
    assert time.monotonic() - begin < 0.55
    assert sorted(begun) in ([0], [0, 1], [0, 1, 2])


def test_a_failure_in_the_middle_lets_nothing_wrong_be_read(tmp_path, monkeypatch):
    import farmgraph as fg
    from farmgraph.interactions import delimited

    monkeypatch.setattr("farmgraph.interactions.records.BLOCK_ROWS", 10)
    path = tmp_path / "log.csv"
    path.write_text("user,page,time\n" + "".join(f"u{i},p,{i}\n" for i in range(200)))
    one, many = (fg.read(path, threads=threads) for threads in (1, 4))
    assert one.table.equals(many.table)
    assert one.table["account"].to_pylist() == [f"u{i}" for i in range(200)]
    records = delimited._records

    def broken(data, block, *more):
        if block.starts[0] > 500:
            raise MemoryError("too much")
        return records(data, block, *more)

    monkeypatch.setattr(delimited, "_records", broken)
    for threads in (1, 4):
        with pytest.raises(MemoryError, match="too much"):
            fg.read(path, threads=threads)
