"""How a log is understood: known formats or columns, several files, options."""

import pandas as pd
import pytest
from interactions.posts import LIKES, POST, TWEET, rows

import farmgraph as fg
from farmgraph.errors import InputError, UsageError
from farmgraph.interactions.options import checked_options
from farmgraph.interactions.read import read_closely


def test_recognised_named_or_neither(write):
    path = write("a.jsonl", [TWEET])
    seen, named = fg.read(path), fg.read(path, preset="twitter-v2")
    assert rows(seen) == rows(named) == POST
    assert seen.preset == named.preset == "twitter-v2"
    assert seen.columns["account"] == "author_id"
    # Only what was recognised has to be told, and how to get out of it.
    (note,) = [note for note in seen.notes if note.startswith("Recognised as")]
    assert "Twitter/X API v2 (twarc2) (preset twitter-v2), by the fields 'id', 'author_id', 'text'" in note
    assert "account= and content= or say preset='none' (on the command line --preset none)" in note
    assert not any(note.startswith("Recognised") for note in named.notes)
    assert (seen.options, named.options) == ({}, {"preset": "twitter-v2"})
    plain = fg.read(path, preset="none", content="text")
    assert rows(plain) == [("7", None, "hi", 1)]
    assert (plain.preset, plain.options) == ("", {"preset": "none"})
    # A column that is named means that columns are meant.
    for columns in ({"account": "author_id", "content": "text"}, {"content": "text"}):
        assert fg.read(path, **columns).preset == ""
    # The time alone says neither, and must not be ignored.
    with pytest.raises(UsageError, match=r"time is 'created_at', but .* was recognised as Twitter/X API v2"):
        fg.read(path, time="created_at")


def test_a_plain_log_is_recognised_as_nothing(write):
    for source in (
        write("a.csv", "user,page,time\na,p,1\n"),
        write("a.jsonl", [{"user": "a", "page": "p", "time": 1}]),
        pd.DataFrame({"user": ["a"], "page": ["p"], "time": [1]}),
    ):
        log = fg.read(source)
        assert (log.preset, log.resolution_s, log.options) == ("", 0.0, {})
        assert log.notes[0].startswith("Columns guessed: account = user, content = page, time = time.")
        assert not any("Recognised" in note for note in log.notes)


@pytest.mark.parametrize("role", ["account", "content", "time", "action"])
def test_a_preset_and_a_column_contradict_each_other(write, role):
    with pytest.raises(
        UsageError, match=rf"preset='page-likes' says which fields are meant, and so does {role}=\."
    ):
        fg.read(write("a.csv", LIKES), preset="page-likes", **{role: "user"})


def test_presets_that_do_not_fit(write):
    likes, plain, tweets = (
        write("a.csv", LIKES),
        write("b.csv", "user,page\na,p\n"),
        write("c.jsonl", [TWEET]),
    )
    with pytest.raises(
        UsageError, match=r"preset is 'twiter-v2'; expected 'none' or one of .* Did you mean 'twitter-v2'\?"
    ):
        fg.read(tweets, preset="twiter-v2")
    with pytest.raises(
        InputError,
        match=r"a\.csv: Twitter/X API v2 \(twarc2\) is JSON, but this is text, .* Choose another preset",
    ):
        fg.read(likes, preset="twitter-v2")
    with pytest.raises(
        InputError, match=r"c\.jsonl: Facebook.*|c\.jsonl: .* is a table, but this is JSON lines"
    ):
        fg.read(tweets, preset="coortweet")
    with pytest.raises(
        InputError,
        match=r"b\.csv is not CooRTweet: it has none of the fields 'object_id'.* Found: 'user', 'page'",
    ):
        fg.read(plain, preset="coortweet")
    # With some of the fields it is read, and what it lacks is told.
    log = fg.read(
        write("d.csv", "account_id,object_id,timestamp_share\na,p,1714521600\n"), preset="coortweet"
    )
    assert rows(log) == [("a", "share", "p", 1)]
    assert any("lacks fields that CooRTweet has: 'content_id'." in note for note in log.notes)


def test_several_files_of_one_preset(write):
    one, two = write("a.jsonl", [TWEET]), write("b.jsonl", [{**TWEET, "id": "2", "author_id": "8"}])
    log = fg.read([one, two])
    assert rows(log) == [*POST, *[("8", *rest) for _, *rest in POST]]
    assert log.table["source"].to_pylist() == [str(one)] * 2 + [str(two)] * 2
    assert sum(note.startswith("Recognised as") for note in log.notes) == 1


def test_a_second_file_of_another_format_is_refused(write):
    tweets, plain = write("a.jsonl", [TWEET]), write("b.jsonl", [{"user": "a", "page": "p"}])
    table = write("c.csv", "id,author_id,text,edit_history_tweet_ids\n1,u,hi,1\n")
    with pytest.raises(
        InputError,
        match=r"b\.jsonl is not Twitter/X API v2 \(twarc2\), as the source before it is.*Read them apart",
    ):
        fg.read([tweets, plain])
    # The other way round the columns of the first are missing in the second.
    with pytest.raises(InputError, match=r"a\.jsonl has no column 'user'"):
        fg.read([plain, tweets])
    for options in ({}, {"preset": "twitter-v2"}):
        with pytest.raises(
            InputError,
            match=r"c\.csv: Twitter/X API v2 \(twarc2\) is JSON, but this is text.*Read them apart",
        ):
            fg.read([tweets, table], **options)
    with pytest.raises(
        InputError, match=r"b\.jsonl is not Twitter/X API v2 \(twarc2\): it has none of the fields"
    ):
        fg.read([tweets, plain], preset="twitter-v2")


def test_keep_with_presets(write):
    log = fg.read(write("a.csv", LIKES), keep=["note", "page_name", "page"])
    assert log.preset == "page-likes"
    assert log.table.select(["note", "page_name", "page"]).to_pydict() == {
        "note": ["x", "y"],
        "page_name": ["P", "Q"],
        "page": ["p", "q"],
    }
    # What is kept of a post stands beside each of its interactions, nested fields by their dots.
    path = write("a.jsonl", [{**TWEET, "public_metrics": {"like_count": 5}}, {**TWEET, "id": "2"}])
    log = fg.read(path, keep=["id", "public_metrics.like_count"])
    assert log.table["id"].to_pylist() == [TWEET["id"]] * 2 + ["2"] * 2
    assert log.table["public_metrics.like_count"].to_pylist() == ["5", "5", None, None]
    with pytest.raises(InputError, match=r"has no column 'nope' \(keep='nope'\)\. Found: 'id', 'author_id'"):
        fg.read(path, keep=["nope"])
    for name in ("account", "raw_content", "line"):
        with pytest.raises(
            UsageError, match=rf"keep names '{name}', which is a name that farmgraph's own table uses"
        ):
            fg.read(path, keep=[name])


def test_resolution_and_options_of_the_result(write):
    event = {
        "type": "WatchEvent",
        "actor": {"login": "a"},
        "repo": {"name": "o/r"},
        "created_at": "2024-05-01T00:00:00Z",
    }
    path = write("a.jsonl", [event])
    log = fg.read(path)
    assert (log.preset, log.resolution_s) == ("gharchive", 1.0)
    assert fg.bipartite(log).resolution_s == 1.0
    plain = fg.read(path, preset="none")
    assert (plain.preset, plain.resolution_s) == ("", 0.0)
    log = fg.read(
        path,
        preset="gharchive",
        actions=["star"],
        normalise="none",
        timezone="Europe/Berlin",
        encoding="utf-8",
        duplicates="keep",
        threads=1,
    )
    assert log.options == {
        "preset": "gharchive",
        "actions": "star",
        "normalise": "none",
        "timezone": "Europe/Berlin",
        "encoding": "utf-8",
        "duplicates": "keep",
    }


def test_what_was_seen_on_the_way(write):
    one = write("a.jsonl", [TWEET])
    reading = read_closely([one], checked_options(columns={}))
    assert reading.recognised.startswith("Twitter/X API v2 (twarc2) (preset twitter-v2), by the fields 'id'")
    assert reading.forms == {str(one): "JSON lines"}
    assert reading.columns_found[str(one)][:2] == ["id", "author_id"]
    assert reading.time_kinds == {"date and time with a zone": 1}
    assert reading.guessed == ()


@pytest.mark.parametrize("role", ["time", "action"])
def test_a_named_column_is_never_ignored(tmp_path, role):
    path = tmp_path / "followers.csv"
    path.write_text("follower,followed,followed_at,seen_at\na,b,2024-01-01,2025-02-02\n")
    with pytest.raises(UsageError, match=f"{role} is 'seen_at', but .* was recognised as Followers"):
        fg.read(path, **{role: "seen_at"})
    log = fg.read(path, account="follower", **{role: "seen_at"})
    assert (log.preset, log.columns[role]) == ("", "seen_at")
