"""Nothing from the log may be found in what is published: looked for text by text."""

import copy
import json

import pytest
from render.planted import HOSTILE, planted
from render.reading import unzipped

from farmgraph.errors import InputError
from farmgraph.interactions import batches, duplicates, records
from farmgraph.render.names import visible
from farmgraph.render.report.page import page
from farmgraph.render.report.redact import COMMON_ACTIONS, REASONS, redact
from farmgraph.render.report.summary import summarise

PLAIN = [f"Zaphod {letter}{i}" for i, letter in enumerate("abcdefghijklmnopqrstuvwxyz" * 2)]


def summary_of(names, **changed):
    log = planted(names=names)
    log["manifest"] |= changed
    return summarise(**log)


@pytest.fixture(scope="module")
def summary():
    return summary_of(None)


def texts_of(summary):
    """Every text of a summary that comes from outside."""
    given = summary["provenance"]
    texts = {
        *(name for kind in ("account", "content", "source") for name in summary["names"][kind]),
        *(name for name in summary["names"]["action"] if name.lower() not in COMMON_ACTIONS),
        *(source["path"] for source in given["sources"]),
        given["command"],
        *given["notes"],
        *given["columns"].values(),
        *(reason for reason in given["rejected_by_reason"] if reason not in REASONS),
        *(value for value in given["options"].values() if isinstance(value, str)),
    }
    return texts - {""}


@pytest.mark.parametrize("names", [None, PLAIN, HOSTILE], ids=["none", "plain", "hostile"])
def test_no_text_of_the_log_is_left(names):
    summary = summary_of(names)
    redacted = redact(summary)
    escaped, exact = json.dumps(redacted), json.dumps(redacted, ensure_ascii=False)
    texts = texts_of(summary)
    # "page" is the name of a column in the planted log and a word of the explanations.
    for text in texts - {"page", "user"}:
        assert json.dumps(text)[1:-1] not in escaped
        assert json.dumps(text, ensure_ascii=False)[1:-1] not in exact
    assert not redacted["provenance"]["columns"]


@pytest.mark.parametrize("names", [None, PLAIN, HOSTILE], ids=["none", "plain", "hostile"])
def test_no_text_of_the_log_is_left_in_the_page(names):
    # What stands in the page of another log too comes from farmgraph: the script may hold "<!--" itself.
    usual = unzipped(page(redact(summary_of(["Ford", "Arthur", "Trillian"]))))
    summary = summary_of(names)
    html = unzipped(page(redact(summary)))
    for text in texts_of(summary):
        for form in {text, visible(text), json.dumps(text)[1:-1]}:
            assert form in usual or form not in html


def test_names_are_numbered_in_the_order_of_the_report(summary):
    names = redact(summary)["names"]
    for kind in ("account", "content"):
        assert names[kind] == [f"{kind} {i}" for i in range(1, len(summary["names"][kind]) + 1)]
    assert names["action"] == ["like", "share"]


def test_the_same_source_has_one_number(summary):
    summary = copy.deepcopy(summary)
    summary["names"]["source"] = ["b.csv", "extra.csv"]
    summary["provenance"]["sources"] = [
        {"path": path, "sha256": "0" * 64, "n_bytes": 1, "n_rows": 1, "n_used": 1}
        for path in ("a.csv", "b.csv")
    ]
    redacted = redact(summary)
    assert [source["path"] for source in redacted["provenance"]["sources"]] == ["source 1", "source 2"]
    assert redacted["names"]["source"] == ["source 2", "source 3"]


def test_only_common_words_for_actions_stay(summary):
    summary = copy.deepcopy(summary)
    summary["names"]["action"] = ["Like", "RETWEET", "like by Zaphod", " like", "ſhare", "view", "42"]
    assert redact(summary)["names"]["action"] == [
        *("Like", "RETWEET", "action 1", "action 2", "action 3", "view", "action 4"),
    ]


def test_numbers_stay_and_rows_go(summary):
    before = copy.deepcopy(summary)
    redacted = redact(summary)
    assert summary == before
    assert redacted["redacted"] is True
    assert set(redacted) == set(summary)
    assert redacted["headline"] == summary["headline"]
    assert redacted["map"] == summary["map"]
    assert redacted["listed"] == summary["listed"]
    assert redacted["limits"] == summary["limits"]
    for one, two in zip(redacted["clusters"], summary["clusters"], strict=True):
        actions = two["actions"] | {"line": [None] * len(two["actions"]["line"])}
        assert one == two | {"actions": actions}


def test_the_provenance_keeps_what_is_ours(summary):
    summary = copy.deepcopy(summary)
    given = summary["provenance"]
    given["options"] = {"q": 0.05, "draws": 999, "window": "60s of Zaphod", "account": None, "Zaphod": 1}
    given["rejected_by_reason"] = {"empty account": 2, "cannot read 'Zaphod'": 3, "no Zaphod": 1}
    given["libraries"] = {"numpy": "2.4.0", "pandas": "Zaphod", "of Zaphod": "1.0"}
    given["invented"] = "Zaphod"
    given["method"] = "Zaphod"
    kept = redact(summary)["provenance"]
    assert kept["options"] == {"q": 0.05, "draws": 999, "account": None}
    # 3 + 1 for reasons that are not ours.
    assert kept["rejected_by_reason"] == {"empty account": 2, "another reason": 4}
    assert kept["libraries"] == {"numpy": "2.4.0"}
    assert kept["thresholds"] == given["thresholds"]
    assert kept["sources"][0]["sha256"] == given["sources"][0]["sha256"]
    assert (kept["seed"], kept["farmgraph"], kept["rows_read"]) == (0, "0.1.0", given["rows_read"])
    assert "Zaphod" not in json.dumps(kept)


def test_texts_that_nobody_has_thought_of_yet_are_left_out(summary):
    summary = copy.deepcopy(summary)
    summary["clusters"][0]["loudest"] = "Zaphod"
    summary["map"]["labels"] = ["Zaphod"]
    assert "Zaphod" not in json.dumps(redact(summary))


def test_twice_is_once(summary):
    once = redact(summary)
    assert redact(once) == once


def test_reasons_are_those_of_the_readers():
    assert set(records.REASONS) - {""} <= REASONS
    assert (set(batches.REASONS) | set(duplicates.REASONS)) - {""} <= REASONS


def test_a_damaged_summary_says_so(summary):
    with pytest.raises(InputError, match="lacks 'names'"):
        redact({key: part for key, part in summary.items() if key != "names"})
