"""Random numbers that are the same everywhere."""

import decimal
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmgraph.lab import draws


def test_keys_differ_by_seed_and_by_name():
    keys = {
        int(draws.key_of(seed, *names))
        for seed in range(20)
        for names in (("a",), ("b",), ("a", "b"), ("ab",))
    }
    assert len(keys) == 80


def test_numbers_are_splitmix64():
    """The first numbers of the published generator at seed 1234567 (Vigna's reference code)."""
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert draws.raws(np.uint64(1234567), 4).tolist() == expected


def test_tables_hold_their_distributions():
    raws = draws.raws(draws.key_of(0, "table"), 400_000)
    pareto = draws.from_table(draws.pareto_table("1.3", 1_000), raws)
    logistic = draws.from_table(draws.log_logistic_table("1.5", 10_000), raws)
    for exceeded in (0.9, 0.5, 0.1, 0.01, 0.001):
        # 400,000 draws: the share beyond a quantile s has a standard error of sqrt(s (1 - s) / 400,000).
        error = 4 * math.sqrt(exceeded * (1 - exceeded) / len(raws)) + 0.01 * exceeded
        assert np.mean(pareto >= 1_000 * (exceeded ** (-1 / 1.3) - 1)) == pytest.approx(exceeded, abs=error)
        assert np.mean(logistic >= 10_000 * (1 / exceeded - 1) ** (1 / 1.5)) == pytest.approx(
            exceeded, abs=error
        )


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_tables_rise_as_the_chance_to_exceed_falls(one, two):
    table = draws.log_logistic_table("1.1", draws.ONE)
    # 0 is the largest value that bits can stand for: all leading zeros.
    first, second = (int(draws.one_from_table(table, np.uint64(raw))) for raw in (one, two))
    low, high = sorted((first, second))
    assert 0 <= low <= high <= 2**62


def test_the_callers_decimal_settings_do_not_matter():
    draws.pareto_table.cache_clear()
    expected = draws.pareto_table("1.7", 1_000).tolist()
    draws.pareto_table.cache_clear()
    with decimal.localcontext() as context:
        context.prec, context.traps[decimal.Inexact] = 4, True
        assert draws.pareto_table("1.7", 1_000).tolist() == expected
    draws.pareto_table.cache_clear()


def test_weighted_draws_follow_the_weights():
    found = np.bincount(draws.weighted(draws.key_of(0, "w"), 40_000, np.array([1, 0, 3])), minlength=3)
    assert found[1] == 0
    # 10,000 expected, standard deviation sqrt(40,000 x 1/4 x 3/4) = 87.
    assert found[0] == pytest.approx(10_000, abs=350)


def test_some_are_taken_without_replacement():
    taken = draws.some(draws.key_of(0, "s"), np.arange(50), 50)
    assert sorted(taken) == list(range(50))
    assert taken.tolist() != list(range(50))


def test_chance_is_a_chance():
    # 100,000 draws at 0.3: standard deviation 0.0014.
    assert draws.chance(draws.key_of(0, "c"), 100_000, 0.3).mean() == pytest.approx(0.3, abs=0.006)
    assert draws.chance(draws.key_of(0, "c"), 1_000, 1.0).all()
