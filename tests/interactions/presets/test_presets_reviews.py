"""Reviews of Amazon and Yelp, one by one."""

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

AMAZON = (
    [
        ("AINVENTED00001", "B00INVENT1", "2013-08-22T00:00:00", "review", 1),
        ("AINVENTED00002", "B00INVENT1", "2013-08-22T00:00:00", "review", 2),
        ("AINVENTED00001", "B00INVENT2", "2013-08-23T00:00:00", "review", 3),
        ("AINVENTED00003", "0000000001", "2013-12-03T00:00:00", "review", 4),
    ],
    [(5, EMPTY), (6, MALFORMED), (7, NOTHING), (8, TIME), (9, TWICE)],
    9,
)
AMAZON_2023 = (
    [
        ("AEINVENTED0001", "B0INVENTP1", "2020-05-05T14:08:48.923", "review", 1),
        ("AEINVENTED0002", "B0INVENTP1", "2020-05-05T14:08:49.001", "review", 2),
        ("AEINVENTED0002", "B0INVENTP2", "2020-05-05T14:10:00", "review", 3),
        ("AEINVENTED0003", "B0INVENTA3", "2020-05-05T14:11:40", "review", 4),
        ("AEINVENTED0001", "B0INVENTP2", "2020-05-05T14:46:40.500", "review", 8),
    ],
    [(5, EMPTY), (6, NOTHING), (7, MALFORMED)],
    8,
)
YELP = (
    [
        ("u-inv-01", "b-inv-01", "2018-07-07T22:09:11", "review", 1),
        ("u-inv-02", "b-inv-01", "2018-07-07T22:09:40", "review", 2),
        ("u-inv-01", "b-inv-02", "2018-07-08T01:00:00", "review", 3),
        ("u-inv-03", "b-inv-02", "2012-01-03T00:00:00", "review", 4),
        ("u-inv-ß3", "b-inv-01", "2018-07-09T00:00:00", "review", 9),
    ],
    [(5, EMPTY), (6, TIME), (7, NOTHING), (8, MALFORMED)],
    9,
)

FORMS = {
    "amazon-reviews.jsonl": ("amazon-reviews", *AMAZON),
    "amazon-reviews-2023.jsonl": ("amazon-reviews-2023", *AMAZON_2023),
    "yelp-reviews.jsonl": ("yelp-reviews", *YELP),
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


def test_clocks_of_whole_days_are_told():
    assert fg.read(FIXTURES / "amazon-reviews.jsonl").resolution_s == 86_400
    assert fg.read(FIXTURES / "amazon-reviews-2023.jsonl").resolution_s == 0.001
