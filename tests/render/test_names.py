import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from render.planted import HOSTILE

from farmgraph.render.names import visible, xml_safe


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain name", "plain name"),
        ("pay\u202egnp.exe", "pay⟨U+202E⟩gnp.exe"),
        ("a\u200bb\ufeff", "a⟨U+200B⟩b⟨U+FEFF⟩"),
        ("a\x00b\nc", "a⟨U+0000⟩b⟨U+000A⟩c"),
        ("\ud800", "⟨U+D800⟩"),
        (" a  b ", "⟨U+0020⟩a ⟨U+0020⟩b⟨U+0020⟩"),
        ("a\u00a0b", "a⟨U+00A0⟩b"),
        ("\u3164", "⟨U+3164⟩"),
        ("مرحبا", "مرحبا"),
        # A variation selector after a symbol is part of an emoji; after a letter it only hides.
        ("\u2764\ufe0f", "\u2764\ufe0f"),
        ("a\ufe0f", "a⟨U+FE0F⟩"),
        ("e\u0301\u0302\u0303", "e\u0301\u0302⟨U+0303⟩"),
        ("", "⟨empty⟩"),
        (None, "⟨empty⟩"),
        (12, "12"),
    ],
)
def test_visible_shows_what_hides(name, shown):
    assert visible(name) == shown
    assert visible(shown) == shown


def test_long_names_are_cut_and_their_length_is_said():
    assert visible("x" * 10_240) == "x" * 80 + "… (10,240 characters)"
    assert visible("x" * 10_240, 10, say_length=False) == "x" * 10 + "…"
    assert visible("x" * 300, None) == "x" * 300


def test_cutting_counts_what_is_shown():
    # Every NUL takes eight characters: ten fit into 80.
    assert visible("\0" * 50) == "⟨U+0000⟩" * 10 + "… (50 characters)"


@given(st.text(st.characters(exclude_categories=()), max_size=120))
def test_nothing_invisible_is_left(name):
    shown = visible(name, None)
    assert not {unicodedata.category(c) for c in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    shown.encode("utf-8")


def test_xml_safe_keeps_what_xml_allows():
    assert xml_safe("a\tb\nc\u202e😀") == "a\tb\nc\u202e😀"
    assert xml_safe("\x00\x0b\ufffe\ud800") == "⟨U+0000⟩⟨U+000B⟩⟨U+FFFE⟩⟨U+D800⟩"
    assert len(HOSTILE) >= 25
