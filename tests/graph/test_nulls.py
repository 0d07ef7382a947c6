from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from farmgraph.graph.nulls import draw_near_pairs, hour_profiles, hour_table, near_pairs, q_values

SCALES = np.array([0, 5, 60], np.int64)


@given(st.lists(st.integers(0, 100), max_size=30))
@settings(max_examples=100, deadline=None)
def test_near_pairs_against_all_pairs(times):
    times = np.sort(np.array(times, np.int64))
    expected = [sum(b - a <= s for a, b in combinations(times.tolist(), 2)) for s in SCALES]
    assert near_pairs(times, SCALES).tolist() == expected


def draws(pool_times, n_members, n_draws, seed=0, hours=None, profiles=None):
    pool = np.array(pool_times, np.int64)
    return draw_near_pairs(
        np.array([0, len(pool)]),
        pool,
        np.zeros(len(pool), np.int64) if hours is None else np.array(hours),
        np.zeros(1, np.int64),
        np.array([0, n_members]),
        np.arange(n_members),
        np.ones((n_members, 24)) if profiles is None else profiles,
        SCALES,
        n_draws,
        np.random.default_rng(seed),
    )[0]


def test_parts_add_up_to_the_whole():
    # Three contents with pools of their own; the second is the other part. Whatever the parts, the draws are the same.
    times = [*(0, 3, 50, 52, 1_000), *(0, 4, 70, 71), *(2, 9, 40, 900, 901)]

    def by_part(parts):
        return draw_near_pairs(
            np.array([0, 5, 9, 14]),
            np.array(times, np.int64),
            np.zeros(14, np.int64),
            np.array(parts),
            np.array([0, 3, 5, 8]),
            np.array([0, 1, 2, 0, 1, 0, 1, 2]),
            np.ones((3, 24)),
            SCALES,
            4_000,
            np.random.default_rng(1),
        )

    alone, split = by_part([0, 0, 0]), by_part([0, 1, 0])
    assert alone.shape == (2, 4_000, 3)
    assert not alone[1].any()
    assert split.sum(0) == pytest.approx(alone[0])
    # The two members there have one pair. Of the 6 pairs of their pool (0, 4) and (70, 71) are within 5, and no more
    # within 60. The standard error of a share of 1/3 in 4,000 draws is .0075; four of them are .03.
    assert set(np.unique(split[1])) == {0, 1}
    assert split[1].mean(0) == pytest.approx([0, 1 / 3, 1 / 3], abs=0.03)


def test_draws_are_a_permutation_where_all_hours_are_alike():
    # 6 times, 3 members: the mean share of near pairs is that of all 15 pairs. Within 5: (0,3), (50,52) -> 2/15.
    times = [0, 3, 50, 52, 1_000, 5_000]
    null = draws(times, 3, 40_000)
    pairs = list(combinations(times, 2))
    for s, scale in enumerate(SCALES):
        share = sum(b - a <= scale for a, b in pairs) / len(pairs)
        # The standard error of the mean of 40,000 shares is below .0025; four of them are .01.
        assert null[:, s].mean() == pytest.approx(share, abs=0.01)


def test_all_actors_members_leaves_no_choice():
    null = draws([0, 3, 50], 3, 50)
    assert (null == null[0]).all()


def test_members_keep_their_hours():
    # Two members that only know hour 0, which holds the times 0 and 1: they always get both.
    profiles = np.full((2, 24), 1e-12)
    profiles[:, 0] = 1
    null = draws([0, 1, 900, 905, 5_000], 2, 200, hours=[0, 0, 1, 1, 2], profiles=profiles)
    assert (null[:, 1] == 1).all()


def test_hour_profiles_lean_on_their_group():
    # Account 0 acts at 9 h a hundred times, account 1 never, both in one group; account 2, alone, acts at 21 h.
    at_9, at_21 = np.eye(24)[9] * 100, np.eye(24)[21] * 100
    own = np.stack([at_9, 0 * at_9, at_21])
    profiles = hour_profiles(own, np.stack([at_9, at_9, at_21]), at_9 + at_21)
    assert profiles.min() > 0
    assert profiles[0].argmax() == profiles[1].argmax() == 9
    assert profiles[2].argmax() == 21
    assert profiles[0, 9] > profiles[1, 9] > 1 > profiles[2, 9]


def test_hour_profile_of_somebody_like_everybody_is_flat():
    hours = np.arange(1.0, 25.0) * 1_000
    # Smoothing is linear and the priors vanish beside 300,000 actions, so the quotient is 1 within a per mille.
    assert hour_profiles(hours[None], hours[None], hours) == pytest.approx(np.ones((1, 24)), rel=1e-3)


def test_hour_table_by_hand():
    table = hour_table(np.array([0, 0, 1]), np.array([9, 9, 23]), 2)
    assert (table[0, 9], table[1, 23], table.sum()) == (2, 1, 3)


def test_q_values_by_hand():
    # p = .01, .04, .03 of three tests: .03, .04, .04 (3/1 x .01; min(3/2 x .03, 3/3 x .04); 3/3 x .04).
    assert q_values(np.array([0.01, 0.04, np.nan, 0.03])) == pytest.approx(
        [0.03, 0.04, np.nan, 0.04], nan_ok=True
    )
    assert q_values(np.array([])).tolist() == []
