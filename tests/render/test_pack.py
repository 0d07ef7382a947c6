import json
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from render.planted import HOSTILE, planted
from render.test_summary import summary_of

from farmgraph.render.report.pack import (
    packed,
    packed_lists,
    page_data,
    read_script_data,
    script_data,
    unpacked,
)

NUMBERS = st.one_of(
    st.none(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-(10**6), 10**6, places=3).map(float),
)


@given(st.lists(NUMBERS, max_size=40))
def test_nothing_is_lost(values):
    again = unpacked(json.loads(json.dumps(packed(values))))
    assert again == values


@given(st.lists(st.lists(st.one_of(st.none(), st.integers(0, 10**16)), max_size=6), max_size=12))
def test_lists_of_lists_come_back(lists):
    assert unpacked(packed_lists(lists)) == lists


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        # 254 is the largest distance from the smallest that fits a byte, as a raw 0 is for missing numbers.
        ([0, 1, None, 254] * 20, "u8"),
        ([0, 1, None, 255] * 20, "u16"),
        # Whole seconds in microseconds: the step is a second.
        ([1_700_000_000_000_000 + 1_000_000 * i for i in range(60)], "u8"),
        ([1_700_000_000_000_000 + 60_000_001 * i * i for i in range(60)], "u16"),
        ([1_700_000_000_000_000 + i * i * 10**9 + i for i in range(60)], "f64"),
        ([0.8613, None] * 20, "u8"),
        ([1 / 3] * 20, "f64"),
        # A power of two is exact in four bytes, and has more than six digits after the point.
        ([2.0**-20 * i for i in range(20)], "f32"),
    ],
)
def test_the_smallest_kind_is_taken(values, kind):
    assert packed(values)["k"] == kind


def test_half_the_length_of_json():
    times = [
        1_700_000_000_000_000 + 1_000_000 * int(x) for x in np.random.default_rng(0).integers(0, 10**7, 500)
    ]
    assert len(json.dumps(packed(times))) < len(json.dumps(times)) / 2


def test_short_lists_stay():
    assert packed([1, None, 3]) == [1, None, 3]
    assert packed([]) == []


def test_the_data_hold_what_the_summary_holds():
    summary = summary_of(planted())
    data = read_script_data(script_data(page_data(summary)))
    for cluster, there in zip(data["clusters"], summary["clusters"], strict=True):
        assert "sentence" not in cluster
        assert "explanation" not in cluster
        for part in ("accounts", "contents", "actions"):
            for column, values in cluster[part].items():
                assert unpacked(values) == there[part][column], (part, column)
        assert cluster["synchrony_z"] == there["synchrony_z"]
    assert data["names"] == summary["names"]
    assert data["shown"] == {"account": {}, "content": {}, "action": {}, "source": {}}


def test_the_data_come_back_and_are_the_same_bytes_each_time():
    data = page_data(summary_of(planted()))
    text = script_data(data)
    assert read_script_data(text) == json.loads(json.dumps(data))
    assert text == script_data(page_data(summary_of(planted())))
    assert len(text) < 0.7 * len(json.dumps(data))


def test_hostile_names_are_data_and_have_a_display():
    summary = summary_of(planted(names=HOSTILE))
    text = script_data(page_data(summary))
    assert not re.search("[<>&]", text)
    assert text.isprintable()
    text.encode("ascii")
    data = read_script_data(text)
    assert data["names"] == summary["names"]
    accounts = data["names"]["account"]
    shown = {accounts[int(code)]: display for code, display in data["shown"]["account"].items()}
    assert shown["pay\u202egnp.exe"] == "pay⟨U+202E⟩gnp.exe"
    assert len(shown["x" * 10_240]) < 120
    assert all(display.isprintable() for display in shown.values())
    assert "مرحبا_١٢٣" not in shown
    assert "__proto__" in accounts


def test_missing_numbers_are_not_zero():
    assert unpacked(packed([None, 0] * 40))[:2] == [None, 0]
    assert all(x is None for x in unpacked(packed([None] * 40)))
    assert math.copysign(1, unpacked(packed([0.5, 1e300] * 20))[0]) == 1
