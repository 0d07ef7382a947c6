"""Whether a text mentions one of many names, without holding every name against every text."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import unquote

# Thai, Lao, Burmese, Khmer, Japanese, Chinese and Korean do not part words, or not from their endings.
_UNPARTED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_UNPARTED += "\U00020000-\U0003ffff"
_WORD = re.compile(rf"[^\W_{_UNPARTED}]+|[{_UNPARTED}]")
# Where a name holds no word at all, such as two stars, each of its signs counts as a word.
_SIGN = re.compile(rf"{_WORD.pattern}|\S")

# A tree of words: each leads to those that may follow it, and the last one of a name to an empty tree.
_Tree = dict[str, Any]


def mentions(names: Iterable[str]) -> Callable[[str], bool]:
    """Return a function that tells whether a text holds one of the names as a word, or as words in a row.

    Parameters
    ----------
    names : iterable of str
        Names to look for.

    Returns
    -------
    callable
        Takes a text, returns a bool. Upper and lower case are the same; whatever is neither letter nor digit, the
        underscore too, only parts words; an address is also read with its ``%41`` decoded. Each letter of Chinese,
        Thai and other scripts that do not part words counts as a word.

    Notes
    -----
    The letters of all names are read once, and those of each text; a text takes longer only where many names begin
    with the same words as one of its places. A name inside a longer word is not found: *ann* is not in *annual*.

    Examples
    --------
    >>> mentioned = mentions(["Ann_Lee", "bo"])
    >>> [mentioned(text) for text in ("https://x.example/ann-lee/7", "Ann wrote to Lee", "BO!", "bonus")]
    [True, False, True, False]
    """
    single: set[str] = set()
    several: _Tree = {}
    signs: _Tree = {}
    for name in names:
        folded = _folded(name)
        words = _WORD.findall(folded)
        if len(words) == 1:
            single.add(words[0])
        elif words:
            _plant(words, several)
        else:
            _plant(_SIGN.findall(folded), signs)

    def found(folded: str) -> bool:
        words = _WORD.findall(folded)
        if not single.isdisjoint(words) or (several and _grows(words, several)):
            return True
        return bool(signs) and _grows(_SIGN.findall(folded), signs)

    def mentioned(text: str) -> bool:
        if found(_folded(text)):
            return True
        return "%" in text and found(_folded(unquote(text, errors="replace")))

    return mentioned


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    # Folding can take letters apart again, so they are put together afterwards.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _plant(words: Sequence[str], tree: _Tree) -> None:
    """Put one name into a tree; beyond the end of a shorter name nothing grows, for that one is found anyway."""
    if not words:
        return
    for word in words[:-1]:
        if word not in tree:
            tree[word] = {}
        elif not tree[word]:
            return
        tree = tree[word]
    tree[words[-1]] = {}


def _grows(words: Sequence[str], tree: _Tree) -> bool:
    """Tell whether a name of the tree stands anywhere among the words."""
    for start, word in enumerate(words):
        node, at = tree.get(word), start + 1
        while node and at < len(words):
            node, at = node.get(words[at]), at + 1
        if node is not None and not node:
            return True
    return False
