"""Actions: only those that were asked for are read, and the others are told."""

import pandas as pd
import pytest
from interactions.posts import POST, TWEET, rows

import farmgraph as fg
from farmgraph.errors import UsageError


def test_actions_of_a_preset(write):
    path = write("a.jsonl", [TWEET, {**TWEET, "id": "2", "entities": {}}])
    log = fg.read(path, actions=["hashtag"])
    assert rows(log) == POST[:1]
    # The second post has no hashtag, so nothing is left of it.
    assert log.rejected_by_reason == {"action not asked for": 1}
    assert "Only these actions were read: hashtag." in log.notes
    assert log.options == {"actions": "hashtag"}
    assert rows(fg.read(path, actions="hashtag")) == POST[:1]
    assert fg.read(path, actions=["hashtag", "text"]).options == {"actions": "hashtag,text"}
    with pytest.raises(
        UsageError, match=r"actions has 'liek'; the preset twitter-v2 knows repost, quote, reply, link,"
    ):
        fg.read(path, actions=["hashtag", "liek"])
    for bad in ([], [""], [3], ""):
        with pytest.raises(
            UsageError, match=r"actions is .*; expected names of actions, such as \['repost'\]"
        ):
            fg.read(path, actions=bad)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "frame"])
def test_actions_of_a_plain_log(write, kind):
    table = pd.DataFrame({"user": list("abcd"), "page": list("pqrs"), "type": ["like", "share", "Like", ""]})
    if kind == "csv":
        source = write("a.csv", table.to_csv(index=False))
    elif kind == "jsonl":
        source = write("a.jsonl", table.to_dict("records"))
    else:
        source = table.astype({"type": "category"})
    log = fg.read(source, actions=["like"])
    assert rows(log) == [("a", "like", "p", 1)]
    assert log.rejected[["line", "reason"]].values.tolist() == [
        [2, "action not asked for"],
        [3, "action not asked for"],
        [4, "action not asked for"],
    ]
    # A word that nobody uses is no mistake in the option: another file may hold it. The notes show where all rows went.
    log = fg.read(source, actions=["liek"])
    assert rows(log) == []
    assert log.rejected_by_reason == {"action not asked for": 4}
    assert log.notes[-2:] == (
        *(
            "Only these actions were read: liek.",
            "No row could be used; the most frequent reason is: action not asked for.",
        ),
    )
    with pytest.raises(
        UsageError, match=r"but .* has no column of actions\. Name it with action= \(on the command line"
    ):
        fg.read(table.drop(columns="type"), actions=["like"])


def test_what_is_wrong_otherwise_comes_before_a_missing_action(write):
    log = fg.read(write("a.csv", b"user,page,type\n,p,like\n,p,share\na,,share\n".decode()), actions=["like"])
    # An action that was not asked for is said first: of such a row nothing else matters.
    assert log.rejected["reason"].tolist() == [
        "empty account",
        "action not asked for",
        "action not asked for",
    ]
