import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from render.planted import HOSTILE, arguments, planted
from render.test_summary import summary_of

from farmgraph.errors import InputError
from farmgraph.render.report.drawing import raster_drawing
from farmgraph.render.report.page import page, write_page
from farmgraph.render.report.plain import FORMAT

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


def text_of(html):
    return " ".join("".join(read(html).text).split())


@pytest.fixture(scope="module")
def html():
    return page(summary_of(planted()))


@pytest.fixture(scope="module")
def hostile():
    return page(summary_of(planted(names=HOSTILE)))


def test_page_loads_and_runs_nothing(html, hostile):
    for text in (html, hostile):
        reading = read(text)
        assert not {tag for tag, _ in reading.tags} & {
            "script",
            "iframe",
            "img",
            "object",
            "embed",
            "base",
            "form",
        }
        for _, name, value in reading.attributes:
            assert not name.startswith("on")
            assert name != "style"
            if name in ("href", "src", "xlink:href"):
                assert value.startswith("#") or value == "data:,"
        style = re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1)
        assert "url(" not in style
        assert "@import" not in style


def test_policy_allows_this_style_alone(html):
    policy = next(
        v for t, n, v in read(html).attributes if t == "meta" and n == "content" and "default-src" in v
    )
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL).group(1)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def test_hostile_names_leave_the_structure_as_it_is(hostile):
    # The same log with harmless names that sort alike: the names' order decides ties between rows.
    width = len(str(len(HOSTILE)))
    harmless = [f"name{i:0{width}}" for i in range(len(HOSTILE))]
    calm, wild = read(page(summary_of(planted(names=harmless)))), read(hostile)
    assert [tag for tag, _ in wild.tags if tag != "path"] == [tag for tag, _ in calm.tags if tag != "path"]
    assert set(wild.tags) == set(calm.tags)


def test_hostile_names_are_shown(hostile):
    text = "".join(read(hostile).text)
    assert "</script><img src=x onerror=alert(1)>" in text
    assert "{{ 7 * 7 }}{% raw %}" in text
    assert "pay⟨U+202E⟩gnp.exe" in text
    assert "⟨U+D800⟩" in text
    assert "(10,240 characters)" in text
    assert not re.search(
        "[\x00-\x08\x0b-\x1f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]", hostile
    )
    assert "x" * 2_500 not in hostile


def test_every_table_has_a_caption_and_every_head_a_scope(html):
    reading = read(html)
    n = [tag for tag, _ in reading.tags].count
    assert n("table") == n("caption") >= 10
    assert all("scope" in names for tag, names in reading.tags if tag == "th")
    pictures = [names for tag, names in reading.tags if tag == "svg" and "role" in names]
    # The map and three rasters.
    assert len(pictures) == 4
    assert all("aria-labelledby" in names for names in pictures)


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
    text = " ".join("".join(read(html).text).split())
    order = [
        "farmgraph found 3 clusters of accounts that share unusually many contents among the 1,044 accounts",
        "What this is not",
        "Map of the accounts",
        "strongest evidence first",
        "Cluster 1: lockstep",
        "of all possible account-content pairs happened",
        "innocent explanations",
        "Who acted when",
        "Raw rows behind cluster 1 (300 of 737)",
        "Cluster 2: undetermined",
        "Cluster 3: same audience",
        "Method and words",
        "Provenance",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "To cite",
    ]
    places = [text.find(words) for words in order]
    # Words in a later section may occur earlier, so each is looked for after the one before.
    at = 0
    for words in order:
        at = text.find(words, at)
        assert at >= 0, (words, places)


def test_each_number_stands_beside_its_comparison(html):
    text = " ".join("".join(read(html).text).split())
    assert "88 %of all possible account-content pairs happened (737 of 840)" in text
    assert "That is 60 times as many, at least 48 times (95 % interval)." in text
    assert "21 smedian wait" in text
    assert "Other visitors of the same contents, in equal numbers: 7 h." in text
    assert "z = 41.3synchrony: how far above chance members come within 10 min of each other" in text
    assert "q < 0.001. Tested against times" in text
    assert "The first 300 of 737 rows are shown; all are in interactions.parquet." in text


def test_without_times_the_page_says_so():
    text = "".join(read(page(summary_of(planted(times=False)))).text)
    assert "No action of this cluster has a time" in text
    assert "synchrony could not be tested" in text
    assert "no time" in text


def test_what_is_cut_is_said():
    accounts = [f"a{i}" for i in range(1_200)]
    contents = [f"c{i}" for i in range(80)]
    rows = [
        (a, contents[(i * 7 + k) % 80], float(i * 60 + k)) for i, a in enumerate(accounts) for k in range(20)
    ]
    html = page(summary_of(arguments(rows, [(accounts, contents)])))
    text = " ".join("".join(read(html).text).split())
    assert "The 200 accounts with the highest scores of 1,200 are listed; all are in accounts.csv." in text
    assert "The 200 accounts with the highest scores of 1,200 are drawn" in text
    assert "60 of 80 contents are listed; all are in interactions.parquet." in text
    assert "2,000 of 24,000 actions are drawn, evenly chosen in order of time" in text
    assert len(html) < 400_000


def test_same_summary_same_bytes(html, tmp_path):
    write_page(summary_of(planted()), tmp_path / "report.html")
    assert (tmp_path / "report.html").read_bytes() == html.encode()


def test_sparse_provenance_can_be_shown():
    log = planted()
    log["manifest"] = {"farmgraph": "0.1.0"}
    assert "farmgraph report" in page(summary_of(log))


def test_another_format_is_refused():
    with pytest.raises(InputError, match="expected 'farmgraph summary 1'"):
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


def test_labels_of_a_raster_stay_inside():
    # Over many starts and spans, some tick comes to stand at the very edge.
    names = {"account": ["a"], "content": ["p"]}
    for span in (30, 3_600, 86_400, 8 * 86_400, 90 * 86_400, 900 * 86_400):
        for shift in range(0, 40):
            time = [shift * span * 25_000, shift * span * 25_000 + span * 1_000_000]
            raster = {"kind": "times", "account": [0], "row": [0, 0], "content": [0, 0], "time_us": time}
            drawn = raster_drawing({"raster": raster, "contents": []}, names)
            for text in drawn["texts"]:
                if text["class"] not in ("tick", "context"):
                    continue
                reach = len(text["text"]) * 6.6
                x = float(text["x"])
                right = x + {"start": reach, "middle": reach / 2, "end": 0}[text["anchor"]]
                left = x - {"start": 0, "middle": reach / 2, "end": reach}[text["anchor"]]
                assert left >= 0
                assert right <= drawn["width"], text
