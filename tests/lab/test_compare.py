"""Methods side by side on logs of known truth, and the figures of it."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from logs import log_of
from planted import planted_log

import farmgraph as fg
from farmgraph.lab import networks, plot
from farmgraph.lab.compare import COLUMNS, GROUP_COLUMNS, compare
from farmgraph.lab.labels import LOOK_ALIKE
from farmgraph.lab.methods import METHODS

mpl.use("agg")

FARMS = {"b": ("burst", 15, 12, 0.9), "s": ("shift", 20, 12, 0.7)}
LOG = planted_log(seed=3, n_rows=10_000, n_accounts=600, n_contents=500, farms=FARMS, clubs=2)
KIND = {name: kind for name, (kind, *_) in FARMS.items()}


def labels_of(log, farms=KIND):
    table = log.loc[log["group"] != "", ["group", "account"]].drop_duplicates()
    is_farm = table["group"].isin(list(farms))
    kind = table["group"].map(farms).fillna("fan club")
    return table.assign(kind=kind, label=np.where(is_farm, "farm", LOOK_ALIKE))


def log_in(log=LOG):
    return log_of(log[["account", "content", "time"]])


@pytest.fixture(scope="module")
def found():
    return compare(log_in(), labels_of(LOG))


@pytest.fixture(scope="module")
def organic():
    """A log in which nobody should be found: the clubs are all that is labelled."""
    log = LOG[~LOG["group"].isin(list(FARMS))]
    return compare(
        log_in(log), labels_of(log), methods=["lockstep blocks alone", "FRAUDAR", "count in a window"]
    )


def without_seconds(table):
    return table.drop(columns="seconds")


def test_one_row_per_method_and_setting(found):
    assert tuple(found.table.columns) == COLUMNS
    assert found.table["method"].tolist() == [method.name for method in METHODS for _ in method.grid]
    assert found.table.groupby("method")[["default", "best"]].sum().eq(1).all(axis=None)
    assert (found.table["seconds"] >= 0).all()
    assert (found.table["note"] == "").all()


def test_a_row_holds_what_evaluate_says(found):
    graph, labels = fg.bipartite(log_in()), fg.read_labels(labels_of(LOG))
    judged = fg.evaluate(
        fg.weigh(fg.lockstep(graph), graph), labels, accounts=graph, verdicts=("lockstep", "undetermined")
    )
    row = found.table[found.table["setting"] == "q 0.05, or undetermined"].iloc[0]
    for name in (
        "precision",
        "recall",
        "f1",
        "average_precision",
        "roc_auc",
        "n_flagged",
        "n_true",
        "n_false",
    ):
        assert row[name] == getattr(judged, name), name
    flagged = judged.clusters[judged.clusters["flagged"]]
    assert (row["n_clusters"], row["purity"]) == (len(flagged), flagged["purity"].median())


def test_groups_found_are_those_half_of_whose_accounts_are_flagged(found):
    assert (found.table["n_groups"] == 2).all()
    assert (found.table["n_look_alikes"] == 2).all()
    shown = found.table[found.table["default"] | found.table["best"]]
    for row in shown.itertuples():
        mine = found.groups[(found.groups["method"] == row.method) & (found.groups["setting"] == row.setting)]
        half = mine["recall"] >= 0.5
        assert row.groups_found == (half & (mine["label"] == "farm")).sum()
        assert row.look_alikes_flagged == (half & (mine["label"] == LOOK_ALIKE)).sum()


def test_groups_show_default_and_best(found):
    assert tuple(found.groups.columns) == GROUP_COLUMNS
    assert set(found.groups["group"]) == {"b", "s", "club 0", "club 1"}
    assert (found.groups["default"] | found.groups["best"]).all()
    assert len(found.groups) == 4 * (found.table["default"] | found.table["best"]).sum()


def test_best_is_the_first_of_the_highest_f1(found):
    for _, rows in found.table.groupby("method", sort=False):
        assert rows["best"].to_numpy().argmax() == rows["f1"].to_numpy().argmax()


def test_summary_puts_default_and_best_side_by_side(found):
    assert found.summary["method"].tolist() == [method.name for method in METHODS]
    assert (found.summary["best_f1"] >= found.summary["default_f1"]).all()
    row = found.table[found.table["best"] & (found.table["method"] == "TF-IDF cosine")].iloc[0]
    assert found.summary.set_index("method").loc["TF-IDF cosine", "best_setting"] == row["setting"]


def test_farms_are_found_by_the_default(found):
    row = found.table.iloc[0]
    assert row["groups_found"] == 2
    assert row["look_alikes_flagged"] == 0


def test_same_seed_same_figures_for_any_threads(found):
    again = compare(log_in(), labels_of(LOG), threads=1)
    pd.testing.assert_frame_equal(without_seconds(again.table), without_seconds(found.table))
    pd.testing.assert_frame_equal(again.groups, found.groups)
    assert str(again) == str(found)


def test_names_and_order_do_not_matter(found):
    other = LOG.sample(frac=1, random_state=1)
    other = other.assign(account=other["account"].str[::-1], content=other["content"].str[::-1])
    some = ["lockstep blocks alone", "leiden on co-engagement", "binned shares", "FRAUDAR"]
    again = compare(log_in(other), labels_of(other), methods=some)
    expected = found.table[found.table["method"].isin(some)].reset_index(drop=True)
    # Accounts that tie in the ranking are none of names' business either.
    pd.testing.assert_frame_equal(without_seconds(again.table), without_seconds(expected))


def test_log_and_labels_may_be_files(tmp_path, found):
    LOG.to_csv(tmp_path / "log.csv", index=False)
    labels_of(LOG).to_csv(tmp_path / "labels.csv", index=False)
    again = compare(tmp_path / "log.csv", tmp_path, methods="FRAUDAR")
    expected = found.table[found.table["method"] == "FRAUDAR"].reset_index(drop=True)
    pd.testing.assert_frame_equal(without_seconds(again.table), without_seconds(expected))


def test_methods_come_in_the_order_of_the_house():
    graph = fg.bipartite(log_in())
    found = compare(graph, labels_of(LOG), methods=["FRAUDAR", "lockstep blocks alone", "FRAUDAR"])
    assert found.summary["method"].tolist() == ["lockstep blocks alone", "FRAUDAR"]


def test_what_is_positive_can_be_chosen():
    found = compare(log_in(), labels_of(LOG), methods="FRAUDAR", positive=LOOK_ALIKE)
    assert (found.table["n_groups"] == 2).all()
    assert found.positive == (LOOK_ALIKE,)
    assert found.table["n_true"].iloc[0] == LOG.loc[LOG["group"].str.startswith("club"), "account"].nunique()


def test_over_budget_is_a_note_and_no_crash(monkeypatch):
    monkeypatch.setattr(networks, "MAX_PAIR_EVENTS", 1_000)
    some = ["lockstep blocks alone", "leiden on co-engagement", "binned shares", "TF-IDF cosine"]
    found = compare(log_in(), labels_of(LOG), methods=some)
    over = found.table["note"].str.startswith("over budget: ")
    assert over[found.table["method"] == "TF-IDF cosine"].all()
    assert not over[found.table["method"] == "lockstep blocks alone"].any()
    assert found.table.loc[over, ["f1", "n_flagged", "seconds"]].isna().all(axis=None)
    assert found.table.loc[~over, "f1"].notna().all()
    # Nothing to choose from: the default stands for the best.
    assert found.table.loc[(found.table["method"] == "TF-IDF cosine") & found.table["default"], "best"].all()
    assert "over budget" in str(found)
    texts = [text.get_text() for text in found.figure().texts]
    assert "over budget" in texts


def test_a_log_without_times(tmp_path):
    found = compare(log_of(LOG[["account", "content"]].assign(time=None)), labels_of(LOG))
    ran = set(found.table.loc[found.table["note"] == "", "method"])
    assert ran == {"farmgraph", "lockstep blocks alone", "TF-IDF cosine", "FRAUDAR"}
    assert found.table.loc[found.table["note"] != "", "note"].str.startswith("not run: ").all()
    found.save(tmp_path / "out")


def test_a_log_without_any_cluster():
    rows = [(f"a{i}", f"p{i}", i) for i in range(20)]
    found = compare(log_of(rows), pd.DataFrame({"account": ["a1", "a2"]}))
    assert (found.table.loc[found.table["method"] != "FRAUDAR", "f1"] == 0).all()
    assert found.table["precision"].iloc[0] is not None


def test_where_nobody_is_positive_there_is_no_f1(organic):
    assert organic.table["f1"].isna().all()
    assert organic.table["recall"].isna().all()
    assert (organic.table["n_false"] == organic.table["n_flagged"]).all()
    assert (organic.table["best"] == organic.table["default"]).all()
    ax = organic.figure()
    assert ax.get_xlabel().startswith("accounts flagged falsely")
    (only,) = ax.get_lines()
    assert only.get_xdata().tolist() == organic.summary["default_n_false"].tolist()
    assert "  - " in str(organic)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"methods": "louvain"}, "no method 'louvain'; expected one of 'farmgraph'"),
        ({"methods": []}, "methods is empty"),
        ({"positive": "villain"}, "positive has 'villain'"),
        ({"seed": -1}, "seed is -1"),
        ({"threads": 0}, "threads is 0"),
    ],
)
def test_options_that_cannot_be_used(options, message):
    with pytest.raises(fg.UsageError, match=message):
        compare(log_in(), labels_of(LOG), **{"methods": "FRAUDAR"} | options)


def test_input_that_cannot_be_used():
    with pytest.raises(fg.InputError, match="expected 'account'"):
        compare(log_in(), pd.DataFrame({"who": ["a"]}))
    with pytest.raises(fg.InputError, match="None of the 1 labelled accounts is in the log"):
        compare(log_in(), pd.DataFrame({"account": ["nobody"]}), methods="FRAUDAR")
    with pytest.raises(fg.InputError, match="No such file"):
        compare("nowhere.csv", labels_of(LOG))


def test_labels_without_a_row_are_told_of():
    labels = pd.concat(
        [labels_of(LOG), pd.DataFrame([("b", "ghost", "burst", "farm")], columns=labels_of(LOG).columns)]
    )
    found = compare(log_in(), labels, methods="FRAUDAR")
    assert len(found.notes) == 1
    assert found.notes[0] in str(found)


def test_nothing_given_is_changed():
    labels = fg.read_labels(labels_of(LOG))
    before = labels.members.copy()
    compare(log_in(), labels, methods=["lockstep blocks alone", "TF-IDF cosine"])
    pd.testing.assert_frame_equal(labels.members, before)


def test_text_is_aligned(found):
    lines = str(found).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("method "))
    table = lines[start : start + len(METHODS) + 1]
    assert len({line.index(")") for line in table}) == 1
    assert lines[start + 1].startswith("farmgraph ")
    assert "no user has" in str(found)
    assert (
        repr(found) == f"<Comparison: 8 methods, {len(found.table)} settings, {found.n_accounts:,} accounts>"
    )
    assert "<table" in found._repr_html_()


def test_save(tmp_path, found):
    folder = found.save(tmp_path / "one")
    assert sorted(path.name for path in folder.iterdir()) == [
        "figure.png",
        "figure.svg",
        "groups.csv",
        "table.csv",
    ]
    table = pd.read_csv(folder / "table.csv")
    assert table["f1"].tolist() == found.table["f1"].tolist()
    assert tuple(pd.read_csv(folder / "groups.csv").columns) == GROUP_COLUMNS
    with pytest.raises(fg.InputError, match="exists already"):
        found.save(folder)
    other = found.save(tmp_path / "two")
    for path in folder.iterdir():
        assert path.read_bytes() == (other / path.name).read_bytes(), path.name
    found.save(folder, overwrite=True)
    (folder / "thesis.txt").write_text("not ours")
    with pytest.raises(fg.InputError, match=r"thesis\.txt"):
        found.save(folder, overwrite=True)
    assert (folder / "thesis.txt").exists()


def test_figure_of_a_comparison(found):
    ax = plot.comparison(found.summary)
    assert ax.get_xlim() == (0, 1)
    assert [label.get_text() for label in ax.get_yticklabels()] == [method.name for method in METHODS]
    hollow, filled = ax.get_lines()
    assert hollow.get_xdata().tolist() == found.summary["default_f1"].tolist()
    assert filled.get_xdata().tolist() == found.summary["best_f1"].tolist()
    texts = [text.get_text() for text in ax.texts]
    assert set(found.summary["best_setting"]) <= set(texts)


def test_figure_is_drawn_where_it_is_told_to(found):
    figure = mpl.figure.Figure()
    ax = figure.subplots()
    assert found.figure(ax) is ax


def scenario_table():
    rows = [
        ("farms", "A", "x", True, False, 0.25, 5),
        ("farms", "A", "x", True, False, 0.75, 5),
        ("farms", "A", "y", False, True, 0.9, 1),
        ("crowd", "A", "x", True, True, None, 12),
        ("crowd", "A", "x", True, True, None, 2_012),
        ("farms", "B", "z", True, True, 0.5, 3),
        ("crowd", "B", "z", True, True, None, None),
    ]
    return pd.DataFrame(rows, columns=["scenario", "method", "setting", "default", "best", "f1", "n_false"])


def test_scenarios_average_over_logs():
    """0.5 is the mean of 0.25 and 0.75, and 1,012 of 12 and 2,012; B was not run on the crowd."""
    left, right = plot.scenarios(scenario_table())
    assert [text.get_text() for text in left.texts] == [".50", ".50", "1,012 false", "–"]
    assert [text.get_text() for text in right.texts] == [".90", ".50", "1,012 false", "–"]
    assert [label.get_text() for label in left.get_xticklabels()] == ["A", "B"]
    assert [label.get_text() for label in left.get_yticklabels()] == ["farms", "crowd"]
    assert "F1" in left.get_xlabel()


def test_scenarios_need_their_columns():
    with pytest.raises(fg.UsageError, match="expected 'scenario' among them"):
        plot.scenarios(scenario_table().drop(columns="scenario"))
    with pytest.raises(fg.UsageError, match="expected two"):
        plot.scenarios(scenario_table(), axes=[mpl.figure.Figure().subplots()])


def test_tables_of_comparisons_are_what_scenarios_takes(found, organic):
    table = pd.concat([found.table.assign(scenario="planted"), organic.table.assign(scenario="organic")])
    left, _ = plot.scenarios(table)
    # Methods that were not run on the organic log have a dash there.
    n_methods = len(METHODS)
    assert sum(text.get_text() == "–" for text in left.texts) == n_methods - 3
    assert sum("false" in text.get_text() for text in left.texts) == 3
