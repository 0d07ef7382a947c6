"""A small series, from jobs to tables; stopped, resumed, and made anew when the code changes."""

import numpy as np
import pandas as pd
import pytest

import farmgraph as fg
from farmgraph.lab import series
from farmgraph.lab.pooled import by_kind, false_discoveries, reliability
from farmgraph.lab.series import EXPERIMENTS, Job, code_digest, labelled, run

SMALL = {"n_rows": 30_000, "seed": 0}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


def test_a_small_laboratory(place):
    """One log of farms, one of innocents: the tables that a large run makes, made small."""
    jobs = [Job("judgement", {"scenario": name, "copies": 1, **SMALL}) for name in ("burst", "small-town")]
    farms, town = (found[0.05] for found in run(jobs, place, processes=2))
    assert farms.recall >= 0.9
    assert town.n_true == 0
    kinds = by_kind([farms, town]).set_index("kind")
    assert kinds.loc["burst, no camouflage", "group_flagged"] == 1
    assert kinds.loc["small town", "label"] == "look-alike"
    assert len(false_discoveries({0.05: [farms, town]})) == 1
    compared = run([Job("comparison", {"scenario": "burst", **SMALL})], place, processes=1)[0]
    table = compared["table"]
    assert set(table["scenario"]) == {"burst"}
    assert table["method"].nunique() == 8
    best = table[table["best"]].set_index("method")["f1"]
    default = table[table["default"]].set_index("method")["f1"]
    assert (best >= default).all()


def test_done_jobs_are_not_done_again(place, monkeypatch):
    job = Job("judgement", {"scenario": "burst", "copies": 1, **SMALL})
    first = run([job], place, processes=1)[0]
    monkeypatch.setitem(EXPERIMENTS, "judgement", lambda **options: pytest.fail("done again"))
    assert run([job], place, processes=1)[0][0.05].n_correct == first[0.05].n_correct


def test_a_stopped_series_keeps_what_was_done(tmp_path, monkeypatch):
    def work(*, number):
        if number == 2:
            raise KeyboardInterrupt
        return number

    monkeypatch.setitem(EXPERIMENTS, "work", work)
    jobs = [Job("work", {"number": n}) for n in (1, 2, 3)]
    with pytest.raises(KeyboardInterrupt):
        run(jobs, tmp_path, processes=1)
    assert [job.key in {p.name for p in tmp_path.iterdir()} for job in jobs] == [True, False, False]
    monkeypatch.setitem(EXPERIMENTS, "work", lambda *, number: 10 * number)
    assert run(jobs, tmp_path, processes=1) == [1, 20, 30]


def test_keys_follow_options_and_code(monkeypatch):
    one, two = Job("judgement", {"seed": 0, "n_rows": 1}), Job("judgement", {"n_rows": 1, "seed": 0})
    assert one.key == two.key
    assert one.key != Job("judgement", {"seed": 1, "n_rows": 1}).key
    before = one.key
    monkeypatch.setattr(series, "code_digest", lambda: "other code")
    assert one.key != before


def test_only_code_counts():
    bare = series._bare_code
    assert bare('def f():\n    """Say."""\n    return 1  # one\n') == bare("def f():\n    return 1\n")
    assert bare("def f():\n    return 1\n") != bare("def f():\n    return 2\n")
    assert len(code_digest()) == 64


def test_labelled_groups_are_clusters():
    made = fg.simulate("brokers", n_rows=30_000, copies=1)
    graph = fg.bipartite(made.log)
    clusters = labelled(made.labels, graph)
    assert set(clusters.accounts_of(1)) == made.labels.accounts_of("brokers 1 broker 1")
    assert set(clusters.contents_of(2)) == made.labels.contents_of("brokers 1 broker 2")
    assert fg.evaluate(clusters, made.labels, accounts=graph).f1 == 1


def test_p_values_of_the_stated_null_are_uniform():
    """Random accounts of the crowd on contents that they happen to share: 100 p-values, and no sign of a lie."""
    parts = [EXPERIMENTS["null_p_values"](kind="crowd", n_rows=100_000, copies=10, seed=s) for s in range(10)]
    p = np.sort(np.concatenate(parts))
    assert len(p) == 100
    # Small ones matter most. With a chance of 0.01 each, six or more of 100 come once in 1,700 times; with 0.05,
    # thirteen or more come once in 650 times.
    assert (p <= 0.01).sum() < 6
    assert (p <= 0.05).sum() < 13
    # The largest distance of 100 uniform values from the diagonal exceeds 0.195 once in a thousand.
    distance = max(np.abs(p - np.arange(1, 101) / 100).max(), np.abs(p - np.arange(100) / 100).max())
    assert distance < 0.195
    assert reliability(p)["n"].eq(100).all()


def test_p_values_of_groups_that_break_the_null_are_small():
    p = EXPERIMENTS["null_p_values"](kind="fan club", n_rows=100_000, copies=5, seed=0)
    assert np.median(p) < 0.05


def test_messages(tmp_path):
    with pytest.raises(fg.UsageError, match="processes is 0"):
        run([], tmp_path, processes=0)


def test_frontier_points_are_rows_of_a_frontier(place):
    options = {
        "method": "lockstep blocks alone",
        "n_accounts": 12,
        "participation": 1.0,
        "n_rows": 20_000,
        "n_farms": 10,
    }
    job = Job("frontier_point", {**options, "seed": 0})
    found = run([job], place, processes=1)[0]
    whole = fg.frontier("lockstep blocks alone", n_accounts=(12,), participation=(1.0,), n_farms=10)
    pd.testing.assert_frame_equal(found.drop(columns="method"), whole.table)
