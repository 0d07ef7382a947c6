"""Pseudonyms: one for each name, the same for the same key, of accounts, contents and actions."""

from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interactions.pseudonym import KEY, OTHER, by_hand, column
from logs import log_of

import farmgraph as fg
from farmgraph.interactions import pseudonyms
from farmgraph.interactions.pseudonyms import pseudonymise

NAMES = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=20), min_size=1, unique=True)


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
