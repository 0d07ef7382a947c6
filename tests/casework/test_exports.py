import networkx as nx
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from logs import log_of
from planted import planted_log

import farmgraph as fg
from farmgraph.casework import exports
from farmgraph.casework.disk import write_table

FARMS = {"burst": ("burst", 20, 12, 0.9), "shift": ("shift", 25, 14, 0.8)}
LOG = planted_log(seed=6, n_rows=20_000, farms=FARMS, clubs=1)
ATTRIBUTES = {
    "clusters": "evidence",
    "accounts": "accounts",
    "contents": "contents",
    "interactions": "rows",
    "actions": "actions",
    "pairs": "pairs",
    "rejected": "rejected",
}
FILES = ("gexf", "graphml", "bibtex")
FOLDERS = ("csv", "parquet")


@pytest.fixture(scope="module")
def case():
    rows = LOG[["account", "content", "time"]]
    # One row that is rejected, so that this table is not empty either.
    log = pd.concat([rows, rows.head(1).assign(account="")], ignore_index=True)
    return fg.investigate(log, draws=99)


def contents_of(path):
    return {file.name: file.read_bytes() for file in path.iterdir()} if path.is_dir() else path.read_bytes()


def test_parquet_holds_every_table_exactly(case, tmp_path):
    folder = case.export(tmp_path / "tables", format="parquet")
    assert {path.name for path in folder.iterdir()} == {f"{name}.parquet" for name in ATTRIBUTES}
    for name, attribute in ATTRIBUTES.items():
        table = pq.read_table(folder / f"{name}.parquet").to_pandas()
        pd.testing.assert_frame_equal(table, getattr(case, attribute), check_dtype=False, check_exact=True)
    assert len(pq.read_table(folder / "rejected.parquet")) == 1


def test_csv_holds_the_same_tables(case, tmp_path):
    folder = case.export(tmp_path / "tables", format="csv")
    assert {path.name for path in folder.iterdir()} == {f"{name}.csv" for name in ATTRIBUTES}
    for name, attribute in ATTRIBUTES.items():
        table, exact = pd.read_csv(folder / f"{name}.csv"), getattr(case, attribute)
        assert table.columns.tolist() == exact.columns.tolist()
        assert len(table) == len(exact)
        for column in exact.select_dtypes("number"):
            assert np.array_equal(table[column].astype(float), exact[column].astype(float), equal_nan=True)
        for column in exact.select_dtypes("datetimetz"):
            assert (pd.to_datetime(table[column], format="ISO8601") == exact[column]).all()


WHOLE = {"cluster", "line", "occasions", *(f"n_{of}" for of in ("accounts", "contents", "interactions"))}
WHOLE |= {"n_in_cluster", "n_suspect"}
TEXT = {"account", "content", "action", "source", "account_a", "account_b", "verdict", "clusters"}
TEXT |= {"reference", "explanation", "sentence", "reason", "raw_text"}


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("name", ATTRIBUTES)
def test_types_of_columns(case, tmp_path, name, empty):
    table = getattr(case, ATTRIBUTES[name])
    write_table(table.head(0) if empty else table, tmp_path / "t.parquet")
    for field in pq.read_schema(tmp_path / "t.parquet"):
        if field.name in TEXT:
            assert pa.types.is_string(field.type), field
        elif field.name in WHOLE:
            assert field.type == pa.int64(), field
        elif field.name in ("time", "first_time", "last_time"):
            assert field.type == pa.timestamp("us", tz="UTC"), field
        else:
            assert field.type == pa.float64(), field


def test_networks_are_those_of_the_case(case, tmp_path):
    graph = case.to_networkx()
    assert set(graph) == set(case.accounts["account"])
    pairs = {frozenset(pair) for pair in case.pairs[["account_a", "account_b"]].itertuples(index=False)}
    assert {frozenset(edge) for edge in graph.edges} == pairs
    files = {
        "gexf": nx.read_gexf(case.export(tmp_path / "n.gexf")),
        "graphml": nx.read_graphml(case.export(tmp_path / "n.graphml", format="graphml")),
    }
    for name, read in files.items():
        assert set(read) == set(graph)
        for account, values in graph.nodes(data=True):
            found = dict(read.nodes[account])
            found |= found.pop("viz", {}).get("position", {}) if name == "gexf" else {}
            assert found.items() >= values.items()
        for a, b, values in graph.edges(data=True):
            assert read.edges[a, b].items() >= values.items()
    placed = [values for _, values in graph.nodes(data=True) if "x" in values]
    assert len(placed) == len(graph)


def test_other_libraries_take_the_network(case):
    igraph = pytest.importorskip("igraph")
    graph = case.to_networkx()
    other = igraph.Graph.from_networkx(graph)
    assert (other.vcount(), other.ecount()) == (len(graph), graph.number_of_edges())
    matrix = nx.to_scipy_sparse_array(graph, weight="n_contents")
    assert matrix.sum() == 2 * sum(n for _, _, n in graph.edges(data="n_contents"))


def test_the_citation_is_that_of_the_report(case, tmp_path):
    assert case.export(tmp_path / "c.bib", format="bibtex").read_text() == case.bibtex()
    assert case.bibtex().count("\n@misc{") == 1
    assert f"farmgraph {fg.__version__}" in case.citation()
    assert case.manifest["sources"][0]["sha256"] in case.citation()


@pytest.mark.parametrize("format", [*FILES, *FOLDERS])
def test_the_same_bytes_each_time_and_from_a_saved_case(case, tmp_path, format):
    one = case.export(tmp_path / "one", format=format)
    saved = fg.Case.load(case.save(tmp_path / "case"))
    assert contents_of(saved.export(tmp_path / "two", format=format)) == contents_of(one)
    assert str(one) == str(tmp_path / "one")


@pytest.mark.parametrize("format", [*FILES, *FOLDERS])
def test_what_exists_is_replaced_only_on_demand(case, tmp_path, format):
    path = case.export(tmp_path / "x", format=format)
    before = contents_of(path)
    with pytest.raises(fg.InputError, match="exists already"):
        case.export(path, format=format)
    if path.is_file():
        path.write_text("old")
    assert contents_of(case.export(path, format=format, overwrite=True)) == before
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("format", FOLDERS)
def test_only_exports_are_replaced(case, tmp_path, format):
    folder = case.export(tmp_path / "x", format=format)
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(fg.InputError, match=r"did not write \(notes.txt\)"):
        case.export(folder, format=format, overwrite=True)


@pytest.mark.parametrize("format", [*FILES, *FOLDERS])
def test_an_export_is_whole_or_not_there(case, tmp_path, monkeypatch, format):
    def fail(*_, **__):
        raise KeyboardInterrupt

    old = case.export(tmp_path / "x", format=format)
    before = contents_of(old)
    for name in ("write_gexf", "write_graphml", "write_csv", "write_table", "bibtex"):
        monkeypatch.setattr(exports, name, fail)
    for path, overwrite in ((old, True), (tmp_path / "new", False)):
        with pytest.raises(KeyboardInterrupt):
            case.export(path, format=format, overwrite=overwrite)
    assert [p.name for p in tmp_path.iterdir()] == ["x"]
    assert contents_of(old) == before


def test_a_format_that_is_not_there(case, tmp_path):
    with pytest.raises(fg.UsageError, match="'xlsx'; expected one of gexf, graphml, csv, parquet, bibtex"):
        case.export(tmp_path / "x", format="xlsx")


@pytest.mark.parametrize("format", FILES)
def test_places_that_cannot_be_written(case, tmp_path, format):
    with pytest.raises(fg.InputError, match="is a folder"):
        case.export(tmp_path, format=format, overwrite=True)
    with pytest.raises(fg.InputError, match="Cannot write to"):
        case.export(tmp_path / "none" / "x", format=format)


@pytest.mark.parametrize("format", FOLDERS)
def test_a_file_is_no_place_for_a_folder(case, tmp_path, format):
    (tmp_path / "x").write_text("mine")
    with pytest.raises(fg.InputError, match="is a file"):
        case.export(tmp_path / "x", format=format, overwrite=True)


@pytest.mark.parametrize("format", [*FILES, *FOLDERS])
def test_a_case_without_clusters(tmp_path, format):
    case = fg.investigate(log_of([("a", "p", 1), ("b", "q", 2)]))
    assert case.export(tmp_path / "x", format=format).exists()
    assert len(case.to_networkx()) == 0


@pytest.mark.parametrize(("name", "format"), [("n.graphml", "gexf"), ("n.GEXF", "csv"), ("n.bib", "graphml")])
def test_a_name_that_ends_as_another_format_is_refused(tmp_path, name, format):
    with pytest.raises(fg.UsageError, match=r"ends as .* does, but the format is"):
        exports.refuse_export(tmp_path / name, format=format, overwrite=False)
    exports.refuse_export(tmp_path / "n.xyz", format=format, overwrite=False)
