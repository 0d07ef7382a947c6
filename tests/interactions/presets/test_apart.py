"""What formats must keep apart, and what must not be taken for one of them."""

import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import farmgraph as fg


def rows(log):
    columns = (log.table[name].to_pylist() for name in ("account", "content", "action"))
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize(
    ("header", "preset"),
    [
        ("follower,followed,followed_at", "followers"),
        ("follower,followed,followed_at,action", ""),
        ("follower,followed,followed_at,event_type", ""),
        ("from,to,connected_at", "connections"),
        ("from,to,connected_at,type", ""),
        ("user,page,page_name,liked_at", "page-likes"),
        ("user,page,page_name,liked_at,reaction", ""),
        ("review_id,user_id,business_id,stars,date", "yelp-reviews"),
        ("review_id,user_id,business_id,stars,date,action", ""),
        ("ip,app,channel,click_time", "ad-clicks"),
        ("ip,app,channel,click_time,user_id", ""),
    ],
)
def test_a_column_that_speaks_against_a_format(tmp_path, header, preset):
    # Unfollow, unlike and delete would count as acts; and who clicked is the user where there is one.
    path = tmp_path / "log.csv"
    values = ["2024-01-01" if name.endswith(("_at", "time", "date")) else name for name in header.split(",")]
    path.write_text(f"{header}\n{','.join(values)}\n")
    named = {} if preset else {"account": header.split(",")[0], "content": header.split(",")[1]}
    assert fg.read(path, **named).preset == preset
    if not preset:
        try:
            assert fg.read(path).preset == ""
        except fg.InputError as error:
            assert "recognised" in str(error)  # noqa: PT017


def test_a_sound_and_an_effect_of_one_number():
    video = {"username": "a", "create_time": 1_700_000_000, "music_id": 7, "effect_ids": ["7", "9", "0"]}
    log = fg.read(pd.DataFrame([{**video, "video_description": "", "view_count": 1}]))
    assert log.preset == "tiktok-research"
    # The effect 0 stands for none, and does not take the others with it.
    assert sorted(rows(log)) == [
        ("a", "effect 7", "effect"),
        ("a", "effect 9", "effect"),
        ("a", "sound 7", "sound"),
    ]


def test_messages_of_two_chats_that_have_one_number(tmp_path):
    message = {"type": "message", "date": "2024-01-05T08:00:00", "date_unixtime": "1704441600", "from": "x"}
    for n in (1, 2):
        held = [
            {
                **message,
                "id": 5,
                "from_id": f"user{n}",
                "reply_to_message_id": 4,
                "text": "",
                "text_entities": [],
            }
        ]
        (tmp_path / f"chat{n}.json").write_text(
            json.dumps({"name": "c", "id": n, "messages": held}, indent=1)
        )
    log = fg.read(str(tmp_path / "chat*.json"))
    assert log.preset == "telegram"
    assert rows(log) == [("user1", "4", "reply"), ("user2", "file 2, 4", "reply")]


TWEET = {"id": "1", "created_at": "2023-01-01T00:00:00Z", "text": "", "conversation_id": "1"}


@pytest.mark.parametrize(
    ("author", "account"),
    [("12", "12"), (12, "12"), (12.0, "12"), (2**53 + 1, str(2**53 + 1)), (1.25e18, None)],
)
def test_accounts_written_as_numbers(tmp_path, author, account):
    path = tmp_path / "log.jsonl"
    tweet = {**TWEET, "author_id": author, "referenced_tweets": [{"type": "retweeted", "id": "9"}]}
    path.write_text(json.dumps(tweet) + "\n")
    log = fg.read(path)
    assert log.preset == "twitter-v2"
    assert log.table["account"].to_pylist() == ([account] if account else [])
    # From 2**53 on a float has lost digits: two accounts may have become one.
    assert log.rejected_by_reason == ({} if account else {"account cut by a spreadsheet": 1})


def test_floats_in_a_frame_that_have_lost_digits():
    frame = pd.DataFrame({"object_id": ["o", "o"], "account_id": [1.25e18, 7.0], "content_id": ["x", "y"]})
    log = fg.read(frame.assign(timestamp_share=[1, 2]))
    assert log.preset == "coortweet"
    assert log.table["account"].to_pylist() == ["7"]
    assert log.rejected_by_reason == {"account cut by a spreadsheet": 1}


def test_structures_in_columns(tmp_path):
    videos = pa.table(
        {
            "username": ["a", "b"],
            "create_time": [1_700_000_000, 1_700_000_001],
            "view_count": [1, 2],
            "music_id": [7, 7],
            "hashtag_info_list": [[{"hashtag_name": "Köln", "hashtag_id": 1}], None],
            "effect_info_list": [[], [{"effect_id": "5"}]],
        }
    )
    pq.write_table(videos, tmp_path / "videos.parquet")
    expected = [
        ("a", "sound 7", "sound"),
        ("a", "#köln", "hashtag"),
        ("b", "sound 7", "sound"),
        ("b", "effect 5", "effect"),
    ]
    for source in (tmp_path / "videos.parquet", videos):
        assert sorted(rows(fg.read(source))) == sorted(expected)
    # Where a name should stand there is a list: nobody is called so.
    lists = videos.set_column(0, "username", pa.array([["a"], ["b"]]))
    assert fg.read(lists).rejected_by_reason == {"empty account": 2}


def test_what_was_cut_is_called_so(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("object_id,account_id,content_id,timestamp_share\n1.2E+18,a,x,1\n5,b,y,2\n")
    log = fg.read(path)
    assert log.preset == "coortweet"
    assert log.rejected_by_reason == {"content cut by a spreadsheet": 1}
    assert any("cut by a spreadsheet" in note for note in log.notes)


def test_records_in_which_nobody_acts_keep_little_of_their_text(tmp_path):
    event = {
        "type": "PushEvent",
        "actor": {"login": "a"},
        "repo": {"name": "o/r"},
        "created_at": "2024-01-01T00:00:00Z",
    }
    path = tmp_path / "log.jsonl"
    path.write_text(
        json.dumps({**event, "payload": "x" * 5_000})
        + "\n"
        + json.dumps({**event, "type": "WatchEvent"})
        + "\n"
    )
    (text,) = fg.read(path).rejected["raw_text"]
    # 200 characters, and how many there were.
    whole = len(json.dumps({**event, "payload": "x" * 5_000}))
    assert text[200:] == f" [cut; {whole:,} characters in all]"


def test_times_inside_ids_are_no_numbers_of_the_log(tmp_path):
    path = tmp_path / "log.jsonl"
    tweet = {
        "id_str": "1531968803951349761",
        "created_at": "x",
        "full_text": "t",
        "user": {"id_str": "7", "screen_name": "s"},
    }
    path.write_text(
        json.dumps({**tweet, "retweet_count": 0, "favorite_count": 0, "in_reply_to_status_id_str": "5"})
        + "\n"
    )
    log = fg.read(path)
    assert log.preset == "twitter-v1"
    # (id >> 22) + 1288834974657 milliseconds.
    ms = (1531968803951349761 >> 22) + 1288834974657
    assert [int(t.timestamp() * 1000) for t in log.table["time"].to_pylist()] == [ms] * len(log)
    assert not any("Unix time" in note for note in log.notes)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://mega.nz/#!a", "mega.nz#!a"),
        ("https://mega.nz/#F!b", "mega.nz#F!b"),
        ("https://groups.google.com/forum/#!topic/x/1", "groups.google.com/forum#!topic/x/1"),
        ("https://app.example/#/post/2?utm_source=x", "app.example#/post/2?utm_source=x"),
        ("https://www.example.org/a/#section", "example.org/a"),
        ("https://example.org/a#:~:text=b", "example.org/a"),
        ("https://example.org/a?b=1#", "example.org/a?b=1"),
    ],
)
def test_fragments_that_lead_to_another_page_stay(address, name):
    log = fg.read(pd.DataFrame({"user": ["a"], "page": [address]}), normalise="url")
    assert log.table["content"].to_pylist() == [name]
