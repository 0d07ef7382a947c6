import base64
import gzip
import hashlib
import itertools
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
from render.planted import HOSTILE, arguments, planted
from render.test_summary import summary_of

from farmgraph.errors import InputError
from farmgraph.render.report.pack import read_script_data
from farmgraph.render.report.page import page, write_page
from farmgraph.render.report.plain import FORMAT
from farmgraph.render.report.redact import redact

VOID = {"meta", "link", "br", "img", "path", "circle"}


class Reading(HTMLParser):
    """Every start tag with its attributes' names, the text, and whether tags nest."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(text):
    reading = Reading()
    reading.feed(text)
    reading.close()
    assert reading.open == []
    return reading


def words_of(html):
    """Return the text outside script, style and data."""
    return "".join(read(re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)).text)


def text_of(html):
    return " ".join(words_of(html).split())


@pytest.fixture(scope="module")
def html():
    return page(summary_of(planted()))


@pytest.fixture(scope="module")
def hostile():
    return page(summary_of(planted(names=HOSTILE)))


def test_page_loads_nothing_and_has_no_handlers(html, hostile):
    for text in (html, hostile):
        reading = read(text)
        assert not {tag for tag, _ in reading.tags} & {"iframe", "img", "object", "embed", "base", "form"}
        for tag, name, value in reading.attributes:
            assert not name.startswith("on")
            assert name != "style"
            assert (tag, name) != ("script", "src")
            if name in ("href", "src", "xlink:href"):
                assert value.startswith("#") or value == "data:,"
        style = re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1)
        assert "url(" not in style
        assert "@import" not in style
        kinds = [value for tag, name, value in reading.attributes if tag == "script"]
        assert kinds == ["text/plain", "script", "application/json", "data"]


def digest(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_policy_allows_this_script_and_this_style_alone(html):
    policy = next(
        v for t, n, v in read(html).attributes if t == "meta" and n == "content" and "default-src" in v
    )
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL).group(1)
    loader = re.search(r"<script>(.*?)</script>", html, re.DOTALL).group(1)
    packed = re.search(r'<script type="text/plain" id="script">(.*?)</script>', html, re.DOTALL).group(1)
    script = gzip.decompress(base64.b64decode(packed)).decode()
    assert script == (files("farmgraph.render.report") / "static" / "report.js").read_text(encoding="utf-8")
    assert policy == (
        f"default-src 'none'; script-src {digest(loader)} {digest(script)}; style-src {digest(style)}; "
        "img-src data: blob:; connect-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; "
        "frame-src 'none'; worker-src 'none'"
    )
    # The policy comes before anything that it has to judge.
    assert html.index("Content-Security-Policy") < html.index("<style>") < html.index("<script>")


def test_hostile_names_leave_the_structure_as_it_is(hostile):
    # The same log with harmless names that sort alike: the names' order decides ties between rows.
    width = len(str(len(HOSTILE)))
    harmless = [f"name{i:0{width}}" for i in range(len(HOSTILE))]
    calm, wild = read(page(summary_of(planted(names=harmless)))), read(hostile)
    assert wild.tags == calm.tags


def data_of(html):
    return read_script_data(re.search(r'id="data">(.*?)</script>', html, re.DOTALL).group(1))


def test_hostile_names_are_shown(hostile):
    # In the words stand the names of sources, columns, reasons and notes.
    text = words_of(hostile)
    assert "</script><img src=x onerror=alert(1)>" in text
    assert "{{ 7 * 7 }}{% raw %}" in text
    assert "pay⟨U+202E⟩gnp.exe" in text
    assert "⟨U+D800⟩" in text
    assert "(10,240 characters)" in text
    hidden = "[\x00-\x08\x0b-\x1f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
    assert not re.search(hidden, hostile)
    assert "x" * 2_500 not in text


def test_names_are_exact_in_the_data(hostile):
    summary = summary_of(planted(names=HOSTILE))
    assert data_of(hostile)["names"] == summary["names"]
    assert len(HOSTILE) >= 50
    block = re.search(r'id="data">(.*?)</script>', hostile, re.DOTALL).group(1)
    # Nothing but the letters of base64, whatever the names are.
    assert re.fullmatch(r'\{"gzip": "[A-Za-z0-9+/=]*"\}', block)


def test_every_table_has_a_caption_and_every_head_a_scope(html):
    reading = read(html)
    n = [tag for tag, _ in reading.tags].count
    # The list of clusters, the thresholds and the inputs.
    assert n("table") == n("caption") == 3
    assert all("scope" in names for tag, names in reading.tags if tag == "th")


def test_headings_and_landmarks(html):
    tags = [tag for tag, _ in read(html).tags]
    assert tags.count("h1") == tags.count("main") == tags.count("header") == tags.count("footer") == 1
    headings = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert headings[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(headings))
    assert html.count("<nav ") == html.count('<nav aria-label="') + html.count('<nav id="side" aria-label="')


def test_links_lead_somewhere(html):
    reading = read(html)
    ids = [value for _, name, value in reading.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    for tag, name, value in reading.attributes:
        if tag == "a" and name == "href":
            assert value[1:] in ids
        if name == "aria-labelledby":
            assert set(value.split()) <= set(ids)


def test_reading_order(html):
    text = text_of(html)
    order = [
        "Words only",
        "farmgraph found 3 clusters of accounts that share unusually many contents among the 1,044 accounts",
        "What this is not",
        "strongest evidence first",
        "Cluster 1: lockstep",
        "of all possible account-content pairs happened",
        "innocent explanations",
        "Cluster 2: undetermined",
        "Cluster 3: same audience",
        "Method and words",
        "Provenance",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "To cite",
        "@software{",
    ]
    # Words in a later section may occur earlier, so each is looked for after the one before.
    at = 0
    for words in order:
        at = text.find(words, at)
        assert at >= 0, words


def test_each_number_stands_beside_its_comparison(html):
    text = text_of(html)
    assert "88 %of all possible account-content pairs happened (737 of 840)" in text
    assert "That is 60 times as many, at least 48 times (95 % interval)." in text
    assert "21 smedian wait" in text
    assert "Other visitors of the same contents, in equal numbers: 7 h." in text
    assert "z = 41.3synchrony: how far above chance members come within 10 min of each other" in text
    assert "q < 0.001. Tested against times" in text


def test_the_words_stand_once(html):
    summary = summary_of(planted())
    sentence, explanation = summary["clusters"][0]["sentence"], summary["clusters"][0]["explanation"]
    # In the list of clusters and in its own part; the data do not repeat them.
    text = text_of(html)
    assert text.count(sentence) == 2
    assert html.count(explanation) == 1
    assert sentence not in json.dumps(data_of(html), ensure_ascii=False)


def test_a_log_of_one_day_says_its_hours():
    log = planted()
    log["evidence"]["last_time"] = log["evidence"]["first_time"] + pd.Timedelta(minutes=5)
    assert re.search(r"\d+ Mar 2025, \d\d:\d\d to \d\d:\d\d UTC", text_of(page(summary_of(log))))


def test_without_times_the_page_says_so():
    text = text_of(page(summary_of(planted(times=False))))
    assert "The log has no times." in text
    assert "synchrony could not be tested" in text
    assert "by the cluster on its contents, no times" in text


def test_a_redacted_report_says_what_was_replaced():
    usual, html = page(summary_of(planted())), page(redact(summary_of(planted())))
    banner = "Accounts, contents and sources are called by numbers in this copy"
    assert banner in html
    assert banner not in usual
    text = text_of(html)
    assert "Times and counts are exact" in text
    assert "columnsleft out" in text
    assert "commandleft out" in text
    assert "exports/likes.csv" not in html


def test_limits_are_said():
    groups = [([f"a{g}_{i}" for i in range(3)], [f"c{g}_{i}" for i in range(3)]) for g in range(52)]
    rows = [(a, c, float(60 * i)) for i, (who, what) in enumerate(groups) for a in who for c in what]
    text = text_of(page(summary_of(arguments(rows, groups))))
    assert "The 50 strongest clusters are shown in full; those without a link are in clusters.csv" in text


def test_same_summary_same_bytes(html, tmp_path):
    write_page(summary_of(planted()), tmp_path / "report.html")
    assert (tmp_path / "report.html").read_bytes() == html.encode()


def test_sparse_provenance_can_be_shown():
    log = planted()
    log["manifest"] = {"farmgraph": "0.1.0"}
    assert "farmgraph report" in page(summary_of(log))


def test_another_format_is_refused():
    with pytest.raises(InputError, match="expected 'farmgraph summary 2'"):
        page({"format": "else"})


def test_foreign_files_are_not_replaced(tmp_path):
    summary = summary_of(planted())
    write_page(summary, tmp_path / "report.html")
    write_page(summary, tmp_path / "report.html")
    (tmp_path / "log.csv").write_text("user,page")
    head = (tmp_path / "report.html").read_text()[:1_000]
    assert '<meta name="generator" content="farmgraph 0.1.0">' in head
    (tmp_path / "report.html").write_text(head.replace("farmgraph 0.1.0", "farmgraph 0.0.1"))
    write_page(summary, tmp_path / "report.html")
    with pytest.raises(InputError, match=r"log\.csv exists and is no farmgraph report"):
        write_page(summary, tmp_path / "log.csv")
    assert (tmp_path / "log.csv").read_text() == "user,page"


def test_a_damaged_summary_says_so():
    with pytest.raises(InputError, match="no part 'headline'; it is damaged"):
        page({"format": FORMAT})
    for part, key in (("headline", "n_accounts"), ("provenance", "rows_read"), ("map", "islands")):
        summary = summary_of(planted())
        del summary[part][key]
        with pytest.raises(InputError, match=f"{key}.*Make the case again"):
            page(summary)


def test_three_thousand_accounts_stay_below_half_a_megabyte():
    """Half of all accounts in fifty dense clusters, on contents with addresses of usual length."""
    rng = np.random.default_rng(0)
    groups = [
        (
            [f"account_{g}_{rng.integers(10**8)}" for _ in range(30)],
            [
                f"https://example.org/{g}/{rng.integers(10**12)}/a-headline-of-some-words.html"
                for _ in range(30)
            ],
        )
        for g in range(50)
    ]
    rows = [(a, c, float(rng.integers(60 * 86_400))) for who, what in groups for a in who for c in what]
    everything = [c for _, what in groups for c in what]
    rows += [
        (f"person_{i}", everything[int(rng.integers(1_500))], float(rng.integers(60 * 86_400)))
        for i in range(1_500)
        for _ in range(10)
    ]
    assert len(page(summary_of(arguments(rows, groups))).encode()) < 500_000
