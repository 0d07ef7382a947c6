import json
import random

import igraph
import numpy as np
import pandas as pd
import pytest
from render.planted import HOSTILE, arguments, planted

from farmgraph.errors import InputError
from farmgraph.render.report.axis import padded, ticks
from farmgraph.render.report.islands import island, lay_out
from farmgraph.render.report.plain import plain, read_summary, to_json, write_summary
from farmgraph.render.report.summary import LIMITS, positions, summarise

HOUR = 3_600_000_000


def summary_of(log):
    rest = {key: log[key] for key in ("rows", "accounts", "manifest")}
    return summarise(log["graph"], log["clusters"], log["evidence"], **rest)


def leaves(value):
    if isinstance(value, dict):
        for key, item in value.items():
            assert type(key) is str
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


@pytest.fixture(scope="module")
def summary():
    return summary_of(planted())


def test_only_plain_types(summary):
    for value in leaves(summary):
        assert type(value) in (str, int, float, bool, type(None)), type(value)
        assert not isinstance(value, float) or np.isfinite(value)


def test_every_part_is_there(summary):
    assert set(summary) == {
        "format", "headline", "map", "listed", "clusters", "limits", "provenance", "names",
    }  # fmt: skip
    assert [c["cluster"] for c in summary["clusters"]] == [1, 2, 3]
    first = summary["clusters"][0]
    assert first["verdict"] == "lockstep"
    assert len(first["accounts"]) == 60
    assert len(first["contents"]) == 14
    assert len(first["raster"]["row"]) == first["raster"]["n_actions"] == first["n_rows"]
    assert len(first["rows"]["line"]) == LIMITS["rows"] < first["n_rows"]
    assert summary["headline"]["n_accounts_in_lockstep"] == 60


def test_positions_refer_to_names(summary):
    names = summary["names"]
    for cluster in summary["clusters"]:
        own = {names["account"][a["account"]] for a in cluster["accounts"]}
        assert {names["account"][code] for code in cluster["raster"]["account"]} == own
        assert max(cluster["rows"]["content"]) < len(names["content"])
    assert len(set(names["account"])) == len(names["account"])


def test_rows_stand_as_in_the_log(summary):
    log = planted()
    rows = log["rows"][log["rows"]["cluster"] == 1].sort_values(["time", "source", "line"])
    shown = summary["clusters"][0]["rows"]
    names = summary["names"]
    assert shown["line"] == rows["line"].tolist()[:300]
    assert [names["account"][c] for c in shown["account"]] == rows["account"].tolist()[:300]
    assert shown["time"][0] == rows["time"].iloc[0].isoformat().replace("+00:00", "Z")


def test_same_input_same_bytes_whatever_the_clock(summary):
    log = planted()
    log["manifest"] |= {"started": "2031-01-01T00:00:00Z", "steps": [{"step": "read", "seconds": 9.9}]}
    assert to_json(summary_of(log)) == to_json(summary)
    assert "2025-04-01" not in to_json(summary)
    assert "seconds" not in to_json(summary)
    other = summary_of(planted() | {"manifest": planted()["manifest"] | {"seed": 5}})
    assert other["map"] != summary["map"]


def test_inputs_are_not_changed():
    log, again = planted(), planted()
    summary_of(log)
    pd.testing.assert_frame_equal(log["rows"], again["rows"])
    pd.testing.assert_frame_equal(log["evidence"], again["evidence"])
    assert log["manifest"] == again["manifest"]


def test_json_round_trip_keeps_lone_surrogates(tmp_path):
    summary = summary_of(planted(names=HOSTILE))
    write_summary(summary, tmp_path / "summary.json")
    (tmp_path / "summary.json").read_bytes().decode("ascii")
    assert read_summary(tmp_path / "summary.json") == summary
    assert set(HOSTILE) <= set(summary["names"]["account"])


def test_other_json_is_refused(tmp_path):
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(InputError, match="format 'list'"):
        read_summary(tmp_path / "a.json")
    with pytest.raises(InputError, match="Cannot read"):
        read_summary(tmp_path / "b.json")


def test_missing_columns_are_named():
    log = planted()
    log["evidence"] = log["evidence"].drop(columns="q_value")
    with pytest.raises(InputError, match="evidence has no column 'q_value'"):
        summary_of(log)


def test_missing_and_infinite_numbers_are_none():
    log = planted(times=False)
    log["evidence"].loc[0, "overlap_ratio"] = np.inf
    first = summary_of(log)["clusters"][0]
    assert (first["overlap_ratio"], first["synchrony_z"], first["first_time"]) == (None, None, None)
    assert first["raster"]["kind"] == "matrix"
    assert first["raster"]["time_us"] == []


def test_large_input_is_bounded():
    accounts = [f"a{i}" for i in range(6_000)]
    contents = [f"c{i}" for i in range(80)]
    rows = [
        (a, contents[(i * 7 + k) % 80], float(i * 60 + k)) for i, a in enumerate(accounts) for k in range(2)
    ]
    log = arguments(rows, [(accounts, contents)])
    summary = summary_of(log)
    cluster = summary["clusters"][0]
    assert len(cluster["accounts"]) == 200
    assert len(cluster["contents"]) == 60
    assert len(cluster["raster"]["row"]) <= 2_000
    assert (cluster["raster"]["n_accounts"], cluster["raster"]["n_contents"]) == (6_000, 80)
    assert sum(len(i["xs"]) for i in summary["map"]["islands"]) <= LIMITS["accounts_on_map"]
    assert summary["map"]["islands"][0]["n_accounts"] == 6_000


def test_many_clusters_are_listed_and_the_first_fifty_shown():
    groups = [([f"a{g}_{i}" for i in range(4)], [f"c{g}_{i}" for i in range(3)]) for g in range(60)]
    rows = [
        (a, c, float(g)) for g, (accounts, contents) in enumerate(groups) for a in accounts for c in contents
    ]
    summary = summary_of(arguments(rows, groups))
    assert (len(summary["listed"]), len(summary["clusters"]), len(summary["map"]["islands"])) == (60, 50, 50)
    boxes = [(i["x"], i["y"], i["radius"]) for i in summary["map"]["islands"]]
    for k, (x, y, r) in enumerate(boxes):
        assert all(np.hypot(x - a, y - b) > r + s for a, b, s in boxes[:k])


def test_accounts_in_several_clusters_stand_on_each_island():
    rows = [(a, c, float(i)) for i, a in enumerate("abcd") for c in "pqrs"]
    summary = summary_of(arguments(rows, [(list("abc"), list("pqr")), (list("bcd"), list("qrs"))]))
    names = summary["names"]["account"]
    assert [sorted(names[c] for c in i["account"]) for i in summary["map"]["islands"]] == [
        ["a", "b", "c"],
        ["b", "c", "d"],
    ]
    assert set(positions(summary)) == set("abcd")


def test_map_dots_lie_on_the_map(summary):
    the_map = summary["map"]
    for part in (*the_map["islands"], the_map["others"]):
        assert all(0 <= x <= the_map["width"] for x in part["xs"])
        assert all(0 <= y <= the_map["height"] for y in part["ys"])
    others = zip(the_map["others"]["xs"], the_map["others"]["ys"], strict=True)
    for x, y in others:
        assert all(np.hypot(x - i["x"], y - i["y"]) > i["radius"] for i in the_map["islands"])
    assert len(the_map["others"]["xs"]) == the_map["others"]["n_accounts"] == 900


def test_layout_gives_randomness_back():
    who, what = np.divmod(np.arange(30), 3)
    igraph.set_random_number_generator(random)
    random.seed(4)
    expected = random.random()
    random.seed(4)
    first = island(who, what, n_accounts=10, n_contents=3, seed=0)
    assert random.random() == expected
    np.testing.assert_array_equal(first, island(who, what, n_accounts=10, n_contents=3, seed=0))
    assert np.hypot(*first.T).max() <= 1


def test_nothing_can_be_laid_out():
    assert lay_out([], 0)["others"] == {"xs": [], "ys": []}


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        (10 * 1_000_000, ["00:00:00", "00:00:02", "00:00:04", "00:00:06", "00:00:08", "00:00:10"]),
        (HOUR // 2, ["00:00", "00:05", "00:10", "00:15", "00:20", "00:25", "00:30"]),
        # Quarters would be nine, one too many: 730 days end at 1 January 1972.
        (24 * HOUR * 365 * 2, ["Jan", "Jul", "Jan", "Jul", "Jan"]),
        (24 * HOUR * 365 * 40, ["1970", "1975", "1980", "1985", "1990", "1995", "2000", "2005"]),
    ],
)
def test_ticks_are_round_and_few(span, labels):
    assert [label for _, label, _ in ticks(0, span)] == labels


def test_ticks_of_every_span_lie_inside_and_are_few():
    for exponent in range(7, 16):
        for start in (1_741_000_123_456_789, -3 * HOUR):
            end = start + 10**exponent * 3
            found = ticks(start, end)
            assert 1 <= len(found) <= 8, exponent
            assert all(start <= t <= end for t, _, _ in found)
            assert padded(np.array([start, end]))[0] < start


def test_plain_leaves_nothing_foreign():
    value = plain(
        {1: {"b", "a"}, "x": (np.int64(3), np.float64("inf"), np.bool_(True)), "t": pd.Timestamp(0)}
    )
    assert json.loads(json.dumps(value)) == {
        "1": ["a", "b"],
        "x": [3, None, True],
        "t": "1970-01-01 00:00:00",
    }
