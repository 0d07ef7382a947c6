"""Thinned logs: who stays, with everything they did, and nothing else."""

import pytest

import farmgraph as fg
from farmgraph.lab.thin import thinned


@pytest.fixture(scope="module")
def made():
    return fg.simulate("drip", n_rows=20_000, copies=2, seed=3)


def test_planted_accounts_stay_with_all_their_rows(made):
    kept = thinned(made, crowd=0.25)
    before, after = (m.table.to_pandas().astype({"account": "str", "content": "str"}) for m in (made, kept))
    members = made.labels.accounts("farm")
    left = set(after["account"])
    assert members <= left
    # 60 workers are three quarters of 80.
    assert len(left) == 80
    assert after.equals(before[before["account"].isin(left)].reset_index(drop=True))
    assert kept.labels is made.labels
    assert kept.options == {**made.options, "crowd": 0.25}
    assert repr(kept) == f"<Simulation 'drip': {len(after):,} rows, 2 x farm>"


def test_the_crowd_follows_the_seed_and_nothing_else(made):
    one, again = thinned(made), thinned(made)
    assert one.table.equals(again.table)
    other = thinned(fg.simulate("drip", n_rows=20_000, copies=2, seed=4))
    assert one.table["account"].unique() != other.table["account"].unique()
    # A larger share holds the smaller one: the order in which the crowd is drawn stays.
    few, more = (set(thinned(made, crowd=c).table["account"].to_pylist()) for c in (0.1, 0.3))
    assert few < more


def test_without_any_crowd(made):
    alone = thinned(made, crowd=0)
    assert set(alone.table["account"].to_pylist()) == made.labels.accounts("farm")
    graph = fg.bipartite(alone.log)
    # Names of those who left are gone, from the dictionaries too.
    assert graph.n_accounts == 60
    assert len(alone.table["account"].combine_chunks().dictionary) == 60
    assert graph.n_contents == len(set(alone.table["content"].to_pylist()))


def test_groups_of_the_crowd_stay_with_their_own_habits():
    made = fg.simulate("fan-clubs", n_rows=50_000, copies=2)
    kept = thinned(made, crowd=0)
    members = made.labels.accounts("look-alike")
    assert set(kept.table["account"].to_pylist()) == members
    # Fans do other things as well: contents of theirs that no club acts on.
    assert set(kept.table["content"].to_pylist()) > set(made.labels.targets["content"])


def test_messages(made):
    for crowd in (1, -0.1, True, "5 %", float("nan")):
        with pytest.raises(fg.UsageError, match=r"crowd is .*; expected a share in \[0, 1\)"):
            thinned(made, crowd=crowd)
    with pytest.raises(fg.UsageError, match=r"takes 5,940 accounts of the crowd; the log has \d+"):
        thinned(made, crowd=0.99)
    with pytest.raises(fg.UsageError, match="Nothing was planted"):
        thinned(fg.simulate("crowd", n_rows=5_000))
    with pytest.raises(fg.UsageError, match=r"fg\.simulate"):
        thinned(made.log)
