"""Acts without words: stars on GitHub, likes, follows, connections and clicks, one by one."""

import pandas as pd
import pytest
from interactions.presets.by_hand import (
    EMPTY,
    MALFORMED,
    NOTHING,
    TIME,
    TWICE,
    assert_no_other_fits,
    assert_read_when_named,
    assert_recognised,
    interactions,
)

import farmgraph as fg

GHARCHIVE = (
    [
        ("invented-a", "acme-invented/tool", "2024-01-01T15:00:00", "star", 1),
        ("invented-b", "acme-invented/tool", "2024-01-01T15:00:01", "star", 2),
        ("invented-c", "acme-invented/tool", "2024-01-01T15:00:09", "fork", 4),
        ("invented-c", "other-invented/lib.js", "2024-01-01T15:00:10", "star", 5),
        ("invented-bot[bot]", "acme-invented/tool", "2024-01-01T15:00:14", "star", 9),
    ],
    [(3, NOTHING), (6, NOTHING), (7, MALFORMED), (8, EMPTY), (10, TIME), (11, TWICE)],
    11,
)


PAGE_LIKES = (
    [
        ("u17", "p3", "2024-05-01T09:00:00", "like", 1),
        ("u18", "p3", "2024-05-01T09:00:04", "like", 2),
        ("u17", "p4", "2024-05-01T09:30:00", "like", 3),
        ("u19", "p4", "2024-05-01T09:40:00", "like", 4),
        ("u18", "p5", None, "like", 8),
    ],
    [(5, EMPTY), (6, NOTHING), (7, TIME), (9, TWICE)],
    9,
)
FOLLOWERS = (
    [
        ("u17", "shop_a", "2024-05-01T09:00:00", "follow", 1),
        ("u18", "shop_a", "2024-05-01T09:00:04", "follow", 2),
        ("shop_a", "u17", "2024-05-01T09:10:00", "follow", 3),
        ("ünal", "shop_b", "2024-05-02T00:00:00", "follow", 4),
        ("u17", "shop_🦆", None, "follow", 8),
    ],
    [(5, EMPTY), (6, NOTHING), (7, TIME)],
    8,
)
CONNECTIONS = (
    [
        ("u17", "u40", "2024-05-01T09:00:00", "connect", 1),
        ("u18", "u40", "2024-05-01T09:00:04", "connect", 2),
        ("u40", "u18", "2024-05-01T09:00:04", "connect", 3),
        ("u17", "Søren 🧑", "2024-05-01T09:40:00", "connect", 4),
        ("u18", "u41", "2024-05-01T11:00:05.500", "connect", 8),
    ],
    [(5, EMPTY), (6, NOTHING), (7, TIME)],
    8,
)
AD_CLICKS = (
    [
        ("900001", "12", "2017-11-07T09:30:38", "click", 1),
        ("900002", "12", "2017-11-07T09:30:41", "click", 2),
        ("900001", "3", "2017-11-07T09:30:41", "click", 3),
        ("900003", "12", "2017-11-07T09:30:42", "click", 4),
        ("900002", "12", "2017-11-07T09:30:41", "click", 9),
    ],
    [(5, EMPTY), (6, NOTHING), (7, TIME), (8, TWICE)],
    9,
)

FORMS = {
    "gharchive.jsonl": ("gharchive", *GHARCHIVE),
    "page-likes.csv": ("page-likes", *PAGE_LIKES),
    "followers.csv": ("followers", *FOLLOWERS),
    "connections.csv": ("connections", *CONNECTIONS),
    "ad-clicks.csv": ("ad-clicks", *AD_CLICKS),
}


@pytest.mark.parametrize("file", FORMS)
def test_recognised(file):
    assert_recognised(file, *FORMS[file])


@pytest.mark.parametrize("file", FORMS)
def test_named(file):
    assert_read_when_named(file, *FORMS[file])


@pytest.mark.parametrize("file", FORMS)
def test_one_preset_fits_and_no_other(file):
    assert_no_other_fits(file, FORMS[file][0])


def test_likes_without_names_of_pages_can_be_named():
    frame = pd.DataFrame({"user": ["a", "b"], "page": ["p", "p"], "liked_at": ["2024-05-01", "2024-05-02"]})
    log = fg.read(frame, preset="page-likes")
    assert [row[:2] + row[3:] for row in interactions(log)] == [("a", "p", "like", 1), ("b", "p", "like", 2)]
