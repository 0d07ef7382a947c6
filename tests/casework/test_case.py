import json
import shlex

import networkx as nx
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from logs import log_of
from planted import planted_log
from render.reading import unzipped

import farmgraph as fg
from farmgraph import cli
from farmgraph.casework import tables

FARMS = {"burst": ("burst", 20, 12, 0.9), "shift": ("shift", 25, 14, 0.8)}
LOG = planted_log(seed=6, n_rows=20_000, farms=FARMS, clubs=1)
FILES = {
    "accounts.csv",
    "clusters.csv",
    "contents.csv",
    "actions.parquet",
    "summary.json",
    "interactions.parquet",
    "pairs.parquet",
    "network.gexf",
    "report.html",
    "rejected.csv",
    "manifest.json",
}


@pytest.fixture(scope="module")
def case():
    return fg.investigate(log_of(LOG[["account", "content", "time"]]), draws=199)


@pytest.fixture(scope="module")
def folder(case, tmp_path_factory):
    return case.save(tmp_path_factory.mktemp("cases") / "case")


def test_every_file_of_the_contract(folder):
    assert {p.name for p in folder.iterdir()} >= FILES
    assert (folder / "report.html").read_text().startswith("<!DOCTYPE html>")


def test_clusters_are_numbered_by_strength(case):
    assert case.evidence["cluster"].tolist() == list(range(1, len(case.evidence) + 1))
    assert case.clusters.ids == case.evidence["cluster"].tolist()
    assert case.evidence.loc[0, "verdict"] == "lockstep"


def test_accounts_against_the_log(case):
    n_rows = LOG["account"].value_counts()
    for row in case.accounts.itertuples():
        contents = set(case.clusters.contents_of(row.cluster))
        inside = LOG[(LOG["account"] == row.account) & LOG["content"].isin(contents)]
        assert row.n_interactions == n_rows[row.account]
        assert row.n_in_cluster == len(inside)
        assert row.score == pytest.approx(inside["content"].nunique() / len(contents))


def test_gaps_of_accounts_against_the_log(case):
    time = LOG.set_index(["account", "content"])["time"]  # one row each in this log
    for row in case.accounts.sample(10, random_state=0).itertuples():
        members = set(case.clusters.accounts_of(row.cluster)) - {row.account}
        gaps = []
        for content in case.clusters.contents_of(row.cluster):
            if (row.account, content) in time.index:
                others = [time[m, content] for m in members if (m, content) in time.index]
                gaps += [min(abs(time[row.account, content] - t) for t in others)] if others else []
        assert row.gap_s == pytest.approx(np.median(gaps))


def test_contents_against_the_log(case):
    lockstep = case.evidence.loc[case.evidence["verdict"] == "lockstep", "cluster"]
    suspects = set(case.accounts.loc[case.accounts["cluster"].isin(lockstep), "account"])
    for row in case.contents.itertuples():
        visitors = set(LOG.loc[LOG["content"] == row.content, "account"])
        assert row.n_accounts == len(visitors)
        assert row.n_suspect == len(visitors & suspects)
        assert row.suspect_share == row.n_suspect / row.n_accounts
        numbers = [c for c in case.clusters.ids if row.content in case.clusters.contents_of(c)]
        assert row.clusters == ";".join(map(str, numbers))


def test_actions_hold_bystanders_and_rows_hold_members(case):
    contents = set(case.contents["content"])
    assert len(case.actions) == LOG["content"].isin(contents).sum()
    for cluster in case.clusters.ids:
        rows = case.rows[case.rows["cluster"] == cluster]
        members, inside = set(case.clusters.accounts_of(cluster)), set(case.clusters.contents_of(cluster))
        expected = LOG[LOG["account"].isin(members) & LOG["content"].isin(inside)]
        assert len(rows) == len(expected)
        # line is the row of the log, from 1
        assert set(rows["line"] - 1) == set(expected.index)


def test_pairs_against_sets(case):
    sets = LOG.groupby("account")["content"].agg(set)
    for cluster in case.clusters.ids:
        inside = set(case.clusters.contents_of(cluster))
        pairs = case.pairs[case.pairs["cluster"] == cluster]
        assert (pairs["account_a"] < pairs["account_b"]).all()
        for row in pairs.sample(min(20, len(pairs)), random_state=0).itertuples():
            a, b = sets[row.account_a] & inside, sets[row.account_b] & inside
            assert row.n_contents == len(a & b)
            assert row.weight == pytest.approx(len(a & b) / len(a | b))


def test_round_trip(case, folder):
    back = fg.Case.load(folder)
    for name in ("evidence", "accounts", "contents", "rows", "actions", "pairs"):
        pd.testing.assert_frame_equal(getattr(back, name), getattr(case, name), check_dtype=False)
    for name in ("members", "contents"):
        one, two = getattr(back.clusters, name), getattr(case.clusters, name)
        pd.testing.assert_frame_equal(one, two, check_dtype=False)
    pd.testing.assert_series_equal(back.clusters.values, case.clusters.values)
    assert back.summary == case.summary
    assert back.manifest == case.manifest


def test_the_report_comes_from_the_case_alone(folder, tmp_path):
    again = fg.Case.load(folder).report(tmp_path / "again.html")
    assert again.read_bytes() == (folder / "report.html").read_bytes()


def test_a_redacted_report_holds_no_name(tmp_path):
    # The planted log calls an account "account 7" itself.
    log = LOG[["account", "content", "time"]].assign(
        account="who_" + LOG["account"].str.replace(" ", "_"),
        content="what_" + LOG["content"].str.replace(" ", "_"),
    )
    case = fg.investigate(log_of(log), draws=99)
    assert "who_" in unzipped(case.report(tmp_path / "full.html").read_text())
    text = unzipped(case.report(tmp_path / "public.html", redact=True).read_text())
    assert "account 1" in text
    assert "who_" not in text
    assert "what_" not in text
    assert case.summary["redacted"] is False


def test_load_never_reads_csv(case, tmp_path):
    folder = case.save(tmp_path / "case")
    for file in folder.glob("*.csv"):
        file.write_text("nonsense")
    pd.testing.assert_frame_equal(fg.Case.load(folder).accounts, case.accounts, check_dtype=False)


def test_csv_and_parquet_agree(case, folder):
    for name in ("accounts", "clusters", "contents"):
        csv, parquet = (
            pd.read_csv(folder / f"{name}.csv"),
            pq.read_table(folder / f"{name}.parquet").to_pandas(),
        )
        assert csv.columns.tolist() == parquet.columns.tolist()
        for column in parquet.select_dtypes("number"):
            assert np.array_equal(csv[column].astype(float), parquet[column].astype(float), equal_nan=True)


@pytest.mark.parametrize("threads", [1, 2])
def test_same_bytes_for_any_number_of_threads(folder, tmp_path, threads):
    log = log_of(LOG[["account", "content", "time"]])
    other = fg.investigate(log, draws=199, threads=threads).save(tmp_path / "case")
    assert {p.name for p in folder.iterdir()} == {p.name for p in other.iterdir()}
    for file in folder.iterdir():
        if file.name != "manifest.json":
            assert file.read_bytes() == (other / file.name).read_bytes(), file.name
    one, two = (json.loads((f / "manifest.json").read_text()) for f in (folder, other))
    assert one.pop("run") != two.pop("run")
    assert one == two


def test_another_seed_is_another_result(case):
    other = fg.investigate(log_of(LOG[["account", "content", "time"]]), draws=199, seed=1)
    assert not other.evidence["synchrony_z"].equals(case.evidence["synchrony_z"])


def test_manifest_accounts_for_every_row(case):
    m = case.manifest
    assert m["rows_used"] + m["rows_rejected"] == m["rows_read"] == len(LOG)
    assert m["interactions"] == len(LOG)
    assert not {"preset", "reading"} & set(m)
    assert {s["step"] for s in m["run"]["steps"]} >= {"read", "graph", "detect", "weigh"}
    assert m["seed"] == 0
    assert m["options"] == {"q": 0.05, "draws": 199}


def test_a_log_with_nothing_in_it_is_a_case_too(tmp_path):
    case = fg.investigate(log_of([("a", "p", 1), ("b", "q", 2)]))
    assert len(case.evidence) == 0
    back = fg.Case.load(case.save(tmp_path / "case"))
    assert len(back.accounts) == 0
    assert len(back.clusters) == 0


def test_a_log_without_times_is_a_case_too(tmp_path):
    untimed = log_of(LOG[["account", "content", "time"]].assign(time=None))
    case = fg.investigate(untimed)
    assert set(case.evidence["verdict"]) <= {"undetermined", "same audience", "too little data"}
    back = fg.Case.load(case.save(tmp_path / "case"))
    pd.testing.assert_frame_equal(back.evidence, case.evidence, check_dtype=False)


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("manifest.json", "is not a case: it has no manifest.json"),
        ("actions.parquet", "it has no actions.parquet"),
    ],
)
def test_a_broken_case_says_what_is_missing(case, tmp_path, missing, words):
    folder = case.save(tmp_path / "case")
    (folder / missing).unlink()
    with pytest.raises(fg.InputError, match=words):
        fg.Case.load(folder)


@pytest.mark.parametrize("name", ["manifest.json", "summary.json"])
@pytest.mark.parametrize("text", ["{}", "nonsense", "[]"])
def test_a_damaged_case_says_so(case, tmp_path, name, text):
    folder = case.save(tmp_path / "case")
    (folder / name).write_text(text)
    with pytest.raises(fg.InputError, match=r"Make the case again|not a case"):
        fg.Case.load(folder)


def test_only_cases_are_replaced(case, tmp_path):
    folder = case.save(tmp_path / "case")
    case.save(folder, overwrite=True)
    (folder / "my notes.txt").write_text("mine")
    with pytest.raises(fg.InputError, match=r"did not write \(my notes.txt\)"):
        case.save(folder, overwrite=True)
    extension = tmp_path / "extension"
    extension.mkdir()
    (extension / "manifest.json").write_text('{"name": "my extension"}')
    with pytest.raises(fg.InputError, match="did not write"):
        case.save(extension, overwrite=True)
    assert (extension / "manifest.json").exists()


def test_the_command_makes_the_same_case_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    LOG[["account", "content", "time"]].to_csv("a log.csv", index=False)
    case = fg.investigate("a log.csv", draws=199)
    command = shlex.split(case.manifest["command"])
    assert command[:3] == ["farmgraph", "investigate", "a log.csv"]
    assert cli.run(lambda: cli.app([*command[1:], "--quiet"])) == 0
    again = fg.Case.load("CASE")
    assert again.manifest["command"] == case.manifest["command"]
    pd.testing.assert_frame_equal(again.evidence, case.evidence, check_dtype=False)


def test_not_a_case(tmp_path):
    with pytest.raises(fg.InputError, match="is not a folder"):
        fg.Case.load(tmp_path / "none")


def test_a_large_network_is_cut_and_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(tables, "MAX_NETWORK_PAIRS", 50)
    case = fg.investigate(log_of(LOG), draws=99)
    assert len(case.pairs) > 50
    note = f"network.gexf holds the 50 pairs with the most contents of {len(case.pairs):,}"
    assert any(text.startswith(note) for text in case.manifest["notes"])
    network = nx.read_gexf(case.save(tmp_path / "case") / "network.gexf")
    assert network.number_of_edges() == len(set(map(frozenset, network.edges))) <= 50
    drawn = min(data["n_contents"] for _, _, data in network.edges(data=True))
    assert drawn == case.pairs["n_contents"].nlargest(50).min()
    whole = nx.read_gexf(case.export(tmp_path / "all.gexf"))
    assert whole.number_of_edges() == len(case.pairs[["account_a", "account_b"]].drop_duplicates())
