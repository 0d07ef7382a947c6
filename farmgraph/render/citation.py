"""How a report is cited: a sentence, and BibTeX. Both say what somebody needs to make the same report again."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from farmgraph.render.names import visible

_TITLE = "farmgraph: a toolkit for finding accounts that act in lockstep"
_NAMED = 3
"""Sources that are named; of the others it is said how many there are."""

_ESCAPES = {
    # A brace counts for BibTeX even after a backslash, so braces have to be spelt.
    **{"{": r"\textbraceleft{}", "}": r"\textbraceright{}", "\\": r"\textbackslash{}"},
    **{char: f"\\{char}" for char in "%#$&_"},
    **{"~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    **{"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"},
    # What `visible` writes, in a form that every LaTeX can set.
    **{"⟨": r"\ensuremath{\langle}", "⟩": r"\ensuremath{\rangle}", "…": r"\ldots{}"},
}
_SPECIAL = re.compile("[" + re.escape("".join(_ESCAPES)) + "]")


def citation(provenance: Mapping[str, Any]) -> str:
    """Return the citation of a report as plain text.

    Parameters
    ----------
    provenance : mapping
        The part of that name of a summary: ``farmgraph`` (version), ``sources`` (each with ``path`` and
        ``sha256``), ``options``, ``seed``.

    Returns
    -------
    str
        One line. Names are shown by `visible`; in HTML it still has to be escaped.

    Examples
    --------
    >>> sources = [{"path": "a.csv", "sha256": "9f"}]
    >>> given = {"farmgraph": "0.1.0", "sources": sources, "options": {"q": 0.05}, "seed": 0}
    >>> citation(given).partition(". ")[2]
    'Report on a.csv (SHA-256 9f); q 0.05, seed 0.'
    """
    sources = provenance["sources"] or []
    return (
        f"farmgraph {_version(provenance)}, a toolkit for finding accounts that act in lockstep. "
        f"Report on {_hashed(sources) or 'a log'}; {_settings(provenance)}."
    )


def bibtex(provenance: Mapping[str, Any]) -> str:
    r"""Return two BibTeX entries: farmgraph in the version used, and the report.

    Parameters
    ----------
    provenance : mapping
        As for `citation`.

    Returns
    -------
    str
        A ``@software`` and a ``@misc`` entry. No character of a name acts in BibTeX or LaTeX; there is no date, so
        the same case gives the same text. The report's key stands for version, inputs, options and seed.

    Notes
    -----
    Letters outside ASCII stay as they are: biber and BibTeX of today read UTF-8. ``@software`` is an entry type of
    biblatex; styles of old BibTeX print it as ``@misc``.

    Examples
    --------
    >>> given = {"farmgraph": "0.1.0", "sources": [{"path": "a_b.csv", "sha256": "9f"}], "options": {}, "seed": 0}
    >>> print(bibtex(given))
    @software{farmgraph-0.1.0,
      author = {{The farmgraph developers}},
      title = {{farmgraph: a toolkit for finding accounts that act in lockstep}},
      version = {0.1.0},
      license = {MIT}
    }
    <BLANKLINE>
    @misc{farmgraph-report-329e150a1ef7,
      title = {{farmgraph report on a\_b.csv}},
      howpublished = {HTML file made by farmgraph 0.1.0},
      note = {Input: a\_b.csv (SHA-256 9f). Options: seed 0.}
    }
    <BLANKLINE>
    """
    version = _version(provenance)
    sources = provenance["sources"] or []
    base = [_own_name(source["path"]) for source in sources]
    about = _with_rest([visible(name, 60) for name in base]) or "a log"
    inputs = f"Input: {_hashed(sources)}. " if sources else ""
    software = _entry(
        "software",
        "farmgraph-" + (re.sub(r"[^A-Za-z0-9.]", "", version) or "unknown"),
        {
            "author": "{The farmgraph developers}",
            "title": f"{{{_TITLE}}}",
            "version": _escaped(version),
            "license": "MIT",
        },
    )
    report = _entry(
        "misc",
        f"farmgraph-report-{_key(provenance, sources)}",
        {
            # Without the second pair of braces, styles would turn a file's name into lower case.
            "title": f"{{farmgraph report on {_escaped(about)}}}",
            "howpublished": f"HTML file made by farmgraph {_escaped(version)}",
            "note": _escaped(f"{inputs}Options: {_settings(provenance)}."),
        },
    )
    return f"{software}\n{report}"


def option_text(value: Any) -> str:
    """Write an option as it would be read: text as it is, the rest as JSON, whole numbers without a point.

    Examples
    --------
    >>> option_text(2.0), option_text("60s"), option_text(None)
    ('2', '60s', 'null')
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _version(provenance: Mapping[str, Any]) -> str:
    return visible(provenance["farmgraph"] or "unknown version", 40)


def _settings(provenance: Mapping[str, Any]) -> str:
    given = sorted((provenance["options"] or {}).items())
    options = "".join(f"{visible(key, 40)} {visible(option_text(value), 80)}, " for key, value in given)
    return f"{options}seed {visible(provenance['seed'], 40)}"


def _hashed(sources: Sequence[Mapping[str, Any]]) -> str:
    return _with_rest(
        [f"{visible(_own_name(s['path']), 60)} (SHA-256 {visible(s['sha256'], 64)})" for s in sources]
    )


def _with_rest(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return ", ".join(texts[:_NAMED]) + more


def _key(provenance: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]) -> str:
    # Paths are left out: the same bytes elsewhere are the same input.
    hashes = [str(source["sha256"]) for source in sources]
    made_of = [provenance["farmgraph"], hashes, provenance["options"] or {}, provenance["seed"]]
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:12]


def _entry(kind: str, key: str, fields: Mapping[str, str]) -> str:
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@{kind}{{{key},\n{lines}\n}}\n"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda match: _ESCAPES[match.group()], text)


def _own_name(path: object) -> str:
    """Return a file's name without its folder, which is nobody's business: the hash says which file it was."""
    return str(path).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
