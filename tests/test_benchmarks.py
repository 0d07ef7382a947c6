"""The benchmark of scale, on logs so small that it takes seconds: equal pairs before times, limits, growth, pages."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import farmgraph as fg

# The benchmarks are scripts that import each other, and peers' environments run some of them.
sys.path.append(str(Path(__file__).parent / "benchmarks"))

import chart
import generator
import limits
import ours
import scaleaims
import scaletable
from contenders import ENGINES
from equal import LEAST, WINDOWS, digest, one_way, require_same
from meter import Meter, forget_peak, measured
from peers import PEERS, Peer, run_within

LINUX = sys.platform == "linux"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return a log as a file, as codes and as a graph."""
    path = tmp_path_factory.mktemp("scale") / "log.csv"
    generator.write_synthetic_log(path, 3_000, seed=4)
    codes = np.stack(generator.synthetic_codes(3_000, seed=4))
    return path, codes, fg.bipartite(ours.read(str(path), 2))


def test_the_log_does_not_depend_on_pieces_or_on_how_it_is_written(small, monkeypatch):
    whole = generator.synthetic_log(3_000, seed=4)
    monkeypatch.setattr(generator, "PIECE", 701)
    assert generator.synthetic_log(3_000, seed=4).equals(whole)
    table = ours.read(str(small[0]), 1).table
    assert table["account"].cast(pa.string()).to_pylist() == whole["account"].tolist()
    seconds = table["time"].cast(pa.int64()).to_numpy() // 1_000_000
    assert seconds.tolist() == whole["time"].tolist()


@pytest.mark.parametrize(
    ("name", "window"),
    [
        *((name, window) for name in ("duckdb", "polars") for window in WINDOWS.values()),
        *((name, None) for name in ("scipy", "networkx")),
    ],
)
def test_engines_find_the_same_pairs(small, name, window):
    _, codes, graph = small
    pairs = fg.co_engagement(graph, window=window, min_contents=2)
    theirs = ENGINES[name](codes, "none", 2, window, 2)
    mine = {"status": "done", **ours.digest_of(pairs)}
    assert theirs["pairs"] == len(pairs) > 0
    assert require_same({"status": "done", **theirs}, mine)["steps"]["join"]["wall_s"] > 0


def test_other_pairs_are_no_result():
    mine = {"status": "done", **digest([1, 2], [5, 3], [2, 2])}
    same = digest([3, 5], [2, 1], [2, 2])
    assert require_same({"status": "done", "steps": {}, **same}, mine)["status"] == "done"
    other = require_same({"status": "done", "steps": {}, **digest([1, 2], [5, 3], [2, 3])}, mine)
    assert other["status"] == "different"
    assert "steps" not in other
    assert require_same({"status": "done", **same}, None)["status"] == "different"
    with pytest.raises(ValueError, match="twice"):
        digest([1, 2], [2, 1], [2, 2])
    assert [column.tolist() for column in one_way([1, 2], [2, 1], [3, 3])] == [[1], [2], [3]]
    with pytest.raises(ValueError, match="direction"):
        one_way([1, 2], [2, 1], [3, 4])


def test_streamed_pairs_are_held_against_brute_force(small, tmp_path):
    path, _, graph = small
    pairs = fg.co_engagement(graph, min_contents=3).pairs
    target = tmp_path / "pairs.parquet"
    pq.write_table(pa.Table.from_pandas(pairs), target)
    assert ours.brute_force(target, str(path), None, 3) > 0
    pq.write_table(pa.Table.from_pandas(pairs.assign(n_contents=pairs["n_contents"] + 1)), target)
    with pytest.raises(SystemExit, match="brute force"):
        ours.brute_force(target, str(path), None, 3)


@pytest.mark.parametrize("name", ["1 h", "none"])
def test_large_logs_are_streamed(small, tmp_path, monkeypatch, name):
    path, _, graph = small
    monkeypatch.setattr(ours, "STREAMED_FROM", 1_000)
    done = ours.wide(name, str(path), tmp_path, 2)
    pairs = fg.co_engagement(graph, window=WINDOWS[name], min_contents=LEAST[name])
    assert done["pairs"] == len(pairs) > 0
    assert done["steps"][f"join {name}"]["events"] == pairs.n_pair_events
    assert "equal to brute force" in done["checked"]


@pytest.mark.skipif(not LINUX, reason="only Linux forgets a peak")
def test_steps_have_peaks_of_their_own():
    meter = Meter()
    with meter.step("outer"):
        with meter.step("large"):
            held = np.ones(25_000_000)  # 200 MB
        del held
        with meter.step("small"):
            pass
    peaks = {name: step["peak_mb"] for name, step in meter.steps.items()}
    assert peaks["outer"] >= peaks["large"] > peaks["small"] + 150
    forget_peak()
    step, result = measured(lambda: 7, most=3)
    assert (result, step["runs"]) == (7, 3)
    assert step["low_s"] <= step["wall_s"] <= step["high_s"]


def test_processes_are_held_within_limits():
    python, limit = sys.executable, {"seconds": 20.0, "megabytes": 1_000.0}
    assert run_within([python, "-c", "print('{\"a\": 1}')"], **limit)["a"] == 1
    slow = run_within([python, "-c", "import time; time.sleep(60)"], **limit | {"seconds": 0.3})
    assert (slow["status"], slow["why"]) == ("killed", "stopped after 0.005 minutes")
    broken = run_within([python, "-c", "raise SystemExit('no such thing')"], **limit)
    assert (broken["status"], broken["why"]) == ("failed", "no such thing")
    if LINUX:
        code = "held = bytearray(300_000_000); import time; time.sleep(60)"
        large = run_within([python, "-c", code], **limit | {"megabytes": 200})
        assert (large["status"], large["why"]) == ("killed", "stopped beyond 0.2 GB of memory")


@pytest.mark.parametrize("window", [60, 3600])
def test_bare_enumeration_walks_the_same_pair_events(small, window):
    graph = small[2]
    pairs = fg.co_engagement(graph, window=window, min_contents=2)
    bare = limits.bare_enumeration(graph, window, min_contents=2, threads=2)
    assert bare["events"] == pairs.n_pair_events > 0
    assert limits.increments(4096, n=1_000, threads=2)["per_s"] > 0


def figures(wall, **more):
    return {"wall_s": wall, "low_s": wall, "high_s": wall, "runs": 1, "cpu_s": wall, "peak_mb": 900.0, **more}


def results(*, whole):
    """Return invented results: `investigate` takes these seconds at 10^6, 2x10^6, ... rows."""
    found = {}

    def put(task, rows, status="done", **said):
        about = {"task": task, "rows": rows, "status": status, "date": "2024-01-01 00:00", "load": 0.1}
        found[f"{task} @ {rows}"] = {**about, **said}

    pairs = digest([1], [2], [2])
    million = 1_000_000
    joined = {
        "join 60 s": figures(0.1, events=50),
        "bare enumeration 60 s": figures(0.01, events=50, per_s=5e3),
    }
    put("steps", million, **pairs, steps=joined)
    put("toolkit 60 s", million, **pairs, steps={"join": figures(20.0), "csv to pairs": figures(30.0)})
    put("csv to pairs", million, **pairs, steps={"csv to pairs": figures(2.0)})
    put("networkx none", million, status="killed", why="stopped beyond 8 GB of memory")
    put("join none", million, **pairs, steps={"join none": figures(1.0, events=50, bytes=10)})
    for i, seconds in enumerate(whole):
        steps = dict.fromkeys((*scaleaims.PARTS, "report alone"), figures(0.4 * 2**i))
        steps |= {"detect: core": figures(0.1), "investigate": figures(seconds)}
        put("investigate", million * 2**i, steps=steps)
    return found


def test_growth_is_per_doubling_and_short_steps_are_not_judged():
    rows = {(row["step"], row["from"]): row for row in scaleaims.growth(results(whole=(1.0, 2.2, 5.5)))}
    assert rows["investigate", 1_000_000]["per_doubling"] == pytest.approx(2.2)
    assert rows["investigate", 2_000_000]["per_doubling"] == pytest.approx(2.5)
    assert not rows["read", 1_000_000]["judged"]
    assert rows["read", 2_000_000]["judged"]
    found = results(whole=(1.0,))
    found["investigate @ 10000000"] = found["investigate @ 1000000"] | {
        "rows": 10_000_000,
        "steps": {"investigate": figures(10.0)},
    }
    # Ten times as long for ten times the rows is twice per doubling.
    assert scaleaims.growth(found)[-1]["per_doubling"] == pytest.approx(2)


def test_aims_stand_beside_what_was_measured():
    said = {asked: (measured, met) for asked, measured, met in scaleaims.aims(results(whole=(1.0, 2.2, 5.5)))}
    assert len(said) == 7
    # The steps double each time, the whole takes 2.2 and 2.5 times as long.
    # 20 s are 200 times 0.1 s; 30 s are 15 times 2 s; 5.5 s are 2.5 times 2.2 s.
    met = [met for _, met in said.values()]
    assert met == ["yes", "no", "open", "open", "open", "open", "no"]
    assert next(measured for measured, _ in said.values()).startswith("200 times")
    assert "2.50 (investigate, 2,000,000 to 4,000,000 rows)" in list(said.values())[-1][0]


def test_the_page_shows_who_failed_and_the_picture_is_drawn(tmp_path):
    found = results(whole=(1.0, 2.2))
    about = {"cpu": "a machine", "cores": 2, "memory_gb": 24, "system": "Linux", "python": "3.11"}
    page = scaletable.table(found, about)
    assert "| networkx projection | killed: stopped beyond 8 GB of memory |" in page
    assert "| 10^6 | coordination-network-toolkit | 20 | 200 |" in page
    chart.draw(found, tmp_path / "scale.png")
    assert (tmp_path / "scale.png").stat().st_size > 10_000


def test_the_page_says_what_was_measured_on_which_machine():
    about = {"cpu": "a machine", "cores": 2, "memory_gb": 24, "system": "Linux", "python": "3.11"}
    found = results(whole=(1.0,))
    alone = scaletable.table(found, about)
    assert "Measured on a machine, from 2024-01-01 00:00 to 2024-01-01 00:00 UTC. 2 cores" in alone
    found["investigate @ 1000000"] |= {"cpu": "another", "date": "2024-02-02 00:00"}
    page = scaletable.table(found, about)
    assert "on another, from 2024-02-02 00:00 to 2024-02-02 00:00 UTC (investigate)" in page
    assert "(csv to pairs, join none, networkx none, steps, toolkit 60 s)" in page


def test_peers_have_fixed_versions_and_names_of_their_own():
    assert len({peer.task for peer in PEERS}) == len(PEERS)
    assert all("==" in peer.needs[0] for peer in PEERS if peer.needs)
    assert Peer("toolkit", "", (), "60 s", 1).task == "toolkit 60 s"
