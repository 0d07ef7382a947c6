"""The results of `scale` as a page of Markdown: aims, growth, joins beside peers, steps, limits."""

from typing import Any

from equal import LEAST, OURS
from peers import PEERS
from scaleaims import LEAST_S, PARTS, Results, aims, growth, same_run, sizes_of, step_of

NOTES = f"""\
**How it was measured.** The log is the benchmarks' own (`generator.py`): skewed popularity and activity, nights, 3 %
farms; one row per account and content, CSV with ISO times. Every task has a process of its own, and does everything
once on a small log before, so that compiling is not counted. Wall and CPU seconds are those of the median run,
(lowest-highest, runs) beside it; a task is repeated until its runs have taken 20 s, at most nine times. Peak memory is
the highest resident memory of the process during the step, what lay there before included (the toolkit's: of its
largest process). MB and GB are 10^6 and 10^9 bytes. Peers get the same codes of accounts and contents as arrays of
int32, or the same CSV file, and as many threads as there are cores. A peer's time is quoted only where its pairs and
counts have the same SHA-256 as farmgraph's.

*join*: from what each tool has prepared to pairs that have enough contents in common. farmgraph's ends with a table of
named pairs, strongest first; DuckDB's with a table of codes; scipy's and MKL's with arrays; the toolkit's in its
database, indexes made before. The toolkit counts messages in each direction; with one row per account and content
that is the number of shared contents, the same both ways. *CSV to pairs*: from the toolkit's CSV file to the same,
imports excluded. Streamed joins (from 10^7 rows on) write Parquet; of some accounts all their pairs are compared with
a join that DuckDB does from the file. *bytes*: of the file for `read` and streamed pairs, of arrays and tables
otherwise.

**Growth** is per doubling: between sizes further apart, ratio ** (1 / log2(rows ratio)). A step that takes less than
{LEAST_S} s on the smaller log is not judged. Parts of `detect` are its functions; what is none of its own is in no
line.

Bare enumeration walks the pair events of 60 s, bounds made before, adds up codes and counts nothing; random increments
are on int32 counters, 512 KB or 256 MB in each thread; triad is a = b + s c with three streams of float64."""


def table(results: Results, machine: dict[str, Any]) -> str:
    """Lay out everything that is stored."""
    parts = [
        "# Scale",
        _about(results, machine),
        "## What was asked",
        _rows(("asked", "measured", "met"), aims(results)),
        "## Growth of `investigate`",
        _growth(results),
        "## Joins beside other tools",
        *_joins(results),
        "## From CSV to pairs within 60 s",
        _from_csv(results),
        "## Steps",
        *_steps(results),
        "## The machine's limits",
        _limits(results),
        NOTES,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _rows(head: tuple[str, ...], rows: Any) -> str:
    """Lay out a table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _about(results: Results, machine: dict[str, Any]) -> str:
    """Say on what and when all was measured; where it was not one machine, what was measured on which."""
    versions = {k: v for result in results.values() for k, v in result.get("versions", {}).items()}
    loads = [result["load"] for result in results.values() if result["load"] is not None]
    busy = f", load {min(loads)} to {max(loads)} before a task" if loads else ""
    by_cpu: dict[str, list[dict[str, Any]]] = {}
    for result in results.values():
        by_cpu.setdefault(result.get("cpu", machine["cpu"]), []).append(result)
    measured = []
    for cpu, some in by_cpu.items():
        dates = sorted(result["date"] for result in some)
        tasks = sorted({result["task"] for result in some})
        what = f" ({', '.join(tasks)})" if len(by_cpu) > 1 else ""
        measured.append(f"{cpu}, from {dates[0]} to {dates[-1]} UTC{what}")
    return (
        f"Measured on {'; on '.join(measured)}. {machine['cores']} cores, {machine['memory_gb']} GB, "
        f"{machine['system']}{busy}. Compare ratios of one machine, not seconds. Python {machine['python']}; "
        f"{', '.join(f'{name} {number}' for name, number in sorted(versions.items()))}."
    )


def _growth(results: Results) -> str:
    found = growth(results)
    pairs = sorted({(row["from"], row["to"]) for row in found})
    if not pairs:
        return "Not measured at two sizes."
    head = ("step", *(f"{spoken(small)} to {spoken(large)}" for small, large in pairs))
    by_place = {(row["step"], row["from"]): row for row in found}
    lines = []
    for step in (*PARTS, "investigate"):
        cells = []
        for small, _ in pairs:
            row = by_place.get((step, small))
            cell = f"{row['per_doubling']:.2f}" if row else ""
            cells.append(cell if not row or row["judged"] else f"({cell})")
        lines.append((f"**{step}**" if step == "investigate" else step, *cells))
    return f"Times as long per doubling; in brackets below {LEAST_S} s, not judged.\n\n{_rows(head, lines)}"


def _joins(results: Results) -> list[str]:
    head = ("rows", "tool", "join, s", "times farmgraph's", "CPU, s", "peak, MB", "pair events", "pairs")
    parts = []
    for window, task in OURS.items():
        step, lines = f"join {window}", []
        for rows in sizes_of(results, task):
            ours = results[f"{task} @ {rows}"]
            mine = step_of(results, task, rows, step)
            name = "farmgraph" + (", streamed" if "checked" in ours else "")
            lines.append(_join(rows, name, ours, mine, mine))
            for peer in PEERS:
                if peer.window == window and (theirs := results.get(f"{peer.task} @ {rows}")):
                    lines.append(
                        _join(rows, peer.title, theirs, step_of(results, peer.task, rows, "join"), mine)
                    )
                    if theirs["status"] == "done" and not same_run(results, (peer.task, rows), (task, rows)):
                        lines[-1] = (*lines[-1][:3], f"{lines[-1][3]} (not in one run)", *lines[-1][4:])
        when = "At any time" if window == "none" else f"Within {window}"
        if lines:
            parts.append(f"{when}, {LEAST[window]} or more contents in common:\n\n{_rows(head, lines)}")
    return parts


def _join(
    rows: int, title: str, result: dict[str, Any], step: dict[str, Any] | None, mine: dict[str, Any] | None
) -> tuple[str, ...]:
    if step is None:
        return spoken(rows), title, f"{result['status']}: {result.get('why', '')}", "", "", "", "", ""
    events = f"{step['events']:,}" if step.get("events") else ""
    return spoken(rows), title, *_figures(step, mine), events, f"{result['pairs']:,}"


def _figures(step: dict[str, Any], mine: dict[str, Any] | None) -> tuple[str, str, str, str]:
    spread = f" ({short(step['low_s'])}-{short(step['high_s'])}, {step['runs']})" if step["runs"] > 1 else ""
    times = f"{step['wall_s'] / mine['wall_s']:.3g}" if mine else ""
    cpu = "" if step["cpu_s"] is None else short(step["cpu_s"])
    return short(step["wall_s"]) + spread, times, cpu, f"{step['peak_mb']:,.0f}"


def _from_csv(results: Results) -> str:
    lines = []
    for rows in sizes_of(results, "csv to pairs"):
        mine = step_of(results, "csv to pairs", rows, "csv to pairs")
        tools = {"csv to pairs": "farmgraph"} | {p.task: p.title for p in PEERS if p.window == "60 s"}
        for task, title in tools.items():
            if step := step_of(results, task, rows, "csv to pairs"):
                lines.append((spoken(rows), title, *_figures(step, mine)))
    return _rows(("rows", "tool", "CSV to pairs, s", "times farmgraph's", "CPU, s", "peak, MB"), lines)


def _steps(results: Results) -> list[str]:
    """Return `investigate` over all sizes, the parts of its detector at the largest, and steps alone."""
    tried = sizes_of(results, "investigate")
    sizes = [rows for rows in tried if step_of(results, "investigate", rows, "investigate")]
    parts = [f"{spoken(n)} rows: {results[f'investigate @ {n}']['why']}." for n in tried if n not in sizes]
    if sizes:
        parts.insert(0, f"{WHOLE}\n\n{_investigate(results, sizes)}")
        shown = _rows(("part of detect", "wall, s", "CPU, s", "peak, MB"), _detector(results, sizes[-1]))
        parts.append(f"Inside `detect` at {spoken(sizes[-1])} rows:\n\n{shown}")
    parts.append(f"Steps alone (Leiden on the pairs within 60 s):\n\n{_alone(results)}")
    return parts


WHOLE = "`investigate`, one process from CSV to the case on disk: wall, CPU seconds per second of it, peak memory."


def _investigate(results: Results, sizes: list[int]) -> str:
    lines: dict[str, list[str]] = {step: [] for step in (*PARTS, "investigate", "report alone")}
    times = []
    for rows in sizes:
        steps = results[f"investigate @ {rows}"]["steps"]
        times.append(f"{steps['investigate']['wall_s'] / steps['read']['wall_s']:.0f}")
        for step, cells in lines.items():
            wall, cpu, peak = (steps[step][name] for name in ("wall_s", "cpu_s", "peak_mb"))
            cells.append(f"{short(wall)} s, {cpu / max(wall, 1e-4):.1f} CPU, {peak / 1000:.2f} GB")
    body = [(f"**{name}**" if name == "investigate" else name, *cells) for name, cells in lines.items()]
    return _rows(("step", *map(spoken, sizes)), [*body, ("times the reading", *times)])


def _detector(results: Results, rows: int) -> list[tuple[str, ...]]:
    return [
        (name.partition(": ")[2], short(step["wall_s"]), short(step["cpu_s"]), f"{step['peak_mb']:,.0f}")
        for name, step in results[f"investigate @ {rows}"]["steps"].items()
        if name.startswith("detect: ")
    ]


def _alone(results: Results) -> str:
    asked = [
        *(("steps", rows, ("read", "graph", "join 60 s", "leiden")) for rows in sizes_of(results, "steps")),
        *((task, n, (task,)) for task in ("join 1 h", "join none") for n in sizes_of(results, task)),
    ]
    lines = []
    for task, rows, names in asked:
        for name in names:
            if step := step_of(results, task, rows, name):
                wall, _, cpu, peak = _figures(step, None)
                size = f"{step['bytes'] / 1e6:,.1f}" if "bytes" in step else ""
                lines.append((spoken(rows), name, wall, cpu, peak, size))
    return _rows(("rows", "step", "wall, s", "CPU, s", "peak, MB", "bytes, MB"), lines)


def _limits(results: Results) -> str:
    lines = []
    for result in results.values():
        for name, step in result.get("steps", {}).items() if result["task"] == "limits" else ():
            rate = (
                f"{step['bytes_per_s'] / 1e9:.1f} GB/s"
                if "bytes_per_s" in step
                else f"{step['per_s'] / 1e6:,.0f} M/s"
            )
            lines.append((name, rate, ""))
    for rows in sizes_of(results, "steps"):
        bare = step_of(results, "steps", rows, "bare enumeration 60 s")
        join = step_of(results, "steps", rows, "join 60 s")
        if bare and join:
            same = "" if bare["events"] == join["events"] else " (other pair events)"
            name = f"bare enumeration, {spoken(rows)} rows, 60 s{same}"
            lines.append(
                (name, f"{bare['per_s'] / 1e6:,.0f} M/s", f"{join['low_s'] / max(bare['low_s'], 1e-6):.1f}")
            )
            rate = f"{join['events'] / join['low_s'] / 1e6:,.0f} M/s"
            lines.append((f"farmgraph's join, {spoken(rows)} rows, 60 s", rate, ""))
    return _compiling(results) + _rows(("limit", "rate of the fastest run", "join as multiple of it"), lines)


def _compiling(results: Results) -> str:
    for result in results.values():
        if result["task"] == "compile" and result["status"] == "done":
            first, second = (result["steps"][name]["wall_s"] for name in ("first run", "second run"))
            return (
                "Compiling, once per machine and not counted above: a small log takes "
                f"{first:.0f} s the first time and {second:.1f} s in the next process.\n\n"
            )
    return ""


def short(seconds: float) -> str:
    """Say seconds with three digits."""
    return f"{seconds:,.0f}" if seconds >= 100 else f"{seconds:.3g}"


def spoken(rows: int) -> str:
    """Say a number of rows as a power of ten, if it is a round one."""
    digits = len(str(rows)) - 1
    times = rows / 10**digits
    return f"10^{digits}" if times == 1 else f"{times:g}x10^{digits}"
