"""The page: one self-contained HTML file, made from the summary alone, that asks the network nothing."""

import base64
import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError
from markupsafe import Markup

from farmgraph.errors import InputError
from farmgraph.render.citation import bibtex, citation, option_text
from farmgraph.render.names import visible
from farmgraph.render.report import wording
from farmgraph.render.report.pack import page_data, script_data
from farmgraph.render.report.plain import FORMAT

PARTS = ("headline", "map", "listed", "clusters", "limits", "provenance", "names", "redacted")
GENERATOR = '<meta name="generator" content="farmgraph'
"""With this farmgraph knows its own reports, of whatever version."""

VERDICT_CLASSES = {
    "lockstep": "lockstep",
    "undetermined": "undetermined",
    "same audience": "audience",
    "too little data": "little",
}
"""Verdicts, strongest first, and the style of their marks."""

_FOLDER = Path(__file__).parent
_SHEETS = ("style.css", "js/charts.css", "js/networks.css")
_LONGEST_NOTE = 2_000
_UNITS = re.compile(
    r"(?<=\d) (?=(?:%|s|min|h|days?)(?!\w))|(?<=\b[pqz]) (?==|&lt;)|(?<==) (?=-?\d)|(?<=&lt;) (?=\d)"
)


def page(summary: Mapping[str, Any]) -> str:
    """Make the report from a summary.

    Parameters
    ----------
    summary : mapping
        What `summarise` or `redact` returned, or `read_summary` read.

    Returns
    -------
    str
        One HTML document. Everything that is words stands in it as text; its script draws the pictures and the
        tables of rows from the data that it holds. Every name in the text is escaped and shown by `visible`, every
        name in the data is data. Its content security policy allows its own script and style sheet and nothing
        else.

    Raises
    ------
    InputError
        If the summary has another format, or parts of it are missing.
    """
    if summary.get("format") != FORMAT:
        raise InputError(
            f"The summary has the format {summary.get('format')!r}; expected {FORMAT!r}. Make the case again."
        )
    missing = [part for part in PARTS if part not in summary]
    if missing:
        raise InputError(f"The summary has no part {missing[0]!r}; it is damaged. Make the case again.")
    try:
        return _rendered(summary)
    except (KeyError, TypeError, IndexError, UndefinedError) as error:
        raise InputError(f"The summary lacks {error}; it is damaged or old. Make the case again.") from error


def write_page(summary: Mapping[str, Any], path: str | Path) -> None:
    """Write the report as one HTML file; of existing files only farmgraph's own reports are replaced.

    Raises
    ------
    InputError
        If the path is a file of another kind, or the summary is damaged.
    """
    target, text = Path(path), page(summary)
    if target.is_file() and GENERATOR not in target.read_bytes()[:4_096].decode("utf-8", "replace"):
        raise InputError(
            f"{target} exists and is no farmgraph report, so it is not replaced. Choose another name."
        )
    target.write_text(text, encoding="utf-8", newline="\n")


def _rendered(summary: Mapping[str, Any]) -> str:
    head, provenance = summary["headline"], summary["provenance"]
    draws = (provenance["options"] or {}).get("draws")
    clusters = [
        dict(cluster) | {"facts": wording.facts(cluster, head, draws)} for cluster in summary["clusters"]
    ]
    return (
        _environment()
        .get_template("template.html.j2")
        .render(
            # Script, style sheet and data are ours and stand in elements where escaping would change them;
            # whatever could end such an element is escaped by other means.
            script=Markup(_packed_script()),
            loader=Markup(_loader()),
            style=Markup(_style()),
            data=Markup(script_data(page_data(summary))),
            policy=_policy(),
            title=_title(provenance["sources"] or []),
            redacted=summary["redacted"],
            headline=wording.headline(head),
            totals=wording.totals(head),
            rows_read=wording.rows_read(provenance),
            rows_missing=wording.rows_missing(provenance),
            reasons=wording.reasons(head, provenance),
            draws=draws,
            lines=wording.LINES,
            loose=wording.LOOSE,
            head=head,
            # Indexing, so that a summary without islands is found damaged here and not by the reader's browser.
            n_islands=len(summary["map"]["islands"]),
            listed=summary["listed"],
            clusters=clusters,
            provenance=provenance,
            citation=citation(provenance),
            bibtex=Markup.escape(bibtex(provenance)),
            verdicts=VERDICT_CLASSES,
            meanings=wording.MEANINGS,
        )
    )


def _policy() -> str:
    allowed = {
        "default-src": "'none'",
        "script-src": f"{_digest(_loader())} {_digest(_script())}",
        "style-src": _digest(_style()),
        "img-src": "data: blob:",
        "connect-src": "'none'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-src": "'none'",
        "worker-src": "'none'",
    }
    return "; ".join(f"{what} {source}" for what, source in allowed.items())


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _script() -> str:
    return (_FOLDER / "static" / "report.js").read_text(encoding="utf-8")


@cache
def _loader() -> str:
    return (_FOLDER / "js" / "loader.js").read_text(encoding="utf-8")


@cache
def _packed_script() -> str:
    """Return the script as base64 of its gzip: in a report of 3,000 accounts it would be half of the file."""
    return base64.b64encode(gzip.compress(_script().encode(), 9, mtime=0)).decode()


@cache
def _style() -> str:
    return "".join((_FOLDER / sheet).read_text(encoding="utf-8") for sheet in _SHEETS)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        # Whatever the template forgets to shorten is at least made visible.
        finalize=lambda value: visible(value, None) if type(value) is str and value else value,
    )
    filters: dict[str, Callable[..., Any]] = {
        "shown": visible,
        "note": lambda text: visible(text, _LONGEST_NOTE),
        "count": lambda number, one="": "unknown" if number is None else wording.count(number, one),
        "tied": _tied,
        "option": option_text,
    }
    environment.filters.update(filters)
    return environment


def _tied(text: str) -> Markup:
    """Keep numbers and their units, which are farmgraph's own words, on one line."""
    return Markup(_UNITS.sub("\u00a0", str(Markup.escape(text))))


def _title(sources: list[Mapping[str, Any]]) -> str:
    if not sources:
        return "farmgraph report"
    # Only the file's own name: the folder stands in the provenance.
    name = str(sources[0]["path"]).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return f"farmgraph report: {visible(name, 60)}{more}"
