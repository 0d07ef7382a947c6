"""How names of unknown origin are shown: everything that could hide or act is made visible."""

import re
import unicodedata

_ORDINARY = re.compile(r"(?! )[ -~]*(?<! )")
_INVISIBLE_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MAX_MARKS = 2
"""Combining marks in a row that are still writing; more would climb over the neighbouring lines."""

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def visible(text: object, limit: int | None = 80, *, say_length: bool = True) -> str:
    r"""Show a text so that nothing in it can hide, reorder its surroundings or run on without end.

    Control, bidirectional, zero-width, private, unassigned and surrogate characters become
    visible code points, as do spaces other than single ones inside the text. Long texts are
    cut and their full length is said. The result is text, not HTML: it still has to be escaped.

    Parameters
    ----------
    text : object
        Usually a str; anything else is shown as ``str(text)``, None as nothing.
    limit : int, optional
        Longest result in characters, the note on the length not counted. None never cuts.
    say_length : bool
        Whether a cut text says how long it was, for places where there is room.

    Returns
    -------
    str

    Notes
    -----
    Names that look alike in different scripts are not told apart, and a name that spells out
    a code point itself looks like the character it spells.

    Examples
    --------
    >>> visible("pay\u202elog")
    'pay⟨U+202E⟩log'
    >>> visible("x" * 100, limit=5)
    'xxxxx… (100 characters)'
    >>> visible("")
    '⟨empty⟩'
    """
    text = "" if text is None else str(text)
    if not text:
        return "⟨empty⟩"
    if (limit is None or len(text) <= limit) and _ORDINARY.fullmatch(text) and "  " not in text:
        return text
    shown: list[str] = []
    length = marks = 0
    for i, char in enumerate(text):
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        piece = f"⟨U+{ord(char):04X}⟩" if _hidden(text, i, marks) else char
        length += len(piece)
        if limit is not None and length > limit:
            return "".join(shown) + "…" + (f" ({len(text):,} characters)" if say_length else "")
        shown.append(piece)
    return "".join(shown)


def xml_safe(text: str) -> str:
    r"""Replace the characters that XML 1.0 forbids, lone surrogates among them, by visible code points.

    Examples
    --------
    >>> xml_safe("a\x00b")
    'a⟨U+0000⟩b'
    """
    return _NOT_XML.sub(lambda match: f"⟨U+{ord(match.group()):04X}⟩", text)


def _hidden(text: str, i: int, marks: int) -> bool:
    char = text[i]
    if char == " ":
        return i in (0, len(text) - 1) or text[i - 1] == " "
    category = unicodedata.category(char)
    if category in _HIDDEN_CATEGORIES or category == "Zs" or char in _INVISIBLE_LETTERS or marks > _MAX_MARKS:
        return True
    # A variation selector belongs to the picture before it (most emoji); elsewhere it only hides.
    is_selector = "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    return is_selector and not (i and unicodedata.category(text[i - 1]) == "So")
