"""How long Ctrl-C takes at many moments of `farmgraph investigate`.

    python tests/benchmarks/interrupt.py LOG [--first 0.1 --last 20 --every 0.7] [--out FILE.md]

Each run starts the command on a terminal of its own, presses Ctrl-C at one moment, and measures the time until the
process is gone. Expected: exit code 1, one message, no traceback, no file left behind.
"""

import argparse
import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

MESSAGE = "farmgraph: stopped; nothing was left half-written."
_LONGEST_WAIT_S = 60.0
_UNFINISHED = 124
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Stop:
    """What happened when Ctrl-C was pressed.

    Attributes
    ----------
    moment_s : float
        When it was pressed, in seconds from the start of the process.
    waited_s : float
        From there to the end of the process.
    code : int
        Exit code.
    said : str
        What stood on the terminal, without control characters.
    left : tuple of str
        Files and folders that were left behind.
    finished : bool
        Whether the case had been written by then, so that there was nothing left to stop.
    """

    moment_s: float
    waited_s: float
    code: int
    said: str
    left: tuple[str, ...]
    finished: bool

    @property
    def faults(self) -> list[str]:
        """What is not as it should be, the waiting left aside."""
        if self.finished:
            return [] if self.code in (0, 1) and "Traceback" not in self.said else [f"exit code {self.code}"]
        faults = [] if self.code == 1 else [f"exit code {self.code}"]
        if self.said.count(MESSAGE) != 1:
            faults.append(f"{self.said.count(MESSAGE)} messages")
        if "Traceback" in self.said:
            faults.append("traceback")
        return faults + [f"left {name}" for name in self.left]


def stop_at(moment_s: float, command: list[str], *, env: dict[str, str] | None = None) -> Stop:
    """Run a command (without its -o) on a terminal of its own and press Ctrl-C at a moment."""
    with tempfile.TemporaryDirectory() as folder:
        temporary = Path(folder, "tmp")
        temporary.mkdir()
        ours, theirs = pty.openpty()
        start = time.perf_counter()
        process = subprocess.Popen(
            [*command, "-o", str(Path(folder, "case"))],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            env={**os.environ, **(env or {}), "TMPDIR": str(temporary)},
        )
        os.close(theirs)
        os.set_blocking(ours, False)
        said = _hear(ours, process, start + moment_s)
        finished = process.poll() is not None
        pressed = time.perf_counter()
        if not finished:
            os.killpg(process.pid, signal.SIGINT)
            said += _hear(ours, process, pressed + _LONGEST_WAIT_S)
        waited = time.perf_counter() - pressed
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        os.close(ours)
        finished = finished or Path(folder, "case", "report.html").exists()
        left = [name for name in os.listdir(folder) if name != "tmp" and not finished]
        left += [f"tmp/{name}" for name in os.listdir(temporary)]
        text = _CONTROL.sub("", said.decode("utf-8", "replace"))
        return Stop(moment_s, waited, process.returncode, text, tuple(left), finished)


def _hear(terminal: int, process: "subprocess.Popen[bytes]", until: float) -> bytes:
    """Collect what is said until a moment or the end of the process, whichever comes first."""
    said = b""
    while process.poll() is None and time.perf_counter() < until:
        with contextlib.suppress(OSError):
            said += os.read(terminal, 1 << 16)
        time.sleep(0.005)
    with contextlib.suppress(OSError):
        while piece := os.read(terminal, 1 << 16):
            said += piece
    return said


def table(stops: list[Stop], *, about: str) -> str:
    """Lay the stops out for people."""
    pressed = [stop for stop in stops if not stop.finished]
    waits = sorted(stop.waited_s for stop in pressed) or [0.0]
    rows = [
        f"| {stop.moment_s:.1f} | {stop.waited_s:.2f} | {', '.join(stop.faults) or 'none'} |"
        for stop in pressed
    ]
    faulty = sum(bool(stop.faults) for stop in pressed)
    return "\n".join(
        [
            "# Ctrl-C at many moments",
            "",
            about,
            "",
            f"{len(pressed)} moments; until the process was gone: median {waits[len(waits) // 2]:.2f} s, longest "
            f"{waits[-1]:.2f} s. Runs with a fault (exit code other than 1, not exactly one message, a traceback, "
            f"something left behind): {faulty}.",
            "",
            "| Ctrl-C after, s | gone after, s | faults |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def main() -> None:
    """Stop the command at all moments and say how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log")
    parser.add_argument("--first", type=float, default=0.1)
    parser.add_argument("--last", type=float, default=20.0)
    parser.add_argument("--every", type=float, default=0.7)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    # Started in the background we would pass on that Ctrl-C is ignored there.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [sys.executable, "-m", "farmgraph", "investigate", options.log]
    stops, moment = [], options.first
    while moment <= options.last:
        stops.append(stop_at(moment, command))
        print(f"{moment:6.2f} s: gone after {stops[-1].waited_s:.2f} s", *stops[-1].faults, flush=True)
        if stops[-1].finished:
            break
        moment += options.every
    size = os.path.getsize(options.log) / 1e6
    about = (
        f"`farmgraph investigate` on a log of {size:,.0f} MB, on a terminal, {os.cpu_count()} cores. Ctrl-C is SIGINT "
        "to the process group."
    )
    text = table(stops, about=about)
    if options.out:
        options.out.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
