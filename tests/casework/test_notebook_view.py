import dataclasses
from html.parser import HTMLParser

import pandas as pd
import pytest
from logs import log_of
from planted import planted_log
from render.planted import HOSTILE

import farmgraph as fg
from farmgraph.casework import notebook
from farmgraph.render.report.page import page

LOG = planted_log(
    seed=6, n_rows=10_000, n_accounts=800, n_contents=500, farms={"burst": ("burst", 20, 12, 0.9)}
)


class View(HTMLParser):
    """Collects tags, the text outside the frame, table cells and the frame's attributes."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.rows, self.text, self.frame = [], [], "", None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "iframe":
            self.frame = dict(attrs)

    def handle_data(self, data):
        self.text += data
        if self.rows and self.tags[-1] in ("td", "th"):
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def case():
    return fg.investigate(log_of(LOG[["account", "content", "time"]]), draws=99)


@pytest.fixture
def short_page(monkeypatch):
    monkeypatch.setattr(notebook, "page", lambda summary: "<p title=\"x\">'report' & more</p>")


def test_the_frame_holds_the_report(case):
    view = View(case._repr_html_())
    assert view.frame["srcdoc"] == page(case.summary)


@pytest.mark.usefixtures("short_page")
def test_the_frame_is_a_stranger(case):
    frame = View(case._repr_html_()).frame
    assert frame["sandbox"].split() == ["allow-scripts", "allow-downloads"]
    assert frame["title"] == "farmgraph report"
    assert (frame["loading"], frame["width"], frame["height"]) == ("lazy", "100%", "640")
    assert frame["srcdoc"] == "<p title=\"x\">'report' & more</p>"


@pytest.mark.usefixtures("short_page")
def test_the_table_has_the_strongest_clusters(case):
    one = {
        "cluster": 1,
        "verdict": "lockstep",
        "n_accounts": 1234,
        "n_contents": 12,
        "density": 0.87654,
        "overlap_ratio": 12345.6,
        "synchrony_z": float("nan"),
        "sentence": "Few & many.",
    }
    evidence = pd.DataFrame([one | {"cluster": i} for i in range(1, 24)])
    view = View(dataclasses.replace(case, evidence=evidence)._repr_html_())
    head = ["cluster", "verdict", "accounts", "contents", "density", "overlap ratio", "z", "sentence"]
    assert view.rows[0] == head
    assert view.rows[1] == ["1", "lockstep", "1,234", "12", "0.877", "12,346", "", "Few & many."]
    assert len(view.rows) == 9
    assert "And 15 more" in view.text


@pytest.mark.usefixtures("short_page")
def test_no_cluster_no_table():
    view = View(fg.investigate(log_of([("a", "p", 1), ("b", "q", 2)]))._repr_html_())
    assert "table" not in view.tags
    assert "0 clusters" in view.text


@pytest.mark.usefixtures("short_page")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_are_inert(case, name):
    evidence = case.evidence.head(1).astype({"verdict": object, "sentence": object})
    usual = View(dataclasses.replace(case, evidence=evidence)._repr_html_()).tags
    evidence = evidence.assign(**dict.fromkeys(("verdict", "sentence"), pd.Series([name], dtype=object)))
    text = dataclasses.replace(case, evidence=evidence)._repr_html_()
    assert View(text).tags == usual
    assert not [c for c in text if c in "\u202e\u2066\u2069\u200b\u200d\ufeff\x00\x07\x1b\u2028\u2029\ud800"]


def test_a_large_report_is_left_out(case, monkeypatch):
    monkeypatch.setattr(notebook, "page", lambda summary: "ü" * 2_000_001)
    view = View(case._repr_html_())
    assert view.frame is None
    assert "case.report(" in view.text
    monkeypatch.setattr(notebook, "page", lambda summary: "ü" * 2_000_000)
    assert View(case._repr_html_()).frame is not None
