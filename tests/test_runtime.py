import os
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmgraph import runtime
from farmgraph.errors import InputError, UsageError


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        (0, 0),
        (1.5, 1_500_000),
        ("60s", 60_000_000),
        ("10 min", 600_000_000),
        ("1h", 3_600_000_000),
        ("250ms", 250_000),
        ("7d", 604_800_000_000),
        ("90", 90_000_000),
    ],
)
def test_durations(given_, expected):
    assert runtime.microseconds(given_) == expected


@pytest.mark.parametrize("wrong", [-1, "soon", "5 parsecs", float("nan"), float("inf"), True, "", [60], None])
def test_wrong_durations_say_how(wrong):
    with pytest.raises(UsageError, match=r"window is .*expected"):
        runtime.microseconds(wrong, name="window")


@given(st.floats(0, 1e9))
def test_every_duration_can_be_said(seconds):
    assert runtime.spoken_duration(seconds)


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    target = tmp_path / "case"

    def interrupted():
        with runtime.whole_folder(target) as draft:
            (draft / "half").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert os.listdir(tmp_path) == []
    with runtime.whole_folder(target) as draft:
        assert not target.exists()
        (draft / "manifest.json").write_text("{}")
    assert os.listdir(tmp_path) == ["case"]


def test_an_existing_folder_is_kept(tmp_path):
    target = tmp_path / "case"
    with runtime.whole_folder(target) as draft:
        (draft / "manifest.json").write_text("1")
    with pytest.raises(InputError, match=r"exists already.*--overwrite"), runtime.whole_folder(target):
        pass
    with runtime.whole_folder(target, overwrite=True) as draft:
        (draft / "manifest.json").write_text("2")
    assert (target / "manifest.json").read_text() == "2"
    assert os.listdir(tmp_path) == ["case"]


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "cat.jpg").write_text("x")
    with pytest.raises(InputError, match="is a file"), runtime.whole_folder(tmp_path / "cat.jpg"):
        pass


def test_time_deltas_are_durations():
    assert runtime.microseconds(timedelta(minutes=1)) == 60_000_000


@pytest.mark.parametrize("wrong", [-1, 1.5, "3", None, True])
def test_whole_numbers(wrong):
    with pytest.raises(UsageError, match=r"seed is .*; expected a whole number of 0 or more"):
        runtime.whole_number(wrong, name="seed", least=0)


def test_threads_keep_order_and_raise():
    assert runtime.map_threads(lambda i: i * i, list(range(20)), threads=4) == [i * i for i in range(20)]
    with pytest.raises(ZeroDivisionError):
        runtime.map_threads(lambda i: 1 // i, [1, 0], threads=2)
    with pytest.raises(UsageError, match="threads is 0"):
        runtime.map_threads(lambda i: i, [1, 2], threads=0)


def test_sha256_of(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")  # the value is the first example of FIPS 180-2
    assert runtime.sha256_of(tmp_path / "f").startswith("ba7816bf8f01cfea414140de5dae2223")


def test_a_bar_says_how_long_it_took_and_takes(capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # so that rich takes the captured stream for a terminal
    monkeypatch.setenv("TERM", "xterm")
    with runtime.showing_progress(True):
        done = [
            (outer, list(runtime.progress([1, 2], step="Inner")))
            for outer in runtime.progress("ab", step="[b]x")
        ]
    assert done == [("a", [1, 2]), ("b", [1, 2])]
    out, err = capsys.readouterr()
    assert out == ""
    assert "[b]x" in err  # a path may look like markup
    assert "to go" in err
    assert "Inner" not in err  # one bar at a time
    assert list(runtime.progress([1], step="Silent")) == [1]
    assert capsys.readouterr().err == ""
