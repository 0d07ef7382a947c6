"""The report opened in a real browser."""

import os
import re
import shutil
from pathlib import Path

import pytest
from render.planted import HOSTILE, planted
from render.test_summary import summary_of

from farmgraph.render.report.page import write_page

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
READY = "html[data-ready]"


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
def hostile():
    return summary_of(planted(names=HOSTILE))


@pytest.fixture(scope="module")
def report(tmp_path_factory, hostile):
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_page(hostile, path)
    return path


@pytest.fixture
def opened(browser, report):
    """Return a function that opens the report; at the end nothing may have been heard and nothing gone wrong."""
    heard, tabs = [], []

    def listen(tab):
        tab.on("console", lambda message: heard.append(("console", message.text)))
        tab.on("pageerror", lambda error: heard.append(("error", str(error))))
        tab.on("dialog", lambda dialog: (heard.append(("dialog", dialog.message)), dialog.dismiss()))
        tab.on("request", lambda request: heard.append(("request", request.url)))

    def at(hash_="", *, width=1440, path=report, **options):
        tab = browser.new_page(viewport={"width": width, "height": 900}, **options)
        listen(tab)
        tabs.append(tab)
        tab.goto(f"{path.as_uri()}{hash_}")
        tab.wait_for_selector(READY, state="attached")
        return tab

    yield at
    ours = re.compile(r"(file|blob|data):")
    strange = [item for item in heard if item[0] != "request" or not ours.match(item[1])]
    assert strange == []
    files = {url.partition("#")[0] for kind, url in heard if kind == "request" and url.startswith("file:")}
    assert len(files) == 1
    for tab in tabs:
        assert tab.evaluate("window.farmgraphErrors") == []
        tab.context.close()
