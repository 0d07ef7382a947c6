"""What the command line refuses, with its reasons, and what it leaves when it is stopped."""

import contextlib
import gzip
import os
import signal
import subprocess
import sys
import time

import pytest
from planted import planted_log


@pytest.fixture(scope="module")
def log_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("logs") / "likes.csv"
    farms = {"burst": ("burst", 20, 12, 0.9)}
    log = planted_log(seed=6, n_rows=10_000, n_accounts=800, n_contents=500, farms=farms)
    log = log[["account", "content", "time"]].set_axis(["user", "page", "liked_at"], axis=1)
    log.to_csv(path, index=False)
    return path


BAD = {
    "no such file": (["investigate", "nowhere.csv"], "nowhere.csv"),
    "unknown column": (["investigate", "LOG", "--account", "usr"], "usr"),
    "wrong q": (["investigate", "LOG", "--q", "2"], "q is 2.0; expected a share in (0, 1)"),
    "wrong draws": (["investigate", "LOG", "--draws", "1"], "draws is 1"),
    "wrong seed": (["investigate", "LOG", "--seed", "-1"], "seed is -1"),
    "wrong threads": (["investigate", "LOG", "--threads", "0"], "threads is 0"),
    "not a number": (["investigate", "LOG", "--seed", "x"], "--seed"),
    "no such preset": (["investigate", "LOG", "--preset", "twiter-v2"], "Did you mean 'twitter-v2'?"),
    "preset and column": (
        ["investigate", "LOG", "--preset", "twitter-v2", "--account", "user"],
        "Name one of the two",
    ),
    "wrong normalise": (["investigate", "LOG", "--normalise", "urls"], "normalise"),
    "wrong timezone": (["investigate", "LOG", "--timezone", "Mars/Base"], "Mars/Base"),
    "wrong encoding": (["investigate", "LOG", "--encoding", "latin-99"], "latin-99"),
    "wrong duplicates": (["investigate", "LOG", "--duplicates", "drop"], "duplicates is 'drop'"),
    "no column of actions": (["investigate", "LOG", "--actions", "like"], "has no column of actions"),
    "empty action": (["investigate", "LOG", "--actions", "like,"], "actions is"),
    "cache without a name": (
        ["investigate", "LOG", "--cache", ""],
        "cache is ''; expected the path of a folder",
    ),
    "no key": (["investigate", "LOG", "--pseudonymise-contents"], "needs a key"),
}


READING = [
    what
    for what in BAD
    if what not in ("wrong q", "wrong draws", "wrong seed", "wrong threads", "not a number")
]


@pytest.mark.parametrize("what", BAD)
def test_wrong_use_is_exit_2_and_one_message(command, log_file, tmp_path, what):
    arguments, words = BAD[what]
    arguments = [str(log_file) if a == "LOG" else a for a in arguments]
    code, out, err = command(*arguments, "-o", tmp_path / "case")
    assert (code, out) == (2, "")
    assert words in err
    assert "Read " not in err
    assert not (tmp_path / "case").exists()


@pytest.mark.parametrize("what", READING)
def test_wrong_use_of_check(command, log_file, what):
    arguments, words = BAD[what]
    code, out, err = command("check", *(str(log_file) if a == "LOG" else a for a in arguments[1:]))
    assert (code, out) == (2, "")
    assert words in err


def test_a_cache_without_a_name_fills_no_folder(command, log_file, tmp_path, monkeypatch):
    """As a path an empty text would be the folder that one is in."""
    monkeypatch.chdir(tmp_path)
    assert command("check", log_file, "--cache", "")[0] == 2
    assert list(tmp_path.iterdir()) == []
    assert command("check", log_file, "--cache", ".")[0] == 0
    assert len(list(tmp_path.iterdir())) == 1


def test_an_export_in_no_known_format(command, tmp_path):
    code, out, err = command("export", tmp_path / "case", "--format", "xlsx", "-o", tmp_path / "x")
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


def test_compare_takes_options_of_reading(command, log_file, tmp_path):
    labels = tmp_path / "labels.csv"
    labels.write_text("account,group,kind,label\nwho_account_1,1,burst,farm\n")
    code, _, err = command(
        "compare", log_file, "--labels", labels, "-o", tmp_path / "x", "--preset", "twiter-v2"
    )
    assert code == 2
    assert "Did you mean 'twitter-v2'?" in err


@pytest.mark.parametrize("name", ["check", "investigate"])
def test_a_limit_that_does_not_do(command, log_file, tmp_path, name):
    output = ("-o", tmp_path / "case") if name == "investigate" else ()
    code, out, err = command(name, log_file, *output, "--memory-limit", "64MB")
    assert (code, out) == (1, "")
    assert "are in use and the limit is 64 MB. Allow more with --memory-limit" in err
    code, _, err = command(name, log_file, *output, "--memory-limit", "lots")
    assert code == 2
    assert "memory_limit is 'lots'; expected a size such as '4GB'" in err
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


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX does")
@pytest.mark.parametrize("packed", [False, True])
def test_ctrl_c_while_reading(tmp_path, packed):
    block = b"".join(
        b"account%d,content%d,%d\n" % (i % 9_973, i % 7_919, 1_600_000_000 + i) for i in range(100_000)
    )
    path = tmp_path / ("log.csv.gz" if packed else "log.csv")
    with gzip.open(path, "wb", 1) if packed else open(path, "wb") as file:
        file.write(b"user,page,time\n")
        for _ in range(60):
            file.write(block)
    (tmp_path / "temporary").mkdir()
    done = subprocess.Popen(
        [sys.executable, "-m", "farmgraph", "investigate", str(path), "-o", str(tmp_path / "case")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path / "temporary")},
    )
    wait_until_open(path, done)
    done.send_signal(signal.SIGINT)
    start = time.monotonic()
    out, err = done.communicate(timeout=60)
    # Usually a tenth of a second; machines that are busy get more.
    assert time.monotonic() - start < 10
    assert (done.returncode, out) == (1, "")
    # A machine that is fast may have said before what it read, and that it compiles.
    assert err.endswith("farmgraph: stopped; nothing was left half-written.\n")
    assert err.count("farmgraph:") == 1
    assert "Traceback" not in err
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([path.name, "temporary"])
    assert list((tmp_path / "temporary").iterdir()) == []


def wait_until_open(path, process):
    """Wait until a process has opened a file; where nobody tells, for as long as that usually takes."""
    links = f"/proc/{process.pid}/fd"
    if not os.path.isdir(links):
        time.sleep(3)
        return
    until = time.monotonic() + 60
    while str(path) not in held_open(links):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.01)
    time.sleep(0.2)


def held_open(links):
    for link in os.scandir(links):
        with contextlib.suppress(OSError):  # closed by now
            yield os.readlink(link.path)


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX does")
@pytest.mark.parametrize("moment_s", [0.7, 1.5, 2.5])
def test_ctrl_c_at_some_moments(log_file, moment_s):
    from benchmarks.interrupt import stop_at

    stop = stop_at(moment_s, [sys.executable, "-m", "farmgraph", "investigate", str(log_file)])
    assert stop.faults == []
    # Usually a tenth of a second; machines that are busy get more.
    assert stop.waited_s < 5


def test_stopping_leaves_nothing_behind(command, log_file, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("farmgraph.casework.case.write_gexf", stop)
    code, _, err = command("investigate", log_file, "-o", tmp_path / "case", "--draws", 99)
    assert code == 1
    assert "stopped" in err
    assert list(tmp_path.iterdir()) == []
