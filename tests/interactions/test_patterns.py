"""Times written by a pattern that the user names."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import farmgraph as fg
from farmgraph.errors import UsageError
from farmgraph.interactions.patterns import likely_patterns

DAY_FIRST = "%d/%m/%Y %H:%M"


def read(tmp_path, *times, **options):
    rows = "".join(f"u{i};p;{time}\n" for i, time in enumerate(times))
    path = tmp_path / "log.csv"
    path.write_text("user;page;time\n" + rows)
    return fg.read(path, **options)


def test_day_first(tmp_path):
    log = read(tmp_path, "31/12/2024 09:05", "01/02/2024 00:00", "", "NA", time_format=DAY_FIRST)
    # 1 February, not 2 January; empty and NA are missing, as ever.
    assert [None if t is None else t.isoformat() for t in log.table["time"].to_pylist()] == [
        *("2024-12-31T09:05:00+00:00", "2024-02-01T00:00:00+00:00"),
        *(None, None),
    ]
    assert log.options == {"time_format": DAY_FIRST}
    assert "Times without a zone were read as UTC." in log.notes


def test_what_does_not_fit_is_unreadable_even_if_it_is_iso(tmp_path):
    log = read(
        tmp_path, "31/12/2024 09:05", "2024-12-31T09:05:00Z", "12/31/2024 09:05", time_format=DAY_FIRST
    )
    assert log.rejected_by_reason == {"unreadable time": 2}
    assert log.rejected["raw_text"].tolist() == ["u1;p;2024-12-31T09:05:00Z", "u2;p;12/31/2024 09:05"]


def test_with_a_zone_of_the_user(tmp_path):
    log = read(tmp_path, "01/07/2024 12:00", time_format=DAY_FIRST, timezone="Europe/Berlin")
    # Summer in Berlin is two hours ahead of UTC.
    assert log.table["time"][0].as_py().hour == 10


def test_with_a_zone_in_the_pattern(tmp_path):
    log = read(tmp_path, "01.07.2024 12:00 +0200", time_format="%d.%m.%Y %H:%M %z", timezone="America/Lima")
    assert log.table["time"][0].as_py().hour == 10


def test_frames_and_json(tmp_path):
    frame = pd.DataFrame({"user": ["a"], "page": ["p"], "time": pd.Categorical(["01/02/2024 03:04"])})
    assert fg.read(frame, time_format=DAY_FIRST).table["time"][0].as_py().month == 2
    (tmp_path / "log.jsonl").write_text('{"user":"a","page":"p","time":"01/02/2024 03:04"}\n')
    assert fg.read(tmp_path / "log.jsonl", time_format=DAY_FIRST).table["time"][0].as_py().month == 2
    # Times that are times already need no pattern.
    stamps = pd.DataFrame({"user": ["a"], "page": ["p"], "time": [pd.Timestamp("2024-02-01")]})
    assert fg.read(stamps, time_format=DAY_FIRST).table["time"][0].as_py().month == 2


@settings(max_examples=60, deadline=None)
@given(st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1)))
def test_as_python_reads_it(moment):
    pattern = "%A, %d %B %Y %I:%M:%S %p"
    frame = pd.DataFrame({"user": ["a"], "page": ["p"], "time": [moment.strftime(pattern)]})
    found = fg.read(frame, time_format=pattern).table["time"][0].as_py()
    assert found == datetime.strptime(moment.strftime(pattern), pattern).replace(tzinfo=ZoneInfo("UTC"))


@pytest.mark.parametrize("pattern", ["%Q", "day", 5, "%"])
def test_patterns_that_are_none(tmp_path, pattern):
    with pytest.raises(UsageError, match="time_format is"):
        read(tmp_path, "x", time_format=pattern)


def test_known_formats_need_none(tmp_path):
    (tmp_path / "f.csv").write_text("follower,followed,followed_at\na,b,2024-01-01\n")
    with pytest.raises(UsageError, match="recognised as Followers, which knows how its times are written"):
        fg.read(tmp_path / "f.csv", time_format=DAY_FIRST)
    with pytest.raises(UsageError, match="knows how its times are written; leave time_format out"):
        fg.read(tmp_path / "f.csv", time_format=DAY_FIRST, preset="followers")


@pytest.mark.parametrize(
    ("texts", "patterns"),
    [
        (["31/12/2024 09:05", "01/02/2024 10:00"], ("%d/%m/%Y %H:%M",)),
        (["12/31/2024 9:05 PM"], ("%m/%d/%Y %I:%M %p",)),
        (["1.2.2024, 10:00:07"], ("%d.%m.%Y, %H:%M:%S", "%m.%d.%Y, %H:%M:%S")),
        (["a;p;13-02-2024T10:00"], ("%d-%m-%YT%H:%M",)),
        # Both ways round in one log: nobody can say.
        (["31/12/2024", "12/31/2024"], ()),
        (["45/46/2024"], ()),
        (["2024-12-31 09:05", "1701", "soon", ""], ()),
        # The form of most rows counts.
        (["31/12/2024", "31/12/2024", "1.2.2024 10:00"], ("%d/%m/%Y",)),
    ],
)
def test_what_dates_look_like(texts, patterns):
    assert likely_patterns(texts) == patterns


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)), min_size=1, max_size=6),
    st.sampled_from(
        ["%d/%m/%Y %H:%M", "%m/%d/%Y", "%d.%m.%Y %H:%M:%S", "%m-%d-%Y %I:%M %p", "%d/%m/%Y, %I:%M:%S %p"]
    ),
)
def test_the_true_pattern_is_among_the_likely_ones(moments, pattern):
    assert pattern in likely_patterns(moment.strftime(pattern) for moment in moments)


def test_a_pattern_the_wrong_way_round_is_told(tmp_path):
    # Month first, of which the days 13 to 31 do not fit day first; the others fit, and are wrong.
    log = read(tmp_path, "03/04/2024 10:00", "03/25/2024 10:00", time_format=DAY_FIRST)
    assert log.n_used == 1
    assert (
        "1 time does not fit '%d/%m/%Y %H:%M' and look like '%m/%d/%Y %H:%M': if all times are written so, those that "
        "do fit were read wrongly." in log.notes
    )
    fits = read(tmp_path, "03/04/2024 10:00", "nonsense", time_format=DAY_FIRST)
    assert not any("read wrongly" in note for note in fits.notes)
