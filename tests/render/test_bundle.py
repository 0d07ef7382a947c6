"""The report's script: made from its sources byte for byte, with its licences, and free of what a page must not do."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
REPORT = ROOT / "farmgraph" / "render" / "report"
JS, STATIC = REPORT / "js", REPORT / "static"
UNREACHED = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|network request"
)
SOURCES = sorted(path for path in JS.rglob("*.js") if "node_modules" not in path.parts)
REQUESTS = ("fetch(", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "new Image")
CODE = ("eval(", "new Function", "importScripts", "new Worker", "SharedWorker", "serviceWorker")
MARKUP = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "srcdoc")


@pytest.fixture(scope="module")
def script():
    return (STATIC / "report.js").read_text(encoding="utf-8")


def _npm(arguments, folder):
    return subprocess.run(["npm", *arguments], cwd=folder, capture_output=True, text=True, timeout=600)


@pytest.mark.slow
def test_script_is_what_its_sources_give(tmp_path):
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed: the script was not made anew")
    # Another folder, as on another machine: no path may reach the output.
    folder = tmp_path / "elsewhere" / "js"
    shutil.copytree(JS, folder, ignore=shutil.ignore_patterns("node_modules"))
    quick = ("--fetch-retries=1", "--fetch-retry-maxtimeout=10000")
    done = _npm(["ci", "--no-audit", "--no-fund", "--ignore-scripts", *quick], folder)
    if done.returncode and UNREACHED.search(done.stderr) and not os.environ.get("FARMGRAPH_REQUIRE_BROWSER"):
        pytest.skip("the npm registry was not reached: the script was not made anew")
    assert done.returncode == 0, done.stderr
    built = _npm(["run", "--silent", "build"], folder)
    assert built.returncode == 0, built.stderr
    for name in ("report.js", "LICENSES.txt"):
        fresh = (tmp_path / "elsewhere" / "static" / name).read_bytes()
        assert fresh == (STATIC / name).read_bytes(), f"static/{name} is not what js/ gives; run: make bundle"


@pytest.mark.parametrize(
    "forbidden", [*REQUESTS, *CODE, *MARKUP, "console.log", "debugger", "sourceMappingURL"]
)
def test_script_never_uses(script, forbidden):
    assert forbidden not in script


def test_script_can_stand_inside_a_page(script):
    assert script.isascii()
    assert not re.search(r"</?script|<!--", script, re.IGNORECASE)
    assert "node_modules" not in script
    # Names of kinds of elements are the only addresses.
    assert {a for a in re.findall(r"https?://[^\"'`\s)]+", script)} <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xhtml",
    }
    assert len(script) < 260_000


def test_licences_name_each_library(script):
    texts = (STATIC / "LICENSES.txt").read_text(encoding="utf-8")
    named = re.findall(r"^=+\n(\S+) (\S+) \((\S+)\)\n=+$", texts, re.MULTILINE)
    assert {name for name, _, _ in named} >= {"sigma", "graphology"}
    locked = json.loads((JS / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    top = script[: script.index("*/")]
    for name, version, licence in named:
        assert locked[f"node_modules/{name}"]["version"] == version
        assert licence == "MIT"
        assert f"\n{name} {version}. " in top
    assert texts.count("Permission is hereby granted") == len(named)
    assert "Permission is hereby granted" in top


def test_versions_are_pinned_and_no_registry_is_named():
    package = json.loads((JS / "package.json").read_text(encoding="utf-8"))
    for version in (package["dependencies"] | package["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    lock = json.loads((JS / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, entry in lock.items():
        assert "resolved" not in entry
        assert not name or entry["integrity"].startswith("sha512-")


def test_what_npm_installs_never_reaches_a_wheel():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert "node_modules" in settings["exclude"]
    assert "node_modules/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(JS)))
def test_sources_stay_short(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    for forbidden in (*MARKUP, *CODE, *REQUESTS, "console.", 'setAttribute("style"'):
        assert forbidden not in text
    # In the bundle these letters also name a method of graphology.
    assert not re.search(r"\bimport\(", text)
