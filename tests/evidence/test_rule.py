"""The rule of verdicts, line by line, on evidence made up for it."""

from dataclasses import replace

import numpy as np
import pytest

from farmgraph.evidence.explanations import explanation
from farmgraph.evidence.gathering import NOTHING, Gathering
from farmgraph.evidence.occasions import Occasions
from farmgraph.evidence.order import UNKNOWN, Order
from farmgraph.evidence.overlap import Overlap
from farmgraph.evidence.rhythm import Rhythm
from farmgraph.evidence.signs import Signs
from farmgraph.evidence.synchrony import Synchrony
from farmgraph.evidence.verdict import Thresholds, Weighed, line_of, verdict
from farmgraph.evidence.words import sentence

SILENT = Synchrony(np.nan, np.nan, np.nan, np.nan, np.nan, 0, "no others")


NO = np.empty(0)
MANY = Occasions(8, 0.2, 600.0, np.arange(8), 0, NO, NO, NO)
ONE = Occasions(1, 0.9, 18_000.0, np.zeros(8), 0, NO, NO, NO)
FAST = Gathering(50, 8.0, 0.01, 300.0, 2_400.0)
STEADY = Order(30.0, 90.0, 180.0, 500_000.0, np.nan, np.nan)
PLAIN = Signs(0.1, 600.0, 17.0, 3.0, 8, 0.3, 0.1, 0.2, 0.1)


def evidence(
    *,
    low=20.0,
    density=0.4,
    z=24.0,
    close=4.0,
    n=(10, 10),
    known=True,
    met=MANY,
    elsewhere=None,
    gaps=(100.0, 120.0),
    share=0.5,
    **more,
):
    n_edges = round(density * n[0] * n[1])
    seen = Overlap(n_edges, density, n_edges / (2 * low), 2 * low, low, 50, known)
    elsewhere = z if elsewhere is None else elsewhere
    timing = SILENT if z is None else Synchrony(z, 60.0, 0.001, 0.5, 0.1, 8, "", elsewhere)
    how = Rhythm(*gaps, close, 0, 10**13, share)
    rest = {"gathering": NOTHING, "order": UNKNOWN, "order_elsewhere": UNKNOWN, "signs": PLAIN} | more
    return Weighed(1, *n, seen, timing, how, met, value=100.0, **rest)


ALONE = {"z": None, "share": 0.99, "gathering": FAST, "order": STEADY, "order_elsewhere": STEADY}
"""Nobody but members, who met often, gathered fast, and kept a lag of their own."""


@pytest.mark.parametrize(
    ("one", "q", "expected"),
    [
        (evidence(), 0.01, "lockstep"),
        (evidence(), 0.06, "same audience"),  # not significant
        (evidence(z=19.9), 0.01, "same audience"),  # loose, and below the line
        (evidence(z=19.9, density=0.6), 0.01, "undetermined"),  # dense, and below the line
        (evidence(z=40.0, close=1.7), 0.01, "same audience"),  # significant, but hardly closer than others
        (evidence(z=40.0, close=1.8), 0.01, "lockstep"),
        (evidence(z=5.0, close=10.0), 0.01, "lockstep"),  # ten times as close
        (evidence(z=4.9, close=10.0), 0.01, "same audience"),
        (evidence(z=5.0, close=9.9), 0.01, "same audience"),
        (evidence(z=40.0, close=np.nan), 0.01, "same audience"),  # nobody to be closer than
        (evidence(z=40.0, met=ONE), 0.01, "undetermined"),  # an event
        (evidence(z=40.0, met=replace(MANY, n=2)), 0.01, "undetermined"),
        (evidence(z=40.0, met=replace(MANY, n=3)), 0.01, "lockstep"),
        (evidence(z=40.0, elsewhere=9.9), 0.01, "undetermined"),  # all of it comes from one occasion
        (evidence(z=40.0, elsewhere=10.0), 0.01, "lockstep"),  # half the line is enough on fewer contents
        (evidence(z=12.0, share=0.95, elsewhere=5.0), 0.01, "lockstep"),
        (evidence(z=40.0, elsewhere=4.9, close=10.0), 0.01, "undetermined"),  # never below 5
        (evidence(z=40.0, elsewhere=np.nan), 0.01, "undetermined"),
        (evidence(z=40.0, elsewhere=5.0, close=10.0), 0.01, "lockstep"),
        (evidence(z=None), np.nan, "undetermined"),
        (evidence(**ALONE), np.nan, "lockstep"),
        (evidence(**ALONE | {"z": 3.0}), 0.5, "lockstep"),  # the few others say nothing
        # Enough others to be heard: members are no closer than they, whatever the other contents say.
        (evidence(**ALONE | {"z": 3.0, "share": 0.89, "order": UNKNOWN}), 0.5, "same audience"),
        (
            evidence(**ALONE | {"gathering": NOTHING}),
            np.nan,
            "undetermined",
        ),  # nothing to compare with at all
        (evidence(**ALONE | {"gathering": replace(FAST, faster=1.4)}), np.nan, "undetermined"),
        (evidence(**ALONE | {"met": replace(MANY, n=2)}), np.nan, "undetermined"),
        (evidence(**ALONE | {"order_elsewhere": UNKNOWN}), np.nan, "undetermined"),
        (evidence(**ALONE | {"order_elsewhere": replace(STEADY, steadier=9.9)}), np.nan, "undetermined"),
        (evidence(**ALONE | {"order_elsewhere": replace(STEADY, steadier_z=19.9)}), np.nan, "undetermined"),
        (evidence(z=1.0, order=STEADY), 0.5, "undetermined"),  # each at its own time, all at the same pace
        (evidence(z=1.0, order=replace(STEADY, steadier=9.9)), 0.5, "same audience"),
        (evidence(z=1.0, order=STEADY, low=4.9), 0.5, "same audience"),
        (evidence(**ALONE | {"low": 4.9}), np.nan, "same audience"),
        (evidence(low=4.9), 0.01, "same audience"),  # interest explains it, however close in time
        (evidence(low=4.9, density=0.4, known=False), 0.01, "same audience"),
        (evidence(n=(2, 50)), 0.01, "too little data"),
        (evidence(n=(50, 2)), 0.01, "too little data"),
        (evidence(n=(5, 5), density=0.56), 0.01, "too little data"),  # 14 pairs
    ],
)
def test_verdicts(one, q, expected):
    assert verdict(one, q, Thresholds()) == expected


def test_the_line_follows_closeness():
    assert line_of(evidence(close=10.0), Thresholds()) == 5
    assert line_of(evidence(close=9.9), Thresholds()) == 20


def test_the_line_falls_where_members_are_most_visitors():
    # From 20 at half of the visits to 10 at nine tenths: halfway, at .7, it is 15.
    lines = [line_of(evidence(share=share), Thresholds()) for share in (0.1, 0.5, 0.7, 0.9, 1.0)]
    assert lines == pytest.approx([20, 20, 15, 10, 10])


def test_sentence_by_hand():
    # 40 of 100 pairs by 10 accounts are 4.0 each; 1 pair was expected (40 / 2 / 20): 1 % of the cells.
    assert sentence(evidence(), 0) == (
        "10 accounts share 10 contents, an account acting on 4.0 of them on average: 40 % of all possible "
        "account-content pairs happened, 1 % were expected from their interests; on those contents a member "
        "typically came within 100 s of another member, other visitors within 120 s of each other."
    )


def test_gaps_are_no_finer_than_the_clock():
    assert "within a minute or less of another member" in sentence(evidence(gaps=(0.0, 7_200.0)), 60)
    assert "other visitors within 2 h" in sentence(evidence(gaps=(0.0, 7_200.0)), 60)


@pytest.mark.parametrize(
    ("one", "word", "said"),
    [
        (
            evidence(z=9.0),
            "same audience",
            "z = 9.0, and the line is 20; the group is also loose (40 % of the pairs)",
        ),
        (evidence(z=40.0, close=1.5), "same audience", "are 1.5 times as far apart, and the line is 1.8"),
        (evidence(z=40.0, met=ONE), "undetermined", "One event could do this"),
        (evidence(z=40.0, met=ONE), "undetermined", "90 % of the members' actions fell into 5 h"),
        (evidence(z=40.0, met=ONE), "undetermined", "met on 1 occasion, and the line is 3"),
        (
            evidence(z=40.0, elsewhere=1.0),
            "undetermined",
            "without the largest occasion z = 1.0, and the line is 10",
        ),
        (evidence(z=20.5), "lockstep", "close to the line (z = 20.5, the line is 20)"),
        (evidence(low=2.0), "same audience", "at least 2 times the expected one, and the line is 5"),
        (evidence(z=None), "undetermined", "could not be compared with anybody's"),
        (evidence(), "lockstep", "An agreed campaign of real people"),
    ],
)
def test_explanations(one, word, said):
    assert said in explanation(one, {1: word}, Thresholds(), 0)
