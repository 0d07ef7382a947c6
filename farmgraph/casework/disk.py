"""Files of a case: tables as Parquet with exact values, the rest as JSON."""

import json
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from farmgraph.errors import InputError
from farmgraph.render.report.plain import read_summary
from farmgraph.render.report.shapes import Summary
from farmgraph.runtime import refuse_existing, refuse_foreign

_TEXT = (
    *("account", "content", "action", "source", "account_a", "account_b", "verdict", "clusters"),
    *("reference", "sentence", "explanation", "reason", "raw_text", "raw_content"),
)
_WHOLE = (
    *("cluster", "line", "n_accounts", "n_contents", "n_interactions", "n_in_cluster", "n_suspect"),
    "occasions",
)


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet; what a column holds follows from its name, also where there are no rows."""
    columns = {}
    for name in table.columns:
        if name in _TEXT:
            columns[name] = pa.array(table[name].astype("object"), pa.string(), from_pandas=True)
        elif name.endswith("time"):
            columns[name] = pa.array(table[name], pa.timestamp("us", tz="UTC"), from_pandas=True)
        else:
            columns[name] = pa.array(np.asarray(table[name]), pa.int64() if name in _WHOLE else pa.float64())
    pq.write_table(pa.table(columns), path, compression="zstd")


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """Read a table of a case back; InputError says what is missing."""
    try:
        frame = pq.read_table(folder / name).to_pandas()
    except pa.ArrowInvalid as error:
        raise InputError(f"{folder / name} cannot be read ({error}). Make the case again.") from None
    for column in set(frame.columns) & set(_TEXT):
        frame[column] = frame[column].astype("object" if column == "action" else "str")
    return frame


def write_json(content: dict[str, Any], path: Path) -> None:
    """Write JSON that a person can read, keys sorted, in ASCII."""
    text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=True, allow_nan=False)
    path.write_text(text + "\n", encoding="ascii", newline="\n")


def require_file(folder: Path, name: str) -> Path:
    """Return a file of a case; InputError where there is no case or no such file in it."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder; expected a case made by 'farmgraph investigate'.")
    if not (folder / name).is_file():
        raise InputError(f"{folder} is not a case: it has no {name}. Make one with 'farmgraph investigate'.")
    return folder / name


def refuse_folder(target: Path, *, overwrite: bool) -> None:
    """Raise before any work where a case could not be saved in the end; only cases are ever replaced."""
    refuse_existing(target, overwrite=overwrite)
    refuse_foreign(target, _own_files(target))


def _own_files(folder: Path) -> set[str]:
    """Return the files that the folder's manifest names."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return {"manifest.json", *manifest["files"]} if "farmgraph" in manifest else set()
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def load_manifest(folder: Path) -> dict[str, Any]:
    """Read how a case was made; InputError says what is wrong."""
    file = require_file(folder, "manifest.json")
    try:
        manifest = dict(json.loads(file.read_text(encoding="utf-8")))
        files, _ = manifest.pop("files"), manifest["detector"]["values"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{file} is not the manifest of a case ({error}). Make the case again.") from None
    for name in files:
        require_file(folder, name)
    return manifest


def load_summary(folder: Path) -> Summary:
    """Read what the report of a case shows; InputError says what is missing."""
    require_file(folder, "summary.json")
    # Its format is checked there; what a damaged one lacks is said by whatever makes use of it.
    return cast(Summary, read_summary(folder / "summary.json"))
