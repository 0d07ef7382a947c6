"""A small series, from jobs to tables; stopped, resumed, and made anew when the code changes."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import farmgraph as fg
from farmgraph.lab import series
from farmgraph.lab.groups import Group
from farmgraph.lab.pooled import by_kind, false_discoveries, reliability
from farmgraph.lab.series import (
    EXPERIMENTS,
    OUR_CODE,
    OURS,
    PEERS,
    WORDS,
    Job,
    code_digest,
    code_files,
    labelled,
    run,
)

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
    monkeypatch.setattr(series, "code_digest", lambda without: "other code")
    assert one.key != before


def test_peers_outlive_a_change_of_our_detector(monkeypatch):
    peers = Job("comparison", {"methods": PEERS}), Job("frontier_point", {"method": "FRAUDAR"})
    ours = (
        Job("comparison", {"methods": OURS}),
        Job("comparison", {"methods": (*PEERS, "farmgraph")}),
        Job("comparison"),
        Job("frontier_point", {"method": "lockstep blocks alone"}),
        Job("judgement"),
        Job("null_p_values"),
    )
    before = [job.key for job in (*peers, *ours)]

    def changed(without=()):
        return code_digest(without) if without else "our detector has changed"

    monkeypatch.setattr(series, "code_digest", changed)
    same = [job.key == key for job, key in zip((*peers, *ours), before, strict=True)]
    assert same == [True] * len(peers) + [False] * len(ours)
    left_out = {file.name for file in code_files()} - {file.name for file in code_files(OUR_CODE)}
    assert {"lockstep.py", "weigh.py", "topics.py"} <= left_out
    assert "bipartite.py" not in left_out


def test_peers_run_no_code_that_their_keys_leave_out():
    """Every file of ours that a job of peers calls into is in its key, or is none that any key has."""
    called = set()

    def watch(frame, event, arg):
        called.add(frame.f_code.co_filename)

    sys.setprofile(watch)
    try:
        EXPERIMENTS["comparison"](scenario="burst", n_rows=20_000, seed=0, methods=PEERS)
        options = {"n_accounts": 12, "participation": 1.0, "n_rows": 20_000, "n_farms": 10, "seed": 0}
        EXPERIMENTS["frontier_point"](method="FRAUDAR", **options)
    finally:
        sys.setprofile(None)
    called = {Path(name) for name in called}
    assert Path(series.__file__) in called
    assert not called & (set(code_files()) - set(code_files(OUR_CODE)))


def test_both_halves_make_the_whole_comparison():
    small = {"scenario": "burst", **SMALL}
    halves = [EXPERIMENTS["comparison"](methods=some, **small)["table"] for some in (OURS, PEERS)]
    whole = EXPERIMENTS["comparison"](**small)["table"]
    pd.testing.assert_frame_equal(
        pd.concat(halves, ignore_index=True).drop(columns="seconds"), whole.drop(columns="seconds")
    )


def test_judgements_say_what_the_evidence_says():
    made = fg.simulate("burst", copies=1, **SMALL)
    graph = fg.bipartite(made.log)
    weighed = fg.weigh(fg.lockstep(graph), graph).table.set_index("cluster")
    found = EXPERIMENTS["judgement"](scenario="burst", copies=1, **SMALL)[0.05].clusters
    assert found.columns[-2:].tolist() == list(WORDS)
    assert found.set_index("cluster")["explanation"].to_dict() == weighed["explanation"].to_dict()


def test_words_that_the_evidence_lacks_are_missing():
    names = list("abcdefgh")
    pairs = pd.DataFrame(
        [("a", "b", 3), ("a", "c", 2), ("b", "c", 4)], columns=["account_a", "account_b", "weight"]
    )
    labels = fg.read_labels(pd.DataFrame({"account": ["a", "b"]}))
    judged = fg.evaluate(fg.leiden(pairs), labels, accounts=names)
    clusters = series._with_words(
        judged, pd.DataFrame({"cluster": [1], "explanation": ["one feed"]})
    ).clusters
    assert clusters["explanation"].tolist() == ["one feed"]
    assert clusters["reference"].isna().all()
    assert len(clusters.columns) == len(judged.clusters.columns) + 2


def test_thinned_logs_are_judged():
    group = Group("burst", 30, 15, 0.9, camouflage=False, copies=2)
    [found] = EXPERIMENTS["judgement"](scenario=group, crowd=0.25, **SMALL).values()
    # 60 workers are three quarters of 80 accounts.
    assert (found.n_accounts, found.n_true) == (80, 60)


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
