"""Exports of social networks and of tools that collect them: files of the real shape, read to the letter."""

import hashlib
from importlib import import_module
from pathlib import Path

import pytest

import farmgraph as fg

FIXTURES = Path(__file__).parent / "fixtures"
MODULES = (
    *("twitter_v2", "twitter_v1", "x_archive", "fourcat", "telegram", "bluesky", "mastodon", "coortweet"),
    "coordination_toolkit",
)


def presets():
    for name in MODULES:
        module = import_module(f"farmgraph.interactions.presets.{name}")
        yield from getattr(module, "PRESETS", None) or (module.PRESET,)


def shortened(text):
    """Shorten a long text as the rule for texts says."""
    whole = f'"{text}"'
    return f"{whole[:100]}... [{hashlib.blake2b(whole.encode(), digest_size=6).hexdigest()}]"


def did(letter):
    return "did:plc:" + letter * 24


def post(letter, key):
    return f"at://{did(letter)}/app.bsky.feed.post/{key}"


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

BLUESKY = [
    (did("n"), "example.org/x", "2024-09-09T16:40:01", "link", 1),
    (did("n"), "#blau", "2024-09-09T16:40:01", "hashtag", 1),
    (did("n"), '"hallo 🦋 sieh example.org/x… #blau"', "2024-09-09T16:40:01", "text", 1),
    (did("o"), post("n", "3l3key0000001"), "2024-09-09T16:40:02", "repost", 2),
    (did("p"), post("n", "3l3key0000001"), "2024-09-09T16:40:04", "repost", 4),
    (did("o"), did("n"), "2024-09-09T16:40:05", "follow", 5),
    (did("o"), post("n", "3l3key0000001"), "2024-09-09T16:40:06", "reply", 6),
    (did("o"), '"hallo!"', "2024-09-09T16:40:06", "text", 6),
    (did("p"), post("n", "3l3key0000001"), "2024-09-09T16:40:07", "quote", 7),
    (did("q"), post("o", "3l3key0000006"), "2024-09-09T16:40:08", "quote", 8),
    (did("q"), "example.net/bild", "2024-09-09T16:40:08", "link", 8),
    (did("q"), "#himmel", "2024-09-09T16:40:08", "hashtag", 8),
    (did("q"), '"bild"', "2024-09-09T16:40:08", "text", 8),
    (did("q"), "example.org/nur-karte", "2024-09-09T16:40:16", "link", 16),
    (did("q"), '"hallo!"', "2024-09-09T16:40:16", "text", 16),
    (did("r"), post("n", "3l3key0000001"), "2024-09-09T16:40:18", "like", 18),
]
BLUESKY_REJECTED = [
    (3, "taken back later"),
    (9, "takes back an earlier action"),
    (10, "no action"),
    (11, "no action"),
    (12, "malformed JSON"),
    (13, "empty account"),
    (14, "no action"),
    (15, "takes back an earlier action"),
    (17, "exact duplicate"),
]

RIA, SAM, TAO = (
    "https://social.example.org/@ria",
    "https://toot.example.net/@sam",
    "https://social.example.org/@tao",
)
SNOW = "https://social.example.org/users/ria/statuses/111800000000000001"
COLD = "https://toot.example.net/users/sam/statuses/111800000000000004"
MASTODON = [
    (RIA, "example.org/snow", "2024-02-01T12:00:00", "link", 1),
    (RIA, "#schnee", "2024-02-01T12:00:00", "hashtag", 1),
    (RIA, "#winter", "2024-02-01T12:00:00", "hashtag", 1),
    (
        RIA,
        "\"<p>snow ❄️ <a href='https://www.example.org/snow/'>example.org/snow</a></p>\"",
        "2024-02-01T12:00:00",
        "text",
        1,
    ),
    (SAM, SNOW, "2024-02-01T12:00:30.5", "repost", 2),
    (TAO, SNOW, "2024-02-01T12:00:31", "repost", 3),
    (SAM, "111800000000000001", "2024-02-01T12:01:00", "reply", 4),
    (SAM, '"<p>cold!</p>"', "2024-02-01T12:01:00", "text", 4),
    (TAO, COLD, "2024-02-01T12:02:00", "quote", 5),
    (TAO, '"<p>cold!</p>"', "2024-02-01T12:02:00", "text", 5),
]
MASTODON_REJECTED = [
    (6, "no action"),
    (7, "empty account"),
    (8, "unreadable time"),
    (9, "exact duplicate"),
]
NOTIFICATIONS = [
    (SAM, SNOW, "2024-02-01T12:00:10", "like", 1),
    (TAO, SNOW, "2024-02-01T12:00:11", "like", 2),
    (SAM, SNOW, "2024-02-01T12:00:30.5", "repost", 3),
    (SAM, "111800000000000001", "2024-02-01T12:01:00", "reply", 4),
    (TAO, COLD, "2024-02-01T12:08:00", "like", 8),
]
NOTIFICATIONS_REJECTED = [(5, "no action"), (6, "no action"), (7, "empty account")]

COORTWEET = [
    ("fb_101", "https://example.org/Story", "2021-08-26T17:46:40", "share", 1),
    ("fb_102", "https://example.org/Story", "2021-08-26T17:46:45", "share", 2),
    ("tw_103", "https://example.org/Story", "2021-08-26T17:46:50", "share", 3),
    ("tw_103", "1620000000000000101", "2021-08-26T17:48:20", "share", 4),
    ("fb_101", "1620000000000000101", "2021-08-26T17:48:21", "share", 5),
]
COORTWEET_REJECTED = [
    (6, "no action"),
    (7, "empty account"),
    (8, "unreadable time"),
    (9, "exact duplicate"),
]

TOOLKIT = [
    ("u1", "example.org/s", "2020-09-13T12:26:40.5", "link", 1),
    ("u1", "example.net/t", "2020-09-13T12:26:40.5", "link", 1),
    (
        "u1",
        '"look at this 🔭 https://www.example.org/s http://example.net/t/"',
        "2020-09-13T12:26:40.5",
        "text",
        1,
    ),
    ("u2", "m1", "2020-09-13T12:26:50", "repost", 2),
    ("u3", "m1", "2020-09-13T12:26:51", "repost", 3),
    ("u2", "m1", "2020-09-13T12:27:40", "reply", 4),
    ("u2", '"nice"', "2020-09-13T12:27:40", "text", 4),
    ("u3", "m1", "2020-09-13T12:27:41", "reply", 5),
    ("u3", '"nice"', "2020-09-13T12:27:41", "text", 5),
    ("u1", '"again"', "2020-09-13T12:28:10", "text", 9),
]
TOOLKIT_REJECTED = [
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
    "4cat.csv": ("4cat", FOURCAT, FOURCAT_REJECTED),
    # 4CAT's NDJSON holds tweets as the API gave them.
    "4cat.ndjson": ("twitter-v2", FOURCAT_NDJSON, FOURCAT_NDJSON_REJECTED),
    "4cat-telegram.csv": ("4cat-telegram", FOURCAT_TELEGRAM, FOURCAT_TELEGRAM_REJECTED),
    "4cat-tiktok.csv": ("4cat-tiktok", FOURCAT_TIKTOK, FOURCAT_TIKTOK_REJECTED),
    "4cat-bluesky.csv": ("4cat-bluesky", FOURCAT_BLUESKY, FOURCAT_BLUESKY_REJECTED),
    "telegram.json": ("telegram", TELEGRAM, TELEGRAM_REJECTED),
    "telegram-older.json": ("telegram", TELEGRAM_OLDER, []),
    "bluesky.jsonl": ("bluesky", BLUESKY, BLUESKY_REJECTED),
    "mastodon.json": ("mastodon", MASTODON, MASTODON_REJECTED),
    "mastodon-notifications.json": ("mastodon-notifications", NOTIFICATIONS, NOTIFICATIONS_REJECTED),
    "coortweet.csv": ("coortweet", COORTWEET, COORTWEET_REJECTED),
    "coortweet-older.csv": ("coortweet", COORTWEET, [(6, "empty account")]),
    "coordination-toolkit.csv": ("coordination-toolkit", TOOLKIT, TOOLKIT_REJECTED),
}


def interactions(log):
    columns = [log.table[name].to_pylist() for name in ("account", "content", "time", "action", "line")]
    return [
        (account, content, f"{time:%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip("."), action, line)
        for account, content, time, action, line in zip(*columns, strict=True)
    ]


@pytest.mark.parametrize("named", [False, True], ids=["recognised", "named"])
@pytest.mark.parametrize("name", CASES)
def test_every_record_is_read_or_rejected(name, named):
    preset, expected, rejected = CASES[name]
    log = fg.read(FIXTURES / name, preset=preset) if named else fg.read(FIXTURES / name)
    assert sorted(interactions(log), key=lambda row: row[4]) == interactions(log)
    assert sorted(interactions(log)) == sorted(expected)
    found = log.rejected[["line", "reason"]].itertuples(index=False, name=None)
    assert sorted((int(line), reason) for line, reason in found) == rejected
    assert log.n_used == len({row[4] for row in expected})
    assert log.n_rows == log.n_used + len(log.rejected)


def test_names_as_they_were_written_are_kept():
    table = fg.read(FIXTURES / "twitter-v2.jsonl").table
    assert table["raw_content"].to_pylist()[:4] == [
        "https://WWW.Example.org/a/?utm_source=x#y",
        "Köln",
        "Vote",
        "Vote now! https://t.co/AbC1 #Köln #Vote",
    ]


def test_what_stands_in_the_fixtures_covers_every_act():
    for preset in presets():
        found = {row[3] for name, expected, _ in CASES.values() if name == preset.name for row in expected}
        # The one like of the Bluesky fixture is taken back.
        assert {act.action for act in preset.acts} - found <= (
            {"like"} if preset.name == "bluesky" else set()
        )


def test_presets_are_complete():
    for preset in presets():
        assert all((preset.title, preset.about, preset.marks, preset.acts, preset.account))
        assert preset.json or preset.table
        assert {act.rule for act in preset.acts} <= {"", "url", "text", "hashtag"}
    assert [preset.resolution_s for preset in presets() if preset.name == "x-archive"] == [60.0]


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
    for preset in presets():
        assert not all(any(name in row for name in mark.split("|")) for mark in preset.marks), preset.name
