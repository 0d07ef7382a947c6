"""Names of contents made comparable, against a second account of the rules in plain Python."""

import json
from urllib.parse import urlsplit

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import farmgraph as fg
from farmgraph.errors import UsageError
from farmgraph.interactions.contentkeys import RULES, checked_rule, normalised

QUICK = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def made(rule, *names):
    return normalised(pa.array(names, pa.string()), rule=rule).to_pylist()


def lower(text):
    """Lower each letter by itself: Python's own lower looks at where a sigma stands."""
    return "".join(letter.lower() for letter in text)


TRACKED = {
    *(
        "fbclid",
        "gclid",
        "gclsrc",
        "dclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "yclid",
        "twclid",
        "ttclid",
        "igshid",
    ),
    *(
        "igsh",
        "mc_cid",
        "mc_eid",
        "mkt_tok",
        "ref_src",
        "ref_url",
        "_hsenc",
        "_hsmi",
        "vero_id",
        "oly_enc_id",
    ),
    *("oly_anon_id", "wt_mc", "cmpid", "ncid", "spm", "share_source", "_ga", "_gl"),
}


def url_by_python(text):
    """Apply the rule for addresses with urllib."""
    text = text.strip()
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https", "ftp", "") or not text[len(parts.scheme) :].lstrip(
        ":"
    ).startswith("//"):
        return text
    host, _, port = parts.netloc.rpartition("@")[2].partition(":")
    if host[:4].lower() == "www." and host[4:]:
        host = host[4:]
    host = lower(host.removesuffix(".")) + (f":{port}" if port not in ("", "80", "443") else "")
    kept = []
    for parameter in parts.query.split("&"):
        name = parameter.partition("=")[0].lower()
        if name not in TRACKED and not name.startswith(("utm_", "ns_")):
            kept.append(parameter)
    query = "&".join(kept).strip("&")
    return (host + parts.path.rstrip("/") + (f"?{query}" if query else "")).strip()


LABEL = st.sampled_from(
    ["Example", "example", "MÜNCHEN", "x-1", "例え", "ΑΣ", "xn--mnchen-3ya", "http", "www"]
)
PARAMETER = st.one_of(
    st.sampled_from(
        [
            *(
                "utm_source=x",
                "UTM_Medium",
                "utm_=",
                "fbclid=1",
                "gclid",
                "_ga=2.1",
                "ns_x=1",
                "spm=a.b",
                "igsh=1=",
            ),
            *(
                "gclidx=1",
                "_gallery=2",
                "spmid=3",
                "ncidx",
                "xutm_source=4",
                "a_ga=5",
                "utm=6",
                "ref=7",
                "ns=8",
            ),
        ]
    ),
    st.text(alphabet="aB=%é?/:@ ;", max_size=5),
)
ADDRESS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["http://", "https://", "HTTPS://", "Http://", "ftp://", "//"]),
        st.sampled_from(["", "me@", "me:pw@"]),
        st.sampled_from(["", "www.", "WWW."]),
        st.lists(LABEL, min_size=1, max_size=3).map(".".join),
        st.sampled_from(["", "."]),
        st.sampled_from(["", ":", ":80", ":443", ":8080"]),
        st.text(alphabet="aB/%é.;:@=&", max_size=8).map(lambda text: "/" + text if text else ""),
        st.one_of(st.just(""), st.lists(PARAMETER, max_size=5).map(lambda some: "?" + "&".join(some))),
        st.sampled_from(["", "#", "#top", "#a?b&utm_source=c#d"]),
    ),
)


@QUICK
@given(st.lists(ADDRESS, min_size=1, max_size=20))
def test_addresses_like_urllib(addresses):
    assert made("url", *addresses) == [url_by_python(address) for address in addresses]


@QUICK
@given(
    st.lists(
        st.one_of(ADDRESS, st.text(alphabet="htps:/.w@?#&= aA[]\n", max_size=16)), min_size=1, max_size=20
    )
)
@example(["http:// x", "http://a/b /", "https://http://b", "//a/?&&x= #f", "http://[::1]/", "http://..//x"])
def test_the_rule_for_addresses_twice_is_once(addresses):
    once = made("url", *addresses)
    assert made("url", *once) == once


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://Example.ORG/Path/A", "example.org/Path/A"),
        ("http://example.org", "example.org"),
        ("https://www.example.org/", "example.org"),
        ("//example.org/x", "example.org/x"),
        ("https://example.org/a//", "example.org/a"),
        ("https://example.org/a/#top", "example.org/a"),
        ("https://example.org?a=1&utm_source=x&b=2", "example.org?a=1&b=2"),
        ("https://example.org?utm_source=x&a=1&fbclid=2&UTM_term", "example.org?a=1"),
        ("https://example.org?utm_source=x&utm_medium=y", "example.org"),
        ("https://example.org?ID=Aa", "example.org?ID=Aa"),
        # Whole names are meant: what only begins like one says what is shown.
        ("https://example.org?gclidx=5&_gallery=3", "example.org?gclidx=5&_gallery=3"),
        ("https://user:secret@example.org:443/x", "example.org/x"),
        ("https://example.org:8443/x", "example.org:8443/x"),
        ("https://example.org./x", "example.org/x"),
        ("http://[2001:DB8::1]:80/x", "[2001:db8::1]/x"),
        ("https://WWW.MÜNCHEN.example/Ü", "münchen.example/Ü"),
        ("https://xn--mnchen-3ya.example/", "xn--mnchen-3ya.example"),
        ("  https://example.org/x \n", "example.org/x"),
        ("https://example.org/x#a\nb", "example.org/x"),
        ("https://www.www.example.org", "www.example.org"),
    ],
)
def test_addresses(address, expected):
    assert made("url", address) == [expected]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "no address",
            "example.org/a?utm_source=x",
            "www.example.org",
            "mailto:a@b.org",
            "javascript:alert(1)",
        ),
        *(
            "http:/example.org",
            "http:///x",
            "//",
            "http://",
            "/path",
            "?utm_source=x",
            "hxxp://example.org",
            "1234567",
        ),
    ],
)
def test_what_is_no_address_stays(name):
    assert made("url", name) == [name]


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


def test_columns_of_any_make():
    names = pa.array([None, "https://a.org/", "b", "https://a.org/", None])
    for column in (names, names.dictionary_encode(), names.cast(pa.large_string()), names.slice(1)):
        expected = [None, "a.org", "b", "a.org", None][-len(column) :]
        assert normalised(column, rule="url").to_pylist() == expected
    assert normalised(pa.array([], pa.string()), rule="text").to_pylist() == []
    assert normalised(names, rule="").to_pylist() == names.to_pylist()


def test_rules_by_name():
    assert [checked_rule(rule) for rule in (None, *RULES)] == ["", "", "url", "text", "hashtag"]
    with pytest.raises(UsageError, match=r"normalise is 'links'; expected one of none, url, text, hashtag\."):
        checked_rule("links")


LINKS = ["https://a.org/x?utm_source=1", "http://www.A.org/x/", "https://b.org", "#"]


def test_read_with_a_rule_keeps_the_raw_names(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("user,link\n" + "".join(f"u{i},{link}\n" for i, link in enumerate(LINKS)))
    log = fg.read(path, normalise="url", content="link")
    assert log.table["content"].to_pylist() == ["a.org/x", "a.org/x", "b.org", "#"]
    assert log.table["raw_content"].to_pylist() == LINKS
    assert log.options == {"normalise": "url"}
    # A hash sign alone is no hashtag, so nothing is left of that content.
    tags = fg.read(path, normalise="hashtag", content="link")
    assert tags.rejected[["line", "reason"]].values.tolist() == [[4, "empty content"]]
    assert tags.rejected["raw_text"].tolist() == ["u3,#"]
    for rule in ("none", None):
        plain = fg.read(path, normalise=rule, content="link")
        assert plain.table["content"].to_pylist() == LINKS
        assert "raw_content" not in plain.table.schema.names
    path.write_text("user,page,raw_content\na,p,x\n")
    with pytest.raises(UsageError, match="keep names 'raw_content', which is a name"):
        fg.read(path, keep=["raw_content"])


TWEET = {
    "id": "1",
    "author_id": "u",
    "created_at": "2024-05-01T00:00:00Z",
    "edit_history_tweet_ids": ["1"],
    "text": "@you  Vote",
    "entities": {
        "urls": [{"expanded_url": link} for link in LINKS[:3]],
        "hashtags": [{"tag": "Vote"}, {"tag": "vote"}],
    },
}


def test_presets_keep_the_raw_names(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(TWEET))
    log = fg.read(path)
    # Two ways of writing one address, or one hashtag, are one content of the post.
    assert log.table.select(["action", "content", "raw_content"]).to_pylist() == [
        {"action": "link", "content": "a.org/x", "raw_content": LINKS[0]},
        {"action": "link", "content": "b.org", "raw_content": LINKS[2]},
        {"action": "hashtag", "content": "#vote", "raw_content": "Vote"},
        {"action": "text", "content": '"vote"', "raw_content": "@you  Vote"},
    ]
    assert log.preset == "twitter-v2"
    assert repr(log).startswith("<Interactions: 1 of 1 rows used, 4 interactions,")
    plain = fg.read(path, normalise="none")
    assert plain.table["content"].to_pylist() == [*LINKS[:3], "Vote", "vote", "@you  Vote"]
    assert "raw_content" not in plain.table.schema.names
    with pytest.raises(
        UsageError, match=r"normalise is 'url', but the preset twitter-v2 says for each action"
    ):
        fg.read(path, normalise="url")


def test_read_after_reading_is_the_same(tmp_path):
    # Contents that are comparable already stay as they are when a log that was written out is read again.
    path = tmp_path / "log.csv"
    path.write_text("user,link\n" + "".join(f"u{i},{link}\n" for i, link in enumerate(LINKS)))
    first = fg.read(path, normalise="url", content="link").table
    again = fg.read(first.select(["account", "content"]), normalise="url").table
    assert again["content"].to_pylist() == first["content"].to_pylist()
