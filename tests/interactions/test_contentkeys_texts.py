"""Texts and hashtags made comparable, against a second account of the rule in plain Python."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from interactions.contentnames import QUICK, lower, made


def text_by_python(text):
    """Apply the rule for short texts, letter by letter."""
    text = lower(text)
    i = 0
    while i < len(text):
        start = next((s for s in ("https://t.co/", "http://t.co/") if text.startswith(s, i)), None)
        end = i + len(start or "")
        while start and end < len(text) and text[end].isascii() and text[end].isalnum():
            end += 1
        if start and end > i + len(start):
            text = text[:i] + " " + text[end:]
        i += 1
    word = lambda letter: letter.isalnum() or letter == "_"  # noqa: E731
    out, i = "", 0
    while i < len(text):
        if text[i] == "@" and (i == 0 or not word(text[i - 1])) and i + 1 < len(text) and word(text[i + 1]):
            i += 1
            end = i
            while end < len(text) and (word(text[end]) or text[end] in ".@-"):
                end += 1
            while not word(text[end - 1]):
                end -= 1
            i = end
        else:
            out += text[i]
            i += 1
    out = " ".join(out.replace("\u200b", " ").replace("\ufeff", " ").split()).replace('"', "'")
    return f'"{out}"' if out else ""


PIECE = st.one_of(
    st.text(alphabet='aB@._- "\n\u00a0\u200b\ufeffé9,ß', max_size=8),
    st.sampled_from(
        ["https://t.co/Ab1", "http://T.CO/x", "https://t.co/", "@you", "@x-y.bsky.social", " @a@b.org "]
    ),
)


@QUICK
@given(st.lists(st.lists(PIECE, max_size=5).map("".join), min_size=1, max_size=20))
def test_texts_like_plain_python(texts):
    texts = [text[:80] for text in texts]
    assert made("text", *texts) == [text_by_python(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Vote  NOW!\n", '"vote now!"'),
        ("@you vote @me", '"vote"'),
        ("vote @you now", '"vote now"'),
        ("RT @you: vote", '"rt : vote"'),
        ("(@you)", '"()"'),
        ("write to me@example.org", '"write to me@example.org"'),
        ("5 @ 3", '"5 @ 3"'),
        ("hello @some-name.bsky.social, hello @you@mas.to", '"hello , hello"'),
        ("@кот да", '"да"'),
        ("look https://t.co/AbC123 here", '"look here"'),
        ("https://t.co/AbC123", ""),
        ("see https://t.com/x", '"see https://t.com/x"'),
        ('say "no"', "\"say 'no'\""),
        ("@you", ""),
        ("", ""),
        (" \u00a0\u200b", ""),
    ],
)
def test_texts(text, expected):
    assert made("text", text) == [expected]


def test_letters_are_lowered_one_by_one():
    # What is copied is copied letter by letter, so lowering is enough, and nothing is folded that a reader tells
    # apart: a sharp s stays one letter, full-width letters stay wide, and the dot of a Turkish I is lost.
    assert made("text", "STRASSE", "Straße", "ＡＢ", "İI", "ΟΔΟΣ") == [
        '"strasse"',
        '"straße"',
        '"ａｂ"',
        '"ii"',
        '"οδοσ"',
    ]
    assert made("hashtag", "GROẞ", "groß", "ＦＵＬＬ") == ["#groß", "#groß", "#ｆｕｌｌ"]


@QUICK
@given(
    st.text(alphabet="ab ", min_size=110, max_size=135),
    st.integers(0, 134),
    st.text(alphabet="ab", max_size=1),
)
def test_long_texts_stay_apart(text, at, letter):
    other = text[:at] + letter + text[at + 1 :]
    plain = [" ".join(value.split()) for value in (text, other)]
    long = made("text", text, other)
    assert (long[0] == long[1]) == (plain[0] == plain[1])
    for found, value in zip(long, plain, strict=True):
        # With its quotes a text may have 120 characters; else 100 and "... [", twelve digits and "]" are left.
        assert len(found) == (len(value) + 2 if len(value) <= 118 else 118)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        *(
            ("Vote", "#vote"),
            ("#Vote", "#vote"),
            ("＃Vote", "#vote"),
            ("##vote", "#vote"),
            (" #Élection ", "#élection"),
        ),
        *(("#", ""), ("", ""), (" ", ""), ("a#b", "#a#b")),
    ],
)
def test_hashtags(tag, expected):
    assert made("hashtag", tag) == [expected]
