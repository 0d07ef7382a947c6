"""The bundled logs: counts as documented, provenance beside them."""

from pathlib import Path

import pytest

import farmgraph as fg
from farmgraph.errors import InputError, UsageError
from farmgraph.interactions import datasets

# name: rows, used, accounts, contents, exact duplicates; as counted with SQL on the files (SELECT DISTINCT *).
COUNTS = {
    "coordination_toolkit_fixture": (15, 15, 9, 7, 0),
    "fraudar_example": (899, 899, 500, 86, 0),
    "german_elections": (218_971, 41_209, 14_770, 11_960, 9_576),
    "github_fake_stars": (34_284, 33_937, 24_080, 3_081, 347),
    "russian_coord_tweets": (35_125, 35_124, 9_509, 7_285, 1),
}


def test_names():
    assert fg.datasets.names() == tuple(COUNTS)


@pytest.mark.parametrize("name", COUNTS)
def test_counts(name):
    log = datasets.load(name)
    rows, used, accounts, contents, twice = COUNTS[name]
    assert (log.n_rows, len(log)) == (rows, used)
    assert len(log.table["account"].combine_chunks().dictionary) == accounts
    assert len(log.table["content"].combine_chunks().dictionary) == contents
    # Where the package lies on this machine does not belong into a case.
    assert log.source[0].path == datasets.path(name).name
    assert not any("guessed" in note for note in log.notes)
    empty = {"empty content": 168_186} if name == "german_elections" else {}
    assert log.rejected_by_reason == empty | ({"exact duplicate": twice} if twice else {})
    # Twitter, Facebook and GitHub log whole seconds; nothing was shifted on the way.
    assert log.n_without_time == (899 if name == "fraudar_example" else 0)


def test_the_planted_block_is_where_it_is_said_to_be():
    log = datasets.load("fraudar_example").to_pandas()
    first = {str(i) for i in range(20)}
    assert (log["account"].isin(first) & log["content"].isin(first)).sum() == 400
    assert log["line"].tolist() == list(range(1, 900))


@pytest.mark.parametrize("name", COUNTS)
def test_every_file_has_its_provenance(name):
    text = (Path(datasets.path(name)).parent / "README.md").read_text(encoding="utf-8")
    section = text.split(f"## {datasets.path(name).name}")[1].split("\n## ")[0]
    for word in ("**Source**", "**Licence**", "**Columns**", "**Is**", "**Cite**"):
        assert word in section
    assert f"{COUNTS[name][0]:,} | {COUNTS[name][1]:,} | {COUNTS[name][2]:,} | {COUNTS[name][3]:,}" in text
    assert "licence" in datasets.describe(name)


def test_unknown_and_missing(monkeypatch, tmp_path):
    with pytest.raises(
        UsageError, match="There is no data set 'likes'; expected one of coordination_toolkit"
    ):
        datasets.load("likes")
    monkeypatch.setattr(datasets, "__file__", str(tmp_path / "farmgraph" / "interactions" / "datasets.py"))
    with pytest.raises(InputError, match=r"The data set german_elections is not installed: expected .*_data"):
        datasets.path("german_elections")
    (tmp_path / "farmgraph" / "_data").mkdir(parents=True)
    (tmp_path / "farmgraph" / "_data" / "german_elections.parquet").touch()
    assert datasets.path("german_elections").parent.name == "_data"
