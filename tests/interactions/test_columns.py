"""Roles of columns: named, guessed, refused; and the words of the messages."""

import pytest

from farmgraph.errors import InputError, UsageError
from farmgraph.interactions.columns import USUAL_NAMES, assign_roles

NOBODY = {"account": None, "content": None, "time": None, "action": None}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["user", "page", "liked_at"], {"account": "user", "content": "page", "time": "liked_at"}),
        (["User ID", "Page", "Date"], {"account": "User ID", "content": "Page", "time": "Date"}),
        (["userId", "postId", "createdAt"], {"account": "userId", "content": "postId", "time": "createdAt"}),
        (["source", "target"], {"account": "source", "content": "target"}),
        (["source", "target", "user"], {"account": "user", "content": "target"}),
        (
            ["object_id", "account_id", "content_id", "timestamp_share"],
            {"account": "account_id", "content": "object_id", "time": "timestamp_share"},
        ),
        (
            ["account_id", "post_id", "url_id", "timestamp"],
            {"account": "account_id", "content": "url_id", "time": "timestamp"},
        ),
        (
            ["actor", "repo", "starred_at", "type"],
            {"account": "actor", "content": "repo", "time": "starred_at", "action": "type"},
        ),
        (["user", "item", "downloaded_at"], {"account": "user", "content": "item", "time": "downloaded_at"}),
        # Two columns that could be times are a question, not a guess.
        (["user", "item", "downloaded_at", "deleted_at"], {"account": "user", "content": "item"}),
    ],
)
def test_guesses(found, expected):
    roles = assign_roles(found, NOBODY)
    assert roles.columns == expected
    assert set(roles.guessed) == set(expected)


def test_named_columns_are_not_guessed_again():
    roles = assign_roles(["user", "author", "page"], {**NOBODY, "content": "user"})
    assert roles.columns == {"content": "user", "account": "author"}
    assert roles.guessed == ("account",)
    assert (
        roles.notes(["user", "author", "page"])[0]
        == "Columns guessed: account = author. Name it yourself with account= (on the command line --account)."
    )


def test_the_guess_is_said_in_one_sentence_and_a_way_out():
    found = ["user", "page", "liked_at"]
    assert assign_roles(found, NOBODY).notes(found) == [
        "Columns guessed: account = user, content = page, time = liked_at. "
        "Name them yourself with account=, content=, time= (on the command line --account, --content, --time)."
    ]
    named = dict(zip(NOBODY, ["user", "page", "liked_at", None], strict=True))
    assert assign_roles(found, named).notes(found) == []


def test_unguessed_columns_can_be_named():
    with pytest.raises(InputError, match="no column of contents"):
        assign_roles(["user"], NOBODY, unguessed=["page"])
    assert (
        assign_roles(["user"], {**NOBODY, "content": "page"}, unguessed=["page"]).columns["content"] == "page"
    )


@pytest.mark.parametrize(
    ("found", "named", "message"),
    [
        (
            ["User", "page"],
            {"account": "user"},
            r"likes\.csv has no column 'user' \(account='user'\)\. Did you mean 'User'\? Found: 'User', 'page'\.",
        ),
        (["usr", "page"], {"account": "user"}, r"Did you mean 'usr'\?"),
        (["x", "page"], {"account": "user"}, r"\(account='user'\)\. Found: 'x', 'page'"),
        (
            ["who", "page"],
            {},
            r"no column of accounts recognised among 'who', 'page'\. Name it: account='who' in Python, --account",
        ),
        (["user", "x"], {}, r"no column of contents recognised .* Name it: content='x'"),
        (
            ["user", "page"],
            {"account": "user", "content": "user"},
            "'user' is named for two roles, account and content",
        ),
        (["user", "user", "page"], {}, "the header names 'user' 2 times"),
    ],
)
def test_messages(found, named, message):
    with pytest.raises(InputError, match=message):
        assign_roles(found, {**NOBODY, **named}, where="likes.csv")


def test_long_lists_of_columns_are_cut():
    with pytest.raises(InputError, match="'c29' and 10 more"):
        assign_roles([f"c{i}" for i in range(40)], NOBODY)


def test_keep():
    assert assign_roles(["user", "page", "x"], NOBODY, keep=["x", "x"]).keep == ("x",)
    with pytest.raises(InputError, match=r"keep='y'"):
        assign_roles(["user", "page", "x"], NOBODY, keep=["y"])
    with pytest.raises(UsageError, match="a column is named by a text, got int"):
        assign_roles(["user", "page"], {**NOBODY, "account": 0})


def test_no_usual_name_stands_in_a_list_twice():
    for role, names in USUAL_NAMES.items():
        assert len(set(names)) == len(names), role
