"""What the views show, against brute force: networks, waits, the crowd."""

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from render.planted import arguments, planted

from farmgraph.interactions.schema import NO_TIME
from farmgraph.render.report.comparison import crowd_of, gaps_of, thinned
from farmgraph.render.report.network import meetings, network_of
from farmgraph.render.report.summary import summarise

SECOND = 1_000_000

actions = st.lists(
    st.tuples(
        st.integers(0, 5), st.integers(0, 4), st.one_of(st.just(NO_TIME), st.integers(0, 100 * SECOND))
    ),
    max_size=40,
)


def met(rows, a, b, within_s):
    """Count contents on which the first actions of two accounts lie close enough, by hand."""
    total = 0
    for content in {c for _, c, _ in rows}:
        when = {}
        for who in (a, b):
            times = [t for w, c, t in rows if (w, c) == (who, content) and (within_s is None or t != NO_TIME)]
            if times:
                when[who] = min(times)
        if len(when) == 2 and (within_s is None or abs(when[a] - when[b]) <= within_s * SECOND):
            total += 1
    return total


@given(actions, st.sampled_from([None, 0.0, 3.0, 30.0]))
def test_meetings_against_brute_force(rows, within_s):
    who, what, time = (np.array([r[i] for r in rows], np.int64) for i in range(3))
    counts = meetings(who, what, time, n=6, within_s=within_s)
    for a, b in itertools.combinations(range(6), 2):
        assert counts[a, b] == counts[b, a] == met(rows, a, b, within_s)
    assert not counts.diagonal().any()


@given(actions, st.integers(0, 20))
def test_network_says_the_full_numbers_whatever_is_kept(rows, most):
    who, what, time = (np.array([r[i] for r in rows], np.int64) for i in range(3))
    counts = meetings(who, what, time, n=6, within_s=None)
    found = network_of(counts, within_s=None, most=most, seed=0)
    pairs = {(a, b): counts[a, b] for a, b in itertools.combinations(range(6), 2) if counts[a, b]}
    assert found["n_links"] == len(pairs)
    # Whatever the limit is, a spanning forest is kept.
    assert min(most, len(pairs)) <= len(found["a"]) <= max(most, 5)
    for a, b, n in zip(found["a"], found["b"], found["n"], strict=True):
        assert pairs[a, b] == n
    assert found["least"] == sorted(set(pairs.values()))
    for least, links, joined in zip(found["least"], found["links"], found["joined"], strict=True):
        kept = [pair for pair, n in pairs.items() if n >= least]
        assert (links, joined) == (len(kept), len({account for pair in kept for account in pair}))
    assert {*found["a"], *found["b"]} == {account for pair in pairs for account in pair}
    assert all(0 <= v <= 1 for v in found["x"] + found["y"])


def crowd_by_hand(log, cluster):
    members = set(log["clusters"].accounts_of(cluster))
    graph = log["graph"]
    names = graph.names_of_accounts(graph.content_accounts)
    contents = np.repeat(np.arange(graph.n_contents), np.diff(graph.content_starts))
    wanted = log["clusters"].contents_of(cluster)
    seen = {}
    for who, content, time in zip(names, graph.names_of_contents(contents), graph.content_times, strict=True):
        if content in wanted:
            seen.setdefault(content, []).append((who, int(time)))
    return members, wanted, seen


def test_crowd_and_gaps_against_brute_force():
    log = planted()
    graph = log["graph"]
    for cluster in (1, 2, 3):
        members, wanted, seen = crowd_by_hand(log, cluster)
        crowd = crowd_of(graph, graph.codes_of_accounts(list(members)), graph.codes_of_contents(wanted))
        by_hour, gaps = np.zeros(168, int), []
        for i, content in enumerate(wanted):
            first = {}
            for who, time in sorted(seen[content], key=lambda visit: visit[1]):
                first.setdefault(who, time)
                if who not in members:
                    # 1 January 1970 was a Thursday.
                    by_hour[(time // (3_600 * SECOND) + 3 * 24) % 168] += 1
            mine = sorted(t for who, t in first.items() if who in members)
            theirs = sorted(t for who, t in first.items() if who not in members)
            assert crowd.members[i].tolist() == mine
            assert crowd.others[i].tolist() == theirs
            assert crowd.n_others[i] == len(theirs)
            for k, time in enumerate(mine):
                near = [abs(time - mine[j]) for j in (k - 1, k + 1) if 0 <= j < len(mine)]
                gaps += [min(near) / SECOND] if near else []
        assert crowd.by_hour.tolist() == by_hour.tolist()
        found = gaps_of(crowd, rng=np.random.default_rng(0))
        edges = found["edges_s"]
        assert found["n_members"] == len(gaps) == sum(found["members"])
        for k, n in enumerate(found["members"]):
            low = -np.inf if k == 0 else edges[k]
            high = np.inf if k == len(found["members"]) - 1 else edges[k + 1]
            # Edges are rounded to a thousandth of a second, times are whole seconds.
            assert n == sum(low <= g < high for g in gaps), (cluster, k)
        assert sum(found["others"]) == pytest.approx(found["n_others"], abs=0.01 * len(edges))


def test_others_are_drawn_in_equal_numbers():
    # Two members and forty others on each of three contents: two others are drawn, so two gaps each.
    rows = [(f"m{i}", f"c{k}", 10.0 * i) for i in range(2) for k in range(3)]
    rows += [(f"o{i}", f"c{k}", 1_000.0 * i + 7) for i in range(40) for k in range(3)]
    log = arguments(rows, [(["m0", "m1"], ["c0", "c1", "c2"])])
    found = summarise(
        log["graph"],
        log["clusters"],
        log["evidence"],
        rows=log["rows"],
        accounts=log["accounts"],
        manifest=log["manifest"],
    )["clusters"][0]
    assert found["gaps"]["n_members"] == found["gaps"]["n_others"] == 6
    assert found["contents"]["n_others"] == [40, 40, 40]
    low = found["gaps"]["edges_s"][found["gaps"]["members"].index(6)]
    # Every wait of a member is ten seconds, and ten is an edge of the bins.
    assert low == 10.0


def test_thinned_times_keep_their_ranks_however_long_the_log():
    # A short life within a long log: one visitor every three minutes for two and a half hours.
    times = 1_700_000_000 * SECOND + np.arange(50) * 180 * SECOND
    assert thinned(times, 60) == times.tolist()
    times = np.sort(np.random.default_rng(0).integers(0, 10**12, 1_000))
    shown = thinned(times, 50)
    assert len(shown) == 50
    ranks = np.round(np.arange(50) * 999 / 49).astype(int)
    # Rounded down to a 5,000th of a million seconds, in whole seconds: 199 s.
    assert all(0 <= times[r] - s < 200 * SECOND for r, s in zip(ranks, shown, strict=True))


def test_the_links_kept_hold_together_what_all_links_do():
    rng = np.random.default_rng(3)
    n = 60
    rows = [(a, c) for a in range(n) for c in range(25) if rng.random() < (0.7 if a % 3 else 0.25)]
    who, what = (np.array([r[i] for r in rows]) for i in range(2))
    counts = meetings(who, what, np.full(len(rows), NO_TIME), n=n, within_s=None)
    found = network_of(counts, within_s=None, most=0, seed=0)

    def parts(pairs):
        return sorted(map(sorted, nx.connected_components(nx.Graph(pairs))))

    kept = list(zip(found["a"], found["b"], found["n"], strict=True))
    assert len(kept) == n - 1
    for least in found["least"]:
        every = [(a, b) for a, b in itertools.combinations(range(n), 2) if counts[a, b] >= least]
        assert parts([(a, b) for a, b, k in kept if k >= least]) == parts(every)


def test_numbers_count_the_whole_cluster_however_much_of_it_is_listed():
    accounts, contents = [f"a{i:03}" for i in range(520)], [f"c{i:03}" for i in range(210)]
    rows = [
        (a, c, float(i + k)) for i, a in enumerate(accounts) for k, c in enumerate(contents) if (i + k) % 3
    ]
    log = arguments(rows, [(accounts, contents)])
    rest = {key: log[key] for key in ("rows", "accounts", "manifest")}
    summary = summarise(log["graph"], log["clusters"], log["evidence"], **rest)
    cluster, names = summary["clusters"][0], summary["names"]
    assert (len(cluster["accounts"]["account"]), len(cluster["contents"]["content"])) == (500, 200)
    held = {c: sum(r[1] == c for r in rows) for c in contents}
    listed = [names["content"][c] for c in cluster["contents"]["content"]]
    assert cluster["contents"]["n_accounts"] == cluster["contents"]["n_actions"] == [held[c] for c in listed]
    # Each third of 210 contents is left out.
    assert set(cluster["accounts"]["n_actions"]) == {140}
