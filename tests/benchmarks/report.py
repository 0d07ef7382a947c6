"""Measure the report: size of the file, and how long a browser takes until it is drawn.

    python tests/benchmarks/report.py [--runs 5]

Simulated logs of 3,000 and 20,000 accounts with every kind of farm and look-alike go the whole way.
Chromium, without a graphics card, opens the report and the pages of its three strongest clusters; a console message,
an error, or a request for anything but the file itself fails the run. So it does for a report of each farm kind, each
look-alike and each benign group, opened wide and as narrow as a phone. Writes tests/benchmarks/results/report.json
and .md.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import farmgraph as fg
from farmgraph.lab.recipes import BENIGN, FARMS, LOOK_ALIKES

HERE = Path(__file__).parent
LOGS: dict[str, dict[str, Any]] = {
    "3,000 accounts": {"n_rows": 100_000, "n_accounts": 1_850},
    "20,000 accounts": {"n_rows": 600_000, "n_accounts": 16_700, "copies": 3},
}
ASKED = {"3,000 accounts": (0.5, 3.0), "20,000 accounts": (3.0, None)}
"""Most megabytes (millions of bytes) and seconds."""

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    results = {}
    with tempfile.TemporaryDirectory() as name:
        for title, options in LOGS.items():
            results[title] = measure(Path(name), options, runs) | {"asked": ASKED[title]}
        kinds = {kind: portrait(kind, Path(name)) for kind in (*FARMS, *LOOK_ALIKES, *BENIGN)}
    summary = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "runs": runs,
        "logs": results,
        "kinds": kinds,
    }
    target = HERE / "results"
    (target / "report.json").write_text(json.dumps(summary, indent=1) + "\n")
    (target / "report.md").write_text(table(summary))
    print(table(summary))


def measure(folder: Path, options: dict[str, Any], runs: int) -> dict[str, Any]:
    """Make a case and its report, and open it again and again."""
    log = fg.simulate("mixed", seed=3, **options).log
    case = fg.investigate(log)
    began = time.perf_counter()
    path = case.report(folder / "report.html")
    written = time.perf_counter() - began
    summarised = next(s["seconds"] for s in case.manifest["run"]["steps"] if s["step"] == "summarise")
    opened = [open_once(path) for _ in range(runs)]
    return {
        "accounts": case.summary["headline"]["n_accounts"],
        "rows": len(log),
        "clusters": len(case.evidence),
        "lockstep": int((case.evidence["verdict"] == "lockstep").sum()),
        "bytes": path.stat().st_size,
        "summarise_s": round(summarised, 2),
        "write_s": round(written, 2),
        "ready_s": [round(first, 3) for first, _ in opened],
        "cluster_s": [round(statistics.median(times), 3) for _, times in opened],
    }


def portrait(kind: str, folder: Path) -> dict[str, Any]:
    """Open the report of a log with one kind of group, wide and narrow."""
    case = fg.investigate(fg.simulate(kind, n_rows=60_000, seed=5).log)
    path = case.report(folder / "portrait.html")
    for width in (1440, 390):
        open_once(path, width=width)
    return {
        "clusters": len(case.evidence),
        "strongest": case.evidence["verdict"].iloc[0],
        "bytes": path.stat().st_size,
    }


def open_once(path: Path, *, width: int = 1440) -> tuple[float, list[float]]:
    """Return seconds until the opening page is drawn, and for each of three clusters until it is."""
    from playwright.sync_api import sync_playwright

    heard: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        tab = browser.new_page(viewport={"width": width, "height": 900})
        tab.on("console", lambda message: heard.append(message.text))
        tab.on("pageerror", lambda error: heard.append(str(error)))
        tab.on("request", lambda request: heard.append(request.url))
        tab.goto(path.as_uri())
        ready = None
        while ready is None:
            # Polled from outside: the page's policy forbids what Playwright's own waiting would evaluate.
            tab.wait_for_timeout(20)
            ready = tab.evaluate("document.documentElement.dataset.ready")
        clusters = [
            tab.evaluate(
                """async cluster => {
                    const began = performance.now();
                    location.hash = `#cluster-${cluster}`;
                    const frame = () => new Promise(done => requestAnimationFrame(done));
                    while (!document.querySelector(`#cluster-${cluster} #view-actions tbody tr`)) await frame();
                    await frame(); await frame();
                    return (performance.now() - began) / 1000;
                }""",
                cluster,
            )
            for cluster in (1, 2, 3)
        ]
        heard += tab.evaluate("window.farmgraphErrors")
        if tab.evaluate("document.documentElement.scrollWidth") > width:
            heard.append("the page scrolls sideways")
        browser.close()
    strange = [text for text in heard if text not in (path.as_uri(), "data:,")]
    if strange:
        raise SystemExit(f"The page was not silent: {strange[:3]}")
    return float(ready) / 1_000, clusters


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        raise SystemExit("No Chromium was found; install it (Debian: apt-get install chromium).")
    return found


def table(summary: dict[str, Any]) -> str:
    lines = [
        "# The report: size and time until it is drawn",
        "",
        f"Chromium without a graphics card, {summary['cores']} cores, medians of {summary['runs']} openings (range). "
        "MB are millions of bytes.",
        "",
        "| log | accounts | rows | clusters | file, MB | asked | opening page drawn, s | asked | a cluster drawn, s "
        "| summary, s | file written, s |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for title, one in summary["logs"].items():
        size, ready = one["asked"]
        lines.append(
            f"| {title} | {one['accounts']:,} | {one['rows']:,} | {one['clusters']} ({one['lockstep']} lockstep) "
            f"| {one['bytes'] / 1e6:.2f} | {size} | {_spread(one['ready_s'])} | {ready or 'none'} "
            f"| {_spread(one['cluster_s'])} | {one['summarise_s']} | {one['write_s']} |"
        )
    kinds = summary["kinds"]
    lines += [
        "",
        f"Reports of {len(kinds)} simulated logs, one for each farm kind, look-alike and benign group "
        f"({', '.join(kinds)}), opened 1,440 and 390 pixels wide with the pages of three clusters each: no console "
        "message, no error, no request, no scrolling sideways.",
    ]
    return "\n".join(lines) + "\n"


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
