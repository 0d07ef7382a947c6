"""What the commands do when all goes well."""

import json
import re
import shlex
import subprocess
import sys

import pandas as pd
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
    keys = {
        "n_interactions",
        "recognised",
        "preset",
        "actions",
        "first_rows",
        "resolution_s",
        "finest_window_s",
    }
    assert keys | {"forecast", "command", "advice"} <= set(found)
    assert found["n_interactions"] == found["rows_used"]
    assert [row["window"] for row in found["forecast"]] == ["10 s", "60 s", "10 min", "1 h", "1 day", "none"]
    assert len(found["first_rows"]) == 5


def test_check_says_what_to_run_next(command, log_file):
    code, out, err = command("check", log_file)
    assert (code, err) == (0, "")
    named = ["--account=user", "--content=page", "--time=liked_at", "--output=likes-case"]
    assert shlex.split(out.splitlines()[-1]) == ["farmgraph", "investigate", str(log_file), *named]


def test_check_with_pseudonyms(command, log_file, tmp_path):
    command("key", "new", "-o", tmp_path / "k")
    code, out, _ = command(
        "check", log_file, "--pseudonymise", tmp_path / "k", "--pseudonymise-contents", "--json"
    )
    assert code == 0
    assert "who_" not in out
    assert "likes.csv" not in out
    assert not re.search(r"content \d", out)
    assert json.loads(out)["command"].endswith("--pseudonymise=KEYFILE --pseudonymise-contents --output=case")


def test_presets_are_listed(command):
    code, out, _ = command("presets")
    assert code == 0
    assert "twitter-v2: Twitter/X API v2 (twarc2)" in out
    code, out, _ = command("presets", "--json")
    listed = json.loads(out)
    assert listed["gharchive"]["title"] == "GH Archive"
    assert listed["twitter-v2"]["actions"][0] == "repost"
    assert all(set(entry) == {"title", "actions", "about"} for entry in listed.values())


@pytest.fixture(scope="module")
def tweets(tmp_path_factory):
    """Return a log of reposts with planted farms; every tenth is also a post with a link and a text."""
    log = planted_log(seed=6, n_rows=10_000, n_accounts=800, n_contents=500, farms=FARMS)
    path = tmp_path_factory.mktemp("tweets") / "tweets.jsonl"
    with open(path, "w") as file:
        for number, row in enumerate(log.itertuples()):
            tweet = {
                "id": str(10**18 + number),
                "author_id": row.account,
                "created_at": pd.Timestamp(row.time, unit="s", tz="UTC").isoformat(),
                "text": f"text {number}",
                "conversation_id": str(number),
            }
            if number % 10:
                tweet["referenced_tweets"] = [{"type": "retweeted", "id": row.content}]
            else:
                tweet["entities"] = {"urls": [{"expanded_url": f"https://x.example/{row.content}/"}]}
            file.write(json.dumps(tweet) + "\n")
        file.write("{\n")
    return path


@pytest.mark.parametrize(
    "options", [[], ["--actions", "repost"], ["--actions=repost,link", "--preset=twitter-v2"]]
)
def test_a_preset_the_whole_way_and_again_by_its_command(command, tweets, tmp_path, monkeypatch, options):
    code, out, err = command("investigate", tweets, "-o", tmp_path / "one", "--draws", 99, "--json", *options)
    assert code == 0
    one = json.loads((tmp_path / "one" / "manifest.json").read_text())
    assert one["preset"] == "twitter-v2"
    assert one["rows_used"] + one["rows_rejected"] == one["rows_read"]
    found = json.loads(out)
    assert {k: found[k] for k in ("rows_used", "interactions")} == {
        k: one[k] for k in ("rows_used", "interactions")
    }
    if options:
        assert one["reading"] == {"actions": "repost" if "repost" in options else "repost,link"}
    else:
        # Every tenth row is a post with two contents, a link and a text, and the last is no JSON.
        n = one["rows_read"] - 1
        assert (one["rows_used"], one["interactions"]) == (n, n + -(-n // 10))
        assert f"They hold {one['interactions']:,} interactions." in err
        assert "reading" not in one
    monkeypatch.chdir(tmp_path)
    arguments = shlex.split(one["command"])
    assert arguments[:4] == ["farmgraph", "investigate", str(tweets), "--preset=twitter-v2"]
    assert not any(a.startswith(("--account", "--content", "--time")) for a in arguments)
    assert command(*arguments[1:], "--quiet")[0] == 0
    again = json.loads((tmp_path / "CASE" / "manifest.json").read_text())
    # How the format was found out is the one thing that may differ: it was recognised, then named.
    for manifest in (one, again):
        del manifest["run"]
        manifest["notes"] = [note for note in manifest["notes"] if not note.startswith("Recognised as")]
    assert again == one
    for name in ("clusters.csv", "accounts.csv", "pairs.parquet", "interactions.parquet", "rejected.csv"):
        assert (tmp_path / "CASE" / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


def test_actions_can_be_repeated_or_listed(command, tweets):
    listed = json.loads(command("check", tweets, "--actions", "link, text", "--json")[1])
    repeated = json.loads(command("check", tweets, "--actions", "link", "--actions", "text", "--json")[1])
    assert listed == repeated
    assert set(listed["actions"]) == {"link", "text"}


def test_times_in_the_future_are_said_but_not_written_down(command, tmp_path):
    rows = "\n".join(f"{who},p,2091-01-01T00:00:0{i}Z" for i, who in enumerate("abc"))
    (tmp_path / "log.csv").write_text(f"user,page,time\n{rows}\n")
    code, _, err = command("investigate", tmp_path / "log.csv", "-o", tmp_path / "case", "--draws", 99)
    assert code == 0
    assert "3 times lie more than a day in the future" in err
    assert "in the future" not in (tmp_path / "case" / "manifest.json").read_text()
    assert "3 times lie more than a day in the future" in command("check", tmp_path / "log.csv")[1]


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


def test_memory_limit_and_cache(command, log_file, tmp_path):
    options = ("--memory-limit", "8GB", "--cache", tmp_path / "cache", "--draws", 99)
    code, _, err = command("investigate", log_file, "-o", tmp_path / "one", *options)
    assert code == 0
    assert f"Kept in the cache {tmp_path / 'cache'}, with the names as the log has them." in err
    code, _, err = command("investigate", log_file, "-o", tmp_path / "two", *options)
    assert code == 0
    assert f"Taken from the cache {tmp_path / 'cache'}" in err
    code, _, _ = command("investigate", log_file, "-o", tmp_path / "three", "--draws", 99, "--quiet")
    cases = [json.loads((tmp_path / name / "manifest.json").read_text()) for name in ("one", "two", "three")]
    assert [case.pop("run")["memory_limit_bytes"] for case in cases] == [8_000_000_000, 8_000_000_000, None]
    assert cases[0] == cases[1] == cases[2]
    code, out, err = command("check", log_file, "--cache", tmp_path / "cache", "--threads", 1, "--json")
    assert json.loads(out)["from_cache"] is True
    assert "Taken from the cache" in err
    code, out, err = command("check", log_file, "--json", "--quiet")
    assert (json.loads(out)["from_cache"], err) == (False, "")


def test_compiling_is_announced_only_when_it_happens(capsys):
    from numba import njit

    from farmgraph.terminal import announcing_compilation, remark

    @njit
    def double(x):
        return x + x

    for kind, n in ((1, 1), (2, 0), (3.0, 1)):  # a whole number again needs nothing new
        with announcing_compilation(remark):
            double(kind)
        assert capsys.readouterr().err.count("Compiling") == n


@pytest.mark.parametrize(
    "command_name", ["demo", "check", "presets", "investigate", "report", "export", "compare"]
)
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
