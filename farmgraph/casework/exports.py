"""A case for other programs: its network as one file, its tables as a folder, its citation as BibTeX."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from farmgraph.casework.disk import write_table
from farmgraph.errors import InputError, UsageError
from farmgraph.render.citation import bibtex
from farmgraph.render.export import write_csv, write_gexf, write_graphml
from farmgraph.render.report.summary import positions
from farmgraph.runtime import refuse_existing, refuse_foreign, whole_folder

if TYPE_CHECKING:
    from farmgraph.casework.case import Case

FORMATS = ("gexf", "graphml", "csv", "parquet", "bibtex")
FOLDERS = ("csv", "parquet")
"""Formats that make a folder with one file per table; the others make one file."""

TABLES = {
    "clusters": "evidence",
    "accounts": "accounts",
    "contents": "contents",
    "interactions": "rows",
    "actions": "actions",
    "pairs": "pairs",
    "rejected": "rejected",
}
"""What each table is called as a file, and as an attribute of a case."""


ENDINGS = {".gexf": "gexf", ".graphml": "graphml", ".bib": "bibtex"}
"""Endings of names that say which format is meant."""


def export(case: "Case", path: str | Path, *, format: str, overwrite: bool) -> Path:
    """Write a case in one of the `FORMATS`; see `farmgraph.Case.export`."""
    target = Path(path)
    refuse_export(target, format=format, overwrite=overwrite)
    if format in FOLDERS:
        with whole_folder(target, overwrite=overwrite) as folder:
            for name, attribute in TABLES.items():
                table, file = getattr(case, attribute), folder / f"{name}.{format}"
                write_csv(table, file) if format == "csv" else write_table(table, file)
        return target
    with _whole_file(target) as draft:
        if format == "bibtex":
            draft.write_text(bibtex(case.summary["provenance"]), encoding="utf-8", newline="\n")
        else:
            write = write_gexf if format == "gexf" else write_graphml
            places = positions(case.summary)
            write(case.clusters, case.evidence, case.pairs, draft, accounts=case.accounts, positions=places)
    return target


def refuse_export(target: Path, *, format: str, overwrite: bool) -> None:
    """Raise before any work where an export could not be written in the end.

    Raises
    ------
    UsageError
        If there is no such format, or the name ends as another one does.
    InputError
        If the path exists and may not be replaced, is of another kind, or cannot be made.
    """
    if format not in FORMATS:
        raise UsageError(f"format is {format!r}; expected one of {', '.join(FORMATS)}.")
    meant = ENDINGS.get(target.suffix.lower(), format)
    if meant != format:
        raise UsageError(
            f"{target.name} ends as {meant} does, but the format is {format!r}. Ask for the format {meant!r}, or "
            "choose another name."
        )
    if format in FOLDERS:
        refuse_existing(target, overwrite=overwrite)
        refuse_foreign(target, [f"{name}.{ending}" for name in TABLES for ending in FOLDERS])
        return
    if target.is_dir():
        raise InputError(f"{target} is a folder; {format} is one file. Name the file to write.")
    if target.exists() and not overwrite:
        raise InputError(
            f"{target} exists already. Choose another name, or replace it with overwrite=True (--overwrite)."
        )


@contextlib.contextmanager
def _whole_file(target: Path) -> Iterator[Path]:
    """Write a file that appears complete or not at all."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
        os.close(handle)
    except OSError as error:
        raise InputError(f"Cannot write to {target.parent}: {error.strerror or error}.") from None
    draft = Path(name)
    try:
        yield draft
        # As any new file: a temporary one is made for its owner alone.
        mask = os.umask(0)
        os.umask(mask)
        draft.chmod(0o666 & ~mask)
        draft.replace(target)
    except OSError as error:
        raise InputError(f"Cannot write {target}: {error.strerror or error}.") from None
    finally:
        draft.unlink(missing_ok=True)
