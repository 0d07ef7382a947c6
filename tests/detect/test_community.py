"""Leiden on pairs of accounts, from any table, the same for any order and any names."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from logs import log_of

import farmgraph as fg

# Two rings of four and a pair. Inside sums: d-e-f-g 6 x 3 = 18, a-b-c-h (no a-h) 5 x 2 = 10.
RINGS = [
    *(("d", "e", 3.0), ("d", "f", 3.0), ("d", "g", 3.0), ("e", "f", 3.0), ("e", "g", 3.0), ("f", "g", 3.0)),
    *(("a", "b", 2.0), ("a", "c", 2.0), ("b", "c", 2.0), ("b", "h", 2.0), ("c", "h", 2.0)),
    ("c", "d", 1.0),
    ("y", "z", 9.0),
]


def table_of(rows):
    return pd.DataFrame(rows, columns=["account_a", "account_b", "weight"])


def as_sets(clusters):
    return [set(clusters.accounts_of(c)) for c in clusters.ids]


def planted_log(seed, n_farms=6):
    """Farms of eight accounts on eight contents of their own, within a minute; 150 others at random hours."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"o{i}", f"c{rng.integers(60)}", float(rng.integers(10**6))) for i in range(150) for _ in range(5)
    ]
    for farm in range(n_farms):
        for content in rng.choice(60, 8, replace=False):
            start = float(rng.integers(10**6))
            rows += [(f"f{farm}_{i}", f"c{content}", start + float(rng.integers(30))) for i in range(8)]
    return rows


def test_clusters_scores_and_values():
    clusters = fg.leiden(table_of(RINGS))
    assert as_sets(clusters) == [set("defg"), set("abch")]
    assert clusters.values.tolist() == [18.0, 10.0]
    assert clusters.ids == [1, 2]
    scores = clusters.members.set_index("account")["score"]
    # a is linked to b and c of the three others; b to all three.
    assert scores["a"] == pytest.approx(2 / 3)
    assert scores["b"] == scores["d"] == 1.0
    assert clusters.accounts_of(2) == ["b", "c", "a", "h"]
    assert clusters.notes == ("2 accounts are in 1 clusters of fewer than 3 accounts, which were left out.",)
    assert len(clusters.contents) == 0
    assert clusters.parameters["objective"] == "modularity"
    assert len(fg.leiden(table_of(RINGS), min_accounts=2)) == 3


def test_any_table_will_do():
    frame = table_of(RINGS)
    expected = fg.leiden(frame, seed=1)
    with duckdb.connect() as engine:
        engine.register("pairs", frame)
        others = [
            pl.from_pandas(frame),
            pa.Table.from_pandas(frame),
            engine.sql("select * from pairs"),
            frame.sample(frac=1, random_state=3).rename(
                columns={"account_a": "account_b", "account_b": "account_a"}
            ),
            frame.assign(account_a=frame["account_a"].astype("category")),
        ]
        for other in others:
            pd.testing.assert_frame_equal(fg.leiden(other, seed=1).members, expected.members)


def test_rows_that_are_no_links_are_counted():
    rows = [*RINGS, ("b", "a", 2.0), ("a", "a", 5.0), ("a", "z", 0.0)]
    clusters = fg.leiden(table_of(rows))
    assert clusters.notes[:3] == (
        "1 pairs of an account with itself were left out.",
        "1 pairs of weight 0 were left out.",
        "1 pairs occur more than once; their weights were added.",
    )
    assert clusters.values.tolist() == [18.0, 12.0]


def test_no_pairs_no_clusters():
    for pairs in (
        table_of([]).astype({"account_a": "str", "account_b": "str", "weight": float}),
        fg.co_engagement(fg.bipartite(log_of([("a", "p", 1)]))),
    ):
        clusters = fg.leiden(pairs)
        assert len(clusters) == 0
        assert clusters.notes == ("There are no pairs, so there are no clusters.",)
        assert len(clusters.members) == 0


@pytest.mark.parametrize("objective", ["modularity", "cpm", "rb", "surprise", "significance"])
def test_planted_farms_come_back(objective):
    pairs = fg.co_engagement(fg.bipartite(log_of(planted_log(0))), window="60s")
    clusters = fg.leiden(pairs, objective=objective)
    farms = [{f"f{farm}_{i}" for i in range(8)} for farm in range(6)]
    assert sorted(map(sorted, as_sets(clusters))) == sorted(map(sorted, farms))
    assert fg.leiden(pairs, objective=objective, weight="n_contents").values.sum() == clusters.values.sum()


def test_names_and_order_do_not_matter():
    rows = planted_log(1)
    rng = np.random.default_rng(2)
    accounts = sorted({a for a, _, _ in rows})
    new = dict(zip(accounts, (f"n{i}" for i in rng.permutation(len(accounts))), strict=True))
    moved = [(new[rows[i][0]], rows[i][1] + "'", rows[i][2] + 5000) for i in rng.permutation(len(rows))]
    first, second = (
        fg.leiden(fg.co_engagement(fg.bipartite(log_of(r)), window="1h", min_contents=1), seed=4)
        for r in (rows, moved)
    )
    assert [{new[a] for a in cluster} for cluster in as_sets(first)] == as_sets(second)
    assert first.values.tolist() == second.values.tolist()


def test_same_seed_same_bytes():
    pairs = fg.co_engagement(fg.bipartite(log_of(planted_log(3))), window="1d", min_contents=1)
    results = [fg.leiden(pairs, seed=seed) for seed in (0, 0, 1, 2, 3)]
    pd.testing.assert_frame_equal(results[0].members, results[1].members, check_exact=True)
    assert len({r.members.to_csv() for r in results}) > 1


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({}, {"min_accounts": 1}, fg.UsageError, "min_accounts is 1"),
        ({}, {"objective": "x"}, fg.UsageError, "objective is 'x'"),
        ({}, {"weight": "n"}, fg.InputError, "expected 'n' among them"),
        ({"account_b": None}, {}, fg.InputError, "Column 'account_b' has 13 missing"),
        ({"weight": -1.0}, {}, fg.InputError, "Column 'weight' has values that are negative"),
        ({"weight": "much"}, {}, fg.InputError, "expected numbers"),
    ],
)
def test_unusable_tables_and_options_are_named(change, options, error, words):
    with pytest.raises(error, match=words):
        fg.leiden(table_of(RINGS).assign(**change), **options)


def test_other_objects_are_refused():
    with pytest.raises(fg.UsageError, match="expected a CoEngagement or a table"):
        fg.leiden([("a", "b", 1)])
    pairs = fg.co_engagement(fg.bipartite(log_of([("a", "p", 1), ("b", "p", 1)])), min_contents=1)
    with pytest.raises(fg.UsageError, match="'weight' or 'n_contents'"):
        fg.leiden(pairs, weight="account_a")
