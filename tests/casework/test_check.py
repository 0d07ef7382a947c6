"""check: what would be read, as data and in words."""

import json

import pytest

import farmgraph as fg
from farmgraph.errors import InputError

LOG = """user,page,liked_at
a,p,2024-05-01T10:00:00Z
b,p,2024-05-01T10:00:30Z
b,q,
c,q,2024-05-02
,q,2024-05-02
d,q,soon
d,,2024-05-02

"""


@pytest.fixture
def found(tmp_path):
    (tmp_path / "likes.csv").write_text(LOG)
    return fg.check(tmp_path / "likes.csv")


def test_counts(found):
    # Eight rows under the header: four are used; no account, no time to read, no content, and a blank line.
    assert (found.rows_read, found.rows_used, found.rows_rejected) == (8, 4, 4)
    assert found.rejected_by_reason == {
        "blank line": 1,
        "empty account": 1,
        "empty content": 1,
        "unreadable time": 1,
    }
    assert (found.n_accounts, found.n_contents, found.rows_without_time) == (3, 2, 1)
    assert found.roles == {"account": "user", "content": "page", "time": "liked_at"}
    assert found.guessed == ("account", "content", "time")
    assert found.time_formats == {
        "missing": 1,
        "date and time with a zone": 2,
        "date and time without a zone": 1,
    }
    assert (found.first_time, found.last_time) == ("2024-05-01T10:00:00+00:00", "2024-05-02T00:00:00+00:00")
    # 10:00:00, 10:00:30 and midnight: two of three are whole minutes and hours, one is a whole day.
    assert found.whole_times == pytest.approx({"minute": 2 / 3, "hour": 2 / 3, "day": 1 / 3})


def test_to_dict_is_json_and_says_the_same(found):
    again = json.loads(json.dumps(found.to_dict()))
    assert again == found.to_dict()
    assert {"rows_read", "rows_used", "rows_rejected", "rejected_by_reason"} <= set(again)
    (file,) = again["files"]
    assert (file["rows_read"], file["rows_used"], file["form"]) == (8, 4, "text, fields between commas")
    assert file["columns"] == ["user", "page", "liked_at"]


def test_words(found):
    text = str(found)
    for part in (
        "likes.csv: text, fields between commas",
        "account   user (guessed)",
        "action    none",
        "4 of 8 used",
        "1  unreadable time",
        "2024-05-01T10:00:00+00:00 to 2024-05-02T00:00:00+00:00",
        "67% a whole minute",
        "Note: Columns guessed: account = user",
    ):
        assert part in text


def test_a_coarse_clock_is_noted(tmp_path):
    path = tmp_path / "log.csv"
    rows = [f"u{i},p,2024-05-01T{i:02}:00:00Z" for i in range(24)]
    path.write_text("user,page,time\n" + "\n".join(rows))
    # All 24 are whole hours, only the first a whole day.
    notes = fg.check(path).notes
    assert any(
        note.startswith("100% of the times are a whole hour: the clock of this log may be coarse")
        for note in notes
    )
    path.write_text("user,page,time\n" + "\n".join(rows[:19]))
    assert not any("coarse" in note for note in fg.check(path).notes)


def test_no_times_and_no_rows(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("user,page\na,\n")
    found = fg.check(path)
    assert (found.n_accounts, found.first_time, found.whole_times, found.time_formats) == (0, None, {}, {})
    assert "0 of 1 used" in str(found)
    with pytest.raises(InputError, match="has no column 'usr'"):
        fg.check(path, account="usr")


def test_options_reach_the_reader():
    log = {"a": ["x"], "b": ["y"], "c": [60], "d": ["like"]}
    import pyarrow as pa

    found = fg.check(pa.table(log), account="a", content="b", time="c", action="d", keep=["a"], threads=1)
    assert found.guessed == ()
    assert found.roles == {"account": "a", "content": "b", "time": "c", "action": "d"}
    assert found.files[0]["path"] == "<data frame>"
