"""Comments and videos of YouTube, from its interface and from YouTube Data Tools, interaction by interaction."""

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
    shortened,
)

LONG = shortened(
    "copy this and send it to everybody you know, because they do not want you to see it, "
    "and they will delete it tomorrow at the very latest"
)
YOUTUBE = "UCinventedperson000000"


YOUTUBE_THREADS = (
    [
        (f"{YOUTUBE}01", "vidAAAAAAA1", "2023-05-01T10:00:00", "comment", 1),
        (f"{YOUTUBE}01", '"first! 🎉"', "2023-05-01T10:00:00", "text", 1),
        (f"{YOUTUBE}02", "vidAAAAAAA1", "2023-05-01T10:00:01", "comment", 2),
        (f"{YOUTUBE}02", '"first! 🎉"', "2023-05-01T10:00:01", "text", 2),
        (f"{YOUTUBE}01", "vidBBBBBBB2", "2023-05-01T10:00:05.250", "comment", 3),
        ("Gülay K.", "vidBBBBBBB2", "2023-05-01T10:00:06", "comment", 4),
        ("Gülay K.", '"çok güzel video"', "2023-05-01T10:00:06", "text", 4),
        (f"{YOUTUBE}03", "vidAAAAAAA1", "2023-05-01T10:01:00", "comment", 7),
        (f"{YOUTUBE}03", '"first! 🎉"', "2023-05-01T10:01:00", "text", 7),
    ],
    [(5, EMPTY), (6, TIME), (8, NOTHING)],
    8,
)
YOUTUBE_COMMENTS = (
    [
        (f"{YOUTUBE}02", "Ugthread1AaABAg", "2023-05-01T11:00:00", "reply", 1),
        (f"{YOUTUBE}02", '"i agree"', "2023-05-01T11:00:00", "text", 1),
        (f"{YOUTUBE}03", "vidAAAAAAA1", "2023-05-01T11:00:02", "comment", 2),
        (f"{YOUTUBE}03", "Ugthread1AaABAg", "2023-05-01T11:00:02", "reply", 2),
        (f"{YOUTUBE}03", '"i agree"', "2023-05-01T11:00:02", "text", 2),
        (f"{YOUTUBE}01", "vidCCCCCCC3", "2023-05-01T11:00:04", "comment", 3),
        (f"{YOUTUBE}01", '"new one 👋"', "2023-05-01T11:00:04", "text", 3),
        (f"{YOUTUBE}04", "Ugthread8AaABAg", "2023-05-01T11:00:05", "reply", 4),
        (f"{YOUTUBE}04", '"no original"', "2023-05-01T11:00:05", "text", 4),
    ],
    [(5, MALFORMED), (6, NOTHING), (7, EMPTY), (8, TWICE)],
    8,
)
TOOLS = (
    [
        (f"{YOUTUBE}11", "vidDDDDDDD4", "2023-06-01T08:00:00", "comment", 1),
        (f"{YOUTUBE}11", "\"nice, 'really' nice 👍\"", "2023-06-01T08:00:00", "text", 1),
        (f"{YOUTUBE}12", "vidDDDDDDD4", "2023-06-01T08:00:09", "comment", 2),
        (f"{YOUTUBE}12", "UgA", "2023-06-01T08:00:09", "reply", 2),
        (f"{YOUTUBE}12", LONG, "2023-06-01T08:00:09", "text", 2),
        (f"{YOUTUBE}13", "vidDDDDDDD4", "2023-06-01T08:00:11", "comment", 3),
        (f"{YOUTUBE}13", "UgA", "2023-06-01T08:00:11", "reply", 3),
        (f"{YOUTUBE}13", '"thanks!"', "2023-06-01T08:00:11", "text", 3),
        (f"{YOUTUBE}12", "vidEEEEEEE5", "2023-06-01T09:00:00", "comment", 4),
        (f"{YOUTUBE}12", LONG, "2023-06-01T09:00:00", "text", 4),
        ("@δήμος", "vidEEEEEEE5", "2023-06-01T09:00:01", "comment", 5),
        ("@δήμος", '"thanks!"', "2023-06-01T09:00:01", "text", 5),
    ],
    [(6, EMPTY), (7, NOTHING), (8, TIME)],
    8,
)
TOOLS_OLDER = (
    [
        (f"{YOUTUBE}21", '"hello <b>world</b>"', "2019-02-03T04:05:06", "text", 1),
        (f"{YOUTUBE}22", "UgK", "2019-02-03T04:05:09", "reply", 2),
        (f"{YOUTUBE}22", '"hello <b>world</b>"', "2019-02-03T04:05:09", "text", 2),
        (f"{YOUTUBE}23", "UgK", "2019-02-03T04:05:10", "reply", 3),
        (f"{YOUTUBE}22", "UgK", "2019-02-03T04:06:02", "reply", 6),
        (f"{YOUTUBE}22", '"🙃"', "2019-02-03T04:06:02", "text", 6),
        (f"{YOUTUBE}24", '"bye, all"', "2019-02-03T04:07:00", "text", 8),
    ],
    [(4, NOTHING), (5, EMPTY), (7, TWICE)],
    8,
)
TOOLS_VIDEOS = (
    [
        ("UCinventedchannel0000031", "#news", "2022-09-01T12:00:00", "hashtag", 1),
        ("UCinventedchannel0000031", "#breaking news", "2022-09-01T12:00:00", "hashtag", 1),
        ("UCinventedchannel0000031", "#élection", "2022-09-01T12:00:00", "hashtag", 1),
        ("UCinventedchannel0000031", '"shock! they lied 😱"', "2022-09-01T12:00:00", "text", 1),
        ("UCinventedchannel0000032", "#breaking news", "2022-09-01T12:00:30", "hashtag", 2),
        ("UCinventedchannel0000032", '"shock! they lied 😱"', "2022-09-01T12:00:30", "text", 2),
        ("UCinventedchannel0000033", '"kuchnia, domowa"', "2022-09-01T12:01:00", "text", 3),
        ("UCinventedchannel0000032", "#news", "2022-09-01T12:02:00", "hashtag", 4),
        ("UCinventedchannel0000031", '"only the other time"', "2022-09-01T12:05:00", "text", 8),
    ],
    [(5, NOTHING), (6, EMPTY), (7, TIME)],
    8,
)

FORMS = {
    "youtube-threads.json": ("youtube", *YOUTUBE_THREADS),
    "youtube.jsonl": ("youtube", *YOUTUBE_COMMENTS),
    "youtube-data-tools.csv": ("youtube-data-tools", *TOOLS),
    "youtube-data-tools-older.csv": ("youtube-data-tools", *TOOLS_OLDER),
    "youtube-data-tools-videos.csv": ("youtube-data-tools-videos", *TOOLS_VIDEOS),
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
