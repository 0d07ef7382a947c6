"""Simulated logs: the same everywhere, farms that are farms, a crowd that is a crowd."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import farmgraph as fg
from farmgraph.lab.labels import BENIGN, FARM, LOOK_ALIKE
from farmgraph.lab.plan import ROWS_PER_CHUNK, make_plan
from farmgraph.lab.recipes import LOOK_ALIKES, PLANTERS, SCENARIOS

HOUR, DAY = 3_600, 86_400
SMALL = {"n_rows": 100_000, "copies": 1, "seed": 3}
DIGESTS = {
    "burst": "f067d911008d05c1f0a0994266b86022cc26a5c0db662c5aba3793084b854123",
    "mixed": "a48fd49a77aca3d048abaca27a4eb4124395c41720d6ed08023e8613fa4f0671",
}
"""Of the rows of two logs, all kinds of groups in the second: computed once, and the same on every machine since."""


@pytest.fixture(scope="module")
def mixed():
    return fg.simulate("mixed", n_rows=200_000, seed=0)


@pytest.fixture(scope="module")
def rows(mixed):
    return mixed.table.to_pandas().astype({"account": "str", "content": "str"})


def inside(rows, labels, group):
    """Return the rows of a group's members on its targets, and of others on its targets."""
    on = rows[rows["content"].isin(labels.contents_of(group))]
    member = on["account"].isin(labels.accounts_of(group))
    return on[member], on[~member]


def seconds(frame):
    return frame["time"].astype("datetime64[s, UTC]").astype("int64")


@pytest.mark.parametrize("name", DIGESTS)
def test_the_same_seed_gives_the_same_rows_everywhere(name, tmp_path):
    assert fg.write_simulation(name, tmp_path / "made", **SMALL)["sha256_of_rows"] == DIGESTS[name]


def test_neither_processor_nor_threads_matter(tmp_path):
    """Without the vector instructions of this processor, code compiled for any, one thread: the same rows."""
    code = (
        "import farmgraph as fg\n"
        f"for name in {list(DIGESTS)}:\n"
        f"    fg.write_simulation(name, {str(tmp_path)!r} + '/' + name, **{SMALL!r}, threads=1)"
    )
    plain = os.environ | {
        "NUMBA_CPU_NAME": "generic",
        "NUMBA_CPU_FEATURES": "",
        "NUMBA_CACHE_DIR": str(tmp_path / "cache"),
        "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512_SKX",
    }
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], env=plain, check=True)
    for name, digest in DIGESTS.items():
        assert json.loads((tmp_path / name / "scenario.json").read_text())["sha256_of_rows"] == digest


def test_files_are_the_same_bytes_in_every_run(tmp_path):
    for name in ("one", "two"):
        fg.write_simulation("brokers", tmp_path / name, n_rows=30_000, copies=1, seed=5)
    for file in ("log.parquet", "labels.csv", "targets.csv", "scenario.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_another_seed_gives_another_log(tmp_path):
    one, two = (fg.simulate("burst", n_rows=5_000, copies=1, seed=s).table for s in (0, 1))
    assert not one.equals(two)


def test_a_streamed_log_holds_the_rows_of_the_one_in_memory(tmp_path):
    options = {"n_rows": 40_000, "copies": 1, "seed": 2}
    record = fg.write_simulation("pool", tmp_path / "made", **options)
    streamed, made = (
        pq.read_table(tmp_path / "made" / "log.parquet").to_pandas(),
        fg.simulate("pool", **options),
    )
    pd.testing.assert_frame_equal(
        streamed.astype({"account": "str", "content": "str"}),
        made.table.to_pandas().astype({"account": "str", "content": "str"}),
    )
    assert record["rows"] == len(made)
    read = fg.read_labels(tmp_path / "made")
    pd.testing.assert_frame_equal(read.members, made.labels.members)
    pd.testing.assert_frame_equal(read.targets, made.labels.targets)


def test_pieces_do_not_show(monkeypatch):
    """A log cut into many pieces is the log of one piece: every account has random numbers of its own."""
    whole = fg.simulate("burst", n_rows=20_000, copies=1).table
    monkeypatch.setattr("farmgraph.lab.plan.ROWS_PER_CHUNK", 1_500)
    assert ROWS_PER_CHUNK > 20_000
    assert fg.simulate("burst", n_rows=20_000, copies=1, threads=2).table.equals(whole)


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "mixed"])
def test_every_scenario_plants_what_its_recipe_says(name):
    made = fg.simulate(name, n_rows=100_000, seed=4)
    expected = {g.said_kind for g in SCENARIOS[name].groups}
    groups = made.labels.groups
    assert set(groups["kind"]) == expected
    label = {**dict.fromkeys(expected, FARM), "media group": BENIGN, "school class": BENIGN}
    label |= {g.kind: LOOK_ALIKE for s in LOOK_ALIKES.values() for g in s.groups}
    assert all(label[kind] == found for kind, found in zip(groups["kind"], groups["label"], strict=True))
    assert {g.camouflage for g in SCENARIOS["burst"].groups} == {False}
    # Each kind as often as ordered; brokers come in twos, customers of reused workers in fours.
    parts = {"brokers": 2, "reused": 4}
    for kind in expected:
        ordered = sum(g.copies for g in SCENARIOS[name].groups if g.said_kind == kind) * parts.get(kind, 1)
        assert (groups["kind"] == kind).sum() == ordered
    assert 85_000 <= len(made) <= 125_000


def test_every_group_acts(mixed, rows):
    for group in mixed.labels.groups.itertuples():
        members, _ = inside(rows, mixed.labels, group.group)
        assert members["account"].nunique() >= 0.6 * group.n_accounts, group.group
        assert set(members["content"]) == mixed.labels.contents_of(group.group)


def test_kinds_and_planters_agree():
    used = {g.kind for s in SCENARIOS.values() for g in s.groups}
    assert used == set(PLANTERS)


def together(rows, labels, group, within):
    """Return the share of a group's rows that lie within so many seconds on their content.

    Not all: a member that would have come of its own accord anyway comes at its own time.
    """
    members, _ = inside(rows, labels, group)
    times = seconds(members).to_numpy()
    kept = 0
    for _, places in members.reset_index(drop=True).groupby("content").groups.items():
        ordered = np.sort(times[places])
        ends = np.searchsorted(ordered, ordered + within, side="right")
        kept += (ends - np.arange(len(ordered))).max()
    return kept / len(members)


@pytest.mark.parametrize(
    "group", ["burst 1", "burst 2", "popular 1", "sparse 1", "small 2", "large 1", "pool 1"]
)
def test_bursts_last_ten_minutes(mixed, rows, group):
    assert together(rows, mixed.labels, group, 600) >= 0.9


def test_shifts_keep_the_same_four_hours(mixed, rows):
    members, _ = inside(rows, mixed.labels, "shift 1")
    hours = (seconds(members) // HOUR % 24).unique()
    assert len(hours) <= 4
    assert together(rows, mixed.labels, "shift 1", 4 * HOUR) == 1


def test_drips_take_three_days(mixed, rows):
    members, _ = inside(rows, mixed.labels, "drip 1")
    took = seconds(members).groupby(members["content"]).agg(lambda t: t.max() - t.min())
    # Of 24 uniform times on three days, the first and the last lie 2.76 days apart on average.
    assert took.mean() == pytest.approx(2.76 * DAY, rel=0.08)
    assert (took <= 3 * DAY).all()


def test_staggered_workers_keep_their_lag(mixed, rows):
    members, _ = inside(rows, mixed.labels, "staggered 1")
    lag = seconds(members) - seconds(members).groupby(members["content"]).transform("median")
    by_worker = lag.groupby(members["account"])
    # Each worker comes within ten minutes of its own lag; lags themselves fill six hours.
    assert by_worker.std().median() < 900
    assert by_worker.median().std() > HOUR


def test_own_clock_farms_come_as_others_do(mixed, rows):
    members, others = inside(rows, mixed.labels, "own clock 1")
    both = seconds(pd.concat([members, others]))
    first = both.groupby(pd.concat([members, others])["content"]).min()
    lags = [np.log1p(seconds(part) - part["content"].map(first).to_numpy()) for part in (members, others)]
    assert abs(lags[0].median() - lags[1].median()) < 0.5


def test_brokers_share_a_quarter_and_customers_their_workers(mixed):
    one, two = (mixed.labels.accounts_of(f"brokers 1 broker {i}") for i in (1, 2))
    assert (len(one), len(two), len(one & two)) == (50, 50, 20)
    staffs = [mixed.labels.accounts_of(f"reused 1 customer {i}") for i in range(1, 5)]
    assert [len(s) for s in staffs] == [36] * 4
    assert len(set.union(*staffs)) <= 60
    assert not mixed.labels.contents_of("reused 1 customer 1") & mixed.labels.contents_of(
        "reused 1 customer 2"
    )


def test_pool_workers_take_a_quarter(mixed, rows):
    members, _ = inside(rows, mixed.labels, "pool 1")
    # 120 x 40 chances of 1/4: 1,200 rows, standard deviation 30.
    assert len(members) == pytest.approx(1_200, abs=120)


def test_fans_of_one_zone_sleep_at_the_same_time_and_those_from_everywhere_do_not(mixed, rows):
    quiet = {}
    for kind in ("one-zone club 1", "fan club 1", "same-hours club 1"):
        hours = np.bincount(seconds(inside(rows, mixed.labels, kind)[0]) // HOUR % 24, minlength=24)
        smooth = sum(np.roll(hours, shift) for shift in range(6))
        quiet[kind] = smooth.min() / len(inside(rows, mixed.labels, kind)[0])
    # The quietest six hours: next to nothing for one zone, a fair share where the sun never sets.
    assert quiet["one-zone club 1"] < 0.1 < quiet["fan club 1"]
    assert quiet["same-hours club 1"] == 0


def test_a_protest_is_one_day_of_strangers(mixed, rows):
    members, _ = inside(rows, mixed.labels, "protest 1")
    days = (seconds(members) // DAY).value_counts(normalize=True)
    assert days.iloc[0] > 0.95
    assert members["account"].nunique() > 200
    assert members["content"].nunique() == 8


def test_classes_meet_in_the_same_hour_on_weekdays(mixed, rows):
    members, _ = inside(rows, mixed.labels, "school class 1")
    assert together(rows, mixed.labels, "school class 1", 45 * 60) >= 0.95
    lessons = members.groupby("content")["time"].median()
    assert len(lessons) == 12
    assert (
        lessons.dt.floor("h")
        .dt.hour.isin([lessons.dt.hour.mode()[0], (lessons.dt.hour.mode()[0] + 1) % 24])
        .all()
    )
    # A zone may put a school's Friday morning on another day in UTC; never a Sunday noon.
    assert (lessons.dt.day_of_week == 6).mean() < 0.2


def test_a_small_town_takes_its_time(mixed, rows):
    members, _ = inside(rows, mixed.labels, "small town 1")
    assert members.groupby("account")["time"].agg(lambda t: (t.max() - t.min()).days).median() > 14
    days = (
        (seconds(members) // DAY)
        .groupby(members["content"])
        .agg(lambda d: d.value_counts(normalize=True).iloc[0])
    )
    # Forty-odd visits over weeks: the busiest day of a shop is a few of them, never half.
    assert days.max() < 0.35


def test_nobody_acts_twice_on_a_content(rows):
    assert not rows.duplicated(["account", "content"]).any()


def test_rows_come_in_order_of_time_and_inside_the_log(rows):
    assert rows["time"].is_monotonic_increasing
    assert rows["time"].min() >= pd.Timestamp("2024-01-01", tz="UTC")
    assert rows["time"].max() < pd.Timestamp("2024-01-01", tz="UTC") + pd.Timedelta(days=56)


def test_names_do_not_say_who_was_planted(mixed, rows):
    hired = rows["account"].isin(mixed.labels.accounts(FARM, BENIGN))
    numbers = rows["account"].drop_duplicates().str[1:].astype(int)
    chosen = rows.loc[hired, "account"].drop_duplicates().str[1:].astype(int)
    # The largest distance between two distributions: 1.95 sqrt(1 / k + 1 / n) is exceeded once in a thousand.
    distance = stats.ks_2samp(chosen, numbers).statistic
    assert distance < 1.95 * np.sqrt(1 / len(chosen) + 1 / len(numbers))


def test_order_within_a_second_does_not_say_who_was_planted(mixed, rows):
    hired = rows["account"].isin(mixed.labels.accounts(FARM))
    same = rows["time"].diff().dt.total_seconds().eq(0)
    # In a pair of one hired and one other account at the same second, either may come first.
    mixed_pairs = same & (hired != hired.shift(1))
    later = hired[mixed_pairs]
    assert len(later) > 200
    # Binomial with 1/2: four standard deviations.
    assert abs(later.mean() - 0.5) < 4 * 0.5 / np.sqrt(len(later))


def test_camouflaged_workers_are_as_active_as_anybody(mixed, rows):
    """Of their own accord, outside their targets, workers do what the crowd does: the same quartiles, about."""
    labels, degrees = mixed.labels, []
    for group in ("large 1", "pool 1"):
        own = rows[
            rows["account"].isin(labels.accounts_of(group)) & ~rows["content"].isin(labels.contents_of(group))
        ]
        degrees.append(own.groupby("account").size())
    crowd = rows[~rows["account"].isin(labels.members["account"])].groupby("account").size()
    quartiles = [np.quantile(d, [0.25, 0.5, 0.75]) for d in (pd.concat(degrees), crowd)]
    # One each of tolerance, for counts so small: what members would have done on their targets is left out.
    assert np.abs(quartiles[0] - quartiles[1]).max() <= 1 + 0.3 * quartiles[1].max()
    assert abs(quartiles[0][0] - quartiles[1][0]) <= 1


def test_some_workers_join_late_but_never_after_their_first_order():
    group = fg.Group("burst", 400, 5, 1.0, copies=1)
    plan = make_plan([group], n_rows=50_000, n_accounts=1_500, n_contents=1_000, n_days=56, seed=1)
    [farm] = plan.planted
    joined = plan.crowd.accounts.joined[farm.accounts]
    assert joined.max() <= farm.rows.when.min()
    # 400 chances of 0.3: 120, standard deviation 9.
    assert (joined >= 0).sum() == pytest.approx(120, abs=37)


GROUPS = st.builds(
    fg.Group,
    st.sampled_from(sorted(PLANTERS)),
    st.integers(2, 12),
    st.integers(3, 5),
    st.floats(0.05, 1.0),
    camouflage=st.booleans(),
    popular=st.booleans(),
    copies=st.integers(1, 2),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(GROUPS, max_size=3), st.integers(0, 2**40))
def test_any_groups_keep_the_promises(groups, seed):
    plan = make_plan(groups, n_rows=40_000, n_accounts=2_000, n_contents=3_000, n_days=28, seed=seed)
    for planted in plan.planted:
        members, targets = set(planted.accounts.tolist()), set(planted.contents.tolist())
        assert set(planted.rows.who.tolist()) <= members
        assert set(planted.rows.what.tolist()) <= targets
        assert ((planted.rows.when >= 0) & (planted.rows.when < 28 * DAY)).all()
        pairs = list(zip(planted.rows.who.tolist(), planted.rows.what.tolist(), strict=True))
        assert len(pairs) == len(set(pairs))
    names = [planted.name for planted in plan.planted]
    assert len(names) == len(set(names))
    taken = [content for planted in plan.planted for content in planted.contents.tolist()]
    assert len(taken) == len(set(taken))


@pytest.mark.parametrize(
    ("scenario", "options", "message"),
    [
        ("brust", {}, "no scenario 'brust'; expected one of crowd, burst"),
        (fg.Group("brust", 5, 5, 0.5), {}, "no kind of group 'brust'"),
        (fg.Group("burst", 5, 5, 1.5), {}, r"participation of 'burst' is 1.5; expected a share in \(0, 1\]"),
        (
            fg.Group("burst", 1, 5, 0.5),
            {},
            "n_accounts of 'burst' is 1; expected a whole number of 2 or more",
        ),
        ("burst", {"n_rows": 10}, "n_rows is 10; expected a whole number from 5000 to"),
        (
            "burst",
            {"n_rows": 10_000, "n_accounts": 20_000},
            "do not make 8,785 rows of a crowd; expected from 20,000",
        ),
        ("burst", {"n_accounts": 10**10}, "n_accounts is 10000000000"),
        (fg.Group("burst", 5, 5, "0.5"), {}, "participation of 'burst' is '0.5'"),
        (fg.Group("burst", 5, 5, 0.5, copies=2.5), {}, "copies of 'burst' is 2.5"),
        ("burst", {"n_rows": 10**8}, "in memory at most 30,000,000. Stream a larger log"),
        ("burst", {"n_days": 3}, "n_days is 3"),
        ("burst", {"copies": 0}, "copies is 0"),
        ("burst", {"seed": -1}, "seed is -1"),
        (
            "burst",
            {"n_rows": 5_000, "copies": 50},
            "as targets of 'burst ..'; it needs 15. Simulate more rows",
        ),
        ("fan-clubs", {"n_rows": 5_000}, "accounts that fit into 'fan club .'; it needs 40. Simulate more"),
        ("power-users", {"n_rows": 5_000, "n_accounts": 100}, "do not make|it needs 40. Simulate more"),
    ],
)
def test_messages(scenario, options, message):
    with pytest.raises(fg.UsageError, match=message):
        fg.simulate(scenario, **options)


def test_only_simulations_are_replaced(tmp_path):
    folder = tmp_path / "made"
    fg.write_simulation("crowd", folder, n_rows=5_000)
    with pytest.raises(fg.InputError, match="exists already"):
        fg.write_simulation("crowd", folder, n_rows=5_000)
    (folder / "thesis.txt").write_text("precious")
    with pytest.raises(fg.InputError, match=r"holds what farmgraph did not write \(thesis.txt\)"):
        fg.write_simulation("crowd", folder, n_rows=5_000, overwrite=True)
    assert (folder / "thesis.txt").read_text() == "precious"
