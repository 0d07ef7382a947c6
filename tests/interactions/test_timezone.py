"""Times without a zone, read as those of a place; Python's own zones are the second opinion."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import farmgraph as fg
from farmgraph.errors import UsageError
from farmgraph.interactions.times import KINDS, checked_timezone, read_times, to_utc

QUICK = settings(max_examples=150, deadline=None, derandomize=True, database=None)
EPOCH = dt.datetime(1970, 1, 1)
MICROSECOND = dt.timedelta(microseconds=1)
# Changes by an hour, by half an hour, at midnight, of a whole day that was left out, of a zone for good, of long ago
# and of times to come.
CHANGES = {
    "Europe/Berlin": ["2024-03-31 02", "2024-10-27 02", "1980-04-06 02", "2050-03-27 02", "2050-10-30 02"],
    "America/New_York": ["2021-03-14 02", "2021-11-07 01", "1974-01-06 02", "2098-03-09 02"],
    "Australia/Lord_Howe": ["2023-04-02 02", "2023-10-01 02"],
    "America/Sao_Paulo": ["2018-11-04 00", "2018-02-18 00"],
    "Pacific/Apia": ["2011-12-30 12"],
    "Asia/Kathmandu": ["1986-01-01 00"],
    "Europe/Moscow": ["2011-03-27 02", "2014-10-26 01"],
    "UTC": ["2024-03-31 02"],
}
ZONES = sorted(CHANGES)


def microseconds(when):
    return (when - EPOCH) // MICROSECOND


def by_python(local, zone):
    """Return UTC of a local time in microseconds, and 1 if it occurs twice, -1 if never, else 0."""
    first, last = (local.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1))
    return microseconds(local) - first // MICROSECOND, (first > last) - (first < last)


def read_in(zone, *texts):
    values, kinds = read_times(pa.array(texts))
    return to_utc(values, kinds, timezone=checked_timezone(zone))


@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_around_a_change(zone):
    for text in CHANGES[zone]:
        middle = dt.datetime.strptime(text, "%Y-%m-%d %H")
        around = [middle + dt.timedelta(minutes=m, seconds=1) for m in range(-14 * 60, 14 * 60)]
        expected = [by_python(local, zone) for local in around]
        values, kinds, shifted = read_in(zone, *(local.isoformat(" ") for local in around))
        assert values.tolist() == [when for when, _ in expected]
        assert {KINDS[kind] for kind in kinds} == {"date and time without a zone"}
        assert shifted.tolist() == [sum(s > 0 for _, s in expected), sum(s < 0 for _, s in expected)]
        if zone not in ("UTC", "Asia/Kathmandu"):
            # A change of half an hour is the smallest.
            assert shifted.sum() >= 30


@QUICK
@given(
    st.sampled_from(ZONES),
    st.lists(st.datetimes(dt.datetime(1970, 1, 3), dt.datetime(2099, 12, 29)), min_size=1),
)
@example(
    "Europe/Berlin", [dt.datetime(2037, 7, 1), dt.datetime(2038, 7, 1), dt.datetime(2036, 12, 31, 23, 59)]
)
def test_any_time_in_any_zone(zone, moments):
    expected = [by_python(local, zone) for local in moments]
    values, _, shifted = read_in(zone, *(local.isoformat() for local in moments))
    assert values.tolist() == [when for when, _ in expected]
    assert shifted.tolist() == [sum(s > 0 for _, s in expected), sum(s < 0 for _, s in expected)]


def test_summer_and_winter():
    # Berlin is one hour ahead of UTC in winter, two in summer.
    values, _, shifted = read_in("Europe/Berlin", "2024-01-15 12:00", "2024-07-15T12:00:00.25")
    assert values.astype("datetime64[us]").tolist() == [
        dt.datetime(2024, 1, 15, 11),
        dt.datetime(2024, 7, 15, 10, 0, 0, 250_000),
    ]
    assert shifted.tolist() == [0, 0]


def test_what_has_a_zone_or_is_a_number_stays():
    texts = ["2024-07-15T12:00:00Z", "2024-07-15T12:00:00+02:00", "1721044800", "", "NA", "soon"]
    plain, there = read_in(None, *texts), read_in("Europe/Berlin", *texts)
    assert plain[0].tolist() == there[0].tolist()
    assert plain[1].tolist() == there[1].tolist()


def test_eight_digits_are_the_midnight_of_the_place():
    values, kinds, _ = read_in("Europe/Berlin", "20240701")
    # Midnight in summer is 22:00 of the day before.
    assert values.astype("datetime64[us]").tolist() == [dt.datetime(2024, 6, 30, 22)]
    assert KINDS[kinds[0]] == "date as eight digits"


def test_a_time_that_is_out_of_range_in_utc_is_unreadable():
    # Berlin's first hour of 1970 was UTC's last of 1969; New York's last of 2099 will be UTC's first of 2100.
    values, kinds, _ = read_in("Europe/Berlin", "1970-01-01 00:59:59", "1970-01-01 01:00")
    assert values.tolist() == [0, 0]
    assert [KINDS[kind] for kind in kinds] == ["unreadable", "date and time without a zone"]
    values, kinds, _ = read_in("America/New_York", "2099-12-31 19:00", "2099-12-31 18:59:59")
    assert values.tolist() == [0, 4_102_444_799_000_000]
    assert [KINDS[kind] for kind in kinds] == ["unreadable", "date and time without a zone"]


def test_given_arrays_are_not_changed():
    values, kinds = read_times(pa.array(["1970-01-01 00:30", "2024-07-01", "1"]))
    before = values.copy(), kinds.copy()
    to_utc(values, kinds, timezone="Europe/Berlin")
    assert np.array_equal(values, before[0])
    assert np.array_equal(kinds, before[1])


def test_notes_with_counts(tmp_path):
    rows = ["2024-03-31 02:30:00", "2024-10-27 02:10:00", "2024-10-27 02:20:00", "2024-07-01T00:00:00Z"]
    lines = [f"u{i},p,{time}" for i, time in enumerate(rows)]
    (tmp_path / "log.csv").write_text("user,page,time\n" + "\n".join(lines))
    log = fg.read(tmp_path / "log.csv", timezone="Europe/Berlin")
    assert [when.replace(tzinfo=None) for when in log.table["time"].to_pylist()] == [
        dt.datetime(2024, 3, 31, 1, 30),
        dt.datetime(2024, 10, 27, 0, 10),
        dt.datetime(2024, 10, 27, 0, 20),
        dt.datetime(2024, 7, 1),
    ]
    assert log.notes[1:] == (
        "Times without a zone were read as Europe/Berlin (3 of 4).",
        "2 local times occur twice in Europe/Berlin, where clocks were put back; the earlier one was taken.",
        "1 local time does not exist in Europe/Berlin, where clocks were put forward; it was read as if clocks had "
        "not been changed yet. Check that the zone is right.",
    )
    assert log.options == {"timezone": "Europe/Berlin"}
    # Without the option, the same file is UTC, and clocks are never changed.
    plain = fg.read(tmp_path / "log.csv")
    assert plain.notes[1:] == ("Times without a zone were read as UTC (3 of 4).",)
    assert plain.options == {}
    assert fg.read(tmp_path / "log.csv", timezone="UTC").table.equals(plain.table)


@pytest.mark.parametrize(
    ("zone", "hint"),
    [
        ("Europe/Berln", r" Did you mean 'Europe/Berlin'\?"),
        ("europe/berlin", r" Did you mean 'Europe/Berlin'\?"),
        ("Middle-earth", ""),
        ("+02:00", ""),
        ("../etc/passwd", ""),
        ("\0", ""),
        (3, ""),
    ],
)
def test_no_zone(zone, hint):
    with pytest.raises(UsageError, match=r"timezone is .*; expected a zone of the IANA database.*" + hint):
        fg.read(pd.DataFrame({"user": ["a"], "page": ["p"]}), timezone=zone)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_frames_with_naive_timestamps(unit):
    naive = pa.array([dt.datetime(2024, 7, 1, 12), dt.datetime(2024, 1, 1, 12), None], pa.timestamp(unit))
    zoned = pa.array([dt.datetime(2024, 7, 1, hour) for hour in range(3)], pa.timestamp(unit, "UTC"))
    table = pa.table({"user": ["a", "b", "c"], "page": ["p"] * 3, "time": naive, "other": zoned})
    for frame in (table, table.to_pandas()):
        log = fg.read(frame, timezone="Europe/Berlin")
        assert log.table["time"].to_pylist() == [
            dt.datetime(2024, 7, 1, 10, tzinfo=dt.UTC),
            dt.datetime(2024, 1, 1, 11, tzinfo=dt.UTC),
            None,
        ]
        assert "Times without a zone were read as Europe/Berlin." in log.notes
        other = fg.read(frame, time="other", timezone="Europe/Berlin")
        assert other.table["time"].to_pylist() == [
            dt.datetime(2024, 7, 1, hour, tzinfo=dt.UTC) for hour in range(3)
        ]
        assert not [note for note in other.notes if "zone" in note]


def test_a_preset_reads_times_in_the_zone(tmp_path):
    (tmp_path / "likes.csv").write_text("user,page,page_name,liked_at\na,p,P,2024-07-01 12:00:00\n")
    log = fg.read(tmp_path / "likes.csv", timezone="Europe/Berlin")
    assert log.preset == "page-likes"
    assert log.table["time"].to_pylist() == [dt.datetime(2024, 7, 1, 10, tzinfo=dt.UTC)]
