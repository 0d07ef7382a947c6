"""Take a log in which one content has a million actions the whole way, at the default options.

    python tests/benchmarks/hub.py

The log is `generator.synthetic_log` of a million rows and one content on which a million accounts act once: all of the
log's own, and others that act on two more contents each, so that the hub cannot be left out with those who only came
once. Writes tests/benchmarks/results/hub.md: what each step took beside the same log without the hub.
"""

import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from generator import START, synthetic_log
from memory import peak_memory_mb

import farmgraph as fg

HERE = Path(__file__).parent
ROWS = ACTIONS = 1_000_000


def main() -> None:
    without = synthetic_log(ROWS, seed=0)
    crowded = with_crowd(without, hub=False)
    hub = with_crowd(without, hub=True)
    assert (hub["content"] == "hub").sum() == ACTIONS
    fg.investigate(synthetic_log(5_000, seed=1), seed=0)  # so that compiling is not counted
    told = {name: whole_way(log) for name, log in (("without the hub", crowded), ("with it", hub))}
    text = table(told, {"without the hub": len(crowded), "with it": len(hub)})
    (HERE / "results" / "hub.md").write_text(text, encoding="utf-8")
    print(text)


def with_crowd(log: pd.DataFrame, *, hub: bool) -> pd.DataFrame:
    """Add a crowd that acts on two of the log's contents each, and on the hub as everybody else does."""
    rng = np.random.default_rng(1)
    own = pd.unique(log["account"])
    n_new = ACTIONS - len(own)
    new = np.char.add("visitor", np.arange(n_new).astype(str))
    contents = pd.unique(log["content"])
    first = rng.integers(len(contents), size=n_new)
    second = (first + rng.integers(1, len(contents), size=n_new)) % len(contents)
    day = 86_400
    parts = [log]
    for chosen in (first, second):
        times = START + rng.integers(0, 90 * day, n_new)
        parts.append(pd.DataFrame({"account": new, "content": contents[chosen], "time": times}))
    if hub:
        # As a viral post does it: half within a day of its appearance.
        times = START + 30 * day + rng.lognormal(np.log(day), 1.0, ACTIONS).astype(np.int64)
        parts.append(pd.DataFrame({"account": np.concatenate((own, new)), "content": "hub", "time": times}))
    return pd.concat(parts, ignore_index=True)


def whole_way(log: pd.DataFrame) -> dict[str, Any]:
    """Investigate and save at the defaults: seconds by step, clusters by verdict, notes."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/log.csv"
        log.to_csv(path, index=False)
        case = fg.investigate(path)
        case.save(f"{folder}/case")
    steps = {step["step"]: step["seconds"] for step in case.manifest["run"]["steps"]}
    return {
        "steps": steps,
        "verdicts": case.evidence["verdict"].value_counts().to_dict(),
        "notes": case.manifest["detector"]["notes"],
        "peak_mb": peak_memory_mb(),
    }


def table(told: dict[str, dict[str, Any]], rows: dict[str, int]) -> str:
    """Lay it out for people."""
    lines = [
        "# One content with a million actions",
        "",
        "A log of a million rows and 66,000 accounts, some 930,000 visitors who act on two of its contents each, and a "
        "content on which all of them act once. `investigate` at the default options, two cores, one run; seconds.",
        "",
        f"| | rows | {' | '.join(told['with it']['steps'])} | together | clusters |",
        "|---|---|" + "---|" * (len(told["with it"]["steps"]) + 2),
    ]
    for name, one in told.items():
        seconds = [f"{s:.1f}" for s in one["steps"].values()]
        verdicts = ", ".join(f"{n} {verdict}" for verdict, n in one["verdicts"].items())
        together = f"{sum(one['steps'].values()):.1f}"
        lines.append(f"| {name} | {rows[name]:,} | {' | '.join(seconds)} | {together} | {verdicts} |")
    lines += ["", f"Peak memory of both runs, one after the other: {told['with it']['peak_mb']:,.0f} MB.", ""]
    for name, one in told.items():
        lines += [f"What the detector says {name}: {' '.join(one['notes']) or 'nothing.'}", ""]
    return "\n".join([*lines, f"Python {platform.python_version()}, farmgraph {fg.__version__}.", ""])


if __name__ == "__main__":
    sys.exit(main())
