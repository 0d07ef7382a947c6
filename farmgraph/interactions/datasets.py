"""The small real logs that come with the package: what they are, where they are, and their rows."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from farmgraph.errors import InputError, UsageError
from farmgraph.interactions.read import read
from farmgraph.interactions.table import Interactions, Source
from farmgraph.runtime import sha256_of


@dataclass(frozen=True)
class _Dataset:
    file: str
    text: str
    columns: dict[str, str]


_DATASETS = {
    "coordination_toolkit_fixture": _Dataset(
        "coordination_toolkit_fixture.csv",
        "The test log of coordination-network-toolkit: 15 invented reposts by 9 accounts. "
        "QUT Digital Observatory, MIT licence.",
        {"account": "user_id", "content": "repost_id", "time": "timestamp"},
    ),
    "fraudar_example": _Dataset(
        "fraudar_example.txt",
        "An invented list of 899 pairs, 500 rows by 500 columns, with a planted block of 20 by 20; no times. "
        "FRAUDAR 1.1 (Hooi et al. 2016), Apache-2.0 licence.",
        {"account": "row", "content": "column"},
    ),
    "german_elections": _Dataset(
        "german_elections.parquet",
        "218,971 Facebook and Twitter posts around the German election of 2021, ids anonymised by the authors. "
        "Contents are URLs, which 50,785 of the rows have; 9,576 of these repeat an earlier one. "
        "CooRTweet (Righetti et al. 2022), MIT licence.",
        {"account": "account_id", "content": "url_id", "time": "timestamp"},
    ),
    "github_fake_stars": _Dataset(
        "github_fake_stars.parquet",
        "34,284 stars on GitHub by accounts that a heuristic on profiles calls fake: positives only, ids hashed, "
        "and no proof against anybody. StarScout (He et al. 2024), Apache-2.0 licence.",
        {"account": "account", "content": "repository", "time": "starred_at"},
    ),
    "russian_coord_tweets": _Dataset(
        "russian_coord_tweets.parquet",
        "35,125 retweets by 9,509 pro-government Russian accounts in 2021, ids hashed by the authors. "
        "CooRTweet (Kulichkina, Righetti & Waldherr 2024), MIT licence.",
        {"account": "account_id", "content": "object_id", "time": "timestamp_share"},
    ),
}


def names() -> tuple[str, ...]:
    """Return the names of the data sets.

    Examples
    --------
    >>> names()[0]
    'coordination_toolkit_fixture'
    """
    return tuple(_DATASETS)


def describe(name: str) -> str:
    """Say what a data set is, who made it and under which licence; more stands in ``data/README.md``.

    Raises
    ------
    UsageError
        If there is no data set of that name.

    Examples
    --------
    >>> describe("fraudar_example").split(";")[0]
    'An invented list of 899 pairs, 500 rows by 500 columns, with a planted block of 20 by 20'
    """
    return _dataset(name).text


def path(name: str) -> Path:
    """Return the file of a data set.

    Raises
    ------
    UsageError
        If there is no data set of that name.
    InputError
        If the installation lacks the file.

    Examples
    --------
    >>> path("german_elections").name
    'german_elections.parquet'
    """
    file = _dataset(name).file
    package = Path(__file__).resolve().parent.parent
    # A wheel carries the files inside the package; in a checkout they lie beside it.
    places = (package / "_data" / file, package.parent / "data" / file)
    for place in places:
        if place.is_file():
            return place
    raise InputError(
        f"The data set {name} is not installed: expected {places[0]} or {places[1]}. "
        "Install farmgraph from its wheel, or work in a full checkout."
    )


def load(name: str) -> Interactions:
    """Read a data set, its columns in their proper roles.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    Interactions
        With all rejects: ``german_elections`` has 168,186 rows without a URL and 9,576 that are exact duplicates.

    Raises
    ------
    UsageError
        If there is no data set of that name.
    InputError
        If the installation lacks the file.

    Examples
    --------
    >>> load("russian_coord_tweets")
    <Interactions: 35,124 of 35,125 rows used, 2021-01-17 to 2021-08-30>

    It downloads nothing.
    """
    where = path(name)
    columns = _dataset(name).columns
    if name != "fraudar_example":
        return _under_its_name(read(where, **columns), where)  # type: ignore[arg-type]
    frame = pd.read_csv(where, sep=" ", header=None, names=list(columns.values()))
    return _under_its_name(read(frame, **columns), where)  # type: ignore[arg-type]


def _under_its_name(log: Interactions, where: Path) -> Interactions:
    """Name the file alone as the source: where it was installed is nobody's business."""
    index = log.table.schema.get_field_index("source")
    names = pa.DictionaryArray.from_arrays(np.zeros(len(log), np.int32), pa.array([where.name]))
    table = log.table.set_column(index, log.table.schema.field(index), names)
    source = Source(where.name, where.stat().st_size, sha256_of(where), log.n_rows, log.n_used)
    return replace(log, table=table, rejected=log.rejected.assign(source=where.name), source=(source,))


def _dataset(name: str) -> _Dataset:
    if name not in _DATASETS:
        raise UsageError(f"There is no data set {name!r}; expected one of {', '.join(_DATASETS)}.")
    return _DATASETS[name]
