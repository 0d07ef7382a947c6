import csv

import numpy as np
import pandas as pd
from render.planted import HOSTILE

from farmgraph.render.export import write_csv


def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(tmp_path):
    cells = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "a=1", "1-1", ""]
    write_csv(pd.DataFrame({"account": cells, "n": range(-1, 8)}), tmp_path / "t.csv")
    with open(tmp_path / "t.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows[1:]] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@SUM(A1)",
        "'\tx",
        "'\rx",
        "a=1",
        "1-1",
        "",
    ]
    assert rows[1][1] == "-1"


def test_numbers_times_and_gaps(tmp_path):
    table = pd.DataFrame(
        {
            "x": [0.1, -2.5e-9, np.nan],
            "inf": [np.inf, -np.inf, 1.0],
            "t": pd.to_datetime(["2025-03-01T00:00:00Z", "2025-03-01T00:00:00.25Z", None], format="ISO8601"),
            "flag": [True, False, True],
            "text": pd.Series(["a,b", 'say "x"', None], dtype=object),
        }
    )
    before = table.copy()
    write_csv(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == (
        b"x,inf,t,flag,text\n"
        b'0.1,inf,2025-03-01T00:00:00Z,True,"a,b"\n'
        b'-2.5e-09,-inf,2025-03-01T00:00:00.250000Z,False,"say ""x"""\n'
        b",1.0,,True,\n"
    )
    pd.testing.assert_frame_equal(table, before)


def test_hostile_cells_read_back(tmp_path):
    write_csv(pd.DataFrame({"account": pd.Series(HOSTILE, dtype=object)}), tmp_path / "t.csv")
    with open(tmp_path / "t.csv", newline="", encoding="utf-8") as file:
        back = [row[0] for row in csv.reader(file)][1:]
    for found, name in zip(back, HOSTILE, strict=True):
        if "\ud800" in name:
            assert found == "lone \\ud800 surrogate \\udfff"
        else:
            assert found == ("'" + name if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name)


def test_long_tables_are_written_in_parts_that_fit_together(tmp_path, monkeypatch):
    monkeypatch.setattr("farmgraph.render.export.csv._AT_A_TIME", 3)
    table = pd.DataFrame({"n": range(7), "x": np.arange(7) / 3, "name": list("abcdefg")})
    write_csv(table, tmp_path / "t.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "t.csv"), table, check_dtype=False, check_exact=True)


def test_odd_columns(tmp_path):
    table = pd.DataFrame(
        {
            "=n": pd.array([1, None], dtype="Int64"),
            "a,b": pd.Series([1.5, "-x"], dtype=object),
            "u": np.uint8([3, 4]),
        }
    )
    write_csv(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "'=n,\"a,b\",u\n1,1.5,3\n,'-x,4\n"
