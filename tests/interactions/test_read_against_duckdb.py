"""DuckDB's own CSV reader, in its strict mode, is a second opinion on every well-formed file."""

import csv
import io

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import farmgraph as fg

# Text that a CSV can hold: no NUL, no lone surrogates; commas, quotes and line ends are the point.
TEXT = st.text(st.sampled_from('ab,;"\n\té 😀'), min_size=1, max_size=8).filter(lambda s: s.strip() == s)
# Numbers of eight digits may be dates; those of any other length are Unix times.
UNIX = st.integers(0, 9_999_999) | st.integers(100_000_000, 2_000_000_000)
TABLES = st.lists(st.tuples(TEXT, TEXT, UNIX), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect() as connection:
        yield connection


@given(TABLES, st.booleans())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_same_rows_as_duckdb(connection, tmp_path_factory, rows, quote_all):
    text = io.StringIO(newline="")
    style = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(text, lineterminator="\n", quoting=style)
    writer.writerow(["user", "page", "time"])
    writer.writerows(rows)
    path = tmp_path_factory.getbasetemp() / "second_opinion.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")

    seen = connection.execute(
        """SELECT * FROM read_csv(?, auto_detect = false, delim = ',', quote = '"', escape = '"', header = true,
        columns = {'user': 'VARCHAR', 'page': 'VARCHAR', 'time': 'VARCHAR'}, new_line = '\\n')""",
        [str(path)],
    ).fetchall()
    log = fg.read(path, duplicates="keep")
    assert len(log.rejected) == 0
    table = log.to_pandas()
    found = list(
        zip(table["account"], table["content"], (table["time"].astype("int64") // 10**6), strict=True)
    )
    assert found == [(user, page, int(time)) for user, page, time in seen]
    assert table["line"].tolist() == list(range(1, len(rows) + 1))
