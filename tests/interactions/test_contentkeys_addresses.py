"""Addresses made comparable, against a second account of the rule with urllib."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from interactions.contentnames import QUICK, lower, made

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
