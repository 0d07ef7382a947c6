import itertools

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from render.planted import HOSTILE, planted
from render.plot.research_graphs import clusters_from, graph_from, lists_of, matrix_of, random_graph
from sklearn.metrics import average_precision_score

import farmgraph as fg
from farmgraph.errors import UsageError
from farmgraph.evidence.weigh import Evidence
from farmgraph.render.plot import measures, methods, research

mpl.use("Agg")


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def log():
    return planted(n_people=300)


def test_adjacency_draws_each_pair_and_frames_each_cluster(log):
    ax = research.adjacency(log["graph"], log["clusters"])
    names = (
        log["clusters"].members.drop_duplicates("account").sort_values("cluster", kind="stable")["account"]
    )
    of = [set(row) for row in map(np.flatnonzero, matrix_of(log["graph"]))]
    codes = log["graph"].codes_of_accounts(names.tolist())
    drawn = ax.get_images()[0].get_array().filled(0)
    for i, j in itertools.product(range(0, len(codes), 7), repeat=2):
        assert drawn[i, j] == (0 if i == j else len(of[codes[i]] & of[codes[j]]))
    assert len(ax.collections[0].get_paths()) == 3
    assert [t.get_text() for t in ax.get_yticklabels()] == ["1", "2", "3"]
    assert ax.get_title("left") == "144 accounts in 3 clusters"
    bar = ax.figure.axes[1]
    assert bar.get_ylabel() == "contents that both acted on (number)"


def test_adjacency_says_what_was_cut_and_who_is_in_several():
    graph = random_graph(0)
    names = graph.account_names.to_pylist()
    clusters = clusters_from({1: names[:4], 2: names[3:9], 3: names[9:12]})
    ax = research.adjacency(graph, clusters, max_accounts=6)
    # Accounts: 4 in the first, 5 more in the second, 3 in the third; one of the first is in the second too.
    assert ax.get_title("left").splitlines() == [
        "The first 6 of 12 accounts, in 2 of 3 clusters",
        "(1 is in several clusters and stands in its first)",
    ]
    assert ax.get_images()[0].get_array().shape == (6, 6)


def test_adjacency_of_accounts_with_nothing_in_common():
    graph = graph_from([("a", "p"), ("b", "q")])
    ax = research.adjacency(graph, clusters_from({1: ["a"], 2: ["b"]}))
    assert ax.get_images()[0].get_array().count() == 0


def test_adjacency_needs_clusters(log):
    with pytest.raises(UsageError, match=r"There are no clusters; expected one at least\. Loosen"):
        research.adjacency(log["graph"], clusters_from({}))
    with pytest.raises(UsageError, match="max_accounts is 1; expected a whole number of 2 or more"):
        research.adjacency(log["graph"], log["clusters"], max_accounts=1)


def test_marks_stand_where_accounts_are_and_tell_members_by_shape_and_colour(log):
    ax = research.synchronicity_normality(log["graph"], log["clusters"], min_contents=3)
    texts = [t.get_text() for t in ax.get_legend().get_texts()]
    degrees = log["graph"].account_degrees
    members = log["graph"].codes_of_accounts(log["clusters"].members["account"].unique())
    n_marked = int((degrees[members] >= 3).sum())
    n_others = int((degrees >= 3).sum()) - n_marked
    assert texts[:2] == [f"other accounts ({n_others:,})", f"in a cluster ({n_marked:,})"]
    assert texts[-2:] == ["least possible", "CatchSync's threshold"]
    others, marked = ax.collections[:2]
    assert len(others.get_paths()[0]) != len(marked.get_paths()[0])
    assert tuple(others.get_facecolor()[0]) != tuple(marked.get_facecolor()[0])
    found = methods.synchronicities(*lists_of(log["graph"]), log["graph"].n_contents)
    there = set(zip(found.normality, found.synchronicity, strict=True))
    assert {tuple(p) for p in marked.get_offsets()} <= there
    assert (
        ax.get_title("left") == f"{int((degrees < 3).sum()):,} accounts with fewer than 3 contents left out"
    )


def test_catchsync_threshold_is_three_deviations_above_the_limit(log):
    ax = research.synchronicity_normality(log["graph"], min_contents=1)
    found = methods.synchronicities(*lists_of(log["graph"]), log["graph"].n_contents)
    limit = {"n_cells": found.n_cells, "background": found.background}
    distance = found.synchronicity - methods.lowest_synchronicity(found.normality, **limit)
    lowest, threshold = (line.get_ydata() for line in ax.get_lines())
    kept = ~np.isnan(threshold)
    np.testing.assert_allclose((threshold - lowest)[kept], distance.mean() + 3 * distance.std())
    assert not len(ax.get_title("left"))


def test_only_lockstep_clusters_are_marked_where_verdicts_are_known(log):
    weighed = Evidence(log["evidence"], log["clusters"])
    lockstep = log["evidence"].loc[log["evidence"]["verdict"] == "lockstep", "cluster"]
    members = log["clusters"].members
    n = members.loc[members["cluster"].isin(lockstep), "account"].nunique()
    ax = research.reconstructed_degree(log["graph"], weighed)
    assert f"in a lockstep cluster ({n:,})" in [t.get_text() for t in ax.get_legend().get_texts()]


@pytest.mark.parametrize("draw", [research.synchronicity_normality, research.reconstructed_degree])
def test_clusters_without_members_mark_nobody(log, draw):
    ax = draw(log["graph"], clusters_from({}))
    assert not any("in a cluster" in t.get_text() for t in ax.get_legend().get_texts())


def test_synchronicity_needs_an_account_with_as_many_contents():
    graph = graph_from([("a", "p"), ("b", "p"), ("b", "q")])
    with pytest.raises(
        UsageError, match=r"No account has 3 contents or more, the busiest has 2; expected one"
    ):
        research.synchronicity_normality(graph)
    assert research.synchronicity_normality(graph, min_contents=2).get_xlabel().startswith("normality")


def test_reconstructed_degree_says_where_rank_and_axis_end():
    graph = graph_from([("a", "p"), ("b", "p"), ("b", "q"), ("c", "r")])
    ax = research.reconstructed_degree(graph)
    assert ax.get_title("left") == "rank 25 reduced to 3, all that the matrix has"
    assert ax.get_ylabel() == "degree reconstructed from 3 singular vectors"
    # The strongest vector is that of a, b, p and q; nothing of c is left.
    ax = research.reconstructed_degree(graph, rank=1)
    assert ax.get_title("left") == "1 account is below 0.001, drawn there"
    assert ax.get_xscale() == ax.get_yscale() == "log"
    for rank in (0, 1.5, True):
        with pytest.raises(UsageError, match=r"rank is .*; expected a whole number of 1 or more"):
            research.reconstructed_degree(graph, rank=rank)


def test_degrees_draws_both_distributions(log):
    ax = research.degrees(log["graph"])
    for line, values in zip(
        ax.get_lines(), (log["graph"].account_degrees, log["graph"].content_degrees), strict=True
    ):
        x, y = line.get_data()
        assert y.tolist() == [np.mean(values >= at) for at in x]
    assert ax.get_lines()[0].get_linestyle() != ax.get_lines()[1].get_linestyle()
    assert [t.get_text().split("\n")[0].split()[1] for t in ax.texts] == ["accounts", "contents"]
    assert ax.get_xscale() == ax.get_yscale() == "log"


def test_sweep_says_how_many_accounts_and_clusters(log):
    ax = research.sweep(log["graph"], windows=("10min", 20, None), thresholds=(6, 2), seed=1)
    assert [t.get_text() for t in ax.get_xticklabels()] == ["20 s", "10min", "any time"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["2", "6"]
    grid = measures.clusters_by_setting(log["graph"], windows=(20, "10min", None), thresholds=(2, 6), seed=1)
    cells = [t.get_text() for t in ax.texts]
    for text, groups in zip(cells, itertools.chain(*grid), strict=True):
        n = int((groups >= 0).sum())
        assert text.split(" ")[0] == (f"{n:,}" if n else "no")
    shade = ax.collections[0].get_array()
    np.testing.assert_allclose(shade.filled(-9), np.nan_to_num(measures.neighbour_stability(grid), nan=-9))


def test_sweep_hatches_what_has_no_neighbour():
    graph = graph_from([(u, p, 0) for u in "abc" for p in "pq"], ("user", "page", "time"))
    ax = research.sweep(graph, windows=(1,), thresholds=(1, 3))
    assert [t.get_text() for t in ax.texts] == ["3 accounts\n1 cluster", "no cluster"]
    assert [patch.get_hatch() for patch in ax.patches] == ["///", "///"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"windows": "60s"}, r"windows is '60s'; expected several, such as"),
        ({"windows": ()}, r"windows is \(\); expected several"),
        ({"windows": ("60s", "1min")}, r"windows has '60s' and '1min'; expected each window once"),
        ({"windows": (None, None)}, r"windows has None and None; expected each window once"),
        ({"windows": ("soon",)}, r"windows is 'soon'; expected seconds such as 60"),
        ({"thresholds": 3}, r"thresholds is 3; expected several, such as \(2, 3, 5\)"),
        ({"thresholds": (2, 0)}, r"thresholds is 0; expected a whole number of 1 or more"),
        ({"thresholds": (2, 3, 2)}, r"thresholds has 2 more than once; expected each number once"),
        ({"seed": -1}, r"seed is -1; expected a whole number of 0 or more"),
    ],
)
def test_sweep_refuses_settings_that_cannot_be_used(log, options, message):
    with pytest.raises(UsageError, match=message):
        research.sweep(log["graph"], **options)


def test_sweep_of_pairs_alone_has_no_cluster():
    # Two accounts make a pair, and a cluster needs three.
    graph = graph_from([(u, p, 0) for u in "ab" for p in "pq"], ("user", "page", "time"))
    assert research.sweep(graph, windows=(1,), thresholds=(1,)).texts[0].get_text() == "no cluster"


def test_sweep_of_a_log_without_times():
    graph = graph_from([(u, p) for u in "abc" for p in "pq"])
    with pytest.raises(UsageError, match="A window needs times"):
        research.sweep(graph)
    ax = research.sweep(graph, windows=(None,), thresholds=(2,))
    assert ax.texts[0].get_text() == "3 accounts\n1 cluster"


SCORES = pd.DataFrame({"account": list("abcdef"), "score": [5.0, 4, 4, 2, 1, 1]})
POSITIVE = pd.DataFrame({"account": ["a", "c", "e"]})


def test_precision_recall_draws_steps_with_the_area_it_names():
    ax = research.precision_recall(SCORES, POSITIVE)
    curve, base = ax.get_lines()
    # Flagged 1, 3, 4, 6; of these positive 1, 2, 2, 3. The first point repeats the first precision at recall 0.
    assert curve.get_xdata().tolist() == pytest.approx([0, 1 / 3, 2 / 3, 2 / 3, 1])
    assert curve.get_ydata().tolist() == pytest.approx([1, 1, 2 / 3, 1 / 2, 1 / 2])
    assert curve.get_drawstyle() == "steps-pre"
    assert base.get_ydata()[0] == 0.5
    # 1/3 * 1 + 1/3 * 2/3 + 1/3 * 1/2 = 13/18
    area = average_precision_score([1, 0, 1, 0, 1, 0], SCORES["score"])
    assert area == pytest.approx(13 / 18)
    texts = [t.get_text() for t in ax.get_legend().get_texts()]
    assert texts == ["average precision 0.722", "base rate 0.500"]


def test_several_rankings_share_axes_and_one_base_rate():
    ax = research.precision_recall(SCORES, POSITIVE, label="$one_1$\u202e")
    research.precision_recall(SCORES.assign(score=1), POSITIVE, label="other", ax=ax)
    texts = [t.get_text() for t in ax.get_legend().get_texts()]
    assert texts == [
        r"\$one_1\$⟨U+202E⟩: average precision 0.722",
        "other: average precision 0.500",
        "base rate 0.500",
    ]
    first, _, second = ax.get_lines()
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_color() != second.get_color()


@pytest.mark.parametrize(
    ("scores", "labels", "message"),
    [
        (
            SCORES.assign(score=[1, 2, None, 4, 5, 6]),
            POSITIVE,
            "scores has 1 missing scores; expected a number",
        ),
        (SCORES.assign(score="x"), POSITIVE, r"scores\['score'\] is .*; expected numbers"),
        (SCORES.assign(account="a"), POSITIVE, "scores has 'a' more than once; expected one score"),
        (SCORES.assign(account=[None, *"bcdef"]), POSITIVE, "scores has 1 rows without an account"),
        (SCORES[["account"]], POSITIVE, r"scores has the columns \['account'\]; expected 'score' among them"),
        (
            SCORES,
            POSITIVE.rename(columns={"account": "user"}),
            "labels has the columns .* expected 'account'",
        ),
        (SCORES, POSITIVE.assign(account=["a", "y", "z"]), "2 of the 3 labelled accounts have no score.*'y'"),
        (SCORES, SCORES, "All of the 6 scored accounts are labelled; expected some"),
        (SCORES, POSITIVE.iloc[:0], "None of the 6 scored accounts are labelled; expected some"),
        (SCORES.iloc[:0], POSITIVE.iloc[:0], "None of the 0 scored accounts"),
        ([1, 2], POSITIVE, "scores is a list; expected a DataFrame with account and score"),
        (SCORES, fg.read_labels(POSITIVE), "labels is a Labels; .* Give the rows of its .members that count"),
    ],
)
def test_precision_recall_refuses_what_it_cannot_rank(scores, labels, message):
    with pytest.raises(UsageError, match=message):
        research.precision_recall(scores, labels)


ALL = {
    "adjacency": lambda graph, clusters, **ax: research.adjacency(graph, clusters, **ax),
    "synchronicity_normality": lambda graph, clusters, **ax: research.synchronicity_normality(
        graph, clusters, min_contents=1, **ax
    ),
    "reconstructed_degree": lambda graph, clusters, **ax: research.reconstructed_degree(
        graph, clusters, **ax
    ),
    "degrees": lambda graph, _, **ax: research.degrees(graph, **ax),
    "sweep": lambda graph, _, **ax: research.sweep(graph, windows=(60, None), thresholds=(1, 2), **ax),
}


@pytest.mark.parametrize("name", ALL)
def test_a_given_axes_is_used_and_nothing_is_changed(log, name):
    _, ax = plt.subplots()
    before = log["clusters"].members.copy()
    assert ALL[name](log["graph"], log["clusters"], ax=ax) is ax
    pd.testing.assert_frame_equal(before, log["clusters"].members)
    assert ax.get_xlabel()
    assert ax.get_ylabel()


@pytest.mark.parametrize("name", ALL)
def test_graphs_of_next_to_nothing_can_be_drawn(tmp_path, name):
    for rows in ([("a", "p", 0)], [("a", "p", 0), ("b", "p", 0)], [("a", "p", 0), ("b", "q", 1)]):
        graph = graph_from(rows, ("user", "page", "time"))
        ax = ALL[name](graph, clusters_from({1: ["a"]}))
        ax.figure.savefig(tmp_path / "drawn.svg")


@pytest.mark.parametrize("name", ALL)
def test_hostile_names_do_no_harm(tmp_path, name):
    # Surrogates cannot be in a graph: Arrow refuses them.
    names = [n for n in HOSTILE if "\ud800" not in n]
    log = planted(n_people=60, names=[*names, "$x_1$ and $"])
    ALL[name](log["graph"], log["clusters"]).figure.savefig(tmp_path / "drawn.pdf")


@pytest.mark.parametrize("name", ALL)
def test_the_same_figure_comes_out_each_time(tmp_path, monkeypatch, log, name):
    monkeypatch.setitem(mpl.rcParams, "svg.hashsalt", "fixed")
    files = [tmp_path / f"{i}.svg" for i in range(2)]
    for file in files:
        ALL[name](log["graph"], log["clusters"]).figure.savefig(file, metadata={"Date": None})
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("name", ALL)
def test_figures_say_what_they_were_given_and_want(log, name):
    with pytest.raises(UsageError, match=r"Got a DataFrame; expected BipartiteGraph\. Give the graph first"):
        ALL[name](log["rows"], log["clusters"])
    with pytest.raises(UsageError, match="ax is a str; expected matplotlib Axes"):
        ALL[name](log["graph"], log["clusters"], ax="here")


@pytest.mark.parametrize("name", ["adjacency", "synchronicity_normality", "reconstructed_degree"])
def test_clusters_must_be_clusters(log, name):
    with pytest.raises(UsageError, match=r"Got a DataFrame; expected Clusters\. .*fg\.weigh"):
        ALL[name](log["graph"], log["evidence"])
