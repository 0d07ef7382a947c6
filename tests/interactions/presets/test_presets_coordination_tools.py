"""Tables that tools for coordination read, CooRTweet and the coordination network toolkit: read to the letter."""

import pytest
from interactions.presets.by_hand import assert_read_or_rejected

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
    "coortweet.csv": ("coortweet", COORTWEET, COORTWEET_REJECTED),
    "coortweet-older.csv": ("coortweet", COORTWEET, [(6, "empty account")]),
    "coordination-toolkit.csv": ("coordination-toolkit", TOOLKIT, TOOLKIT_REJECTED),
}


@pytest.mark.parametrize("named", [False, True], ids=["recognised", "named"])
@pytest.mark.parametrize("name", CASES)
def test_every_record_is_read_or_rejected(name, named):
    assert_read_or_rejected(name, *CASES[name], named=named)
