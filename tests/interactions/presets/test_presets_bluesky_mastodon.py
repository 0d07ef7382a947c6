"""Records of networks without a centre, Bluesky and Mastodon: every one read to the letter."""

import pytest
from interactions.presets.by_hand import assert_read_or_rejected, did


def post(letter, key):
    return f"at://{did(letter)}/app.bsky.feed.post/{key}"


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

CASES = {
    "bluesky.jsonl": ("bluesky", BLUESKY, BLUESKY_REJECTED),
    "mastodon.json": ("mastodon", MASTODON, MASTODON_REJECTED),
    "mastodon-notifications.json": ("mastodon-notifications", NOTIFICATIONS, NOTIFICATIONS_REJECTED),
}


@pytest.mark.parametrize("named", [False, True], ids=["recognised", "named"])
@pytest.mark.parametrize("name", CASES)
def test_every_record_is_read_or_rejected(name, named):
    assert_read_or_rejected(name, *CASES[name], named=named)
