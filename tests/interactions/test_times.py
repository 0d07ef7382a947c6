"""Times: what is readable, what it means, and what is said about it."""

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import farmgraph as fg
from farmgraph.errors import InputError
from farmgraph.interactions.times import KINDS, PLACEHOLDERS, read_times

QUICK = settings(max_examples=150, deadline=None, derandomize=True, database=None)
NOON = dt.datetime(2024, 2, 29, 12, 34, 56, tzinfo=dt.UTC)
# 12:34:56 on day 31 + 28 (29 February is the 60th day) of 2024; 2024 began on day 54 * 365 + 13 since 1970.
NOON_US = ((54 * 365 + 13 + 59) * 86_400 + 12 * 3_600 + 34 * 60 + 56) * 1_000_000


def one(value, kind=None):
    values, kinds = read_times(pa.array([value], kind))
    return int(values[0]), KINDS[kinds[0]]


@pytest.mark.parametrize(
    ("text", "offset_us"),
    [
        ("2024-02-29T12:34:56Z", 0),
        ("2024-02-29t12:34:56z", 0),
        ("2024-02-29 12:34:56 UTC", 0),
        ("2024-02-29T12:34:56+00:00", 0),
        ("2024-02-29T14:34:56+02:00", 0),
        ("2024-02-29T07:04:56-0530", 0),
        ("2024-02-29T13:34:56+01", 0),
        ("2024-03-01T00:34:56+12:00", 0),
        ("  2024-02-29T12:34:56Z ", 0),
        ("2024-02-29T12:34:56.5Z", 500_000),
        ("2024-02-29T12:34:56,25Z", 250_000),
        ("2024-02-29T12:34:56.123456789Z", 123_456),
    ],
)
def test_iso_with_a_zone(text, offset_us):
    assert one(text) == (NOON_US + offset_us, "date and time with a zone")


@pytest.mark.parametrize(
    ("text", "seconds_later"),
    [
        ("2024-02-29T12:34:56", 0),
        ("2024/02/29 12:34:56", 0),
        ("2024-02-29 12:34", -56),
        ("2024-02-29", -(12 * 3_600 + 34 * 60 + 56)),
    ],
)
def test_iso_without_a_zone(text, seconds_later):
    assert one(text) == (NOON_US + seconds_later * 1_000_000, "date and time without a zone")


@pytest.mark.parametrize(
    ("number", "expected", "kind"),
    [
        ("0", 0, "seconds"),
        ("1709210096", NOON_US, "seconds"),
        ("1709210096.25", NOON_US + 250_000, "seconds"),
        ("1709210096.", NOON_US, "seconds"),
        ("1709210096001", NOON_US + 1_000, "milliseconds"),
        ("1709210096001.5", NOON_US + 1_500, "milliseconds"),
        ("1709210096000001", NOON_US + 1, "microseconds"),
        ("1709210096000001999", NOON_US + 1, "nanoseconds"),
    ],
)
def test_unix_text_by_magnitude(number, expected, kind):
    assert one(number) == (expected, f"Unix time in {kind}")
    if "." not in number:
        assert one(int(number)) == (expected, f"Unix time in {kind}")


@pytest.mark.parametrize(
    "text",
    [
        *("soon", "Nan", "nil", "inf", "none", "-1", "+1", "1e9", "0x10", "1.5.2", "."),
        *(
            "2024-02-30",
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-1-1",
            "2024-02-29T",
            "20240229T123456",
        ),
        *("2024-02-29T24:00:00Z", "2024-02-29T12:60:00Z", "2024-02-29T12:34:60Z", "2024-02-29T12:34:56."),
        *("2024-02-29T12:34:56+2:00", "2024-02-29T12:34:56 CET", "2024-02-29T12:34:56Zx", "2024-02/29"),
        *("0001-01-01", "1969-12-31", "1969-12-31T23:59:59Z", "2100-01-01", "9999-12-31T23:59:59Z"),
        *(
            "4102444800",
            "99999999999999999999",
            "9223372036854775808",
            "29/02/2024",
            "Thu Feb 29 12:34:56 2024",
        ),
    ],
)
def test_unreadable(text):
    assert one(text) == (0, "unreadable")


def test_the_last_readable_second():
    # 4,102,444,800 s is 2100-01-01.
    assert one("4102444799") == (4_102_444_799_000_000, "Unix time in seconds")
    assert one("2099-12-31T23:59:59Z") == (4_102_444_799_000_000, "date and time with a zone")


@pytest.mark.parametrize("day", ["1990-01-01", "2021-01-01", "2024-02-29", "2000-02-29", "2099-12-31"])
def test_eight_digits_are_a_day(day):
    digits = day.replace("-", "")
    expected = (one(day)[0], "date as eight digits")
    assert one(digits) == one(f" {digits} ") == one(f"{digits}.0") == expected
    assert one(int(digits)) == one(float(digits)) == one(digits, pa.string()) == expected
    assert one(int(digits), pa.uint32()) == expected


@pytest.mark.parametrize(
    "digits", ["19891231", "21000101", "20210001", "20211301", "20210100", "20210132", "20210229", "19000101"]
)
def test_eight_digits_that_are_no_day_are_seconds(digits):
    expected = (int(digits) * 1_000_000, "Unix time in seconds")
    assert one(digits) == one(int(digits)) == one(float(digits)) == expected


def test_a_fraction_of_a_second_makes_no_day():
    assert one("20210101.5") == one(20210101.5) == (20_210_101_500_000, "Unix time in seconds")


@QUICK
@given(st.lists(st.integers(19_890_000, 21_010_000), min_size=1, max_size=30))
def test_text_and_numbers_agree_on_days(numbers):
    as_text = read_times(pa.array([str(number) for number in numbers]))
    as_numbers = read_times(pa.array(numbers))
    assert as_text[0].tolist() == as_numbers[0].tolist()
    assert as_text[1].tolist() == as_numbers[1].tolist()


@pytest.mark.parametrize("text", [*PLACEHOLDERS, " NA "])
def test_a_word_for_missing(text):
    assert one(text) == (0, "missing, as a word such as NA")


@pytest.mark.parametrize("text", ["", " ", "\t", None])
def test_missing(text):
    assert one(text, pa.string()) == (0, "missing")


@QUICK
@given(
    st.datetimes(
        dt.datetime(1970, 1, 2),
        dt.datetime(2099, 12, 30),
        timezones=st.integers(-14 * 60, 14 * 60).map(lambda m: dt.timezone(dt.timedelta(minutes=m))),
    ),
    st.sampled_from(["T", " "]),
)
def test_isoformat_comes_back(when, separator):
    exact = (when - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    assert one(when.isoformat(separator)) == (exact, "date and time with a zone")
    assert one(when, pa.timestamp("us", "UTC"))[0] == exact
    assert one(f"{exact // 10**6}.{exact % 10**6:06}")[0] == exact


@QUICK
@given(st.lists(st.text(alphabet="0123456789-T:Z+. /", max_size=26), max_size=20))
def test_no_text_ends_in_an_error(texts):
    values, kinds = read_times(pa.array(texts, pa.string()))
    assert len(values) == len(kinds) == len(texts)
    assert np.all((values >= 0) & (values < 4_102_444_800_000_000))
    assert np.all(values[kinds < 2] == 0)


def test_typed_columns():
    day = (54 * 365 + 13 + 59) * 86_400_000_000
    assert one(dt.date(2024, 2, 29)) == (day, "date and time without a zone")
    assert one(NOON, pa.timestamp("ns", "Asia/Tokyo")) == (NOON_US, "date and time with a zone")
    assert one(NOON.replace(tzinfo=None), pa.timestamp("s")) == (NOON_US, "date and time without a zone")
    assert one(dt.datetime(1, 1, 1)) == (0, "unreadable")
    assert one(2**62, pa.timestamp("s")) == (0, "unreadable")
    assert one(1709210096.25) == (NOON_US + 250_000, "Unix time in seconds")
    assert one(float("nan")) == (0, "missing")
    assert one(float("inf")) == (0, "unreadable")
    assert one(1e300) == (0, "unreadable")
    assert one(-5) == (0, "unreadable")
    assert one(2**64 - 1, pa.uint64()) == (0, "unreadable")
    assert one(None) == (0, "missing")
    values, kinds = read_times(pa.array(["1", None, "1", "x"]).dictionary_encode())
    assert values.tolist() == [1_000_000, 0, 1_000_000, 0]
    assert [KINDS[kind] for kind in kinds] == [
        "Unix time in seconds",
        "missing",
        "Unix time in seconds",
        "unreadable",
    ]
    with pytest.raises(InputError, match=r"Column 'when' holds duration\[s\], which are no times"):
        read_times(pa.array([1], pa.duration("s")), name="when")


def test_a_slice_of_a_column_is_read_as_such():
    assert read_times(pa.array(["1", "2", "3"]).slice(1, 1))[0].tolist() == [2_000_000]


def notes_of(*times):
    return fg.read(
        pa.table({"user": ["a"] * len(times), "page": ["p"] * len(times), "time": list(times)})
    ).notes[1:]


def test_what_is_said_about_times():
    assert notes_of("2024-05-01T00:00:00Z", "") == ()
    assert notes_of("2024-05-01", "2024-05-02") == ("Times without a zone were read as UTC.",)
    assert notes_of("2024-05-01", "2024-05-01T00:00Z") == ("Times without a zone were read as UTC (1 of 2).",)
    assert notes_of("1709210096") == ("Times are numbers and were read as Unix time in seconds.",)
    assert notes_of("1709210096", "1709210096001", "2024-05-01T00:00Z") == (
        "Numbers were read as Unix time in seconds (1 of 3), Unix time in milliseconds (1 of 3).",
    )
    assert notes_of(5)[-1].startswith("All times fall in 1970")
    assert notes_of("20240501", "1709210096") == (
        "Numbers such as 20240501 were read as dates, year, month and day (1 of 2); "
        "as Unix time they would fall in August 1970.",
        "Times without a zone were read as UTC (1 of 2).",
        "Numbers were read as Unix time in seconds (1 of 2).",
    )
    assert (
        notes_of("NA", "1709210096")[0] == "1 time is written as NA, null or the like and counts as missing."
    )


def test_no_times_at_all_is_said():
    log = fg.read(pa.table({"user": ["a"], "page": ["p"], "x": [1]}))
    assert log.notes[-1].startswith(
        "No column of times found among 'user', 'page', 'x': overlap can be analysed, timing cannot."
    )
    assert log.time_range is None
