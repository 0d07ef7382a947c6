"""The page: one self-contained HTML file, made from the summary alone. No scripts, no requests."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError
from markupsafe import Markup

from farmgraph.errors import InputError
from farmgraph.render.names import visible
from farmgraph.render.raster import COLOURS, OTHER_COLOUR
from farmgraph.render.report import wording
from farmgraph.render.report.drawing import VERDICT_CLASSES, map_drawing, raster_drawing
from farmgraph.render.report.plain import FORMAT
from farmgraph.runtime import spoken_duration

PARTS = ("headline", "map", "listed", "clusters", "limits", "provenance", "names")
GENERATOR = '<meta name="generator" content="farmgraph'
"""With this farmgraph knows its own reports, of whatever version."""

_FOLDER = Path(__file__).parent
_LONGEST_NOTE = 2_000


def page(summary: Mapping[str, Any]) -> str:
    """Make the report from a summary.

    Parameters
    ----------
    summary : mapping
        What `summarise` returned or `read_summary` read.

    Returns
    -------
    str
        One HTML document. Every name in it is escaped and shown by `visible`; its content
        security policy allows its own style sheet and nothing else.

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
    except (KeyError, UndefinedError) as error:
        raise InputError(f"The summary lacks {error}; it is damaged or old. Make the case again.") from error


def _rendered(summary: Mapping[str, Any]) -> str:
    style = _style()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    head = summary["headline"]
    names = summary["names"]
    sources = summary["provenance"]["sources"] or []
    provenance = summary["provenance"]
    draws = (provenance["options"] or {}).get("draws")
    clusters = [
        dict(cluster)
        | {
            "facts": wording.facts(cluster, head, draws),
            "drawing": raster_drawing(cluster, names),
            "legend": _legend(cluster, names),
            "class": VERDICT_CLASSES.get(cluster["verdict"], "little"),
        }
        for cluster in summary["clusters"]
    ]
    return (
        _environment()
        .get_template("template.html.j2")
        .render(
            # The style sheet is ours and stands in a style element, where escaping would change it.
            style=Markup(style),
            policy=policy,
            title=_title(sources),
            headline=wording.headline(head),
            rows_read=wording.rows_read(provenance),
            rows_missing=wording.rows_missing(provenance),
            reasons=wording.reasons(head, provenance),
            draws=draws,
            lines=wording.LINES,
            loose=wording.LOOSE,
            head=head,
            map=summary["map"],
            picture=map_drawing(summary["map"]),
            listed=summary["listed"],
            clusters=clusters,
            names=names,
            limits=summary["limits"],
            provenance=provenance,
            citation=_citation(provenance, sources),
            verdicts=VERDICT_CLASSES,
            meanings=wording.MEANINGS,
            n_colours=len(COLOURS),
        )
    )


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


@cache
def _style() -> str:
    colours = [
        f".c{i}{{stroke:{colour};background:{colour}}}" for i, colour in enumerate((*COLOURS, OTHER_COLOUR))
    ]
    return (_FOLDER / "style.css").read_text(encoding="utf-8") + "\n".join(colours) + "\n"


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
        "count": wording.count,
        "number": wording.number,
        "moment": wording.moment,
        "option": _option,
        "duration": lambda seconds: "unknown" if seconds is None else spoken_duration(seconds),
    }
    environment.filters.update(filters)
    return environment


def _title(sources: list[Mapping[str, Any]]) -> str:
    if not sources:
        return "farmgraph report"
    # Only the file's own name: the folder stands in the provenance.
    name = str(sources[0]["path"]).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return f"farmgraph report: {visible(name, 60)}{more}"


def _legend(cluster: Mapping[str, Any], names: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    return [
        {"slot": slot, "name": names["content"][content["content"]]}
        for slot, content in enumerate(cluster["contents"][: len(COLOURS)])
    ]


def _option(value: Any) -> str:
    """Write an option as it would be read: text as it is, the rest as JSON, whole numbers without a point."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False)


def _citation(provenance: Mapping[str, Any], sources: list[Mapping[str, Any]]) -> str:
    version = provenance["farmgraph"] or "unknown version"
    inputs = ", ".join(
        f"{visible(source['path'], 60)} (SHA-256 {visible(source['sha256'], 64)})" for source in sources[:3]
    )
    inputs += f" and {len(sources) - 3} more" if len(sources) > 3 else ""
    given = sorted((provenance["options"] or {}).items())
    options = "".join(f"{visible(key, 40)} {visible(_option(value), 80)}, " for key, value in given)
    return (
        f"farmgraph {visible(version, 40)}, a toolkit for finding accounts that act in lockstep. "
        f"Report on {inputs or 'a log'}; {options}seed {visible(provenance['seed'], 40)}."
    )
