"""What holds of all presets together: every act is in a fixture, none lacks a part, no ordinary log is an export."""

from importlib import import_module

import pytest
from interactions.presets.test_presets_4cat import CASES as FOURCAT
from interactions.presets.test_presets_bare_acts import FORMS as BARE_ACTS
from interactions.presets.test_presets_bluesky_mastodon import CASES as BLUESKY_MASTODON
from interactions.presets.test_presets_coordination_tools import CASES as TOOLS
from interactions.presets.test_presets_meta import FORMS as META
from interactions.presets.test_presets_reviews import FORMS as REVIEWS
from interactions.presets.test_presets_telegram import CASES as TELEGRAM
from interactions.presets.test_presets_tiktok import FORMS as TIKTOK
from interactions.presets.test_presets_twitter import CASES as TWITTER
from interactions.presets.test_presets_youtube import FORMS as YOUTUBE

from farmgraph.interactions.presets import presets, recognised

CASES = {**TWITTER, **FOURCAT, **TELEGRAM, **BLUESKY_MASTODON, **TOOLS}
FORMS = {**META, **TIKTOK, **YOUTUBE, **REVIEWS, **BARE_ACTS}

MODULES = (
    *("twitter_v2", "twitter_v1", "x_archive", "fourcat", "telegram", "bluesky", "mastodon", "coortweet"),
    "coordination_toolkit",
)


def presets_of_modules():
    for name in MODULES:
        module = import_module(f"farmgraph.interactions.presets.{name}")
        yield from getattr(module, "PRESETS", None) or (module.PRESET,)


def test_what_stands_in_the_fixtures_covers_every_act():
    for preset in presets_of_modules():
        found = {row[3] for name, expected, _ in CASES.values() if name == preset.name for row in expected}
        # The one like of the Bluesky fixture is taken back.
        assert {act.action for act in preset.acts} - found <= (
            {"like"} if preset.name == "bluesky" else set()
        )


def test_presets_are_complete():
    for preset in presets_of_modules():
        assert all((preset.title, preset.about, preset.marks, preset.acts, preset.account))
        assert preset.json or preset.table
        assert {act.rule for act in preset.acts} <= {"", "url", "text", "hashtag"}
    assert [preset.resolution_s for preset in presets_of_modules() if preset.name == "x-archive"] == [60.0]


@pytest.mark.parametrize(
    "row",
    [
        {"id": "1", "author_id": "a", "text": "hello", "created_at": "2024-01-01"},
        {"id": "1", "author_id": "a", "conversation_id": "c", "text": "hello", "created_at": "2024-01-01"},
        {"user_id": "a", "url": "https://example.org", "timestamp": 1700000000},
        {"id": "1", "from": "a", "text": "hello", "date": "2024-01-01", "type": "message"},
        {"message_id": "1", "user_id": "a", "message": "hello", "timestamp": 1700000000},
        {"object_id": "o", "account_id": "a", "timestamp": 1700000000},
        {"id": "1", "thread_id": "1", "author": "a", "body": "hello", "timestamp": 1700000000},
    ],
)
def test_logs_made_by_hand_are_no_export(row):
    """None of the marks lets an ordinary log pass for an export."""
    for preset in presets_of_modules():
        assert not all(any(name in row for name in mark.split("|")) for mark in preset.marks), preset.name


@pytest.mark.parametrize(
    "columns",
    [
        "user,page,time",
        "user,page,liked_at",
        "user_id,page_id,liked_at,type",
        "account,content,timestamp,action",
        "follower,followed",
        "follower,followed,time",
        "from,to,time",
        "from,to,date,message",
        "ip,url,click_time",
        "ip,channel,time",
        "user_id,business_id,stars,date",
        "user_id,item_id,rating,timestamp",
        "user_id,asin,rating,timestamp",
        "username,text,create_time",
        "videoId,publishedAt,text,author",
        "channelId,videoId,publishedAt",
        "type,actor,repo,created_at",
        "id,creation_time,text,owner.id",
        "Page Name,Message,Date",
        "User Name,Post Created,Description",
    ],
)
def test_ordinary_logs_are_not_recognised(columns):
    for is_json in (False, True):
        assert recognised(columns.split(","), is_json=is_json) is None


def test_contents_that_are_accounts_are_told():
    here = {form[0] for form in FORMS.values()}
    found = {name for name, preset in presets().items() if name in here and preset.contents_are_accounts}
    assert found == {"connections", "followers"}
