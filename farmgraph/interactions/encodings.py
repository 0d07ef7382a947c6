"""Text that is not UTF-8: how it is recognised, decoded, and guessed where nothing tells."""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from farmgraph.errors import InputError, UsageError

# The longest mark first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8"),
)
# Python counts these as text encodings, but no program saves a table in them.
_NO_FILES = ("idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "mbcs", "oem")
_EXAMPLES = "'utf-8', 'windows-1252', 'latin-1', 'utf-16', 'shift_jis' or 'koi8-r'"

# Windows-1252 leaves these five bytes without a character.
_NOT_1252 = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ASCII = re.compile(rb"[\t\n\r -~]+")
# So many bytes that are no UTF-8 stand for one character of it that other encodings write by chance.
_CHANCE = 20


def checked_encoding(name: Any) -> str:
    """Return the name of a text encoding as Python spells it; nothing stays nothing.

    Raises
    ------
    UsageError
        If Python does not know it, or it is no encoding of text.

    Examples
    --------
    >>> checked_encoding("Latin1"), checked_encoding("windows-1252"), checked_encoding("")
    ('iso8859-1', 'cp1252', '')
    >>> checked_encoding("base64")
    Traceback (most recent call last):
    ...
    farmgraph.errors.UsageError: encoding is 'base64', which does not encode text. Expected for example \
'utf-8', 'windows-1252', 'latin-1', 'utf-16', 'shift_jis' or 'koi8-r'.
    """
    if name == "":
        return ""
    try:
        if not isinstance(name, str):
            raise TypeError
        found = codecs.lookup(name).name
    except (LookupError, TypeError, ValueError):
        raise UsageError(
            f"encoding is {name!r}, which Python does not know. Expected for example {_EXAMPLES}."
        ) from None
    try:
        b"a".decode(name)
        is_text = found.replace("_", "-") not in _NO_FILES
    except UnicodeDecodeError:
        is_text = True  # a single byte is not a character everywhere
    except (LookupError, UnicodeError):
        is_text = False
    if not is_text:
        raise UsageError(
            f"encoding is {name!r}, which does not encode text. Expected for example {_EXAMPLES}."
        )
    return found


def told_encoding(head: bytes) -> str:
    r"""Say what the first bytes of a file tell about its encoding: "" where they tell nothing.

    A byte order mark tells it, and so do NUL bytes in every second place: text in UTF-16
    whose mark was lost.

    Examples
    --------
    >>> told_encoding(b"\xff\xfea\0,\0"), told_encoding(b"a\0,\0b\0\n\0"), told_encoding(b"a,b\n")
    ('utf-16', 'utf-16-le', '')
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    units = len(head) // 2 * 2
    # What begins in plain ASCII has such text behind it by another mishap, and its first rows can be saved.
    if units < 8 or _ASCII.fullmatch(head[:8]):
        return ""
    for name, text, high in (
        ("utf-16-le", head[0:units:2], head[1:units:2]),
        ("utf-16-be", head[1:units:2], head[0:units:2]),
    ):
        beside_nul = bytes(c for c, nul in zip(text, high, strict=True) if nul == 0)
        # Half of it is enough: other scripts, too, have digits, delimiters and line ends from ASCII.
        if 2 * len(beside_nul) >= len(text) and not _CONTROL.search(beside_nul):
            return name
    return ""


def settled_encoding(head: bytes, encoding: str, *, name: str) -> str:
    """Return the encoding to decode a file from: "" for UTF-8, which needs no decoding.

    A byte order mark outranks what was asked for, because nothing but such text begins with one.

    Raises
    ------
    InputError
        If UTF-16 or UTF-32 was asked for without its byte order, and the file does not tell it.

    Examples
    --------
    >>> settled_encoding(b"a,b", "cp1252", name="log.csv"), settled_encoding(b"a,b", "", name="log.csv")
    ('cp1252', '')
    """
    told = told_encoding(head)
    if not encoding or told in ("utf-8", "utf-16", "utf-32") or (encoding == "utf-16" and told):
        encoding = told
    elif encoding in ("utf-16", "utf-32"):
        raise InputError(
            f"{name} has no byte order mark, so {encoding} alone does not tell the order of its bytes. "
            f"Name it: encoding='{encoding}-le' (as Windows writes it) or '{encoding}-be'."
        )
    return "" if encoding in ("utf-8", "utf-8-sig") else encoding


def _broken(error: UnicodeError) -> tuple[str | bytes, int]:
    """Let what cannot be decoded pass as one byte that UTF-8 never has, so that its row is rejected and counted."""
    if isinstance(error, UnicodeDecodeError):
        return "\udcff", error.end
    if isinstance(error, UnicodeEncodeError):
        return b"\xff", error.end
    raise error


codecs.register_error("farmgraph-broken", _broken)


def recoded(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    r"""Turn pieces of text into UTF-8; what cannot be decoded becomes the byte FF.

    Examples
    --------
    >>> list(recoded([b"Jos\xe9\x81"], "cp1252"))
    [b'Jos\xc3\xa9\xff', b'']
    """
    decoder = codecs.getincrementaldecoder(encoding)("farmgraph-broken")
    for piece in pieces:
        yield decoder.decode(piece).encode("utf-8", "farmgraph-broken")
    yield decoder.decode(b"", True).encode("utf-8", "farmgraph-broken")


def guess_encoding(data: np.ndarray) -> str:
    r"""Guess the encoding of a text in which some rows are not UTF-8.

    Where one in twenty of the bytes beyond ASCII begins a character of UTF-8, the text is UTF-8 with broken rows: by
    chance other encodings write such a sequence now and then (a German ß before a closing quote), but no more.
    Nothing is guessed then, nor for what holds control bytes and so is no text.

    Parameters
    ----------
    data : numpy.ndarray of uint8, shape (bytes,)
        The file as it stands, without byte order mark.

    Returns
    -------
    str
        ``"windows-1252"``, ``"latin-1"`` where bytes occur that windows-1252 leaves
        undefined, or ``""``.

    Examples
    --------
    >>> guess_encoding(np.frombuffer(b"user,page\nJos\xe9,p\n", np.uint8))
    'windows-1252'
    >>> guess_encoding(np.frombuffer(b"user,page\nJos\xe9,p\nZo\xc3\xab,q\n", np.uint8))
    ''
    """
    # Not at import: loading numba takes time, and most of this module does without.
    from farmgraph.interactions.kernels import count_characters

    seen = np.zeros(256, np.bool_)
    is_text, whole, broken = count_characters(data, seen)
    if not is_text or not broken or whole * _CHANCE >= broken:
        return ""
    return "latin-1" if seen[list(_NOT_1252)].any() else "windows-1252"
