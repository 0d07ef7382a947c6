"""Posts of Facebook and Instagram from CrowdTangle and the Meta Content Library, interaction by interaction."""

import pytest
from interactions.presets.by_hand import (
    EMPTY,
    FIXTURES,
    MALFORMED,
    NOTHING,
    TIME,
    TWICE,
    assert_no_other_fits,
    assert_read_when_named,
    assert_recognised,
)

import farmgraph as fg

SPRING = '"spring is here 🌱"'


CROWDTANGLE = (
    [
        ("100000000000011", "news.example/artikel/1", "2020-11-04T04:59:31", "link", 1),
        ("100000000000011", '"lies das! 🦁 jetzt."', "2020-11-04T04:59:31", "text", 1),
        ("100000000000012", "news.example/artikel/1", "2020-11-04T04:59:58", "link", 2),
        ("100000000000012", '"lies das! 🦁 jetzt."', "2020-11-04T04:59:58", "text", 2),
        ("100000000000011", '"good morning, all"', "2020-07-01T12:00:05", "text", 4),
        ("100000000000014", "youtube.com/watch?v=AAAAAAAAAAA&t=10", "2021-01-01T00:00:00", "link", 5),
        ("100000000000012", '"seht selbst"', "2021-03-14T07:30:00", "text", 6),
    ],
    [(3, NOTHING), (7, EMPTY), (8, TIME), (9, NOTHING)],
    9,
)
CROWDTANGLE_INSTAGRAM = (
    [
        ("mira.invented", '"summer sale ☀️ #sale"', "2021-06-01T16:00:00", "text", 1),
        ("tom.invented", '"summer sale ☀️ #sale"', "2021-06-01T16:00:03", "text", 2),
        ("ana.invented", '"olá, bom dia!"', "2021-12-01T17:00:00", "text", 3),
        ("tom.invented", '"hour, once"', "2021-11-07T05:30:00", "text", 6),
        ("tom.invented", '"hour, twice"', "2021-11-07T06:30:00", "text", 7),
        ("tom.invented", '"when was it?"', None, "text", 8),
    ],
    [(4, NOTHING), (5, EMPTY)],
    8,
)
META_TABLE = (
    [
        ("700000000000001", "example.org/story?id=7", "2024-03-05T10:00:00", "link", 1),
        ("700000000000001", '"read this ☕ now"', "2024-03-05T10:00:00", "text", 1),
        ("700000000000002", "900000000000001", "2024-03-05T10:00:04", "share", 2),
        ("700000000000003", "900000000000001", "2024-03-05T10:00:06", "share", 3),
        ("700000000000003", '"so true"', "2024-03-05T10:00:06", "text", 3),
        ("700000000000004", "#mare", "2024-03-05T09:30:00", "hashtag", 4),
        ("700000000000004", "#sole", "2024-03-05T09:30:00", "hashtag", 4),
        ("700000000000004", '"sun & sea #mare"', "2024-03-05T09:30:00", "text", 4),
        ("700000000000005", "#mare", "2024-03-05T09:30:02", "hashtag", 5),
        ("Name Only", '"read this ☕ now"', "2024-03-05T12:00:02", "text", 8),
    ],
    [(6, NOTHING), (7, EMPTY), (9, TIME)],
    9,
)
META_JSON = (
    [
        ("700000000000011", "example.org/spring", "2024-04-01T06:00:00", "link", 1),
        ("700000000000011", SPRING, "2024-04-01T06:00:00", "text", 1),
        ("700000000000012", "900000000000101", "2024-04-01T06:00:02", "share", 2),
        ("700000000000012", "#vår", "2024-04-01T06:00:03", "hashtag", 3),
        ("700000000000012", "#spring", "2024-04-01T06:00:03", "hashtag", 3),
        ("700000000000012", SPRING, "2024-04-01T06:00:03", "text", 3),
        ("700000000000011", "example.org/spring?b=2&a=1", "2024-04-01T07:00:03", "link", 7),
    ],
    [(4, NOTHING), (5, MALFORMED), (6, EMPTY), (8, TWICE)],
    8,
)

FORMS = {
    "crowdtangle.csv": ("crowdtangle", *CROWDTANGLE),
    "crowdtangle-instagram.csv": ("crowdtangle-instagram", *CROWDTANGLE_INSTAGRAM),
    "meta-content-library.csv": ("meta-content-library", *META_TABLE),
    "meta-content-library.jsonl": ("meta-content-library", *META_JSON),
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


def test_addresses_keep_how_they_were_written():
    log = fg.read(FIXTURES / "crowdtangle.csv", preset="crowdtangle")
    raw = [row["raw_content"] for row in log.table.to_pylist() if row["action"] == "link"]
    assert raw == [
        "https://WWW.News.example/artikel/1/?utm_source=fb&fbclid=AbC#top",
        "http://news.example/artikel/1",
        "https://www.youtube.com/watch?v=AAAAAAAAAAA&t=10",
    ]
