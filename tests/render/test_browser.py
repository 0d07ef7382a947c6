"""The page in a real browser: it asks for nothing, says nothing, its views follow one another, and names stay names."""

import io
import re
from html import escape

import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from render.planted import HOSTILE, arguments, planted
from render.test_summary import summary_of

from farmgraph.render.export.csv import write_csv
from farmgraph.render.names import visible
from farmgraph.render.report.page import page, write_page
from farmgraph.render.report.redact import redact

pytestmark = pytest.mark.browser

VIEWS = ("raster", "total", "matrix", "hours", "gaps", "network", "accounts", "contents", "actions")
SAID = ".page.open .chosen-said"
READY = "html[data-ready]"


def painted(element):
    """Return the share of pixels that are not white."""
    pixels = matplotlib.image.imread(io.BytesIO(element.screenshot()))[..., :3]
    return float((pixels.min(axis=2) < 0.9).mean())


def rows(tab, view):
    return tab.locator(f"#view-{view} tbody tr")


@pytest.mark.parametrize(("width", "clusters"), [(1440, (1, 3)), (390, (2,))])
def test_every_view_is_drawn_and_nothing_scrolls_sideways(opened, width, clusters):
    tab = opened(width=width)
    assert painted(tab.locator("#map-host .graph-picture")) > 0.01
    for cluster in clusters:
        tab.evaluate("id => { location.hash = id; }", f"#cluster-{cluster}")
        tab.wait_for_selector(f"#cluster-{cluster} #view-actions")
        for view in VIEWS:
            host = tab.locator(f"#view-{view}")
            assert painted(host) > 0.002, (cluster, view)
            assert "could not be drawn" not in host.inner_text()
            assert host.get_attribute("aria-labelledby")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
    pictures = tab.locator(".page.open [role=img]")
    assert pictures.count() == 6
    assert all(picture.get_attribute("aria-label") for picture in pictures.all())
    # Letters can be read at either width.
    heights = tab.eval_on_selector_all(
        ".page.open svg.chart text", "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(heights) >= 11


def test_names_stay_names(opened, hostile):
    tab = opened("#cluster-1")
    # The packed script, what unpacks it, what came out, and the data.
    assert tab.evaluate("[...document.scripts].map(s => s.id || s.type)") == ["script", "", "", "data"]
    assert tab.locator("img, iframe, object, embed, form, base, svg script, b > b").count() == 0
    assert tab.evaluate("Object.keys(Object.prototype).length") == 0
    shown = set(tab.locator("#view-accounts tbody bdi").all_inner_texts())
    accounts = hostile["names"]["account"]
    names = [accounts[code] for code in hostile["clusters"][0]["accounts"]["account"]]
    assert shown == {visible(name) for name in names}
    assert "__proto__" in shown
    tab.locator("#view-accounts button", has_text="__proto__").click()
    assert "account __proto__" in tab.locator(SAID).inner_text()


def test_an_account_chosen_in_the_table_is_chosen_everywhere(opened):
    tab = opened("#cluster-1")
    hours, said = tab.locator("#view-hours .chart-sum"), tab.locator(SAID)
    assert said.inner_text() == "Nothing is chosen: the views show all 737 actions."
    before = hours.inner_text()
    faded = tab.locator("#view-raster path[stroke-opacity]").count()
    button = rows(tab, "accounts").nth(2).locator("button")
    button.focus()
    tab.keyboard.press("Enter")
    n = int(rows(tab, "accounts").nth(2).locator("td").nth(2).inner_text())
    assert re.search(rf"^Chosen: account .*; {n} of 737 actions\.$", said.inner_text())
    assert hours.inner_text() != before
    assert tab.locator("#view-raster .own").count() == 1
    assert tab.locator("#view-raster path[stroke-opacity]").count() > faded
    assert rows(tab, "actions").count() == n
    assert button.get_attribute("aria-pressed") == "true"
    assert tab.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    tab.get_by_role("button", name="Clear selection").click()
    assert said.inner_text().startswith("Nothing is chosen")
    assert hours.inner_text() == before


def test_a_content_chosen_in_the_legend_is_chosen_everywhere(opened):
    tab = opened("#cluster-2")
    tab.locator("#view-raster .keys button").nth(1).click()
    assert rows(tab, "contents").nth(1).get_attribute("class") == "chosen"
    members = rows(tab, "contents").nth(1).locator("td").first.inner_text()
    assert rows(tab, "actions").count() == int(members)
    assert "(number 2)" in tab.locator(SAID).inner_text()


def test_dragging_chooses_a_stretch_of_time(opened):
    tab = opened("#cluster-1")
    box = tab.locator("#view-raster .chart-stage").bounding_box()
    tab.mouse.move(box["x"] + 300, box["y"] + 60)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 800, box["y"] + 90, steps=4)
    tab.mouse.up()
    said = tab.locator(SAID).inner_text()
    n = int(re.search(r"\(UTC\); (\d+) of 737 actions", said).group(1))
    assert 0 < n < 737
    assert tab.locator("#view-actions .chart-sum").inner_text() == f"{n} of 737 actions"
    low, high = re.search(r"Chosen: (\S+ \S+) to (\S+ \S+) \(UTC\)", said).groups()
    times = [row.locator("td").first.inner_text() for row in rows(tab, "actions").all()]
    assert all(low <= time <= high for time in times)


def test_the_time_zone_changes_clocks_everywhere(opened):
    tab = opened("#cluster-1")
    first = rows(tab, "actions").first.locator("td").first
    before, cells = first.inner_text(), tab.locator("#view-hours svg").inner_html()
    tab.locator("#zone").select_option("Asia/Dhaka")
    # Dhaka is six hours ahead of UTC all the year.
    assert pd.Timestamp(first.inner_text()) - pd.Timestamp(before) == pd.Timedelta(hours=6)
    assert "Time (Asia/Dhaka)" in tab.locator("#view-actions thead").inner_text()
    assert tab.locator("#view-hours svg").inner_html() != cells
    # It stays when another cluster is opened.
    tab.locator("a.item").nth(1).click()
    assert tab.locator("#zone").input_value() == "Asia/Dhaka"


def test_the_slider_hides_weaker_clusters(opened):
    tab = opened()
    counted, said = tab.locator(".counted"), tab.locator("#least-said")
    assert (counted.inner_text(), said.inner_text()) == ("3 of 3 clusters shown", "everything")
    tab.locator("#least").focus()
    tab.keyboard.press("ArrowRight")
    assert (counted.inner_text(), said.inner_text()) == (
        "2 of 3 clusters shown",
        "undetermined and lockstep",
    )
    tab.keyboard.press("ArrowRight")
    assert (counted.inner_text(), said.inner_text()) == ("1 of 3 clusters shown", "lockstep only")
    assert tab.locator("a.item:visible").count() == tab.locator("tr[data-cluster]:visible").count() == 1
    assert tab.locator("#map-host .graph-label.faded").count() == 2
    assert "2 clusters with less evidence are left out" in tab.locator("#clusters").inner_text()
    tab.keyboard.press("ArrowRight")
    assert said.inner_text() == "lockstep only"


def test_searching_by_keyboard(opened):
    tab = opened()
    field = tab.locator("#find-text")
    field.focus()
    tab.keyboard.type("<SCRIPT>alert(1)</script>")
    # Both an account and a content have that name.
    assert tab.locator("[role=option]").count() == 2
    tab.keyboard.press("ArrowDown")
    chosen = tab.locator("[role=option][aria-selected=true]")
    assert chosen.inner_text() == "<script>alert(1)</script> account in cluster 1"
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    tab.keyboard.press("Enter")
    assert tab.evaluate("location.hash") == "#cluster-1"
    assert "account <script>alert(1)</script>" in tab.locator(SAID).inner_text()
    assert field.get_attribute("aria-expanded") == "false"
    field.focus()
    tab.keyboard.type("rafi_shop")
    # 36 accounts of the second cluster have such a name.
    assert tab.locator("[role=option]").count() == 20
    assert tab.locator(".found-more").inner_text() == "and 16 more"
    tab.keyboard.press("Escape")
    assert not tab.locator(".found-panel").is_visible()
    field.fill("person7")
    assert tab.locator(".found-more").inner_text().startswith("No account or content of a cluster shown here")
    field.fill("x" * 10_240)
    assert tab.locator("[role=option]").count() >= 1


def expected(summary, cluster, what):
    """Return the rows of a cluster as a table, from the summary."""
    names = summary["names"]

    def named(kind, codes):
        return pd.Series([None if c is None else names[kind][c] for c in codes], dtype=object)

    def moments(values):
        return pd.to_datetime(pd.Series(values, dtype="Int64"), unit="us", utc=True)

    accounts, contents, actions = cluster["accounts"], cluster["contents"], cluster["actions"]
    if what == "accounts":
        table = {"account": named("account", accounts["account"]), "cluster": cluster["cluster"]}
        table |= {"verdict": cluster["verdict"], "score": accounts["score"], "gap_s": accounts["gap_s"]}
        table |= {"n_actions": accounts["n_actions"]}
        return pd.DataFrame(
            table | {"first_time": moments(accounts["first_us"]), "last_time": moments(accounts["last_us"])}
        )
    table = {
        "cluster": cluster["cluster"],
        "account": named("account", [accounts["account"][i] for i in actions["account"]]),
        "content": named("content", [contents["content"][i] for i in actions["content"]]),
        "time": moments(actions["time_us"]),
        "action": named("action", actions["action"]),
        "source": named("source", actions["source"]),
        "line": actions["line"],
    }
    return pd.DataFrame(table)


@pytest.mark.parametrize("what", ["accounts", "actions"])
def test_downloads_are_what_farmgraph_itself_would_write(opened, hostile, tmp_path, what):
    tab = opened("#cluster-1")
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name=f"Download {what} (CSV)", exact=True).click()
    assert waiting.value.suggested_filename == f"cluster-1-{what}.csv"
    waiting.value.save_as(tmp_path / "saved.csv")
    write_csv(expected(hostile, hostile["clusters"][0], what), tmp_path / "expected.csv")
    assert (tmp_path / "saved.csv").read_bytes() == (tmp_path / "expected.csv").read_bytes()


def test_what_is_cut_is_said(opened, tmp_path):
    accounts, contents = [f"a{i}" for i in range(600)], [f"c{i}" for i in range(40)]
    log = [
        (a, contents[(i * 7 + k) % 40], float(i * 60 + k)) for i, a in enumerate(accounts) for k in range(9)
    ]
    write_page(summary_of(arguments(log, [(accounts, contents)])), tmp_path / "cut.html")
    assert (tmp_path / "cut.html").stat().st_size < 500_000
    tab = opened("#cluster-1", path=tmp_path / "cut.html")
    held = int(
        re.search(r"the ([\d,]+) of 5,400 actions", tab.locator(SAID).inner_text()).group(1).replace(",", "")
    )
    # The 500 accounts listed have 4,500 of the 5,400 actions.
    assert held == 4_500
    text = tab.locator("#view-accounts").inner_text()
    assert (
        "The 500 accounts with the highest scores of 600 accounts are listed; all are in accounts.csv."
        in text
    )
    with tab.expect_download() as waiting:
        tab.get_by_role("button", name=f"Download actions (CSV, part: {held:,} of 5,400)").click()
    assert waiting.value.suggested_filename == "cluster-1-actions-part.csv"
    assert rows(tab, "actions").count() == 200
    tab.get_by_role("button", name="Show 200 more").click()
    assert rows(tab, "actions").count() == 400


@pytest.mark.parametrize("kind", ["nothing found", "no times", "redacted", "one cluster of two"])
def test_odd_reports(opened, tmp_path, kind):
    summary = {
        "nothing found": lambda: summary_of(arguments([("a", "p", 1.0), ("b", "q", 2.0)], [])),
        "no times": lambda: summary_of(planted(times=False)),
        "redacted": lambda: redact(summary_of(planted(names=HOSTILE))),
        "one cluster of two": lambda: summary_of(
            arguments([(a, c, 5.0) for a in "ab" for c in "pqr"], [(["a", "b"], ["p", "q", "r"])])
        ),
    }[kind]()
    write_page(summary, tmp_path / "odd.html")
    tab = opened(path=tmp_path / "odd.html")
    assert tab.locator("#map-host .graph-picture").is_visible()
    tab.locator("#find-text").fill("a")
    n = tab.locator("a.item").count()
    assert n == len(summary["clusters"])
    for i in range(n):
        tab.locator("a.item").nth(i).click()
        assert tab.locator("#view-actions tbody tr").count() > 0
        assert "could not be drawn" not in tab.locator(".page.open").inner_text()
    if kind == "redacted":
        assert tab.locator(".redacted").is_visible()
        assert "left out" in rows(tab, "actions").first.inner_text()
        names = tab.locator("#view-accounts tbody bdi").all_inner_texts()
        assert all(name.startswith("account ") for name in names)


def test_tables_are_sorted_by_their_headings(opened):
    tab = opened("#cluster-1")
    heading = tab.locator("#view-accounts th", has_text="Actions")
    heading.locator("button").focus()
    for direction, sign in (("descending", -1), ("ascending", 1)):
        tab.keyboard.press("Enter")
        assert heading.get_attribute("aria-sort") == direction
        numbers = [int(row.locator("td").nth(2).inner_text()) for row in rows(tab, "accounts").all()]
        assert (np.diff(numbers) * sign >= 0).all()
    assert tab.locator("#view-accounts [aria-sort]").count() == 1


def test_addresses_and_the_back_button(opened):
    tab = opened("#cluster-2")
    assert tab.locator("#cluster-2").is_visible()
    assert not tab.locator("#map").is_visible()
    tab.locator("a.item").first.click()
    assert tab.evaluate("location.hash") == "#cluster-1"
    assert tab.evaluate("document.activeElement.id") == "cluster-1-heading"
    tab.go_back()
    tab.wait_for_selector("#cluster-2 #view-raster")
    tab.get_by_role("link", name="Method and provenance").click()
    assert tab.evaluate("location.hash") == "#method"
    assert tab.locator("#cluster-2").is_visible()
    box = tab.locator("#method-heading").bounding_box()
    assert 0 <= box["y"] < 200
    tab.locator("#to-map").click()
    assert tab.locator("#map").is_visible()
    # What was drawn for the cluster is gone.
    assert tab.locator("#view-raster").count() == 0
    # An island's label opens its cluster.
    tab.locator("#map-host button.graph-label").first.click()
    assert tab.evaluate("location.hash").startswith("#cluster-")


def test_in_a_frame_that_may_do_nothing_else(opened, hostile, tmp_path):
    outer = tmp_path / "outer.html"
    frame = (
        f'<iframe sandbox="allow-scripts" srcdoc="{escape(page(hostile))}" width=1300 height=800></iframe>'
    )
    outer.write_text(
        f"<!DOCTYPE html><html data-ready><script>farmgraphErrors = []</script>{frame}", encoding="utf-8"
    )
    tab = opened(path=outer)
    inner = tab.frames[1]
    inner.wait_for_selector(READY, state="attached")
    inner.locator("a.item").nth(1).click()
    assert inner.locator("#cluster-2 #view-raster svg").count() >= 1
    rows_ = inner.locator("#view-accounts tbody button")
    rows_.first.click()
    assert inner.locator(SAID).inner_text().startswith("Chosen: account")
    inner.get_by_role("link", name="Method and provenance").click()
    inner.locator("#to-map").click()
    assert inner.locator("#map").is_visible()
    inner.get_by_role("button", name="Copy citation").click()
    assert "seed 0." in inner.evaluate("String(getSelection())")
    assert inner.evaluate("window.farmgraphErrors") == []
    assert tab.url == outer.as_uri()


def test_on_paper(opened):
    tab = opened("#cluster-1")
    tab.locator("#view-accounts tbody button").first.click()
    paper = tab.pdf()
    assert paper.startswith(b"%PDF")
    tab.emulate_media(media="print")
    for hidden in ("#side", "#find", ".controls-row", "#map", "#cluster-2"):
        assert not tab.locator(hidden).first.is_visible(), hidden
    for view in VIEWS:
        assert tab.locator(f"#view-{view}").is_visible()
    assert tab.locator(SAID).is_visible()
    # Tables are as long as their rows.
    box = tab.locator("#view-accounts .box")
    assert box.evaluate("e => e.scrollHeight - e.clientHeight") <= 1
    assert tab.locator("#provenance").is_visible()


def test_without_motion_and_for_the_keyboard(opened):
    tab = opened(reduced_motion="reduce")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    tab.locator("a.item").first.focus()
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#cluster-1 #view-raster svg")
    assert tab.evaluate("document.getAnimations().length") == 0


def test_a_narrow_screen_folds_the_list_away(opened):
    tab = opened(width=390)
    assert not tab.locator("a.item").first.is_visible()
    tab.locator("#side summary").click()
    tab.locator("a.item").nth(2).click()
    assert tab.locator("#cluster-3").is_visible()
    assert not tab.locator("a.item").first.is_visible()
