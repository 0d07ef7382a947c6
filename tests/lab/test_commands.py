"""The commands simulate and compare: a log and its labels on disk, then methods held against them."""

import json

import pandas as pd
import pyarrow.parquet as pq
import pytest

from farmgraph import cli
from farmgraph.lab.recipes import SCENARIOS

QUICK = ("--method", "lockstep blocks alone", "--method", "FRAUDAR", "--quiet")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulated") / "made"
    arguments = ["simulate", "burst", "-o", str(folder), "--rows", "20000", "--copies", "1", "--quiet"]
    assert cli.run(lambda: cli.app(arguments)) == 0
    return folder


def test_simulate_writes_log_labels_and_how_it_was_made(made):
    assert {path.name for path in made.iterdir()} == {
        "log.parquet",
        "labels.csv",
        "targets.csv",
        "scenario.json",
    }
    record = json.loads((made / "scenario.json").read_text())
    assert (record["scenario"], record["seed"], record["copies"]) == ("burst", 0, 1)
    assert pq.read_metadata(made / "log.parquet").num_rows == record["rows"]
    labels = pd.read_csv(made / "labels.csv")
    assert labels.columns.tolist() == ["group", "kind", "label", "account"]
    assert len(labels) == 30


def test_simulate_says_where_things_are(command, tmp_path):
    code, out, _ = command("simulate", "crowd", "-o", tmp_path / "made", "--rows", 5_000)
    assert code == 0
    n = pq.read_metadata(tmp_path / "made" / "log.parquet").num_rows
    assert f"{n:,} rows, no planted group: {tmp_path / 'made' / 'log.parquet'}" in out
    code, out, _ = command(
        "simulate", "burst", "-o", tmp_path / "b", "--rows", 20_000, "--copies", 2, "--json"
    )
    assert json.loads(out)["groups"][1] == {
        "group": "burst 2",
        "kind": "burst, no camouflage",
        "label": "farm",
        "n_accounts": 30,
    }


def test_simulate_lists_what_there_is(command):
    code, out, _ = command("simulate", "--list")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == list(SCENARIOS)
    code, out, _ = command("simulate", "--list", "--json")
    assert list(json.loads(out)) == list(SCENARIOS)


def test_compare_prints_a_table_and_draws_a_figure(command, made, tmp_path):
    folder = tmp_path / "compared"
    code, out, _ = command("compare", made / "log.parquet", "--labels", made, "-o", folder, *QUICK)
    assert code == 0
    assert {path.name for path in folder.iterdir()} == {"table.csv", "groups.csv", "figure.png", "figure.svg"}
    assert "lockstep blocks alone" in out
    assert "FRAUDAR" in out
    assert "30 of them labelled farm" in out
    assert out.splitlines()[-1] == f"Figure: {folder / 'figure.png'}"
    table = pd.read_csv(folder / "table.csv")
    assert table["method"].nunique() == 2


def test_compare_takes_the_folder_of_a_simulation(command, made, tmp_path):
    code, out, _ = command("compare", made, "--labels", made, "-o", tmp_path / "c", *QUICK)
    assert code == 0
    assert "30 of them labelled farm" in out


def test_compare_says_when_there_is_nothing_to_find_or_no_time(command, tmp_path):
    (tmp_path / "log.csv").write_text(
        "user,page\n" + "".join(f"u{i},p{j}\n" for i in range(8) for j in range(5))
    )
    (tmp_path / "labels.csv").write_text("account,label\nu1,look-alike\n")
    arguments = ("compare", tmp_path / "log.csv", "--labels", tmp_path / "labels.csv", "--quiet")
    code, out, _ = command(*arguments, "-o", tmp_path / "c", "--method", "count in a window")
    assert code == 0
    assert "No account is labelled farm or benign coordination, so there is nothing to find" in out
    assert "count in a window: not run: A window needs times" in out


def test_a_place_that_cannot_be_written_is_refused_before_any_work(command, made, tmp_path):
    (tmp_path / "file").write_text("")
    code, _, err = command("compare", "nowhere.csv", "--labels", made, "-o", tmp_path / "file" / "out")
    assert code == 2
    assert (
        f"Cannot make {tmp_path / 'file' / 'out'}: {tmp_path / 'file'} is a file. Choose another place."
        in err
    )


def test_compare_json_is_all_there_is_on_stdout(command, made, tmp_path):
    log, labels = made / "log.parquet", made / "labels.csv"
    code, out, _ = command("compare", log, "--labels", labels, "-o", tmp_path / "c", "--json", *QUICK)
    assert code == 0
    settings = json.loads(out)["settings"]
    assert {row["method"] for row in settings} == {"lockstep blocks alone", "FRAUDAR"}
    assert all(0 <= row["f1"] <= 1 for row in settings)


BAD = {
    "no scenario": (["simulate", "-o", "OUT"], "Name a scenario and a folder"),
    "no folder": (["simulate", "burst"], "Name a scenario and a folder"),
    "wrong scenario": (
        ["simulate", "brust", "-o", "OUT"],
        "no scenario 'brust'; expected one of crowd, burst",
    ),
    "too small": (["simulate", "fan-clubs", "-o", "OUT", "--rows", "5000"], "Simulate more rows or accounts"),
    "wrong rows": (
        ["simulate", "burst", "-o", "OUT", "--rows", "1"],
        "n_rows is 1; expected a whole number from",
    ),
    "wrong method": (["compare", "LOG", "--labels", "MADE", "-o", "OUT", "--method", "magic"], "magic"),
    "no labels": (["compare", "LOG", "--labels", "nowhere.csv", "-o", "OUT"], "There is no file nowhere.csv"),
    "no log": (["compare", "nowhere.csv", "--labels", "MADE", "-o", "OUT"], "nowhere.csv"),
    "labels of another log": (
        ["compare", "LOG", "--labels", "OTHER", "-o", "OUT"],
        "None of the 1 labelled accounts is in the log",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_wrong_use_is_exit_2_and_one_message(command, made, tmp_path, what):
    other = tmp_path / "other.csv"
    other.write_text("account\nnobody\n")
    places = {"LOG": made / "log.parquet", "MADE": made, "OTHER": other, "OUT": tmp_path / "out"}
    arguments, words = BAD[what]
    code, out, err = command(*[places.get(a, a) for a in arguments])
    assert (code, out) == (2, "")
    assert words in err
    assert not (tmp_path / "out").exists()


def test_an_existing_folder_is_refused_before_any_work(command, made, tmp_path):
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "thesis.txt").write_text("mine")
    for extra, words in (((), "exists already"), (("--overwrite",), "did not write (thesis.txt)")):
        code, _, err = command("compare", "nowhere.csv", "--labels", made, "-o", tmp_path / "c", *extra)
        assert code == 2
        assert words in err
    assert (tmp_path / "c" / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["simulate", "compare"])
def test_help(command, name):
    code, out, _ = command(name, "--help")
    assert code == 0
    assert "Usage" in out
