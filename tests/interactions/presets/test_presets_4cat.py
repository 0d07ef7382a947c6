"""Exports of 4CAT, of several platforms: every record read to the letter."""

import pytest
from interactions.presets.by_hand import assert_read_or_rejected, did

DANA, ELI, FEE = "1510000000000000011", "1510000000000000012", "1510000000000000013"
FOURCAT = [
    (DANA, "example.org/manif?lang=fr", "2023-03-27T18:00:00", "link", 1),
    (DANA, "example.net/plan", "2023-03-27T18:00:00", "link", 1),
    (DANA, "#manif", "2023-03-27T18:00:00", "hashtag", 1),
    (DANA, "#été", "2023-03-27T18:00:00", "hashtag", 1),
    (
        DANA,
        '"manif demain ✊ venez #manif #été"',
        "2023-03-27T18:00:00",
        "text",
        1,
    ),
    (FEE, "1640000000000000501", "2023-03-27T18:01:00", "reply", 3),
    (FEE, '"oui"', "2023-03-27T18:01:00", "text", 3),
    (ELI, "1640000000000000501", "2023-03-27T18:02:00", "reply", 4),
    (ELI, "\"non, 'jamais'\"", "2023-03-27T18:02:00", "text", 4),
    (FEE, '"manif demain"', "2023-03-27T18:03:00", "text", 5),
    (ELI, "#manif", "2023-03-27T18:07:00", "hashtag", 9),
    (ELI, '"fini #manif"', "2023-03-27T18:07:00", "text", 9),
]
FOURCAT_REJECTED = [
    (2, "no action"),
    (6, "empty account"),
    (7, "no action"),
    (8, "unreadable time"),
    (10, "exact duplicate"),
]
FOURCAT_NDJSON = [
    (DANA, "example.org/affiche", "2023-04-23T06:00:00", "link", 1),
    (DANA, "#affiche", "2023-04-23T06:00:00", "hashtag", 1),
    (DANA, '"affiche 🎨 #affiche"', "2023-04-23T06:00:00", "text", 1),
    (ELI, "1650000000000000601", "2023-04-23T06:00:04", "repost", 2),
    (FEE, "1650000000000000601", "2023-04-23T06:00:05", "repost", 3),
    (FEE, "1650000000000000601", "2023-04-23T06:01:00", "reply", 4),
    (FEE, '"belle !"', "2023-04-23T06:01:00", "text", 4),
    (ELI, "1650000000000000604", "2023-04-23T06:02:00", "quote", 5),
    (ELI, '"voilà"', "2023-04-23T06:02:00", "text", 5),
]
FOURCAT_NDJSON_REJECTED = [
    (6, "no action"),
    (7, "empty account"),
    (8, "exact duplicate"),
    (9, "malformed JSON"),
]

FOURCAT_TELEGRAM = [
    ("700000001", "example.org/live", "2023-05-01T08:00:00", "link", 1),
    (
        "700000001",
        '"всем привет! смотрите 👇 https://example.org/live"',
        "2023-05-01T08:00:00",
        "text",
        1,
    ),
    ("700000002", "1200000001", "2023-05-01T08:00:20", "repost", 2),
    ("700000003", "1200000001", "2023-05-01T08:00:21", "repost", 3),
    ("700000002", '"привет"', "2023-05-01T08:01:00", "text", 4),
    ("700000003", "Someone Hidden", "2023-05-01T08:04:00", "repost", 7),
    ("700000001", '"привет"', "2023-05-01T08:05:00", "text", 8),
]
FOURCAT_TELEGRAM_REJECTED = [(5, "empty account"), (6, "no action"), (9, "exact duplicate")]

FOURCAT_TIKTOK = [
    ("gil.example", "#fyp", "2023-06-10T20:00:00", "hashtag", 1),
    ("gil.example", "#danse", "2023-06-10T20:00:00", "hashtag", 1),
    ("gil.example", '"new dance 💃 #fyp #danse"', "2023-06-10T20:00:00", "text", 1),
    ("hana_example", "#fyp", "2023-06-10T20:00:30", "hashtag", 2),
    ("hana_example", "#danse", "2023-06-10T20:00:30", "hashtag", 2),
    ("hana_example", '"new dance 💃 #fyp #danse"', "2023-06-10T20:00:30", "text", 2),
    ("hana_example", "\"line one line 'two'\"", "2023-06-10T20:02:00", "text", 4),
    ("ivo.example", "#fyp", "2023-06-10T20:04:00", "hashtag", 6),
    ("ivo.example", '"#fyp"', "2023-06-10T20:04:00", "text", 6),
]
FOURCAT_TIKTOK_REJECTED = [
    (3, "no action"),
    (5, "empty account"),
    (7, "no action"),
    (8, "unreadable time"),
]

FIRST_SKY = "https://bsky.app/profile/j.example.org/post/3kexample0001"
FOURCAT_BLUESKY = [
    (did("j"), "example.org/spring", "2024-03-01T09:00:00.123", "link", 1),
    (did("j"), "example.net/x", "2024-03-01T09:00:00.123", "link", 1),
    (did("j"), "#spring", "2024-03-01T09:00:00.123", "hashtag", 1),
    (
        did("j"),
        '"spring 🌱 https://www.example.org/spring #spring"',
        "2024-03-01T09:00:00.123",
        "text",
        1,
    ),
    (did("k"), FIRST_SKY, "2024-03-01T09:00:05", "quote", 2),
    (did("k"), '"so true"', "2024-03-01T09:00:05", "text", 2),
    (did("l"), FIRST_SKY, "2024-03-01T09:01:00", "reply", 3),
    (did("l"), '"yes"', "2024-03-01T09:01:00", "text", 3),
    (did("l"), '"hidden from you"', "2024-03-01T09:04:00", "text", 6),
    (did("j"), "#spring", "2024-03-01T09:06:00", "hashtag", 8),
    (did("j"), '"#spring"', "2024-03-01T09:06:00", "text", 8),
]
FOURCAT_BLUESKY_REJECTED = [
    (4, "no action"),
    (5, "no action"),
    (7, "empty account"),
    (9, "exact duplicate"),
]

CASES = {
    "4cat.csv": ("4cat", FOURCAT, FOURCAT_REJECTED),
    # 4CAT's NDJSON holds tweets as the API gave them.
    "4cat.ndjson": ("twitter-v2", FOURCAT_NDJSON, FOURCAT_NDJSON_REJECTED),
    "4cat-telegram.csv": ("4cat-telegram", FOURCAT_TELEGRAM, FOURCAT_TELEGRAM_REJECTED),
    "4cat-tiktok.csv": ("4cat-tiktok", FOURCAT_TIKTOK, FOURCAT_TIKTOK_REJECTED),
    "4cat-bluesky.csv": ("4cat-bluesky", FOURCAT_BLUESKY, FOURCAT_BLUESKY_REJECTED),
}


@pytest.mark.parametrize("named", [False, True], ids=["recognised", "named"])
@pytest.mark.parametrize("name", CASES)
def test_every_record_is_read_or_rejected(name, named):
    assert_read_or_rejected(name, *CASES[name], named=named)
