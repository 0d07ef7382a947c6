import re
from dataclasses import fields, replace

import numpy as np
import pytest
from render.planted import arguments, planted
from render.test_page import text_of
from render.test_summary import summary_of

from farmgraph.evidence.verdict import Thresholds
from farmgraph.render.report.page import page
from farmgraph.render.report.wording import LINES, facts, rows_read


@pytest.fixture(scope="module")
def html():
    return page(summary_of(planted()))


def test_without_clusters_the_page_gives_reasons():
    text = text_of(page(summary_of(arguments([("a", "p", 1.0), ("b", "q", 2.0)], []))))
    assert "farmgraph found no cluster" in text
    assert "the log is small: 2 rows" in text
    assert "few accounts come back: 0 of 2 acted on three contents or more" in text
    assert "rows are missing: 3 of 5 are not used" in text
    assert "the log has no times" not in text


def test_reasons_that_do_not_hold_are_not_given():
    rows = [(f"a{i}", f"p{(i * 7 + k * k) % 97}", float(i)) for i in range(400) for k in range(4)]
    log = arguments(rows, [])
    log["manifest"] |= {"rows_read": len(rows), "rows_used": len(rows), "rows_rejected": 0}
    text = text_of(page(summary_of(log)))
    assert "Other things that hold of this log" not in text
    assert "Check too that the columns were read as you meant them" in text
    assert "the log has no times: that hides" in text_of(page(summary_of(arguments(rows, [], times=False))))


def test_a_log_without_times_is_no_all_clear():
    text = text_of(page(summary_of(planted(times=False))))
    assert "timing could not be tested, so no lockstep could be found" in text
    assert "none of" not in text


def test_groups_that_could_not_be_tested_are_counted():
    log = planted()
    log["evidence"].loc[2, "synchrony_z"] = np.nan
    assert "The timing of 1 of the 3 clusters could not be tested." in text_of(page(summary_of(log)))
    log["evidence"] = log["evidence"].assign(synchrony_z=np.nan, verdict="undetermined")
    text = text_of(page(summary_of(log)))
    assert "The timing of none of them could be tested, so no lockstep could be found." in text
    assert "moved in lockstep" not in text


def test_the_headline_speaks_of_groups():
    text = text_of(page(summary_of(planted())))
    assert "1 of them moved in lockstep as a group (60 member accounts in all)." in text
    assert "it is not a verdict on each member: some may hardly have taken part" in text


def test_a_comparison_is_shown_or_denied_but_not_both():
    log = planted()
    log["evidence"].loc[0, ["synchrony_z", "gap_others_s"]] = np.nan
    gap, synchrony = facts(summary_of(log)["clusters"][0], summary_of(log)["headline"], 999)[1:3]
    assert gap["beside"] == synchrony["beside"] == "Too few other visitors to compare with."
    log["evidence"].loc[0, "reference"] = "other contents"
    gap, synchrony = facts(summary_of(log)["clusters"][0], summary_of(log)["headline"], 999)[1:3]
    assert gap["beside"] == synchrony["beside"]
    assert "compared with the log's other contents instead" in gap["beside"]
    log["evidence"].loc[0, ["gap_others_s", "closeness"]] = [7_200.0, np.nan]
    gap, synchrony = facts(summary_of(log)["clusters"][0], summary_of(log)["headline"], 999)[1:3]
    assert gap["beside"].endswith("in equal numbers: 2 h.")
    assert "other visitors to compare" not in synchrony["beside"]


def test_occasions_and_distances_are_said():
    log = planted()
    log["evidence"].loc[0, ["closeness", "occasions", "largest_occasion"]] = [12.3, 14, 0.12]
    _, gap, _, period = facts(summary_of(log)["clusters"][0], summary_of(log)["headline"], 999)
    assert gap["beside"].endswith("With as many of either they are 12 times as far apart.")
    assert period["beside"].endswith(
        "Members met on 14 separate occasions; the largest holds 12 % of their actions."
    )
    log["evidence"].loc[0, ["occasions", "largest_occasion"]] = [0, np.nan]
    period = facts(summary_of(log)["clusters"][0], summary_of(log)["headline"], 999)[3]
    assert "occasion" not in period["beside"]


def test_the_smallest_p_that_draws_give_is_called_so():
    log = planted()
    log["evidence"].loc[0, ["p_value", "q_value"]] = [0.001, 0.003]
    log["manifest"] |= {"options": {"draws": 999, "q": 0.05}}
    text = text_of(page(summary_of(log)))
    assert "p = 0.001, q = 0.003 (p is the smallest value that 999 draws can give)" in text
    assert text.count("smallest value that 999 draws can give") == 1
    # Beyond all draws p follows their tail, so that no smallest value is promised.
    assert "found by drawing 999 times; where no draw came as far, it is read off the tail" in text
    assert "never smaller" not in text


def test_words_of_the_numbers_are_explained(html):
    terms = re.findall(r"<dt>([^<]*)</dt>", html)
    for term in ("topic", "expected from interest", "in equal numbers", "lockstep line", "typical gap"):
        assert term in terms
    assert any(term.startswith("silent") for term in terms)
    assert any(term.startswith("overlap ratio") for term in terms)


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({"rows_read": 5, "rows_used": 5, "rejected_by_reason": {}}, "All 5 rows of the log were used."),
        (
            {"rows_read": 9, "rows_used": 2, "rejected_by_reason": {"empty content": 7}},
            "Of 9 rows in the log, used: 2; not used: 7 (7 empty content).",
        ),
        (
            {"rows_read": 9, "rows_used": 2, "rejected_by_reason": {"unreadable time": 6, "blank line": 1}},
            "used: 2; not used: 7 (6 unreadable time, 1 blank line).",
        ),
    ],
)
def test_rows_are_accounted_for(manifest, said):
    assert said in rows_read(manifest)


def test_a_part_of_the_log_is_called_a_part():
    log = planted()
    for reason, warned in (("unreadable time", True), ("empty content", False)):
        log["manifest"] |= {"rows_read": 9_000, "rows_used": 2_000, "rejected_by_reason": {reason: 7_000}}
        html = page(summary_of(log))
        assert ("what follows speaks of the rest alone" in text_of(html)) == warned
        # In a box of its own, before the clusters.
        assert ("A part of the log only" in html.split('id="clusters"')[0]) == warned


def test_lines_between_verdicts_have_a_meaning():
    assert set(LINES) == {field.name for field in fields(Thresholds)}


def test_notes_stand_once_and_the_citation_names_the_options():
    log = planted()
    log["clusters"] = replace(log["clusters"], notes=("Something was skipped.",))
    log["manifest"] |= {"notes": ["Something was skipped."], "options": {"q": 0.05, "draws": 999}}
    text = text_of(page(summary_of(log)))
    assert text.count("Something was skipped.") == 1
    assert "draws 999, q 0.05, seed 0." in text
