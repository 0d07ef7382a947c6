"""Tweets as Twitter's and X's interfaces and archive gave them: every record read to the letter."""

import pytest
from interactions.presets.by_hand import (
    FIXTURES,
    assert_read_or_rejected,
    shortened,
)

import farmgraph as fg

ADA, BO, CY = "1498201837462910001", "1498201837462910002", "1498201837462910003"
LONG = shortened(
    "ein langer text, der nicht in zweihundertachtzig zeichen passt: "
    + "immer weiter und weiter, " * 10
    + "bis #ende"
)

TWITTER_V2 = [
    (ADA, "example.org/a", "2023-01-30T10:00:00", "link", 1),
    (ADA, "#köln", "2023-01-30T10:00:00", "hashtag", 1),
    (ADA, "#vote", "2023-01-30T10:00:00", "hashtag", 1),
    (ADA, '"vote now! #köln #vote"', "2023-01-30T10:00:00", "text", 1),
    (BO, "1620000000000000101", "2023-01-30T10:00:05", "repost", 2),
    (CY, "1620000000000000101", "2023-01-30T10:02:00", "reply", 3),
    (CY, '"ja! unbedingt 🗳️"', "2023-01-30T10:02:00", "text", 3),
    (BO, "1620000000000000101", "2023-01-30T10:03:00", "quote", 4),
    (BO, "twitter.com/ada_example/status/1620000000000000101", "2023-01-30T10:03:00", "link", 4),
    (BO, '"look 👀"', "2023-01-30T10:03:00", "text", 4),
    (ADA, "1620000000000000104", "2023-01-30T10:06:00", "quote", 8),
    (ADA, "1620000000000000103", "2023-01-30T10:06:00", "reply", 8),
    (ADA, '"genau"', "2023-01-30T10:06:00", "text", 8),
    (CY, "example.net/lang", "2023-01-30T10:07:00.5", "link", 10),
    (CY, "#ende", "2023-01-30T10:07:00.5", "hashtag", 10),
    (CY, LONG, "2023-01-30T10:07:00.5", "text", 10),
]
TWITTER_V2_REJECTED = [(5, "empty account"), (6, "malformed JSON"), (7, "no action"), (9, "exact duplicate")]

TWITTER_V2_FLAT = [
    (ADA, "#wetter", "2023-02-26T08:00:00", "hashtag", 1),
    (ADA, '"guten morgen ☀️ #wetter"', "2023-02-26T08:00:00", "text", 1),
    (BO, "1630000000000000201", "2023-02-26T08:00:01.25", "repost", 2),
    (CY, "1630000000000000201", "2023-02-26T08:00:02", "repost", 3),
    (BO, "1630000000000000201", "2023-02-26T08:01:00", "reply", 4),
    (BO, '"morgen!"', "2023-02-26T08:01:00", "text", 4),
    (ADA, "1630000000000000204", "2023-02-26T08:04:00", "quote", 8),
    (ADA, '"siehe oben"', "2023-02-26T08:04:00", "text", 8),
]
TWITTER_V2_FLAT_REJECTED = [(5, "empty account"), (6, "malformed JSON"), (7, "no action")]

TWITTER_V2_CSV = [
    (ADA, "example.org/rain?day=1", "2023-03-01T09:00:00", "link", 1),
    (ADA, "example.net/map", "2023-03-01T09:00:00", "link", 1),
    (ADA, "#rain", "2023-03-01T09:00:00", "hashtag", 1),
    (
        ADA,
        '"rain, again 🌧️\\nsee and #rain"',
        "2023-03-01T09:00:00",
        "text",
        1,
    ),
    (BO, "1631000000000000301", "2023-03-01T09:00:03", "repost", 2),
    (CY, "1631000000000000301", "2023-03-01T09:01:00", "reply", 3),
    (CY, '"dry here"', "2023-03-01T09:01:00", "text", 3),
    (CY, "1631000000000000301", "2023-03-01T09:02:00", "quote", 4),
    (CY, '"wow"', "2023-03-01T09:02:00", "text", 4),
    (BO, "example.org/dry", "2023-03-01T09:05:00", "link", 7),
    (BO, "#dry", "2023-03-01T09:05:00", "hashtag", 7),
    (BO, "\"dry, 'finally'\"", "2023-03-01T09:05:00", "text", 7),
]
TWITTER_V2_CSV_REJECTED = [(5, "empty account"), (6, "no action"), (8, "exact duplicate")]

# 1531968803951349761 >> 22 is 365,249,825,466; with 1,288,834,974,657 it is 2022-06-01 12:00:00.123.
TWITTER_V1 = [
    (ADA, "example.org/eil?id=7", "2022-06-01T12:00:00.123", "link", 1),
    (ADA, "#eilmeldung", "2022-06-01T12:00:00.123", "hashtag", 1),
    (ADA, "#berlin", "2022-06-01T12:00:00.123", "hashtag", 1),
    (
        ADA,
        '"große nachricht 🚨 heute: mit sehr vielen wörtern #eilmeldung #berlin"',
        "2022-06-01T12:00:00.123",
        "text",
        1,
    ),
    (BO, "1531968803951349761", "2022-06-01T12:00:01.5", "repost", 2),
    (CY, "1531968803951349761", "2022-06-01T12:00:02.007", "repost", 3),
    (CY, "1531968803951349761", "2022-06-01T12:01:00", "reply", 4),
    (CY, "example.net/check", "2022-06-01T12:01:00", "link", 4),
    (CY, '"really?"', "2022-06-01T12:01:00", "text", 4),
    (BO, "1531968803951349761", "2022-06-01T12:02:00.999", "quote", 5),
    (BO, "#berlin", "2022-06-01T12:02:00.999", "hashtag", 5),
    (BO, '"so 😮 #berlin"', "2022-06-01T12:02:00.999", "text", 5),
    (ADA, '"a text that is cut…"', "2022-06-01T12:03:00.25", "text", 6),
    (CY, '"just setting up"', "2008-05-03T12:00:00", "text", 7),
]
TWITTER_V1_REJECTED = [
    (8, "empty account"),
    (9, "malformed JSON"),
    (10, "exact duplicate"),
    (11, "no action"),
]

HASH_1, HASH_2 = "q0Zx3nP8vT1rYb5uKd7mWc2eLs9aJf4hGi6oNtEwXA=", "Bk2pLm9xVc4zQw7tRy1uIo5eSd8fGh3jNa6bMxTrYE="
X_ARCHIVE = [
    (HASH_1, "example.org/a", "2017-06-01T10:00:00", "link", 1),
    (HASH_1, "example.net/b?x=1", "2017-06-01T10:00:00", "link", 1),
    (HASH_1, "#election", "2017-06-01T10:00:00", "hashtag", 1),
    (HASH_1, "#vote", "2017-06-01T10:00:00", "hashtag", 1),
    (
        HASH_1,
        '"read this #election #vote"',
        "2017-06-01T10:00:00",
        "text",
        1,
    ),
    (HASH_2, "8700000000000004001", "2017-06-01T10:01:00", "repost", 2),
    ("2345678901", "8700000000000004001", "2017-06-01T10:01:00", "repost", 3),
    (HASH_2, "8700000000000004001", "2017-06-01T10:05:00", "reply", 4),
    (HASH_2, '"no!"', "2017-06-01T10:05:00", "text", 4),
    (HASH_1, "8700000000000004004", "2017-06-01T10:06:00", "quote", 5),
    (HASH_1, '"well"', "2017-06-01T10:06:00", "text", 5),
    (HASH_2, "example.org/a", "2017-06-01T10:10:00", "link", 9),
    (HASH_2, "#привет", "2017-06-01T10:10:00", "hashtag", 9),
    (HASH_2, "#one", "2017-06-01T10:10:00", "hashtag", 9),
    (HASH_2, "\"два слова 🇷🇺 'sic', привет\"", "2017-06-01T10:10:00", "text", 9),
]
X_ARCHIVE_REJECTED = [
    (6, "no action"),
    (7, "empty account"),
    (8, "unreadable time"),
    (10, "exact duplicate"),
]

CASES = {
    "twitter-v2.jsonl": ("twitter-v2", TWITTER_V2, TWITTER_V2_REJECTED),
    "twitter-v2-flat.jsonl": ("twitter-v2", TWITTER_V2_FLAT, TWITTER_V2_FLAT_REJECTED),
    "twitter-v2-csv.csv": ("twitter-v2-csv", TWITTER_V2_CSV, TWITTER_V2_CSV_REJECTED),
    "twitter-v1.jsonl": ("twitter-v1", TWITTER_V1, TWITTER_V1_REJECTED),
    "x-archive.csv": ("x-archive", X_ARCHIVE, X_ARCHIVE_REJECTED),
}


@pytest.mark.parametrize("named", [False, True], ids=["recognised", "named"])
@pytest.mark.parametrize("name", CASES)
def test_every_record_is_read_or_rejected(name, named):
    assert_read_or_rejected(name, *CASES[name], named=named)


def test_names_as_they_were_written_are_kept():
    table = fg.read(FIXTURES / "twitter-v2.jsonl").table
    assert table["raw_content"].to_pylist()[:4] == [
        "https://WWW.Example.org/a/?utm_source=x#y",
        "Köln",
        "Vote",
        "Vote now! https://t.co/AbC1 #Köln #Vote",
    ]
