import json
import subprocess
import sys

import pytest
from planted import planted_log
from render.reading import unzipped

import farmgraph as fg
from farmgraph import cli

FARMS = {"burst": ("burst", 20, 12, 0.9)}


@pytest.fixture(scope="module")
def log_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs") / "likes.csv"
    log = planted_log(seed=6, n_rows=10_000, n_accounts=800, n_contents=500, farms=FARMS)
    log = log[["account", "content", "time"]].set_axis(["user", "page", "liked_at"], axis=1)
    log["user"] = "who_" + log["user"].str.replace(" ", "_")
    path.write_text(log.to_csv(index=False) + "\nnobody,nothing\n,page,1600000000\n")
    return path


def test_investigate_end_to_end(command, log_file, tmp_path):
    case = tmp_path / "case"
    code, out, err = command("investigate", log_file, "-o", case, "--draws", 199)
    assert code == 0
    assert out.splitlines()[0].startswith("Cluster 1: lockstep. ")
    assert out.splitlines()[-1] == f"Report: {case / 'report.html'}"
    assert "3 rejected" in err
    assert "account = user, content = page, time = liked_at" in err
    manifest = json.loads((case / "manifest.json").read_text())
    # The three bad rows: a blank line, one of two fields, one without an account.
    assert manifest["rows_rejected"] == 3 == sum(manifest["rejected_by_reason"].values())
    assert manifest["rows_used"] + 3 == manifest["rows_read"]
    steps = {step["step"]: step["seconds"] for step in manifest["run"]["steps"]}
    assert steps["read"] > 0  # the command line reads inside the timed step


def test_json_is_all_there_is_on_stdout(command, log_file, tmp_path):
    code, out, err = command(
        "investigate", log_file, "-o", tmp_path / "c", "--json", "--quiet", "--draws", 99
    )
    assert code == 0
    assert err == ""
    found = json.loads(out)
    assert found["rows_used"] + found["rows_rejected"] == found["rows_read"]
    assert found["clusters"][0]["verdict"] == "lockstep"


def test_check_json(command, log_file):
    code, out, _ = command("check", log_file, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["rows_rejected"] == 3
    assert found["rows_used"] + found["rows_rejected"] == found["rows_read"]
    assert sum(found["rejected_by_reason"].values()) == 3


def test_report_from_a_case(command, log_file, tmp_path):
    command("investigate", log_file, "-o", tmp_path / "case", "--draws", 99)
    code, out, _ = command("report", tmp_path / "case", "-o", tmp_path / "again.html")
    assert code == 0
    assert (tmp_path / "again.html").read_bytes() == (tmp_path / "case" / "report.html").read_bytes()
    assert out.strip() == str(tmp_path / "again.html")


@pytest.fixture(scope="module")
def saved(log_file, tmp_path_factory):
    path = tmp_path_factory.mktemp("cases") / "case"
    assert (
        cli.run(lambda: cli.app(["investigate", str(log_file), "-o", str(path), "--draws", "99", "--quiet"]))
        == 0
    )
    return path


def test_a_redacted_report(command, saved, tmp_path):
    code, out, _ = command("report", saved, "-o", tmp_path / "public.html", "--redact")
    assert (code, out.strip()) == (0, str(tmp_path / "public.html"))
    text = unzipped((tmp_path / "public.html").read_text())
    assert "account 1" in text
    assert "likes.csv" not in text
    assert "liked_at" not in text
    assert "who_" not in text
    assert "who_" in unzipped((saved / "report.html").read_text())


@pytest.mark.parametrize("format", ["gexf", "graphml", "csv", "parquet", "bibtex"])
def test_export(command, saved, tmp_path, format):
    code, out, err = command("export", saved, "--format", format, "-o", tmp_path / "x")
    assert (code, out.strip(), err) == (0, str(tmp_path / "x"), "")
    direct = fg.Case.load(saved).export(tmp_path / "direct", format=format)
    for file in direct.iterdir() if direct.is_dir() else [direct]:
        other = tmp_path / "x" / file.name if direct.is_dir() else tmp_path / "x"
        assert file.read_bytes() == other.read_bytes()
    code, _, err = command("export", saved, "--format", format, "-o", tmp_path / "x")
    assert code == 2
    assert "exists already" in err
    code, _, _ = command("export", saved, "--format", format, "-o", tmp_path / "x", "--overwrite")
    assert code == 0


def test_an_export_in_no_known_format(command, saved, tmp_path):
    code, out, err = command("export", saved, "--format", "xlsx", "-o", tmp_path / "x")
    assert (code, out) == (2, "")
    assert "format is 'xlsx'; expected one of gexf, graphml, csv, parquet, bibtex" in err
    assert list(tmp_path.iterdir()) == []


def test_an_existing_case_is_refused_before_any_work(command, log_file, tmp_path):
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "notes.txt").write_text("mine")
    code, out, err = command("investigate", log_file, "-o", tmp_path / "case")
    assert (code, out) == (2, "")
    assert "exists already" in err
    assert "Read" not in err
    code, _, err = command("investigate", log_file, "-o", tmp_path / "case", "--overwrite")
    assert code == 2
    assert "did not write (notes.txt)" in err
    assert (tmp_path / "case" / "notes.txt").read_text() == "mine"


BAD = {
    "no such file": (["investigate", "nowhere.csv"], "nowhere.csv"),
    "unknown column": (["investigate", "LOG", "--account", "usr"], "usr"),
    "wrong q": (["investigate", "LOG", "--q", "2"], "q is 2.0; expected a share in (0, 1)"),
    "wrong draws": (["investigate", "LOG", "--draws", "1"], "draws is 1"),
    "wrong seed": (["investigate", "LOG", "--seed", "-1"], "seed is -1"),
    "wrong threads": (["investigate", "LOG", "--threads", "0"], "threads is 0"),
    "not a number": (["investigate", "LOG", "--seed", "x"], "--seed"),
}


@pytest.mark.parametrize("what", BAD)
def test_wrong_use_is_exit_2_and_one_message(command, log_file, tmp_path, what):
    arguments, words = BAD[what]
    arguments = [str(log_file) if a == "LOG" else a for a in arguments]
    code, out, err = command(*arguments, "-o", tmp_path / "case")
    assert (code, out) == (2, "")
    assert words in err
    assert "Read " not in err
    assert not (tmp_path / "case").exists()


def test_nothing_to_use_says_why(command, tmp_path):
    (tmp_path / "bad.csv").write_text("user,page,time\na,p,14 Uhr\nb,p,15 Uhr\n")
    code, _, err = command("investigate", tmp_path / "bad.csv", "-o", tmp_path / "case")
    assert code == 2
    assert "None of the 2 rows can be used (2 unreadable time). The first of them reads 'a,p,14 Uhr'." in err


def test_not_a_case(command, tmp_path):
    code, _, err = command("report", tmp_path, "-o", tmp_path / "x.html")
    assert code == 2
    assert "has no summary.json" in err


@pytest.mark.parametrize("name", ["report", "export"])
def test_no_case_to_write_from(command, tmp_path, name):
    code, out, err = command(name, tmp_path / "none", "-o", tmp_path / "x")
    assert (code, out) == (2, "")
    assert "expected a case made by 'farmgraph investigate'" in err


def test_unknown_columns_are_answered_with_the_columns_found(command, log_file, tmp_path):
    code, _, err = command("check", log_file, "--content", "pages")
    assert code == 2
    for column in ("user", "page", "liked_at"):
        assert column in err


def test_stopping_leaves_nothing_behind(command, log_file, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("farmgraph.casework.case.write_gexf", stop)
    code, _, err = command("investigate", log_file, "-o", tmp_path / "case", "--draws", 99)
    assert code == 1
    assert "stopped" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command_name", ["demo", "check", "investigate", "report", "export"])
def test_every_command_has_help(command, command_name):
    code, out, _ = command(command_name, "--help")
    assert code == 0
    assert "Usage" in out


def test_version(command):
    code, out, _ = command("--version")
    assert code == 0
    assert out.startswith("farmgraph 0.")


def test_the_command_is_installed():
    done = subprocess.run([sys.executable, "-m", "farmgraph", "--version"], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("farmgraph ")
