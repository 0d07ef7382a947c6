"""Names of contents made comparable: one web address, text or hashtag, however it was written."""

import hashlib
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import UsageError

RULES = ("none", "url", "text", "hashtag")
"""What `normalised` can do; ``"none"`` leaves names as they are."""

TRACKING = (
    *(
        "utm_[^=&]*",
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
    ),
    *(
        "igshid",
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
    *("oly_anon_id", "wt_mc", "cmpid", "ncid", "ns_[^=&]*", "spm", "share_source", "_ga", "_gl"),
)
"""Parameters of addresses that tell where a click came from, and not what is shown; regular expressions."""

_URL = (
    r"(?s)^(?:(?i:https?|ftp):)?//(?:[^/?#@]*@)?(?i:www\.)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^/?#:]*[^/?#:.])\.?"
    r"(?P<port>:[0-9]*)?(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:(?P<route>#(?:[A-Za-z]?!|/).+)|#.*)?$"
)
_PARTS = ("host", "port", "path", "query", "route")
_PARAMETER = rf"(?i)&(?:{'|'.join(TRACKING)})(?:=[^&]*)?&"
_MENTION = r"(^|[^\pL\pN_])@[\pL\pN_](?:[\pL\pN_.@-]*[\pL\pN_])?"
_LONGEST = 120
_SHOWN = 100


def checked_rule(rule: str | None) -> str:
    """Return a rule's name, empty for none.

    Raises
    ------
    UsageError
        If there is no such rule.
    """
    if rule is None or rule == "none":
        return ""
    if rule not in RULES:
        raise UsageError(f"normalise is {rule!r}; expected one of {', '.join(RULES)}.")
    return rule


def normalised(names: Any, *, rule: str) -> pa.Array:
    """Make names of contents comparable.

    Parameters
    ----------
    names : pyarrow.Array of strings
        As the log writes them.
    rule : {"", "url", "text", "hashtag"}
        ``"url"``: without scheme, user, ``www.``, usual port, fragment, `TRACKING` parameters and the slash at the
        end, the host in lower case; the path and other parameters stay as they are, for they may matter, and so does a
        fragment that leads to another page (``#!a``, ``#/b``). What is no
        address stays as it is.
        ``"text"``: lower case, without @mentions and addresses of t.co, white space as single spaces, in double
        quotes; of more than 120 characters the first 100, with a hash of the whole, so that different texts stay
        different.
        ``"hashtag"``: lower case, with one ``#`` in front.

    Returns
    -------
    pyarrow.Array of strings
        Empty where nothing is left.

    Examples
    --------
    >>> normalised(pa.array(["https://WWW.Example.org/a/?utm_source=x&id=7#top"]), rule="url").to_pylist()
    ['example.org/a?id=7']
    >>> normalised(pa.array(["@you  Vote NOW"]), rule="text").to_pylist()
    ['"vote now"']
    >>> normalised(pa.array(["#Élection"]), rule="hashtag").to_pylist()
    ['#élection']

    It follows no link: a shortened address stays a name of its own.
    """
    if pa.types.is_dictionary(names.type):
        inner = normalised(names.dictionary, rule=rule)
        return inner.take(names.indices)
    names = names.cast(pa.string())
    if not rule:
        return names
    unique = names.dictionary_encode()
    made = {"url": _url, "text": _text, "hashtag": _hashtag}[rule](unique.dictionary)
    return made.take(unique.indices)


def _url(names: Any) -> Any:
    names = pc.utf8_trim_whitespace(names)
    parts = pc.extract_regex(names, _URL)
    host, port, path, query, route = (pc.struct_field(parts, name) for name in _PARTS)
    port = pc.if_else(pc.is_in(port, pa.array([":", ":80", ":443"])), "", port)
    query = pc.replace_substring_regex(query, r"^\?", "")
    # With two "&" between them each has its own at either end: whole names are meant, not how a name begins.
    query = pc.binary_join_element_wise("&", pc.replace_substring(query, "&", "&&"), "&", "")
    query = pc.replace_substring(pc.replace_substring_regex(query, _PARAMETER, ""), "&&", "&")
    query = pc.utf8_trim(query, "&")
    query = pc.if_else(pc.equal(query, ""), "", pc.binary_join_element_wise("?", query, ""))
    path = pc.utf8_rtrim(path, "/")
    made = pc.utf8_trim_whitespace(
        pc.binary_join_element_wise(pc.utf8_lower(host), port, path, query, route, "")
    )
    return pc.if_else(pc.is_valid(made), made, names)


def _text(names: Any) -> Any:
    # Every post has its own t.co address for the same link, so these would keep equal texts apart.
    text = pc.replace_substring_regex(pc.utf8_lower(names), r"https?://t\.co/[a-z0-9]+", " ")
    text = pc.replace_substring_regex(text, _MENTION, r"\1")
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, r"[\s\pZ\x{feff}\x{200b}]+", " "))
    text = pc.replace_substring(text, '"', "'")
    quoted = pc.binary_join_element_wise('"', text, '"', "")
    long = pc.greater(pc.utf8_length(quoted), _LONGEST)
    if pc.any(long).as_py():
        cut = pa.array([_cut(value) for value in quoted.filter(long).to_pylist()], pa.string())
        quoted = pc.replace_with_mask(quoted, long, cut)
    return pc.if_else(pc.equal(text, ""), "", quoted)


def _cut(text: str) -> str:
    """Shorten a long text; the hash keeps apart what only differs later on."""
    digest = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
    return f"{text[:_SHOWN]}... [{digest}]"


def _hashtag(names: Any) -> Any:
    bare = pc.utf8_ltrim(pc.utf8_lower(pc.utf8_trim_whitespace(names)), "#＃")
    return pc.if_else(pc.equal(bare, ""), "", pc.binary_join_element_wise("#", bare, ""))
