"""Pseudonyms: one for each name, the same for the same key, and no name left over."""

import base64
import hashlib
import os
import stat
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from logs import log_of

import farmgraph as fg
from farmgraph.interactions import pseudonyms
from farmgraph.interactions.keyfile import is_open_to_others
from farmgraph.interactions.pseudonyms import key_id, new_key, pseudonymise, read_key, write_key
from farmgraph.interactions.table import Pseudonyms

KEY, OTHER = b"the key of the tests", b"another key, as long"
NAMES = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), min_size=1, unique=True)


def by_hand(name, kind, key=KEY):
    """Make a pseudonym from the published parts: keyed BLAKE2b of 80 bits, person, base32 in small letters."""
    person = {"a": b"farmgraph acc", "c": b"farmgraph cont"}[kind]
    digest = hashlib.blake2b(name.encode(), digest_size=10, key=key, person=person).digest()
    return f"{kind}_{base64.b32encode(digest).decode().lower()}"


def column(log, name):
    return log.table[name].to_pylist()


# Names


@given(NAMES)
def test_one_pseudonym_for_each_name(names):
    log = log_of([(name, "post", i) for i, name in enumerate(names * 2)])
    found = column(pseudonymise(log, KEY), "account")
    # One to one: as many as names, each where its name was, whatever the names are made of.
    assert len(set(found)) == len(names)
    assert found == [by_hand(name, "a") for name in names * 2]
    assert not set(found) & set(names)


@given(NAMES, NAMES)
def test_the_same_name_in_two_logs(first, second):
    a, b = (
        dict(
            zip(
                names,
                column(log_of([(n, "post", 0) for n in names]).pseudonymise(KEY), "account"),
                strict=True,
            )
        )
        for names in (first, second)
    )
    assert all(a[name] == b[name] for name in a.keys() & b.keys())
    assert not {a[name] for name in a.keys() - b.keys()} & set(b.values())


def test_another_key_gives_other_names():
    log = log_of([(f"account {i}", f"page {i}", i) for i in range(50)])
    one, other = (log.pseudonymise(key, contents=True) for key in (KEY, OTHER))
    for name in ("account", "content"):
        assert not set(column(one, name)) & set(column(other, name))
    assert one.pseudonyms.key_id != other.pseudonyms.key_id


def test_a_pseudonym_has_sixteen_letters_after_its_prefix():
    log = log_of([("ann", "page of ann", 0)]).pseudonymise(KEY)
    assert column(log, "account") == [by_hand("ann", "a")]
    assert column(log, "content") == [by_hand("page of ann", "c")]
    for name in (*column(log, "account"), *column(log, "content")):
        # 80 bits are 16 letters of base32, 5 bits each, without padding.
        assert len(name) == 2 + 16
        assert set(name[2:]) <= set("abcdefghijklmnopqrstuvwxyz234567")
    # The same text as an account and as a content: the letters after the prefix must not betray it either.
    assert by_hand("ann", "a")[2:] != by_hand("ann", "c")[2:]


def test_the_log_itself_stays_as_it_was():
    log = log_of([("ann", "ann", 0, "like"), ("bob", "q", None, None)])
    before = log.table.to_pylist()
    safe = log.pseudonymise(KEY)
    assert log.table.to_pylist() == before
    assert log.pseudonyms is None
    for name in ("time", "line"):
        assert column(safe, name) == column(log, name)
    assert safe.table.schema == log.table.schema
    assert column(safe, "action") == ["like", None]


def test_names_that_no_row_uses_any_more():
    # A filtered table keeps them in its dictionary, where whoever writes it to a file would give them away.
    log = log_of([("ann", "p", 0), ("bob", "q", 1)])
    some = replace(log, table=log.table.slice(0, 1)).pseudonymise(KEY)
    assert some.table["account"].combine_chunks().dictionary.to_pylist() == [
        by_hand(n, "a") for n in ("ann", "bob")
    ]


def test_tables_in_several_pieces():
    one, two = log_of([("ann", "p", 0)]), log_of([("bob", "p", 1), ("ann", "q", 2)])
    both = replace(one, table=pa.concat_tables([one.table, two.table]))
    assert column(both.pseudonymise(KEY), "account") == [by_hand(n, "a") for n in ("ann", "bob", "ann")]


def test_no_rows():
    log = log_of([("ann", "p", 0)])
    assert len(replace(log, table=log.table.slice(0, 0)).pseudonymise(KEY)) == 0


def test_a_collision_is_refused(monkeypatch):
    monkeypatch.setattr(pseudonyms, "_digest", lambda name, key, person: "same")
    with pytest.raises(fg.InputError, match="Two names of this log got the same pseudonym") as caught:
        log_of([("ann", "p", 0), ("bob", "q", 1)]).pseudonymise(KEY)
    assert "ann" not in str(caught.value)
    with pytest.raises(fg.InputError, match="same pseudonym"):
        log_of([("ann", "bob", 0)]).pseudonymise(KEY, contents="accounts")
    assert len(log_of([("ann", "p", 0), ("ann", "q", 1)]).pseudonymise(KEY)) == 2


def test_a_content_that_reads_like_a_pseudonym_is_refused():
    # It would become one with the content "ann", and two contents would count as one.
    with pytest.raises(fg.InputError, match="same pseudonym"):
        log_of([("ann", "ann", 0), ("bob", by_hand("ann", "a"), 1)]).pseudonymise(KEY)


# Contents and actions

MIXED = [
    ("Ann_Lee", "bob", 0, "like"),  # a content called like an account
    ("bob", "https://x.example/ann-lee/posts/7", 1, "share"),  # the name as words in a row
    ("bob", "https://x.example/annlee", 2, "bob"),  # no word of its own; an action called like an account
    ("ann", "Lee, Ann", 3, "reply to BOB"),  # ann is an account
    ("7", "page 77", 4, None),  # 7 is an account, 77 is not
    ("7", "Page 7", 5, "like"),
]


def test_contents_stay_unless_they_betray_an_account():
    safe = log_of(MIXED).pseudonymise(KEY)
    assert column(safe, "content") == [
        by_hand("bob", "a"),
        by_hand("https://x.example/ann-lee/posts/7", "c"),
        "https://x.example/annlee",
        by_hand("Lee, Ann", "c"),
        "page 77",
        by_hand("Page 7", "c"),
    ]
    # Six contents: bob; three that hold a name; two others.
    expected = (
        "6 contents: 1 that are accounts or called like one, now by their pseudonyms; 3 that hold the name of an "
        "account, or what a person wrote or is called, now pseudonyms of their own; 2 as they were."
    )
    assert expected in safe.notes


def test_actions_stay_unless_they_betray_an_account():
    safe = log_of(MIXED).pseudonymise(KEY)
    assert column(safe, "action") == [
        *("like", "share", by_hand("bob", "a"), by_hand("reply to BOB", "c"), None, "like")
    ]
    # like, share, bob, reply to BOB.
    assert "4 kinds of action: 2 now pseudonyms." in safe.notes


def test_all_contents():
    safe = log_of(MIXED).pseudonymise(KEY, contents=True)
    # Also bob, so that a content's pseudonym follows from its name and the key alone, in whatever log it stands.
    assert column(safe, "content") == [by_hand(row[1], "c") for row in MIXED]


def test_contents_that_are_accounts():
    log = log_of([("ann", "bob", 0), ("bob", "cy", 1)])
    safe = log.pseudonymise(KEY, contents="accounts")
    assert column(safe, "account") == [by_hand("ann", "a"), by_hand("bob", "a")]
    assert column(safe, "content") == [by_hand("bob", "a"), by_hand("cy", "a")]
    assert safe.pseudonyms.contents == "accounts"


@pytest.mark.parametrize("contents", [True, "accounts"])
def test_actions_where_contents_are_hidden(contents):
    actions = ["like", "super like", "wrote: what a day", "liked Summer Sale", "v2"]
    log = log_of([("ann", "summer sale", i, action) for i, action in enumerate(actions)])
    found = column(log.pseudonymise(KEY, contents=contents), "action")
    # One or two short words stay; free text, the name of a content and what is no word do not.
    assert found == ["like", "super like", *(by_hand(action, "c") for action in actions[2:])]


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.text("abcde -", min_size=1, max_size=8)), min_size=1),
    st.booleans(),
)
def test_contents_stay_apart(rows, hidden):
    log = log_of([(account, content, 0) for account, content in rows])
    found = column(log.pseudonymise(KEY, contents=hidden), "content")
    accounts = {account for account, _ in rows}
    pairs = set(zip((content for _, content in rows), found, strict=True))
    assert len(pairs) == len(set(found)) == len({content for _, content in rows})
    for content, new in pairs:
        # Accounts have one letter here, so their words are whatever lies between spaces and dashes.
        named = accounts & set(content.replace("-", " ").split())
        expected = "c" if hidden else "a" if content in accounts else "c" if named else None
        assert new == (content if expected is None else by_hand(content, expected))


# What else a log holds


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


def test_twice_is_refused():
    safe = log_of([("ann", "p", 0)]).pseudonymise(KEY)
    with pytest.raises(fg.UsageError, match="are pseudonyms already"):
        safe.pseudonymise(OTHER)


def test_only_a_log_can_be_pseudonymised():
    with pytest.raises(fg.UsageError, match="expected Interactions"):
        pseudonymise(pd.DataFrame(), KEY)


@pytest.mark.parametrize("contents", ["all", None, 2])
def test_wrong_contents(contents):
    with pytest.raises(fg.UsageError, match="expected False, True or 'accounts'"):
        log_of([("ann", "p", 0)]).pseudonymise(KEY, contents=contents)


# Keys


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (b"x" * 15, "key has 15 bytes; expected 16 to 64"),
        (b"x" * 65, "key has 65 bytes"),
        (7, "key is a int"),
    ],
)
def test_wrong_keys(key, words):
    with pytest.raises(fg.UsageError, match=words):
        log_of([("ann", "p", 0)]).pseudonymise(key)


@pytest.mark.parametrize("n_bytes", [16, 64])
def test_keys_as_short_and_as_long_as_they_may_be(n_bytes):
    key = b"k" * n_bytes
    assert column(log_of([("ann", "p", 0)]).pseudonymise(key), "account") == [by_hand("ann", "a", key)]


def test_a_key_file_there_and_back(tmp_path):
    path = write_key(tmp_path / "farmgraph.key")
    key = read_key(path)
    assert path.read_text() == f"farmgraph-key-1 {key.hex()}\n"
    assert len(key) == 32
    assert key != read_key(write_key(tmp_path / "another.key"))
    log = log_of([("ann", "p", 0)])
    for way in (path, str(path), key):
        assert column(log.pseudonymise(way), "account") == [by_hand("ann", "a", key)]


def test_new_keys_differ():
    assert len({new_key() for _ in range(100)}) == 100


@pytest.mark.skipif(os.name != "posix", reason="modes are a thing of POSIX")
def test_a_key_file_is_its_owners_alone(tmp_path):
    before = os.umask(0)  # the most that a new file could be open to
    try:
        path = write_key(tmp_path / "farmgraph.key")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not is_open_to_others(path)
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        assert is_open_to_others(path)


def test_a_key_file_is_never_replaced(tmp_path):
    path = write_key(tmp_path / "farmgraph.key")
    before = path.read_bytes()
    with pytest.raises(fg.InputError, match="old pseudonyms could never be made again"):
        write_key(path)
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_a_key_is_not_written_through_a_link(tmp_path):
    (tmp_path / "link.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(fg.InputError, match="exists already"):
        write_key(tmp_path / "link.key")
    assert not (tmp_path / "elsewhere").exists()


def test_a_key_into_no_folder(tmp_path):
    with pytest.raises(fg.InputError, match="Cannot write a key to"):
        write_key(tmp_path / "none" / "farmgraph.key")


def test_a_key_that_cannot_be_written_whole_leaves_nothing(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("farmgraph.interactions.keyfile.os.fdopen", full)
    with pytest.raises(fg.InputError, match="No space left on device"):
        write_key(tmp_path / "farmgraph.key")
    assert list(tmp_path.iterdir()) == []


DIGITS = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "text", [f"farmgraph-key-1 {DIGITS.upper()}\r\n", f"\ufefffarmgraph-key-1\t{DIGITS}"]
)
def test_a_key_that_an_editor_has_touched(tmp_path, text):
    (tmp_path / "k").write_text(text, encoding="utf-8", newline="")
    assert read_key(tmp_path / "k") == bytes.fromhex(DIGITS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a key file: it is empty; expected one line, farmgraph-key-1 and 64 hexadecimal digits"),
        (f"{DIGITS}\n", "does not hold one line that begins with farmgraph-key-1"),
        (f"farmgraph-key-1 {DIGITS}\nann\n", "does not hold one line"),
        (f"farmgraph-key-1 {DIGITS[:-1]}z", "does not hold one line"),
        ("user,page\nann,p\n" * 500, "does not hold one line"),
        (f"farmgraph-key-1 {DIGITS[:40]}\n", "is too short: it has 40 digits"),
        (f"farmgraph-key-1 {DIGITS}00\n", "is too long: it has 66 digits"),
    ],
)
def test_files_that_hold_no_key(tmp_path, text, words):
    (tmp_path / "k").write_text(text)
    with pytest.raises(fg.InputError, match=words) as caught:
        read_key(tmp_path / "k")
    assert "farmgraph key new" in str(caught.value)
    # What the file holds could be a secret, or somebody's name.
    assert DIGITS[:20] not in str(caught.value)
    assert "ann" not in str(caught.value).replace(str(tmp_path), "")


def test_no_key_file(tmp_path):
    with pytest.raises(
        fg.InputError, match=r"There is no key file .*none\.key\. Make one with 'farmgraph key new'"
    ):
        read_key(tmp_path / "none.key")
    with pytest.raises(fg.InputError, match="Cannot read the key"):
        read_key(tmp_path)
