"""A case in a notebook: the strongest clusters as a table, below it the report in a frame that may do nothing else."""

from html import escape
from typing import TYPE_CHECKING, Any

from farmgraph.render.names import visible
from farmgraph.render.report.page import page

if TYPE_CHECKING:
    from farmgraph.casework.case import Case

MOST_ROWS = 8
LARGEST_PAGE = 4_000_000
"""Bytes of a report that are still put into a notebook, which keeps them for good."""

_COLUMNS = {
    "cluster": "cluster",
    "verdict": "verdict",
    "n_accounts": "accounts",
    "n_contents": "contents",
    "density": "density",
    "overlap_ratio": "overlap ratio",
    "synchrony_z": "z",
    "sentence": "sentence",
}
_HEIGHT = 640


def notebook_view(case: "Case") -> str:
    """Return a case as HTML for a notebook.

    Parameters
    ----------
    case : Case

    Returns
    -------
    str
        A table of at most 8 clusters, and the report in an ``iframe``. The frame is a stranger to the notebook: its
        scripts may draw and save files, but neither read the notebook nor speak to its kernel. A report of
        more than 4 MB is left out.
    """
    shown = case.evidence[list(_COLUMNS)].head(MOST_ROWS)
    head = "".join(f"<th>{name}</th>" for name in _COLUMNS.values())
    rows = (
        "<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row) + "</tr>"
        for row in shown.itertuples(index=False, name=None)
    )
    more = len(case.evidence) - len(shown)
    rest = f"<p>And {more:,} more: see case.evidence.</p>" if more else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>{rest}"
    return f"<p>{escape(visible(repr(case)[1:-1], 500))}</p>{table if len(shown) else ''}{_frame(page(case.summary))}"


def _frame(text: str) -> str:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LARGEST_PAGE:
        return (
            f"<p>The report is too large for a notebook ({size / 1e6:.0f} MB): "
            "write it with case.report('report.html') and open it in a browser.</p>"
        )
    # No allow-same-origin: with it the report could reach the page around it.
    return (
        '<iframe sandbox="allow-scripts allow-downloads" title="farmgraph report" loading="lazy" '
        f'width="100%" height="{_HEIGHT}" srcdoc="{escape(text, quote=True)}"></iframe>'
    )


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:,.3g}" if abs(value) < 1_000 else f"{value:,.0f}"
    return escape(f"{value:,}" if isinstance(value, int) else visible(value, 500))
