"""Videos of TikTok's research interface, interaction by interaction."""

import pytest
from interactions.presets.by_hand import (
    EMPTY,
    NOTHING,
    TIME,
    assert_no_other_fits,
    assert_read_when_named,
    assert_recognised,
)

SOUND = "703000000000000000"


TIKTOK_JSON = (
    [
        ("dance.invented", f"sound {SOUND}1", "2021-10-09T23:59:59", "sound", 1),
        ("dance.invented", "#fyp", "2021-10-09T23:59:59", "hashtag", 1),
        ("dance.invented", "#wahl2021", "2021-10-09T23:59:59", "hashtag", 1),
        ("dance.invented", '"vote now #fyp #wahl2021"', "2021-10-09T23:59:59", "text", 1),
        ("zoë_invented", f"sound {SOUND}1", "2021-10-10T00:00:00", "sound", 2),
        ("zoë_invented", "effect 801", "2021-10-10T00:00:00", "effect", 2),
        ("zoë_invented", "effect 802", "2021-10-10T00:00:00", "effect", 2),
        ("zoë_invented", "#fyp", "2021-10-10T00:00:00", "hashtag", 2),
        ("zoë_invented", '"vote now 💃"', "2021-10-10T00:00:00", "text", 2),
        ("dance.invented", f"sound {SOUND}2", "2021-10-10T00:01:00", "sound", 3),
        ("user9991", "#日本語", "2021-10-10T00:01:01", "hashtag", 4),
        ("user9993", f"sound {SOUND}3", "2021-10-10T00:01:04", "sound", 7),
        ("user9993", "effect 803", "2021-10-10T00:01:04", "effect", 7),
        ("user9993", "#fyp", "2021-10-10T00:01:04", "hashtag", 7),
        ("user9993", "#çay", "2021-10-10T00:01:04", "hashtag", 7),
        ("zoë_invented", f"sound {SOUND}3", "2021-10-10T00:01:05", "sound", 8),
        ("zoë_invented", '"vote now 💃"', "2021-10-10T00:01:05", "text", 8),
    ],
    [(5, EMPTY), (6, NOTHING)],
    8,
)
TIKTOK_TABLE = (
    [
        ("mo.invented", f"sound {SOUND}1", "2021-10-09T23:59:59", "sound", 1),
        ("mo.invented", "#fyp", "2021-10-09T23:59:59", "hashtag", 1),
        ("mo.invented", "#wahl2021", "2021-10-09T23:59:59", "hashtag", 1),
        ("mo.invented", '"vote now, friends"', "2021-10-09T23:59:59", "text", 1),
        ("lu.invented", f"sound {SOUND}1", "2021-10-10T00:00:01", "sound", 2),
        ("lu.invented", "effect 801", "2021-10-10T00:00:01", "effect", 2),
        ("lu.invented", "effect 802", "2021-10-10T00:00:01", "effect", 2),
        ("lu.invented", "#fyp", "2021-10-10T00:00:01", "hashtag", 2),
        ("lu.invented", '"vote now, friends"', "2021-10-10T00:00:01", "text", 2),
        ("lu.invented", f"sound {SOUND}2", "2021-10-10T00:00:07", "sound", 5),
        ("ni.invented", "#été", "2021-10-10T00:00:09", "hashtag", 7),
        ("ni.invented", "#日本", "2021-10-10T00:00:09", "hashtag", 7),
        ("ni.invented", '"🙂"', "2021-10-10T00:00:09", "text", 7),
        ("ni.invented", f"sound {SOUND}4", None, "sound", 8),
    ],
    [(3, NOTHING), (4, EMPTY), (6, TIME)],
    8,
)

FORMS = {
    "tiktok-research.json": ("tiktok-research", *TIKTOK_JSON),
    "tiktok-research.csv": ("tiktok-research", *TIKTOK_TABLE),
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
