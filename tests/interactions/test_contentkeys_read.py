"""Reading with a rule for contents: columns of any make, and the raw names kept beside."""

import json

import pyarrow as pa
import pytest

import farmgraph as fg
from farmgraph.errors import UsageError
from farmgraph.interactions.contentkeys import RULES, checked_rule, normalised


def test_columns_of_any_make():
    names = pa.array([None, "https://a.org/", "b", "https://a.org/", None])
    for column in (names, names.dictionary_encode(), names.cast(pa.large_string()), names.slice(1)):
        expected = [None, "a.org", "b", "a.org", None][-len(column) :]
        assert normalised(column, rule="url").to_pylist() == expected
    assert normalised(pa.array([], pa.string()), rule="text").to_pylist() == []
    assert normalised(names, rule="").to_pylist() == names.to_pylist()


def test_rules_by_name():
    assert [checked_rule(rule) for rule in (None, *RULES)] == ["", "", "url", "text", "hashtag"]
    with pytest.raises(UsageError, match=r"normalise is 'links'; expected one of none, url, text, hashtag\."):
        checked_rule("links")


LINKS = ["https://a.org/x?utm_source=1", "http://www.A.org/x/", "https://b.org", "#"]


def test_read_with_a_rule_keeps_the_raw_names(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("user,link\n" + "".join(f"u{i},{link}\n" for i, link in enumerate(LINKS)))
    log = fg.read(path, normalise="url", content="link")
    assert log.table["content"].to_pylist() == ["a.org/x", "a.org/x", "b.org", "#"]
    assert log.table["raw_content"].to_pylist() == LINKS
    assert log.options == {"normalise": "url"}
    # A hash sign alone is no hashtag, so nothing is left of that content.
    tags = fg.read(path, normalise="hashtag", content="link")
    assert tags.rejected[["line", "reason"]].values.tolist() == [[4, "empty content"]]
    assert tags.rejected["raw_text"].tolist() == ["u3,#"]
    for rule in ("none", None):
        plain = fg.read(path, normalise=rule, content="link")
        assert plain.table["content"].to_pylist() == LINKS
        assert "raw_content" not in plain.table.schema.names
    path.write_text("user,page,raw_content\na,p,x\n")
    with pytest.raises(UsageError, match="keep names 'raw_content', which is a name"):
        fg.read(path, keep=["raw_content"])


TWEET = {
    "id": "1",
    "author_id": "u",
    "created_at": "2024-05-01T00:00:00Z",
    "edit_history_tweet_ids": ["1"],
    "text": "@you  Vote",
    "entities": {
        "urls": [{"expanded_url": link} for link in LINKS[:3]],
        "hashtags": [{"tag": "Vote"}, {"tag": "vote"}],
    },
}


def test_presets_keep_the_raw_names(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(TWEET))
    log = fg.read(path)
    # Two ways of writing one address, or one hashtag, are one content of the post.
    assert log.table.select(["action", "content", "raw_content"]).to_pylist() == [
        {"action": "link", "content": "a.org/x", "raw_content": LINKS[0]},
        {"action": "link", "content": "b.org", "raw_content": LINKS[2]},
        {"action": "hashtag", "content": "#vote", "raw_content": "Vote"},
        {"action": "text", "content": '"vote"', "raw_content": "@you  Vote"},
    ]
    assert log.preset == "twitter-v2"
    assert repr(log).startswith("<Interactions: 1 of 1 rows used, 4 interactions,")
    plain = fg.read(path, normalise="none")
    assert plain.table["content"].to_pylist() == [*LINKS[:3], "Vote", "vote", "@you  Vote"]
    assert "raw_content" not in plain.table.schema.names
    with pytest.raises(
        UsageError, match=r"normalise is 'url', but the preset twitter-v2 says for each action"
    ):
        fg.read(path, normalise="url")


def test_read_after_reading_is_the_same(tmp_path):
    # Contents that are comparable already stay as they are when a log that was written out is read again.
    path = tmp_path / "log.csv"
    path.write_text("user,link\n" + "".join(f"u{i},{link}\n" for i, link in enumerate(LINKS)))
    first = fg.read(path, normalise="url", content="link").table
    again = fg.read(first.select(["account", "content"]), normalise="url").table
    assert again["content"].to_pylist() == first["content"].to_pylist()
