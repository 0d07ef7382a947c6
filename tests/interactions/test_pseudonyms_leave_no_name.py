"""What else a log holds: no name is left in its columns, rejects, sources and notes."""

import hashlib
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest
from interactions.pseudonym import KEY, column
from logs import log_of

import farmgraph as fg
from farmgraph.interactions.pseudonyms import key_id
from farmgraph.interactions.table import Pseudonyms


def frame_log(**more):
    rows = {"user": ["ann", "bob", None], "page": ["p", "q", "ann was here"], "time": [60, 61, 62]}
    return fg.read(pd.DataFrame(rows | more), keep=tuple(more))


def test_further_columns_are_dropped_unless_kept():
    log = frame_log(bio=["I am Ann", "I am Bob", ""], town=["Ulm", "Bonn", ""])
    safe = log.pseudonymise(KEY)
    assert safe.table.schema.names == [*("account", "content", "time", "action", "source", "line")]
    assert safe.pseudonyms == Pseudonyms(key_id(KEY), False, ("bio", "town"))
    # The data frame has one row without an account.
    assert (
        "Left out: the columns bio, town, the text of the 1 rejected rows, the names of files." in safe.notes
    )
    kept = log.pseudonymise(KEY, keep="bio")
    assert column(kept, "bio") == ["I am Ann", "I am Bob"]
    assert kept.pseudonyms.dropped == ("town",)
    assert "Kept as they were: the columns bio." in kept.notes


def test_keeping_what_is_not_there():
    with pytest.raises(
        fg.UsageError, match=r"keep names 'age', but the further columns of the log are \['bio'\]"
    ):
        frame_log(bio=["", "", ""]).pseudonymise(KEY, keep=["age"])


def test_rejects_and_sources(tmp_path):
    folder = tmp_path / "folder of ann"
    folder.mkdir()
    for name, rows in (("ann.csv", "ann,p,60\n,ann,60\nbob,q,never\n"), ("bob.csv", "bob,p,61\n\n")):
        (folder / name).write_text(f"user,page,time\n{rows}")
    log = fg.read([folder / "ann.csv", folder / "bob.csv"])
    safe = log.pseudonymise(KEY)
    assert safe.rejected["source"].tolist() == ["source 1", "source 1", "source 2"]
    assert safe.rejected["raw_text"].tolist() == ["", "", ""]
    for name in ("line", "reason"):
        assert safe.rejected[name].tolist() == log.rejected[name].tolist()
    assert safe.rejected.dtypes.equals(log.rejected.dtypes)
    assert safe.rejected_by_reason == log.rejected_by_reason
    assert log.rejected["raw_text"].tolist()[0] == ",ann,60"
    assert column(safe, "source") == ["source 1", "source 2"]
    assert [s.path for s in safe.source] == ["source 1", "source 2"]
    assert [replace(s, path="") for s in safe.source] == [replace(s, path="") for s in log.source]
    assert str(tmp_path) not in repr(safe) + safe._repr_html_() + str(safe.source)


def test_no_row_to_use_says_so_without_its_text(tmp_path):
    (tmp_path / "log.csv").write_text("user,page,time\nann,p,never\n")
    safe = fg.read(tmp_path / "log.csv").pseudonymise(KEY)
    with pytest.raises(fg.InputError) as caught:
        fg.bipartite(safe)
    assert str(caught.value) == "None of the 1 rows can be used (1 unreadable time)."


def test_notes_that_hold_names_are_left_out():
    path = "/home/ann/data/logs of may.csv"
    log = log_of([("NA", "post", 0), ("Ann", "sale", 1)])
    table = log.table.set_column(4, "source", pa.array([path] * 2).dictionary_encode())
    notes = (
        f"{path}: the array is never closed.",
        "logs of may.csv is odd, and so is other/logs of may.csv.",
        "1 row has the account 'NA'.",
        "ann acted most.",
        "3 rows have the content 'sale'.",
        "Times without a zone were read as UTC.",
    )
    log = replace(log, table=table, source=(replace(log.source[0], path=path),), notes=notes)
    safe = log.pseudonymise(KEY)
    assert safe.notes[:4] == (
        "source 1: the array is never closed.",
        "source 1 is odd, and so is source 1.",
        "3 rows have the content 'sale'.",
        "Times without a zone were read as UTC.",
    )
    assert "2 notes on the reading left out for the names in them." in safe.notes
    # With contents hidden, the one on the content 'sale' goes as well.
    hidden = log.pseudonymise(KEY, contents=True)
    assert not any("sale" in note for note in hidden.notes)
    assert "3 notes on the reading left out for the names in them." in hidden.notes


@pytest.mark.parametrize(
    ("path", "note"),
    [
        ("/home/ann/likes.csv", "There are more files in /home/ann."),
        ("in/logs.zip/may/likes.csv", "in/logs.zip: 1 file is no table."),
        ("in/logs.zip/may/likes.csv", "in/logs.zip/april/likes of bob.txt is no table."),
        ("in/logs.zip/may/likes.csv", "logs.zip holds more."),
    ],
)
def test_notes_on_where_a_file_lies_are_left_out(path, note):
    log = log_of([("somebody", "p", 0)])
    log = replace(log, source=(replace(log.source[0], path=path),), notes=(note, "A likely zip of may."))
    safe = log.pseudonymise(KEY)
    assert safe.notes[0] == "A likely zip of may."
    assert safe.notes[-1] == "1 note on the reading left out for the names in them."


def test_a_path_that_holds_another_one():
    log = log_of([("ann", "p", 0)])
    paths = ("may.csv", "may.csv (2)")
    sources = tuple(replace(log.source[0], path=path) for path in paths)
    log = replace(log, source=sources, notes=("may.csv (2), may.csv.",))
    assert log.pseudonymise(KEY).notes[0] == "source 2, source 1."


def test_files_of_one_name_and_files_called_source():
    log = log_of([("ann", "p", 0)])
    paths = ("/x/a.csv", "/y/a.csv", "source 1")
    log = replace(
        log,
        source=tuple(replace(log.source[0], path=path) for path in paths),
        notes=("/y/a.csv and /x/a.csv and source 1.",),
    )
    # By their order in the log, the third called like the first would be.
    assert log.pseudonymise(KEY).notes[0] == "source 2 and source 1 and source 3."


def test_the_first_note_names_the_key():
    safe = log_of([("ann", "p", 0)]).pseudonymise(KEY)
    assert f"Names are pseudonyms, made with the key {key_id(KEY)}" in safe.notes[0]
    assert key_id(KEY) == hashlib.blake2b(b"farmgraph key id", key=KEY).hexdigest()[:12]
    assert KEY.decode() not in str(safe.notes)
