"""How finely a clock ticks."""

import numpy as np
import pyarrow as pa
import pytest

from farmgraph.casework.clock import clock_of

S = 1_000_000
UNITS = {
    "us": 1,
    "ms": 1_000,
    "s": S,
    "10 s": 10 * S,
    "min": 60 * S,
    "5 min": 300 * S,
    "15 min": 900 * S,
    "h": 3_600 * S,
    "day": 86_400 * S,
}


def column(values):
    return pa.chunked_array([pa.array(values, pa.int64()).cast(pa.timestamp("us", tz="UTC"))])


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("offset", [0, 22 * 3_600 * S])
def test_times_that_are_multiples_of_a_unit(unit, offset):
    rng = np.random.default_rng(0)
    ticks = rng.integers(1, 10_000, 5_000)
    # What np.gcd says of all differences is what is right.
    times = ticks * UNITS[unit] + offset
    assert np.gcd.reduce(times - times[0]) == UNITS[unit]
    found = clock_of(column(times))
    assert (found.resolution_s, found.share) == (UNITS[unit] / S, 1.0)


@pytest.mark.parametrize(("odd", "unit"), [(10, 60), (11, 1)])
def test_one_in_a_hundred_may_be_odd(odd, unit):
    # 1,000 times on whole minutes; 10 of them (1 %) a second late are set aside, 11 are not.
    times = np.arange(1_000) * 60 * S
    times[np.random.default_rng(1).permutation(1_000)[:odd]] += S
    found = clock_of(column(times))
    assert found.resolution_s == unit
    assert found.share == (0.99 if unit == 60 else 1.0)
    assert found.whole["minute"] == pytest.approx(1 - odd / 1_000)


def test_few_times_are_not_called_coarse_by_accident():
    # Two times 5 minutes apart at 17 seconds past: nothing but the second is sure.
    assert clock_of(column([17 * S, 317 * S])).resolution_s == 1


def test_nothing_to_tell():
    assert clock_of(column([])).resolution_s is None
    assert clock_of(column([None])).whole == {}
    assert clock_of(column([60 * S, 60 * S])).resolution_s is None
