"""The page in a real browser: it asks for nothing, says nothing, and names stay names."""

import os
import shutil
from pathlib import Path

import pytest
from render.planted import HOSTILE, planted
from render.test_summary import summary_of

from farmgraph.render.report.page import write_page

pytestmark = pytest.mark.browser

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def _missing(what):
    if os.environ.get("FARMGRAPH_REQUIRE_BROWSER"):
        pytest.fail(f"{what}, and FARMGRAPH_REQUIRE_BROWSER is set")
    pytest.skip(f"{what}: the page was not opened in a browser")


@pytest.fixture(scope="module")
def browser():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _missing("playwright is not installed")
    found = next((p for p in ("/usr/bin/chromium",) if Path(p).exists()), None)
    found = (
        found or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    )
    if found is None:
        _missing("no chromium was found")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_page(summary_of(planted(names=HOSTILE)), path)
    return path


@pytest.mark.parametrize("width", [1440, 390])
def test_page_in_a_browser(browser, report, width):
    heard = []
    tab = browser.new_page(viewport={"width": width, "height": 900})
    tab.on("console", lambda message: heard.append(("console", message.text)))
    tab.on("pageerror", lambda error: heard.append(("error", str(error))))
    tab.on("dialog", lambda dialog: (heard.append(("dialog", dialog.message)), dialog.dismiss()))
    tab.on("request", lambda request: heard.append(("request", request.url)))
    tab.goto(report.as_uri())
    tab.wait_for_timeout(300)
    others = [item for item in heard if item not in (("request", report.as_uri()), ("request", "data:,"))]
    assert others == []
    assert tab.locator("script").count() == 0
    # The style sheet was let in by the policy, and nothing makes the page scroll sideways.
    assert tab.evaluate("getComputedStyle(document.querySelector('.facts')).display") == "grid"
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    for picture in tab.locator("svg[role=img]").all():
        box = picture.bounding_box()
        assert box["width"] > 300
        assert box["height"] > 100
    # Where a drawing is wider than the screen a line says so, and its labels can still be read.
    hint = "getComputedStyle(document.querySelector('.picture'), '::before').content"
    assert ("scroll it sideways" in tab.evaluate(hint)) == (width == 390)
    label = "(e => e.getBoundingClientRect().height)(document.querySelector('#cluster-1 svg .tick'))"
    assert tab.evaluate(label) >= 11
    # No label of a raster reaches beyond its drawing.
    beyond = """[...document.querySelectorAll('section.cluster .picture svg')].flatMap(svg => {
        const frame = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text.tick, text.context, text.number')].filter(text => {
            const box = text.getBoundingClientRect();
            return box.right > frame.right + 1 || box.left < frame.left - 1;
        }).map(text => text.textContent);
    })"""
    assert tab.evaluate(beyond) == []
    ticks = tab.locator("#cluster-1 path.c0").first.bounding_box()
    assert ticks["height"] > 100
    tab.close()


def test_details_open_and_links_lead_by_keyboard(browser, report):
    tab = browser.new_page(viewport={"width": 1440, "height": 900})
    tab.goto(report.as_uri())
    tab.locator("table.clusters a").first.focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate("location.hash") == "#cluster-1"
    rows = tab.locator("#cluster-1 details tbody tr")
    assert not rows.first.is_visible()
    tab.locator("#cluster-1 summary").focus()
    tab.keyboard.press("Enter")
    assert rows.first.is_visible()
    assert rows.count() == 300
    tab.close()
