"""check: what would be read, as data and in words, and what to run next."""

import json
import shlex
from pathlib import Path

import pandas as pd
import pytest

import farmgraph as fg
from farmgraph import cli
from farmgraph.errors import InputError, UsageError

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
        "clock     1 s: all times are multiples of it",
        "a | p | 2024-05-01T10:00:00+00:00",
        "b | q | no time",
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
    assert found.command is None
    assert found.advice.startswith(
        "Only 0 of 1 rows can be used; the most frequent reason is: empty content."
    )
    assert "The first such row reads a,." in found.advice
    assert "--content" in found.advice
    assert found.forecast == ({"window": "none", "window_s": None, "pair_events": 0, "meaningful": True},)
    with pytest.raises(InputError, match="has no column 'usr'"):
        fg.check(path, account="usr")


def test_options_reach_the_reader():
    log = {"a": ["x"], "b": ["y"], "c": [60], "d": ["like"]}
    import pyarrow as pa

    found = fg.check(pa.table(log), account="a", content="b", time="c", action="d", keep=["a"], threads=1)
    assert found.guessed == ()
    assert found.roles == {"account": "a", "content": "b", "time": "c", "action": "d"}
    assert found.files[0]["path"] == "<data frame>"


def test_first_rows_are_short_and_hide_nothing():
    long, hostile = "x" * 41, "a\x1b[31m\u202eb"
    frame = pd.DataFrame(
        {"user": [long, hostile, *"cdef"], "page": ["p"] * 6, "time": range(6), "action": ["like"] * 6}
    )
    first = fg.check(frame).first_rows
    # Five of six; 40 letters and a sign that there were more.
    assert [row["account"] for row in first] == ["x" * 40 + "…", "a⟨U+001B⟩[31m⟨U+202E⟩b", "c", "d", "e"]
    assert first[0] == {
        "account": "x" * 40 + "…",
        "content": "p",
        "time": "1970-01-01T00:00:00+00:00",
        "action": "like",
    }
    assert fg.check(frame).actions == {"like": 6}


def test_times_in_the_future_are_noted_here_and_not_by_the_reader(tmp_path):
    ahead = pd.Timestamp.now("UTC")
    frame = pd.DataFrame(
        {
            "user": list("abc"),
            "page": ["p"] * 3,
            # Today, 23 hours ahead (some time zone) and ten days ahead: only the last is odd.
            "time": [
                t.isoformat() for t in (ahead, ahead + pd.Timedelta("23h"), ahead + pd.Timedelta("10D"))
            ],
        }
    )
    notes = [note for note in fg.check(frame).notes if "future" in note]
    assert len(notes) == 1
    assert notes[0].startswith("1 time lies more than a day in the future")
    assert not any("future" in note for note in fg.read(frame).notes)


def tweets(path, rows):
    """Write reposts and posts with two hashtags: (author, reposted or None, hashtags, seconds)."""
    lines = []
    for number, (who, reposted, tags, at) in enumerate(rows):
        tweet = {
            "id": str(10**18 + number),
            "author_id": who,
            "conversation_id": "1",
            "text": f"text {number}",
        }
        tweet["created_at"] = pd.Timestamp(at, unit="s", tz="UTC").isoformat()
        if reposted:
            tweet["referenced_tweets"] = [{"type": "retweeted", "id": reposted}]
        tweet["entities"] = {"hashtags": [{"tag": tag} for tag in tags]}
        lines.append(json.dumps(tweet))
    path.write_text("\n".join(lines) + "\n")
    return path


REPOSTS = [
    *((who, "900", [], at) for at, who in enumerate("abcd")),
    *((who, None, ["vote", f"own{who}"], 100 + at) for at, who in enumerate("abc")),
]


def test_a_preset_shows_paths_actions_and_recommends_one_action(tmp_path):
    found = fg.check(tweets(tmp_path / "tweets.jsonl", REPOSTS))
    assert (found.preset, found.recognised[:14]) == ("twitter-v2", "Twitter/X API ")
    # Four reposts; three posts with two hashtags and a text each.
    assert (found.rows_used, found.n_interactions) == (7, 4 + 3 * 3)
    assert found.actions == {"hashtag": 6, "repost": 4, "text": 3}
    # On contents of two accounts or more: all four reposts, three of the hashtags, none of the texts.
    assert shlex.split(found.command) == [
        "farmgraph",
        "investigate",
        str(tmp_path / "tweets.jsonl"),
        "--preset=twitter-v2",
        "--actions=repost",
        "--output=tweets-case",
    ]
    assert "at once counts as several contents" in found.advice
    text = str(found)
    for part in (
        "content   repost: referenced_tweets[type=retweeted].id",
        "7 of 7 used, 13 interactions in them",
        found.command,
        "6  hashtag",
    ):
        assert part in text
    one = fg.check(tmp_path / "tweets.jsonl", actions=["hashtag"])
    assert one.advice == ""
    assert "--actions=hashtag" in one.command


def test_options_of_reading_come_back_in_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = ["Ann;http://x.example/a/;2024-05-01 10:00", "Bob;http://x.example/a/;2024-05-01 10:00"] * 2
    (tmp_path / "my likes.csv").write_bytes("\n".join(["wer;was;wann", *rows]).encode("cp1252"))
    found = fg.check(
        "my likes.csv",
        account="wer",
        content="was",
        time="wann",
        normalise="url",
        timezone="Europe/Berlin",
        encoding="cp1252",
        duplicates="keep",
    )
    assert found.rows_used == 4
    # Summer time: 10:00 in Berlin is 08:00 UTC.
    assert found.first_time == "2024-05-01T08:00:00+00:00"
    assert shlex.split(found.command)[2:] == [
        "my likes.csv",
        *("--account=wer", "--content=was", "--time=wann"),
        *("--normalise=url", "--timezone=Europe/Berlin", "--encoding=cp1252", "--duplicates=keep"),
        "--output=my likes-case",
    ]
    # And the command does what it says: the same numbers come out.
    assert cli.run(lambda: cli.app([*shlex.split(found.command)[1:], "--quiet", "--draws", "99"])) == 0
    manifest = json.loads((tmp_path / "my likes-case" / "manifest.json").read_text())
    assert (manifest["rows_used"], manifest["interactions"], manifest["rows_read"]) == (4, 4, 4)
    assert manifest["reading"] == {
        "normalise": "url",
        "timezone": "Europe/Berlin",
        "encoding": "cp1252",
        "duplicates": "keep",
    }


def test_a_log_without_times_says_what_to_do():
    found = fg.check(pd.DataFrame({"user": list("ab"), "page": ["p", "p"], "moment": ["x", "y"]}))
    assert found.advice.startswith("No row has a time")
    assert "--time" in found.advice
    assert "moment" in found.advice
    # Frames lie in no file, so what comes next is Python.
    assert found.command == "farmgraph.investigate(farmgraph.read(frame, account='user', content='page'))"
    assert [row["window"] for row in found.forecast] == ["none"]


def test_pseudonyms_hide_names_and_paths(tmp_path):
    path = tmp_path / "gnuqzx.csv"
    path.write_text("user,page,time\ngnuqzx1,by gnuqzx1,0\ngnuqzx2,news,5\n,gnuqzx3,7\n")
    for contents, flags in (
        (False, []),
        (True, ["--pseudonymise-contents"]),
        ("accounts", ["--contents-are-accounts"]),
    ):
        found = fg.check(path, pseudonymise=b"sixteen bytes or more", pseudonymise_contents=contents)
        assert "gnuqzx" not in json.dumps(found.to_dict()) + str(found)
        assert (found.rows_read, found.rows_used, found.rows_rejected) == (3, 2, 1)
        assert found.files[0]["path"] == "source 1"
        named = ["--account=user", "--content=page", "--time=time", "--pseudonymise=KEYFILE"]
        assert shlex.split(found.command)[2:] == ["LOG", *named, *flags, "--output=case"]
    with pytest.raises((InputError, UsageError)):
        fg.check(tmp_path / "none.csv", pseudonymise=tmp_path / "none.key")


def test_pseudonyms_keep_the_preset(tmp_path):
    found = fg.check(
        tweets(tmp_path / "t.jsonl", REPOSTS), pseudonymise=b"sixteen bytes or more", preset="twitter-v2"
    )
    assert found.preset == "twitter-v2"
    assert "--preset=twitter-v2 --actions=repost --pseudonymise=KEYFILE" in found.command


def test_a_format_with_a_coarse_clock_counts_too(tmp_path):
    # Archives of X tell the minute and no more: the preset knows, however few rows there are.
    from farmgraph.interactions.presets import presets

    assert presets()["x-archive"].resolution_s == 60
    found = fg.check(Path(__file__).parents[1] / "interactions" / "presets" / "fixtures" / "x-archive.csv")
    assert found.finest_window_s >= 60
    assert {row["window"]: row["meaningful"] for row in found.forecast}["10 s"] is False
    assert "meaningless: finer than the clock" in str(found)


def test_many_faults_are_pointed_at_with_their_way_out(tmp_path):
    path = tmp_path / "log.csv"

    def advice(*times):
        path.write_text("user;page;time\n" + "".join(f"u{i};p;{time}\n" for i, time in enumerate(times)))
        return fg.check(path).advice

    fine = ["2024-01-01"] * 19
    # One in twenty is many, one in twenty-one is not.
    assert "1 of 20 rows were rejected as: unreadable time." in advice(*fine, "31/12/2024 10:00")
    assert "--time-format='%d/%m/%Y %H:%M'" in advice(*fine, "31/12/2024 10:00")
    assert advice(*fine, "2024-01-01", "31/12/2024 10:00") == ""
    both = advice(*fine, "01/12/2024 10:00")
    assert "'%d/%m/%Y %H:%M' (day first) and --time-format='%m/%d/%Y %H:%M' (month first)" in both
    # Rows without a content are no fault.
    path.write_text("user;page;time\n" + "a;p;2024-01-01\nb;;2024-01-02\n")
    assert fg.check(path).advice == ""
