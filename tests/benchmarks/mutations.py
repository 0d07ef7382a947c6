"""Damage every export format's fixtures in known ways, and see what reading makes of it.

    python tests/benchmarks/mutations.py [--files 10000] [--first 0]

Prints and writes tests/benchmarks/results/mutations.json and .md. Any violation of what
tests/interactions/presets/mutations.py claims of a file ends in exit code 1, with the original and the seed
that make the file again. Runs in one process.
"""

import argparse
import faulthandler
import json
import platform
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from interactions.presets.mutation_checks import Outcome, check  # noqa: E402
from interactions.presets.mutation_originals import originals  # noqa: E402
from interactions.presets.mutations import mutated  # noqa: E402

HUGE = 10_000_000
LIMIT_S = 60.0
"""Seconds for one reading; ten megabytes in one cell take a few."""

MESSAGES = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    options = parser.parse_args()
    started = time.perf_counter()
    logs = originals()
    by_mutator: defaultdict[str, Counter[str]] = defaultdict(Counter)
    seconds: Counter[str] = Counter()
    messages: Counter[str] = Counter()
    violations: list[dict[str, object]] = []
    total: Counter[str] = Counter()
    slowest = (0.0, "", 0)
    with tempfile.TemporaryDirectory() as name:
        for seed in range(options.first, options.first + options.files):
            if seed % 1_000 == 0:
                print(f"seed {seed}, {time.perf_counter() - started:.0f} s", file=sys.stderr)
            original = logs[seed % len(logs)]
            case = mutated(original, seed, huge=HUGE)
            # A hang in compiled code hears no signal: then this tells where, and ends the run.
            faulthandler.dump_traceback_later(10 * LIMIT_S, exit=True)
            outcome = check(case, Path(name), twice=0.05, limit_s=LIMIT_S)
            faulthandler.cancel_dump_traceback_later()
            tally = counted(outcome)
            tally["most whole"] = int(case.must_read)
            total += tally
            for mutator in case.mutators or ("(none applied)",):
                by_mutator[mutator] += tally
                seconds[mutator] += outcome.seconds
            messages.update(plain(text, case.filename) for text in outcome.refused)
            slowest = max(slowest, (outcome.seconds, original.name, seed))
            for text in outcome.violations:
                found = {"original": original.name, "seed": seed, "mutators": case.mutators, "what": text}
                violations.append(found)
                print(f"{original.name}, seed {seed}, {', '.join(case.mutators)}: {text}", file=sys.stderr)
    summary = {
        "files": options.files,
        "first_seed": options.first,
        "originals": len(logs),
        "seconds": round(time.perf_counter() - started),
        "python": platform.python_version(),
        "total": dict(total),
        "slowest": {"seconds": round(slowest[0], 2), "original": slowest[1], "seed": slowest[2]},
        "mutators": {
            name: {**by_mutator[name], "seconds": round(seconds[name], 1)} for name in sorted(by_mutator)
        },
        "messages": dict(messages.most_common()),
        "violations": violations,
    }
    target = HERE / "results" / "mutations"
    target.parent.mkdir(exist_ok=True)
    target.with_suffix(".json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    target.with_suffix(".md").write_text(markdown(summary), encoding="utf-8")
    print(markdown(summary))
    if violations:
        first = violations[0]
        sys.exit(
            f"{len(violations)} violations; the first: {first['original']}, seed {first['seed']}: {first['what']}"
        )


def counted(outcome: Outcome) -> "Counter[str]":
    return Counter(
        {
            "files": 1,
            "readings": outcome.read + len(outcome.refused),
            "read": outcome.read,
            "refused": len(outcome.refused),
            "rows used": outcome.used,
            "rows rejected": outcome.rejected,
            "violations": len(outcome.violations),
        }
    )


def plain(message: str, filename: str) -> str:
    """Take out of a message what differs from file to file."""
    text = re.sub(rf"\S*{re.escape(filename)}\S*", "FILE", message)
    text = re.sub(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", "...", text)
    text = re.sub(r"\.\.\.(?:, \.\.\.)+(?: and \d+ more)?", "...", text)
    return re.sub(r"\d[\d,]*", "N", text).split("\n")[0][:160]


def markdown(summary: "dict[str, object]") -> str:
    total = summary["total"]
    slowest = summary["slowest"]
    lines = [
        f"# Damaged logs, {summary['files']:,} files",
        "",
        f"{summary['originals']} originals (every fixture of a known format, the bundled log, plain logs), one to four "
        f"mutators at a time, seeds from {summary['first_seed']}; each file is read by itself and with its format "
        f"named. Of {total['files']:,} files {total['most whole']:,} are mostly whole: these must be read, and every "
        "record that nobody touched must come back as it was. A file counts for each mutator that was at it.",
        "",
        f"**{len(summary['violations'])} violations.** {total['readings']:,} readings: {total['read']:,} read, "
        f"{total['refused']:,} refused; {total['rows used']:,} rows used, {total['rows rejected']:,} rejected. "
        f"{summary['seconds']:,} s in one process, the slowest file {slowest['seconds']} s "
        f"({slowest['original']}, seed {slowest['seed']}).",
        "",
        "| mutator | files | mostly whole | readings | read | refused | rows used | rows rejected | seconds |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    keys = ("files", "most whole", "readings", "read", "refused", "rows used", "rows rejected", "seconds")
    for name, row in summary["mutators"].items():
        lines.append(f"| {name} | " + " | ".join(f"{row.get(key, 0):,}" for key in keys) + " |")
    lines += [
        "",
        "Messages of refusals, names and numbers left out:",
        "",
        "| message | readings |",
        "|---|---|",
    ]
    shown = list(summary["messages"].items())
    lines += [f"| {text.replace('|', chr(92) + '|')} | {n:,} |" for text, n in shown[:MESSAGES]]
    if len(shown) > MESSAGES:
        rest = sum(n for _, n in shown[MESSAGES:])
        lines.append(f"| {len(shown) - MESSAGES} others | {rest:,} |")
    for row in summary["violations"]:
        lines.append(
            f"\n* {row['original']}, seed {row['seed']}, {', '.join(row['mutators'])}: {row['what']}"
        )
    return "\n".join([*lines, "", f"Python {summary['python']}.", ""])


if __name__ == "__main__":
    main()
