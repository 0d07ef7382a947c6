"""The aims of the detector, quickly: one small log per kind, at the defaults. `make lab` measures them in full."""

import numpy as np
import pytest
from benchmarks.aims import INNOCENT_REASONS, QUIET, called_lockstep, matched

from farmgraph.lab.frontier import COUNTED
from farmgraph.lab.groups import Group
from farmgraph.lab.pooled import FOUND
from farmgraph.lab.recipes import FARMS
from farmgraph.lab.series import EXPERIMENTS

ROWS = 60_000
LARGER = {"sparse": 100_000, "large": 100_000}
"""Logs in which so many workers are not most of whoever is active."""

PRECISION, RECALL = 0.98, 0.9
PRECISION_OF = {"pool": 0.95}
RECALL_OF = dict.fromkeys(("sparse", "small", "pool"), 0.85)
INNOCENT = {"one-zone-clubs": 2, "same-hours-clubs": 2, "protest": 1}
THINNED = {
    **{name: (name, 10) for name in FARMS if name.startswith(("burst", "shift", "drip"))},
    "own-clock, no camouflage": (Group("own clock", 30, 15, 0.9, camouflage=False), 10),
    "own-clock": ("own-clock", 10),
}


def judged(scenario, copies, n_rows=ROWS, **more):
    options = {"scenario": scenario, "copies": copies, "n_rows": n_rows, "seed": 1, "threads": None}
    [found] = EXPERIMENTS["judgement"](**options, **more).values()
    return found


def found_groups(groups, purity):
    return groups[(groups["purity"] >= purity) & (groups["cluster_recall"] >= FOUND)]


@pytest.mark.parametrize("name", [name for name in FARMS if name not in QUIET])
def test_farms_are_in_lockstep(name):
    found = judged(name, 1, LARGER.get(name, ROWS))
    assert found.recall >= RECALL_OF.get(name, RECALL)
    assert found.precision >= PRECISION_OF.get(name, PRECISION)


@pytest.mark.parametrize("name", QUIET)
def test_quiet_farms_are_found(name):
    groups = judged(name, 1).groups
    assert found_groups(groups, 0.95)["verdict"].isin(COUNTED).sum() == len(groups)


@pytest.mark.parametrize("name", INNOCENT)
def test_look_alikes_are_not_in_lockstep(name):
    assert not called_lockstep(judged(name, INNOCENT[name])).any()


@pytest.mark.parametrize("name", INNOCENT_REASONS)
def test_innocent_reasons_are_named(name):
    groups = matched([judged(name, 1)])
    assert len(found_groups(groups, FOUND)) == len(groups)
    assert groups["explanation"].str.contains(INNOCENT_REASONS[name], case=False).all()


@pytest.mark.parametrize("name", THINNED)
def test_farms_are_found_where_nearly_everybody_is_one(name):
    scenario, copies = THINNED[name]
    groups = matched([judged(scenario, copies, crowd=0.05)])
    seen = found_groups(groups, FOUND)
    assert seen["verdict"].isin(COUNTED).sum() == len(groups)
    # With camouflage there are other contents to compare with; without, hardly any have three visitors.
    assert "no camouflage" in groups["kind"].iloc[0] or seen["reference"].ne("none").all()


@pytest.mark.parametrize(("name", "copies"), [("fan-clubs", 3), ("protest", 2)])
def test_the_innocent_alone_are_not_in_lockstep(name, copies):
    assert not np.any(called_lockstep(judged(name, copies, crowd=0.05)))
