"""Run the whole laboratory and write its tables and figures: `make lab`.

    python tests/benchmarks/lab.py [--seeds 3] [--processes 2] [--cache .lab]

Jobs that were done before, by the same code, are taken from the cache; stop and start as you like.
"""

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
from aims import aims
from alone import alone

import farmgraph as fg
from farmgraph.lab import plot
from farmgraph.lab.curves import frontier_curves, reliability_curve
from farmgraph.lab.frontier import PARTICIPATIONS
from farmgraph.lab.groups import Group
from farmgraph.lab.pooled import by_kind, false_discoveries, reliability, share_interval
from farmgraph.lab.portraits import marginals, portraits
from farmgraph.lab.recipes import BENIGN, FARMS, SCENARIOS
from farmgraph.lab.series import LIBRARIES, OURS, PEERS, Job, run
from farmgraph.runtime import showing_progress

ROOT = Path(__file__).parent.parent.parent
RESULTS, PICTURES = ROOT / "tests" / "benchmarks" / "results", ROOT / "notebooks" / "pictures"
ROWS = 200_000
LEVELS = (0.05, 0.2)
FRONTIER_METHODS = ("lockstep blocks alone", "count in a window", "FRAUDAR")
FRONTIER_SIZES = (5, 10, 20, 50, 100, 200)
SIMULATED = (1_000_000, 10_000_000)
# As many copies as fit into one log, and as many logs as it takes for a hundred groups of the kinds that matter most.
INNOCENT = {
    "fan-clubs": (5, 10),
    "one-zone-clubs": (5, 20),
    "same-hours-clubs": (5, 20),
    "protest": (4, 25),
    "giveaway": (3, 5),
    "viral-post": (3, 5),
    "power-users": (3, 5),
    "small-town": (3, 5),
}
# Nearly everybody is planted: farms with and without camouflage, and those who must not be taken for them.
THINNED: dict[str, tuple[str | Group, int]] = {
    **{name: (name, 10) for name in FARMS if name.startswith(("burst", "shift", "drip"))},
    "own-clock, no camouflage": (Group("own clock", 30, 15, 0.9, camouflage=False), 10),
    "own-clock": ("own-clock", 10),
    "fan-clubs": ("fan-clubs", 5),
    "protest": ("protest", 4),
}
FARM_LOGS, ORGANIC_LOGS, MIXED_LOGS, NULL_LOGS, THINNED_LOGS = 10, 100, 100, 10, 3
CROWD = 0.05
MILLION, THREADS = 1_000_000, 2


def comparisons(seeds: int) -> list[Job]:
    """Return the comparisons, peers apart: their results stay when our detector changes."""
    return [
        Job("comparison", {"scenario": name, "n_rows": ROWS, "seed": seed, "methods": methods})
        for seed, name, methods in product(range(seeds), SCENARIOS, (OURS, PEERS))
    ]


def judgements() -> dict[str, dict[str, list[Job]]]:
    """Return the logs on which our own default is judged, by what they are for and by scenario."""

    def of(scenario: str | Group, n_logs: int, **more: Any) -> list[Job]:
        options = {"scenario": scenario, "n_rows": ROWS, **more}
        return [Job("judgement", {**options, "seed": 100 + s}) for s in range(n_logs)]

    return {
        "farms": {name: of(name, FARM_LOGS) for name in {**FARMS, **BENIGN}},
        "innocent": {name: of(name, logs, copies=copies) for name, (copies, logs) in INNOCENT.items()},
        "organic": {"organic": of("organic", ORGANIC_LOGS)},
        "mixed": {"mixed": of("mixed", MIXED_LOGS, q=LEVELS)},
        "thinned": {
            name: of(scenario, THINNED_LOGS, copies=copies, crowd=CROWD)
            for name, (scenario, copies) in THINNED.items()
        },
    }


def nulls() -> dict[str, list[Job]]:
    return {
        kind: [
            Job("null_p_values", {"kind": kind, "n_rows": ROWS, "copies": 10, "seed": 200 + s})
            for s in range(NULL_LOGS)
        ]
        for kind in ("crowd", "own clock", "fan club")
    }


def frontiers(methods: Iterable[str], farms: int) -> list[Job]:
    return [
        Job(
            "frontier_point",
            {
                "method": method,
                "n_accounts": size,
                "participation": share,
                "n_rows": 20_000,
                "n_farms": farms,
                "seed": 300,
            },
        )
        for method, share, size in product(methods, PARTICIPATIONS, FRONTIER_SIZES)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=3, help="logs per scenario of the comparison")
    parser.add_argument("--farms", type=int, default=20, help="farms per point of the frontier")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--cache", type=Path, default=ROOT / ".lab")
    options = parser.parse_args()

    def done(jobs: Any) -> Any:
        """Do jobs, in a list or in dicts of lists; results come in the same shape."""
        results = iter(run(list(_flat(jobs)), options.cache, processes=options.processes))
        return _filled(jobs, results)

    with showing_progress(True):
        judged = done(judgements())
        p_values = done(nulls())
        points = done(frontiers(FRONTIER_METHODS, options.farms))
        compared = done(comparisons(options.seeds))
    write_results(judged, p_values, points, compared, seeds=options.seeds, farms=options.farms)


def write_results(
    judged: dict[str, Any],
    p_values: dict[str, list[Any]],
    points: list[pd.DataFrame],
    compared: list[dict[str, pd.DataFrame]],
    *,
    seeds: int,
    farms: int,
) -> None:
    """Write tables and figures of what was done."""
    table = pd.concat([c["table"] for c in compared], ignore_index=True)
    limits = pd.concat(points, ignore_index=True)
    simulated, million = in_processes_of_their_own()
    our_limits = limits[limits["method"] == FRONTIER_METHODS[0]]
    sections = {
        "aims": aims(judged, p_values=p_values["crowd"], frontier=our_limits, million=million),
        "comparison": mean_f1(table),
        "kinds": kinds(judged["farms"], judged["innocent"]),
        "thinned": kinds(judged["thinned"]),
        "organic": organic(judged["organic"]["organic"]),
        "discoveries": false_discoveries({q: [j[q] for j in judged["mixed"]["mixed"]] for q in LEVELS}),
        "reliability": calibration(p_values),
        "frontier": limits.drop(columns=["n_farms"]),
        "simulator": simulated,
    }
    figures(table, sections["reliability"], limits)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "lab.md").write_text(page(sections, seeds, farms), encoding="utf-8")
    stored = {name: json.loads(frame.to_json(orient="records")) for name, frame in sections.items()}
    (RESULTS / "lab.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    print(f"Tables: {RESULTS / 'lab.md'}\nFigures: {PICTURES}")


def _flat(jobs: Any) -> Iterator[Job]:
    for item in jobs.values() if isinstance(jobs, dict) else jobs:
        if isinstance(item, Job):
            yield item
        else:
            yield from _flat(item)


def _filled(jobs: Any, results: Iterator[Any]) -> Any:
    if isinstance(jobs, dict):
        return {name: _filled(some, results) for name, some in jobs.items()}
    return [next(results) for _ in jobs]


def in_processes_of_their_own() -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return what it takes to stream logs of several sizes to a folder, and to find blocks in the first of them."""
    rows, million = [], {}
    for n in (*SIMULATED, *((100_000_000,) if os.environ.get("BENCH_LARGE") else ())):
        with tempfile.TemporaryDirectory() as place:
            rows.append({"asked": n, **alone("simulate", n, f"{place}/made")})
            if n == MILLION:
                million = alone("find", f"{place}/made/log.parquet", THREADS)
    return pd.DataFrame(rows), million


def mean_f1(table: pd.DataFrame) -> pd.DataFrame:
    """Return mean F1 (and mean false accounts, where there is nothing to find) by scenario and method."""
    parts = []
    for side in ("default", "best"):
        chosen = table[table[side].astype(bool)]
        means = chosen.groupby(["scenario", "method"], sort=False)[["f1", "n_false"]].mean()
        parts.append(means.astype("float64").add_prefix(f"{side}_"))
    return pd.concat(parts, axis=1).reset_index()


def kinds(*judged: dict[str, list[Any]]) -> pd.DataFrame:
    """Return what our default says of each kind of group."""
    found = by_kind([j[0.05] for part in judged for logs in part.values() for j in logs])
    return found.sort_values(
        "label", key=lambda c: c.map({"farm": 0, "benign coordination": 1}).fillna(2), kind="stable"
    )


def organic(judged: list[Any]) -> pd.DataFrame:
    """Return how often organic logs hold a cluster called lockstep, and how many accounts are in them."""
    results = [j[0.05] for j in judged]
    called = [r.clusters[r.clusters["flagged"]] for r in results]
    kinds_called = [set(c["kind"].where(c["purity"] >= 0.5, "crowd")) for c in called]
    rows = []
    for name, called in (
        ("any", [bool(kinds) for kinds in kinds_called]),
        ("any but protests", [bool(kinds - {"protest"}) for kinds in kinds_called]),
    ):
        low, high = share_interval(sum(called), len(called))
        rows.append(
            {
                "lockstep clusters": name,
                "logs": len(called),
                "with": sum(called),
                "share": sum(called) / len(called),
                "low": low,
                "high": high,
            }
        )
    frame = pd.DataFrame(rows)
    flagged, accounts = sum(r.n_false for r in results), sum(r.n_accounts for r in results)
    return frame.assign(false_accounts_per_1000=[1000 * flagged / accounts, float("nan")])


def calibration(p_values: dict[str, list[Any]]) -> pd.DataFrame:
    """Return the reliability of p-values of groups that obey the null, and of groups that nearly do."""
    parts = [
        reliability([p for values in found for p in values]).assign(kind=kind)
        for kind, found in p_values.items()
    ]
    return pd.concat(parts, ignore_index=True)


def figures(table: pd.DataFrame, calibrated: pd.DataFrame, limits: pd.DataFrame) -> None:
    from matplotlib import pyplot as plt

    PICTURES.mkdir(exist_ok=True)
    plot.scenarios(table)[0].figure.savefig(PICTURES / "comparison.png", dpi=90)
    _, axes = plt.subplots(1, len(FRONTIER_METHODS), figsize=(15, 4.4), layout="constrained", sharey=True)
    for ax, (method, part) in zip(axes, limits.groupby("method", sort=False), strict=True):
        frontier_curves(part, ax=ax).set_title(str(method), fontsize="medium")
        if ax is not axes[-1]:
            ax.get_legend().remove()
    axes[0].figure.savefig(PICTURES / "frontier.png", dpi=90)
    ax = None
    for kind, part in calibrated.groupby("kind", sort=False):
        ax = reliability_curve(part, label=str(kind), ax=ax)
    ax.figure.savefig(PICTURES / "reliability.png", dpi=90)
    real = {
        name: fg.datasets.load(name)
        for name in ("russian_coord_tweets", "german_elections", "github_fake_stars")
    }
    marginals(real).savefig(PICTURES / "marginals.png", dpi=70)
    mixed = fg.simulate("mixed", n_rows=ROWS, seed=1)
    groups = mixed.labels.groups.drop_duplicates("kind")
    for name, chosen in (("farms", groups["label"] == "farm"), ("bystanders", groups["label"] != "farm")):
        portraits(mixed, groups=groups.loc[chosen, "group"].tolist()).savefig(
            PICTURES / f"{name}.png", dpi=60
        )
    plt.close("all")


def page(sections: dict[str, pd.DataFrame], seeds: int, farms: int) -> str:
    """Return the page of results."""
    from importlib.metadata import version

    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    wide = sections["comparison"]
    lines = [
        "# The laboratory",
        "",
        f"Simulated logs of about {ROWS:,} rows and 6,000 accounts; `make lab` makes this page again. F1 and recall "
        "are over accounts; farms and benign coordination should be found, look-alikes should not. Intervals are "
        "exact 95 % intervals for independent groups; groups of one log are not quite independent.",
        "",
        "## Aims and measurements",
        "",
        "What the default is meant to do, with no tuning per log, and what it did. Farms: accounts in clusters called "
        f"lockstep, three farms per log, {FARM_LOGS} logs per kind. Look-alikes: groups of which half the accounts are "
        "called lockstep, or that are half of such a cluster. Thinned logs are left with the planted accounts and "
        f"{100 * CROWD:g} % others; the reference is whom their timing was compared with. In brackets 95 % intervals.",
        "",
        *_markdown(sections["aims"]),
        "",
        "## All methods on every scenario",
        "",
        f"Logs per cell: {seeds}. Mean F1 at the default setting / at the best setting, which is chosen with the "
        "labels in hand and so is an upper bound. Where there is nothing to find: accounts flagged falsely. Peers "
        "are stand-ins for their procedures.",
        "",
        *_matrix(wide),
        "",
        "![All methods on every scenario](../../../notebooks/pictures/comparison.png)",
        "",
        "## What farmgraph's default says of each kind",
        "",
        "`recall`: accounts flagged as lockstep. `group flagged`: groups at least half of whose accounts are. `found`: "
        "groups for which one cluster, whatever its verdict, holds half of the group and is half made of it; then "
        "their verdicts.",
        "",
        *_markdown(sections["kinds"]),
        "",
        "The same where hardly anybody else is left, as in lists of accounts that gave fake stars:",
        "",
        *_markdown(sections["thinned"]),
        "",
        "## Organic logs: every look-alike, nothing to find",
        "",
        *_markdown(sections["organic"]),
        "",
        "## False discoveries among clusters called lockstep, against nominal q",
        "",
        f"{MIXED_LOGS} logs with everything at once. A cluster is false where less than half of its members are of a "
        "farm or of benign coordination. q speaks of the null of the timing test, not of labels: the two are "
        "measured here side by side.",
        "",
        *_markdown(sections["discoveries"]),
        "",
        "## Are the p-values calibrated?",
        "",
        "`crowd`: random accounts of the crowd on contents that they happen to share. Nobody acts together, so the "
        "stated null holds and the observed share should be the level. `own clock`: farms that come at their "
        "contents' pace, from one time zone. `fan club`: fans who see a post sooner than others do; their small "
        "p-values are why a verdict asks for the size of the effect as well.",
        "",
        *_markdown(sections["reliability"]),
        "",
        "![Calibration](../../../notebooks/pictures/reliability.png)",
        "",
        "## The frontier",
        "",
        f"Logs of 20,000 rows, 4,000 accounts and 2,500 contents, {farms} farms per point: the fewest contents with "
        "which nine farms in ten were found, beside the limit at which a block is worth its description. Orders are "
        "delivered within ten minutes. Methods run at their defaults: counting in a window looks at 60 s.",
        "",
        *_markdown(sections["frontier"]),
        "",
        "![The frontier](../../../notebooks/pictures/frontier.png)",
        "",
        "## The simulator",
        "",
        "The scenario `mixed`, streamed to a folder: rows asked for and made, seconds, peak memory in MB.",
        "",
        *_markdown(sections["simulator"]),
        "",
        f"farmgraph {fg.__version__}, Python {platform.python_version()}, {versions}.",
        "",
    ]
    return "\n".join(lines)


def _matrix(wide: pd.DataFrame) -> list[str]:
    """Return a table of scenarios by methods, each cell 'default / best'."""

    def cell(row: "pd.Series[Any]") -> str:
        if pd.isna(row["default_f1"]) and pd.isna(row["best_f1"]):
            return "not run" if pd.isna(row["default_n_false"]) else f"{row['default_n_false']:,.0f} false"
        return f"{row['default_f1']:.2f} / {row['best_f1']:.2f}"

    cells = wide.assign(cell=wide.apply(cell, axis=1)).pivot(
        index="scenario", columns="method", values="cell"
    )
    cells = cells.loc[wide["scenario"].drop_duplicates(), wide["method"].drop_duplicates()]
    return _markdown(cells.reset_index())


def _markdown(frame: pd.DataFrame) -> list[str]:
    def text(value: Any) -> str:
        if isinstance(value, float):
            return "" if pd.isna(value) else f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"
        if isinstance(value, int):
            return f"{value:,}"
        return "" if pd.isna(value) else str(value)

    head = [str(c).replace("_", " ") for c in frame.columns]
    body = [[text(v) for v in row] for row in frame.itertuples(index=False)]
    return ["| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), *body)]


if __name__ == "__main__":
    main()
