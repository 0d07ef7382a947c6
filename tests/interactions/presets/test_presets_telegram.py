"""Chats that Telegram exported: every message read to the letter."""

import pytest
from interactions.presets.by_hand import assert_read_or_rejected

NIA, OZ, CHANNEL = "user500000001", "user500000002", "channel1300000001"
TELEGRAM = [
    (NIA, '"guten morgen"', "2024-01-05T08:00:00", "text", 2),
    (OZ, "2", "2024-01-05T08:00:05", "reply", 3),
    (OZ, '"guten morgen"', "2024-01-05T08:00:05", "text", 3),
    (NIA, "example.org/a", "2024-01-05T08:01:00", "link", 4),
    (NIA, "example.net/b", "2024-01-05T08:01:00", "link", 4),
    (NIA, "#frühling", "2024-01-05T08:01:00", "hashtag", 4),
    (
        NIA,
        '"hier: https://www.example.org/a?utm_source=tg und dort #frühling"',
        "2024-01-05T08:01:00",
        "text",
        4,
    ),
    (OZ, CHANNEL, "2024-01-05T08:02:00", "repost", 5),
    (OZ, '"news https://example.org/news#news"', "2024-01-05T08:02:00", "text", 5),
    (CHANNEL, CHANNEL, "2024-01-05T08:02:01", "repost", 6),
    (CHANNEL, '"news"', "2024-01-05T08:02:01", "text", 6),
    ("user500000003", "Hidden Name", "2024-01-05T08:03:00", "repost", 7),
    ("user500000003", '"by a deleted account"', "2024-01-05T08:03:00", "text", 7),
    (OZ, '"achtung jetzt"', "2024-01-05T08:07:00", "text", 11),
]
TELEGRAM_REJECTED = [
    (1, "no action"),
    (8, "no action"),
    (9, "empty account"),
    (10, "unreadable time"),
]
TELEGRAM_OLDER = [
    (NIA, '"guten morgen"', "2024-01-05T08:00:00", "text", 1),
    (OZ, "2", "2024-01-05T08:00:05", "reply", 2),
    (OZ, '"guten morgen"', "2024-01-05T08:00:05", "text", 2),
    (NIA, "example.org/a", "2024-01-05T08:01:00", "link", 3),
    (NIA, "example.net/b", "2024-01-05T08:01:00", "link", 3),
    (NIA, "#frühling", "2024-01-05T08:01:00", "hashtag", 3),
    (OZ, "Example Channel", "2024-01-05T08:02:00", "repost", 4),
    (CHANNEL, "Example Channel", "2024-01-05T08:02:01", "repost", 5),
    (CHANNEL, '"news"', "2024-01-05T08:02:01", "text", 5),
]

CASES = {
    "telegram.json": ("telegram", TELEGRAM, TELEGRAM_REJECTED),
    "telegram-older.json": ("telegram", TELEGRAM_OLDER, []),
}


@pytest.mark.parametrize("named", [False, True], ids=["recognised", "named"])
@pytest.mark.parametrize("name", CASES)
def test_every_record_is_read_or_rejected(name, named):
    assert_read_or_rejected(name, *CASES[name], named=named)
