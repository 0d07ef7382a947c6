import json
import random
import typing

import igraph
import numpy as np
import pandas as pd
import pytest
from render.planted import HOSTILE, arguments, planted

from farmgraph.errors import InputError
from farmgraph.render.report.islands import island, lay_out, packed_discs
from farmgraph.render.report.limits import evenly, limits_for, shares
from farmgraph.render.report.plain import plain, read_summary, to_json, write_summary
from farmgraph.render.report.shapes import Summary
from farmgraph.render.report.summary import positions, summarise


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


def hold_against(value, shape, where="summary"):
    """Assert that a value has exactly the shape of a type: keys of typed dicts, lists, unions, plain types."""
    if shape is typing.Any:
        return
    if typing.is_typeddict(shape):
        hints = typing.get_type_hints(shape)
        assert set(value) == set(hints), where
        for key, kind in hints.items():
            hold_against(value[key], kind, f"{where}.{key}")
        return
    origin, inner = typing.get_origin(shape), typing.get_args(shape)
    if origin is list:
        assert type(value) is list, where
        for item in value:
            hold_against(item, inner[0], f"{where}[]")
    elif origin is dict:
        assert type(value) is dict, where
        for item in value.values():
            hold_against(item, inner[1], f"{where}{{}}")
    elif inner:
        kinds = [kind for kind in inner if kind is not type(None)]
        assert value is None or len(kinds) == 1, where
        if value is not None:
            hold_against(value, kinds[0], where)
    else:
        assert type(value) is shape, (where, value, shape)


@pytest.fixture(scope="module")
def summary():
    return summary_of(planted())


def test_the_summary_has_the_documented_shape(summary):
    hold_against(summary, Summary)
    hold_against(summary_of(planted(times=False)), Summary)
    hold_against(summary_of(arguments([("a", "p", 0.0)], [])), Summary)
    for value in leaves(summary):
        assert type(value) in (str, int, float, bool, type(None)), type(value)
        assert not isinstance(value, float) or np.isfinite(value)


def test_columns_of_a_cluster_are_equally_long_and_refer_to_what_is_there(summary):
    names = summary["names"]
    assert [c["cluster"] for c in summary["clusters"]] == [1, 2, 3]
    for cluster in summary["clusters"]:
        accounts, contents, actions = cluster["accounts"], cluster["contents"], cluster["actions"]
        for table in (accounts, contents, actions):
            assert len({len(column) for column in table.values()}) == 1
        n_accounts, n_contents = len(accounts["account"]), len(contents["content"])
        assert (n_accounts, n_contents) == (cluster["n_accounts"], cluster["n_contents"])
        assert sorted(accounts["row"]) == list(range(n_accounts))
        assert sorted(contents["column"]) == list(range(n_contents))
        assert max(actions["account"]) < n_accounts
        assert max(actions["content"]) < n_contents
        network = cluster["network"]
        assert len(network["x"]) == len(network["y"]) == n_accounts
        assert len(network["a"]) == len(network["b"]) == len(network["n"])
        assert all(0 <= a < b < n_accounts for a, b in zip(network["a"], network["b"], strict=True))
        assert all(0 <= v <= 1 for v in network["x"] + network["y"])
        assert max(accounts["account"]) < len(names["account"])
        assert max(contents["content"]) < len(names["content"])
    assert len(set(names["account"])) == len(names["account"])


def test_everything_about_a_cluster_is_counted_right():
    log = planted()
    summary = summary_of(log)
    names = summary["names"]
    for number, cluster in enumerate(summary["clusters"], start=1):
        rows = log["rows"][log["rows"]["cluster"] == number]
        assert cluster["n_rows"] == len(rows)
        accounts = [names["account"][c] for c in cluster["accounts"]["account"]]
        by_account = rows.groupby("account")
        assert cluster["accounts"]["n_actions"] == by_account.size().reindex(accounts).tolist()
        first = by_account["time"].min().reindex(accounts).dt.as_unit("us").astype("int64").tolist()
        assert cluster["accounts"]["first_us"] == first
        contents = [names["content"][c] for c in cluster["contents"]["content"]]
        by_content = rows.groupby("content")
        assert cluster["contents"]["n_actions"] == by_content.size().reindex(contents).tolist()
        assert cluster["contents"]["n_accounts"] == by_content["account"].nunique().reindex(contents).tolist()
        # Columns stand in the order of the members' median time.
        middle = by_content["time"].median().reindex(contents)
        in_order = [contents[i] for i in np.argsort(cluster["contents"]["column"])]
        assert middle.loc[in_order].is_monotonic_increasing


def test_actions_stand_as_in_the_log(summary):
    log = planted()
    rows = log["rows"][log["rows"]["cluster"] == 1].sort_values(["time", "source", "line"])
    cluster, names = summary["clusters"][0], summary["names"]
    actions = cluster["actions"]
    assert actions["line"] == rows["line"].tolist()
    own = [names["account"][cluster["accounts"]["account"][i]] for i in actions["account"]]
    assert own == rows["account"].tolist()
    what = [names["content"][cluster["contents"]["content"][i]] for i in actions["content"]]
    assert what == rows["content"].tolist()
    assert actions["time_us"] == rows["time"].dt.as_unit("us").astype("int64").tolist()
    said = [None if a is None else names["action"][a] for a in actions["action"]]
    assert said == [None if pd.isna(a) else a for a in rows["action"]]
    assert actions["time_us"] == sorted(actions["time_us"])


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
    assert (first["overlap_ratio"], first["synchrony_z"], first["first_us"]) == (None, None, None)
    assert set(first["actions"]["time_us"]) == {None}
    assert (first["gaps"], first["others_by_hour"], first["network"]["within_s"]) == (None, None, None)
    assert first["n_without_time"] == first["n_rows"]
    # Without times every content that two accounts share counts.
    assert max(first["network"]["n"]) <= first["n_contents"]


def test_large_input_is_bounded():
    accounts = [f"a{i}" for i in range(6_000)]
    contents = [f"c{i}" for i in range(280)]
    rows = [
        (a, contents[(i + 140 * k) % 280], float(i * 60 + k))
        for i, a in enumerate(accounts)
        for k in range(2)
    ]
    summary = summary_of(arguments(rows, [(accounts, contents)]))
    cluster, limits = summary["clusters"][0], summary["limits"]
    assert len(cluster["accounts"]["account"]) == limits["accounts"] == 500
    assert len(cluster["contents"]["content"]) == limits["contents"] == 200
    assert len(cluster["actions"]["line"]) <= limits["actions"]
    assert len(cluster["network"]["a"]) <= limits["links"]
    assert (cluster["n_accounts"], cluster["n_contents"], cluster["n_rows"]) == (6_000, 280, 12_000)
    assert sum(len(i["xs"]) for i in summary["map"]["islands"]) <= limits["accounts_on_map"]
    assert summary["map"]["islands"][0]["n_accounts"] == 6_000


def test_actions_are_thinned_evenly_from_the_first_to_the_last():
    accounts, contents = [f"a{i}" for i in range(100)], [f"c{i}" for i in range(90)]
    rows = [(a, c, float(60 * (i + 100 * k))) for k, c in enumerate(contents) for i, a in enumerate(accounts)]
    summary = summary_of(arguments(rows, [(accounts, contents)]))
    cluster = summary["clusters"][0]
    times = np.array(cluster["actions"]["time_us"])
    assert len(times) == summary["limits"]["actions"] == 8_000
    assert (times[0], times[-1]) == (cluster["first_us"], cluster["last_us"])
    # What the thinned actions no longer tell: everybody acted on everything, 90 contents in six words of 15 bits.
    assert cluster["cells"] == [2**15 - 1] * 6 * 100
    # 9,000 actions a minute apart, 8,000 of them shown: steps of one or two minutes.
    assert set(np.diff(times)) == {60_000_000, 120_000_000}


def test_cells_tell_who_acted_on_what():
    accounts, contents = [f"a{i:02}" for i in range(100)], [f"c{i:02}" for i in range(110)]
    rng = np.random.default_rng(2)
    rows = [(a, c, float(rng.integers(10**6))) for a in accounts for c in contents if rng.random() < 0.8]
    cluster = summary_of(arguments(rows, [(accounts, contents)]))["clusters"][0]
    assert len(cluster["actions"]["line"]) == 8_000 < cluster["n_rows"] == len(rows)
    # 110 contents take eight words of 15.
    words = np.array(cluster["cells"]).reshape(100, 8)
    # Score and name decide the order of both lists; all accounts and contents are there.
    held = {a: i for i, a in enumerate(sorted(accounts, key=lambda a: (-sum(r[0] == a for r in rows), a)))}
    seen = {c: i for i, c in enumerate(sorted(contents, key=lambda c: (-sum(r[1] == c for r in rows), c)))}
    filled = {(held[a], seen[c]) for a, c, _ in rows}
    for i in range(100):
        for j in range(110):
            assert (words[i, j // 15] >> (j % 15) & 1) == ((i, j) in filled)


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


def test_islands_that_share_accounts_lie_side_by_side():
    groups = [([f"a{g}_{i}" for i in range(6)], [f"c{g}_{i}" for i in range(4)]) for g in range(20)]
    # The last cluster shares half of its accounts with the seventh.
    groups[-1] = (groups[6][0][:3] + groups[-1][0][:3], groups[-1][1])
    rows = [(a, c, float(g)) for g, (who, what) in enumerate(groups) for a in who for c in what]
    islands = summary_of(arguments(rows, groups))["map"]["islands"]
    last = islands[-1]
    distances = [np.hypot(last["x"] - i["x"], last["y"] - i["y"]) for i in islands[:-1]]
    assert int(np.argmin(distances)) == 6


def test_map_dots_lie_on_the_map(summary):
    the_map = summary["map"]
    for part in (*the_map["islands"], the_map["others"]):
        assert all(0 <= x <= the_map["width"] for x in part["xs"])
        assert all(0 <= y <= the_map["height"] for y in part["ys"])
    others = zip(the_map["others"]["xs"], the_map["others"]["ys"], strict=True)
    for x, y in others:
        assert all(np.hypot(x - i["x"], y - i["y"]) > i["radius"] for i in the_map["islands"])
    assert len(the_map["others"]["xs"]) == the_map["others"]["n_accounts"] == 900
    for island_ in the_map["islands"]:
        assert all(0 <= a < b < len(island_["xs"]) for a, b in zip(island_["a"], island_["b"], strict=True))


def test_layout_gives_randomness_back():
    links = [(i, (i * 3 + 1) % 10) for i in range(10) if i != (i * 3 + 1) % 10]
    igraph.set_random_number_generator(random)
    random.seed(4)
    expected = random.random()
    random.seed(4)
    first = island(links, 10, seed=0)
    assert random.random() == expected
    np.testing.assert_array_equal(first, island(links, 10, seed=0))
    assert np.hypot(*first.T).max() <= 1


def test_nothing_can_be_laid_out():
    assert lay_out([], 0)["others"] == {"xs": [], "ys": []}
    assert packed_discs([]) == []


def test_discs_do_not_touch():
    radii = [9.0, 4.0, 4.0, 2.0, *[1.5] * 12]
    centres = packed_discs(radii)
    for i, (x, y) in enumerate(centres):
        for (a, b), radius in zip(centres[:i], radii, strict=False):
            assert np.hypot(x - a, y - b) >= radius + radii[i]


@pytest.mark.parametrize("seed", range(20))
def test_room_is_divided_without_waste(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 60))
    needs = rng.integers(0, 5_000, n).tolist()
    verdicts = rng.choice(["lockstep", "undetermined", "same audience"], n).tolist()
    in_all = int(rng.integers(100, 60_000))
    given = shares(needs, verdicts, most=4_000, in_all=in_all)
    wanted = np.minimum(needs, 4_000)
    assert (np.array(given) <= wanted).all()
    # All of it is used, but for less than one each that rounding leaves over.
    assert min(in_all, wanted.sum()) - n <= sum(given) <= in_all
    unserved = [(g, v) for g, w, v in zip(given, wanted, verdicts, strict=True) if g < w]
    assert len({g for g, v in unserved if v == "lockstep"}) <= 1
    assert len({g for g, v in unserved if v == "same audience"}) <= 1


def test_limits_grow_with_the_log():
    small, middle, large = limits_for(3_000), limits_for(11_500), limits_for(20_000)
    for name in ("actions_in_all", "accounts_in_all", "links_in_all", "points_in_all"):
        assert small[name] < middle[name] < large[name]
        assert middle[name] == (small[name] + large[name]) // 2
    assert limits_for(10**9) == large


def test_evenly_keeps_the_ends():
    for n, most in ((10, 3), (7, 7), (1_000, 999), (4_001, 4_000)):
        chosen = evenly(n, most)
        assert (chosen[0], chosen[-1], len(set(chosen.tolist()))) == (0, n - 1, min(n, most))


def test_plain_leaves_nothing_foreign():
    value = plain(
        {1: {"b", "a"}, "x": (np.int64(3), np.float64("inf"), np.bool_(True)), "t": pd.Timestamp(0)}
    )
    assert json.loads(json.dumps(value)) == {
        "1": ["a", "b"],
        "x": [3, None, True],
        "t": "1970-01-01 00:00:00",
    }
