"""Dividing a block into staffs: who works on which contents."""

from math import comb, log

import numpy as np
import pytest

from farmgraph.detect.divide import MOST_CELLS, MOST_CONTENTS, _staff, divide, divisible


def shifts(rng, staffs, n_accounts, n_contents, inside, outside=0.0):
    """Return cells in which each staff (rows) acts on its own run of contents with the chance `inside`."""
    chance = np.full((n_accounts, n_contents * len(staffs)), outside)
    for number, staff in enumerate(staffs):
        chance[staff, n_contents * number : n_contents * (number + 1)] = inside
    return rng.random(chance.shape) < chance


def as_sets(parts):
    return {(frozenset(rows.tolist()), frozenset(columns.tolist())) for rows, columns in parts}


@pytest.mark.parametrize("seed", range(5))
def test_the_staffs_of_two_customers(seed):
    # 30 and 30 of 48 workers, twelve of them in both; each does an order of its customer with chance .8, any other
    # with .02. Whoever is in a staff did fewer than four of its 15 orders once in 10^8, an outsider more than four
    # once in 10^5: every account is told apart, and so is every order.
    cells = shifts(np.random.default_rng(seed), [range(30), range(18, 48)], 48, 15, 0.8, 0.02)
    first = frozenset(range(30)), frozenset(range(15))
    second = frozenset(range(18, 48)), frozenset(range(15, 30))
    assert as_sets(divide(cells)) == {first, second}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("kind", ["alike", "of all sorts"])
def test_one_staff_is_not_divided(seed, kind):
    # A pool: who works for a customer is drawn anew for each content, so there are no staffs. Nor are there where
    # some are busier and some contents more popular, by factors of 1/2 to 2 each.
    rng = np.random.default_rng(seed)
    chance = np.full((120, 40), 0.25)
    if kind == "of all sorts":
        chance *= np.exp2(rng.uniform(-1, 1, (120, 1)) + rng.uniform(-1, 1, 40))
    assert divide(rng.random(chance.shape) < np.minimum(chance, 1)) == []


@pytest.mark.parametrize("seed", range(3))
def test_four_customers_of_random_staffs(seed):
    # 30 random workers of 80 for each of four customers of 12 contents: two staffs share eleven.
    rng = np.random.default_rng(seed)
    staffs = [rng.choice(80, 30, replace=False) for _ in range(4)]
    cells = shifts(rng, staffs, 80, 12, 0.8)
    found = {int(columns[0]) // 12: (set(rows.tolist()), columns) for rows, columns in divide(cells)}
    assert sorted(found) == [0, 1, 2, 3]
    for number, (rows, columns) in found.items():
        assert columns.tolist() == list(range(12 * number, 12 * (number + 1)))
        # Whoever works for one customer only is easily told; for all four, at the same rate everywhere, less so.
        staff = set(staffs[number].tolist())
        assert len(rows & staff) >= 0.95 * len(rows | staff)


def test_who_works_for_all_is_in_every_staff():
    # Three staffs of twelve, and four who do the orders of all: by their own totals they prefer nobody.
    for_all = [36, 37, 38, 39]
    staffs = [[*range(12 * k, 12 * (k + 1)), *for_all] for k in range(3)]
    cells = shifts(np.random.default_rng(0), staffs, 40, 8, 1.0)
    expected = {(frozenset(staff), frozenset(range(8 * k, 8 * (k + 1)))) for k, staff in enumerate(staffs)}
    assert as_sets(divide(cells)) == expected


def test_nats_saved_by_hand():
    # Two teams of five, each on three contents of its own. Totals expect half of the 15 cells of each to hold an edge:
    # 30 ln 2 nats are saved. Naming five of ten twice and one of two groups for six contents costs 2 ln 252 + 6 ln 2.
    cells = np.zeros((10, 6))
    cells[:5, :3] = cells[5:, 3:] = 1
    chosen, saved = _staff(cells, np.repeat([0, 1], 3), cells.sum(1), cells.sum(0))
    assert chosen.T.tolist() == [[True] * 5 + [False] * 5, [False] * 5 + [True] * 5]
    assert saved == pytest.approx(30 * log(2) - 2 * log(comb(10, 5)) - 6 * log(2))
    assert len(divide(cells > 0)) == 2


@pytest.mark.parametrize("seed", range(3))
def test_order_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    staffs = [rng.choice(60, 25, replace=False) for _ in range(3)]
    cells = shifts(rng, staffs, 60, 12, 0.7, 0.05)
    plain = as_sets(divide(cells))
    assert len(plain) == 3
    rows, columns = rng.permutation(60), rng.permutation(36)
    moved = divide(cells[np.ix_(rows, columns)])
    assert as_sets((rows[r], columns[c]) for r, c in moved) == plain


def test_parts_share_no_content_and_leave_none_out():
    rng = np.random.default_rng(7)
    parts = divide(shifts(rng, [range(30), range(20, 50), range(40, 60)], 60, 8, 0.9))
    assert len(parts) == 3
    assert sorted(np.concatenate([columns for _, columns in parts]).tolist()) == list(range(24))
    # The neighbours share ten each, the first and the last nobody.
    in_two = sum(len(r) for r, _ in parts) - len(set().union(*(r.tolist() for r, _ in parts)))
    assert in_two == 20


def test_blocks_too_small_or_too_large_are_left_alone():
    # Two parts of 3 contents at least, and 5 accounts; from there on as many cells as fit.
    assert divisible(5, 6)
    assert not divisible(4, 6)
    assert not divisible(5, 5)
    assert divisible(5, MOST_CONTENTS)
    assert not divisible(5, MOST_CONTENTS + 1)
    assert divisible(MOST_CELLS // 2_000, 2_000)
    assert not divisible(MOST_CELLS // 2_000 + 1, 2_000)


@pytest.mark.parametrize(("n_each", "n_parts"), [(2, 0), (3, 2)])
def test_two_teams_that_share_nobody(n_each, n_parts):
    # Ten accounts on contents of their own, ten others on as many others; with two each there are too few to divide.
    cells = np.zeros((20, 2 * n_each), bool)
    cells[:10, :n_each] = cells[10:, n_each:] = True
    assert len(divide(cells)) == n_parts


def test_a_content_that_nobody_acts_on_is_no_block():
    cells = np.zeros((20, 10), bool)
    cells[:10, :5] = cells[10:, 5:9] = True
    assert divide(cells) == []
    assert len(divide(cells[:, :9])) == 2


def test_cells_are_not_changed():
    cells = shifts(np.random.default_rng(0), [range(20), range(10, 30)], 30, 8, 0.9)
    before = cells.copy()
    divide(cells)
    assert (cells == before).all()
