"""Names in texts, against a search that holds every name against every text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmgraph.interactions.mentions import mentions

# Few letters, so that names do occur in texts; signs that part words; the underscore, which is \w and parts them too.
TEXTS = st.text("abAB _-/.é7", max_size=12)


def slowly(name, text):
    """Tell whether the words of a name stand in a row among the words of a text, by looking at every place."""
    name, text = (" ".join(re.split(r"[ _\-/.]+", part.lower())).strip() for part in (name, text))
    return bool(name) and f" {name} " in f" {text} "


@given(st.lists(TEXTS.filter(lambda t: re.search(r"[abéAB7]", t)), max_size=5), TEXTS)
def test_as_every_name_held_against_the_text(names, text):
    assert mentions(names)(text) == any(slowly(name, text) for name in names)


@pytest.mark.parametrize(
    ("name", "text", "there"),
    [
        ("ann", "ANN", True),
        ("ann", "annual", False),
        ("Ann Lee", "x.example/ann_lee?p=1", True),
        ("Ann Lee", "Lee, Ann", False),
        ("élodie", "x.example/%C3%A9lodie", True),  # %C3%A9 is é in UTF-8
        ("é", "e\N{COMBINING ACUTE ACCENT}", True),
        ("straße", "STRASSE", True),
        ("ａｎｎ", "ann", True),
        ("张三", "看张三的文章", True),
        ("张三", "三张", False),
        ("★★", "look: ★★!", True),
        ("★★", "look: ★", False),
        ("a b", "a a b", True),  # the second a begins the name, after the first led astray
        (" ", "anything at all", False),
    ],
)
def test_what_counts_as_a_mention(name, text, there):
    assert mentions(["somebody else", name])(text) is there


def test_a_name_that_begins_another_one():
    # In either order: the longer name neither hides the shorter one nor is needed beside it.
    for names in (["a b", "a b c"], ["a b c", "a b"]):
        assert [mentions(names)(text) for text in ("a b", "a b c", "a c")] == [True, True, False]


def test_no_names():
    assert not mentions([])("anything")
