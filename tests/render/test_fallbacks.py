"""The page where something is missing: script, readable data, a view that works."""

import pytest

from farmgraph.render.report.pack import read_script_data, script_data

pytestmark = pytest.mark.browser

READY = "html[data-ready]"


def test_a_view_that_fails_takes_nothing_else_down(browser, report, tmp_path):
    text = report.read_text(encoding="utf-8")
    start = text.index('id="data">') + len('id="data">')
    end = text.index("</script>", start)
    data = read_script_data(text[start:end])
    data["clusters"][0]["gaps"] = {"n_members": 5}
    broken = tmp_path / "broken.html"
    dumped = script_data(data)
    broken.write_text(f"{text[:start]}{dumped}{text[end:]}", encoding="utf-8")
    heard = []
    tab = browser.new_page()
    tab.on("console", lambda message: heard.append(message.text))
    tab.on("pageerror", lambda error: heard.append(str(error)))
    tab.goto(f"{broken.as_uri()}#cluster-1")
    tab.wait_for_selector(READY, state="attached")
    assert tab.locator("#view-gaps").inner_text() == "This picture could not be drawn."
    assert len(tab.evaluate("window.farmgraphErrors")) == 1
    assert tab.locator("#view-hours svg").count() == 1
    assert heard == []
    tab.context.close()


def test_data_that_cannot_be_read_leave_the_words(browser, report, tmp_path):
    text = report.read_text(encoding="utf-8")
    broken = tmp_path / "broken.html"
    broken.write_text(text.replace('id="data">{"gzip": "', 'id="data">{"gzip": "A'), encoding="utf-8")
    tab = browser.new_page()
    tab.goto(broken.as_uri())
    assert "could not be drawn here" in tab.locator("main > .care").first.inner_text()
    assert tab.locator("#cluster-3").is_visible()
    assert tab.evaluate("window.farmgraphErrors.length") == 1
    tab.context.close()


def test_without_script_the_words_are_there(browser, report):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(report.as_uri())
    assert "need script" in tab.locator("main").inner_text()
    for part in ("#map", "#cluster-1", "#cluster-3", "#method", "#provenance", "#bibtex"):
        assert tab.locator(part).count() == 1
    assert tab.locator("#cluster-3 .facts").is_visible()
    for empty in ("#map-host", "#side", "#find input"):
        assert not tab.locator(empty).is_visible()
    context.close()
