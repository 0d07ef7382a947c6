"""The summary for publication: numbers for names, and no text that somebody else wrote."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from farmgraph.errors import InputError
from farmgraph.interactions.batches import REASONS as JUDGED
from farmgraph.interactions.duplicates import REASONS as FOUND_LATE
from farmgraph.interactions.records import REASONS as UNPARSED
from farmgraph.render.report.shapes import Summary

_COMMON = """
    like unlike dislike love reaction react share reshare repost retweet tweet quote reply comment post follow
    unfollow friend connection connect subscribe unsubscribe join view watch play listen visit open click tap vote
    upvote downvote star fork rate rating review install download buy purchase order favourite favorite save
    bookmark pin link url mention tag hashtag message forward read edit upload invite
"""
COMMON_ACTIONS = frozenset(_COMMON.split())
"""Words for actions that say nothing about anybody, and stay."""

REASONS = frozenset(
    (*JUDGED[1:], *UNPARSED[1:], *FOUND_LATE, "malformed JSON", "not a JSON object", "page without records")
)
"""Reasons for rejecting a row that hold nothing but words of ours."""

_METHODS = frozenset({"lockstep", "leiden"})
_SENTENCES = ("format", "verdict", "reference", "sentence", "explanation")
"""Texts of a summary that farmgraph makes of its own words and of numbers."""

_NUMBERS = ("seed", "rows_read", "rows_used", "rows_rejected")
_SETTINGS = ("options", "parameters", "thresholds")
_VERSION = re.compile(r"\d[0-9A-Za-z.+!-]{0,39}")
_HASH = re.compile("[0-9a-f]{64}")
_NAME = re.compile("[a-z][a-z0-9_]{0,39}")


def redact(summary: Mapping[str, Any]) -> Summary:
    """Make a copy of a summary that can be published: no name of the log is in it, nor any text from outside.

    Parameters
    ----------
    summary : mapping
        What `summarise` returned or `read_summary` read. It is not changed.

    Returns
    -------
    Summary
        Accounts are called ``account 1``, ``account 2`` and so on, in the order in which the report lists them (by
        cluster and score), contents ``content 1``, sources ``source 1``. Actions keep common words such as like or
        share, others are ``action 1``. Rows of the log (``line``), paths, the command, columns, notes, unusual
        reasons for rejecting rows and options that are text are left out. Numbers stay: times, counts, the SHA-256
        of the inputs, versions, seed, thresholds.

    Raises
    ------
    InputError
        If parts of the summary are missing.

    Notes
    -----
    Whoever has the log can still tell who is meant, by times and counts; so can, now and then, somebody who knows
    when a single account acted. Linear in the size of the summary.
    """
    try:
        return _redacted(summary)
    except (KeyError, TypeError) as error:
        raise InputError(f"The summary lacks {error}; it is damaged or old. Make the case again.") from error


def _redacted(summary: Mapping[str, Any]) -> Summary:
    names, given = summary["names"], summary["provenance"]
    sources = _numbered("source", (*(source["path"] for source in given["sources"] or []), *names["source"]))
    copy = {key: _without_text(part) for key, part in summary.items() if key not in ("names", "provenance")}
    copy |= {
        "format": summary["format"],
        "redacted": True,
        "names": {
            "account": list(_numbered("account", names["account"]).values()),
            "content": list(_numbered("content", names["content"]).values()),
            "action": _actions(names["action"]),
            "source": [sources[name] for name in names["source"]],
        },
        "provenance": _provenance(given, sources),
    }
    for cluster in copy["clusters"]:
        cluster["actions"]["line"] = [None] * len(cluster["actions"]["line"])
    return cast(Summary, copy)


def _numbered(kind: str, names: Iterable[str]) -> dict[str, str]:
    """Return a number for each distinct name, in order."""
    return {name: f"{kind} {i}" for i, name in enumerate(dict.fromkeys(names), start=1)}


def _actions(names: list[str]) -> list[str]:
    odd = _numbered("action", (name for name in names if not _is_common(name)))
    return [odd.get(name, name) for name in names]


def _is_common(action: str) -> bool:
    return action.isascii() and action.lower() in COMMON_ACTIONS


def _without_text(value: Any) -> Any:
    """Copy numbers, and of texts only those that are known to be our own words: what is new is left out."""
    if isinstance(value, Mapping):
        return {
            key: item if key in _SENTENCES and isinstance(item, str) else _without_text(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without_text(item) for item in value]
    return "" if isinstance(value, str) else value


def _provenance(given: Mapping[str, Any], sources: Mapping[str, str]) -> dict[str, Any]:
    """Copy what is known to be harmless; whatever else a manifest may come to hold is left out."""
    return {
        "method": given["method"] if given["method"] in _METHODS else "another",
        "farmgraph": _matching(_VERSION, given["farmgraph"]),
        "libraries": {
            name: version
            for name, version in (given["libraries"] or {}).items()
            if _NAME.fullmatch(name) and _matching(_VERSION, version)
        },
        "command": None,
        "columns": {},
        "notes": [],
        "sources": [
            {
                "path": sources[source["path"]],
                "sha256": _matching(_HASH, source.get("sha256")),
                **{key: _number(source.get(key)) for key in ("n_bytes", "n_rows", "n_used")},
            }
            for source in given["sources"] or []
        ],
        "rejected_by_reason": _reasons(given["rejected_by_reason"] or {}),
        **{key: _number(given[key]) for key in _NUMBERS},
        **{key: _settings(given[key] or {}) for key in _SETTINGS},
    }


def _reasons(counts: Mapping[str, int]) -> dict[str, int]:
    kept = {reason: n for reason, n in counts.items() if reason in REASONS}
    other = sum(n for reason, n in counts.items() if reason not in REASONS)
    return kept | ({"another reason": other} if other else {})


def _settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Keep options that are numbers, or lists of numbers."""

    def is_number(value: Any) -> bool:
        return value is None or isinstance(value, bool | int | float)

    return {
        key: value
        for key, value in values.items()
        if _NAME.fullmatch(key)
        and (is_number(value) or (isinstance(value, list) and all(map(is_number, value))))
    }


def _number(value: Any) -> int | float | None:
    return value if isinstance(value, int | float) else None


def _matching(pattern: re.Pattern[str], value: Any) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
