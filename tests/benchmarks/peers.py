"""Which peers there are, their environments, and running a process within limits of time and memory.

Each peer is installed from PyPI into an environment of its own under tests/benchmarks/.venvs, at a fixed version. A
peer that cannot be installed, fails or runs into a limit is a result as well, and is shown as such.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import venv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FIELDS = ("message_id", "user_id", "username", "repost_id", "reply_id", "message", "timestamp", "urls")
"""Columns of the file that the toolkit reads."""


@dataclass(frozen=True)
class Peer:
    """One engine at one window.

    Attributes
    ----------
    engine : str
        Its name for `contenders`, or ``toolkit``, or ``coortweet``.
    title : str
        What tables call it.
    needs : tuple of str
        What pip installs for it.
    window : str
        ``60 s``, ``1 h`` or ``none``.
    most_rows : int
        Larger logs are not tried.
    """

    engine: str
    title: str
    needs: tuple[str, ...]
    window: str
    most_rows: int

    @property
    def task(self) -> str:
        return f"{self.engine} {self.window}"


TOOLKIT = ("coordination-network-toolkit==1.5.2", "numpy==2.4.6")
DUCKDB, POLARS = ("duckdb==2.0.1", "numpy==2.4.6"), ("polars==2.1.0", "numpy==2.4.6")
MKL = ("sparse-dot-mkl==0.9.10", "mkl==2026.2.0", "scipy==1.17.1", "numpy==2.4.6")
PEERS = (
    Peer("toolkit", "coordination-network-toolkit", TOOLKIT, "60 s", 1_000_000),
    Peer("coortweet", "CooRTweet", (), "60 s", 100_000),
    Peer("duckdb", "DuckDB, bucketed", DUCKDB, "60 s", 10_000_000),
    Peer("polars", "Polars SQL, bucketed", POLARS, "60 s", 10_000_000),
    Peer("duckdb", "DuckDB, bucketed", DUCKDB, "1 h", 1_000_000),
    Peer("polars", "Polars SQL, bucketed", POLARS, "1 h", 1_000_000),
    Peer("scipy", "scipy A Aᵀ", ("scipy==1.17.1", "numpy==2.4.6"), "none", 1_000_000),
    Peer("sparse-dot-mkl", "sparse_dot_mkl", MKL, "none", 1_000_000),
    Peer("duckdb", "DuckDB", DUCKDB, "none", 1_000_000),
    Peer("polars", "Polars SQL", POLARS, "none", 1_000_000),
    Peer("networkx", "networkx projection", ("networkx==3.6.1", "numpy==2.4.6"), "none", 1_000_000),
)


def run_peer(
    peer: Peer,
    *,
    codes: Path,
    log: Path | None,
    threads: int,
    window: int | None,
    least: int,
    **limits: float,
) -> dict[str, Any]:
    """Run a peer and return what it said, or why it said nothing."""
    if peer.engine == "coortweet":
        return _coortweet(log, window=window, least=least, **limits)
    python = environment(peer)
    if python is None:
        return {"status": "not there", "why": f"{peer.needs[0]} could not be installed"}
    with tempfile.TemporaryDirectory() as folder:
        if peer.engine == "toolkit":
            what = ["toolkit.py", str(log), folder, str(threads), str(window), str(least)]
        else:
            width = "none" if window is None else str(window)
            what = [
                "contenders.py",
                peer.engine,
                str(codes),
                str(log or "none"),
                str(threads),
                width,
                str(least),
            ]
        return run_within([python, str(HERE / what[0]), *what[1:]], **limits)


def environment(peer: Peer) -> str | None:
    """Return the Python of a peer's environment; make it where it is not complete; None where that fails."""
    folder = HERE / ".venvs" / peer.needs[0].replace("==", "-")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = folder / ".installed"
    asked = " ".join(peer.needs)
    if not done.exists() or done.read_text() != asked:
        print(f"Installing {asked} ...", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        if subprocess.run([*pip, *peer.needs], check=False).returncode:
            return None
        done.write_text(asked)
    return str(python)


def _coortweet(log: Path | None, *, window: int | None, least: int, **limits: float) -> dict[str, Any]:
    """Run CooRTweet where R and the package are there; it is never installed."""
    import pandas as pd
    from equal import digest

    rscript = shutil.which("Rscript")
    asked = [rscript or "Rscript", "-e", "library(CooRTweet)"]
    if rscript is None or subprocess.run(asked, capture_output=True, check=False).returncode:
        missing = "Rscript" if rscript is None else "the R package CooRTweet"
        return {"status": "not there", "why": f"{missing} is not on this machine"}
    with tempfile.TemporaryDirectory() as folder:
        target = f"{folder}/pairs.csv"
        script = [rscript, str(HERE / "coortweet.R"), str(log), target, str(window), str(least)]
        said = run_within(script, as_json=False, **limits)
        if said["status"] != "done":
            return said
        join, whole, number = said.pop("said").split()
        pairs = pd.read_csv(target)
        a, b = (pairs[side].str.slice(7).astype("int64") for side in "ab")
        steps = {
            name: {"wall_s": float(s), "low_s": float(s), "high_s": float(s), "runs": 1, "cpu_s": None}
            | {"peak_mb": said["peak_mb"]}
            for name, s in (("join", join), ("csv to pairs", whole))
        }
        return {**said, "steps": steps, **digest(a, b, pairs["n"]), "versions": {"CooRTweet": number}}


def run_within(
    command: list[str], *, seconds: float, megabytes: float, as_json: bool = True
) -> dict[str, Any]:
    """Run a command, kill it with its children beyond the limits, and return its last line with a status.

    ``status`` is done, failed or killed; ``why`` says more; ``peak_mb`` is the highest sum of resident memory that
    was seen (Linux; shared pages count in each process).
    """
    began, peak, why = time.monotonic(), 0.0, ""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        with subprocess.Popen(command, stdout=out, stderr=err, start_new_session=True) as process:
            try:
                while process.poll() is None and not why:
                    peak = max(peak, resident_mb(process.pid))
                    if peak > megabytes:
                        why = f"stopped beyond {megabytes / 1000:g} GB of memory"
                    elif time.monotonic() - began > seconds:
                        why = f"stopped after {seconds / 60:g} minutes"
                    time.sleep(0.05)
            finally:
                if process.poll() is None:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
        out.seek(0)
        err.seek(0)
        said, told = out.read().strip().splitlines(), err.read().strip().splitlines()
    seen = {"peak_mb": round(peak, 1), "seconds": round(time.monotonic() - began, 2)}
    if why:
        return {"status": "killed", "why": why, **seen}
    if process.returncode or not said:
        return {"status": "failed", "why": told[-1][:200] if told else f"exit {process.returncode}", **seen}
    return {"status": "done", **seen, **(json.loads(said[-1]) if as_json else {"said": said[-1]})}


def resident_mb(session: int) -> float:
    """Return the resident memory of all processes of a session; 0 where the system does not tell."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            fields = stat.read_text().rpartition(")")[2].split()
            total += int(fields[21]) * (int(fields[3]) == session)
    return total * (os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096) / 1e6
