"""One contract for every detector."""

import inspect

import pandas as pd
import pytest
from logs import log_of
from planted import planted_log

import farmgraph as fg

LOG = planted_log(seed=2, n_rows=8_000, n_accounts=500, n_contents=400, farms={"f": ("burst", 15, 10, 0.9)})
COLUMNS = ["account", "content", "time"]


def by_lockstep(log, **options):
    return fg.lockstep(fg.bipartite(log_of(log)), **options)


def by_leiden(log, **options):
    return fg.leiden(fg.co_engagement(fg.bipartite(log_of(log)), window="1h", min_contents=2), **options)


DETECTORS = {"lockstep": by_lockstep, "leiden": by_leiden}
pytestmark = pytest.mark.parametrize("name", DETECTORS)


def as_sets(clusters):
    return [frozenset(clusters.accounts_of(c)) for c in clusters.ids]


def test_shape(name):
    found = DETECTORS[name](LOG[COLUMNS])
    assert isinstance(found, fg.Clusters)
    assert len(found) >= 1
    assert found.ids == list(range(1, len(found) + 1))
    assert found.method == name
    assert set(found.members["cluster"]) == set(found.ids)
    assert found.members["score"].between(0, 1).all()
    assert not found.members.duplicated(["cluster", "account"]).any()
    assert found.values.is_monotonic_decreasing
    assert pd.api.types.is_float_dtype(found.values)


def test_same_seed_same_clusters(name):
    one, two = DETECTORS[name](LOG[COLUMNS], seed=3), DETECTORS[name](LOG[COLUMNS], seed=3)
    pd.testing.assert_frame_equal(one.members, two.members)
    pd.testing.assert_frame_equal(one.contents, two.contents)


def test_names_order_and_week_do_not_matter(name):
    other = LOG[COLUMNS].sample(frac=1, random_state=1)
    other = other.assign(account=other["account"].str[::-1], time=other["time"] + 4 * 7 * 86_400)
    one, two = DETECTORS[name](LOG[COLUMNS]), DETECTORS[name](other)
    assert {frozenset(a[::-1] for a in s) for s in as_sets(one)} == set(as_sets(two))


def test_finds_the_planted_farm(name):
    members = set(LOG.loc[LOG["group"] == "f", "account"])
    best = max(as_sets(DETECTORS[name](LOG[COLUMNS])), key=lambda s: len(s & members))
    assert len(best & members) >= 0.9 * len(members)


def test_convention(name):
    parameters = list(inspect.signature(getattr(fg, name)).parameters.values())
    assert sum(p.kind is not p.KEYWORD_ONLY for p in parameters) == 1
    assert inspect.signature(getattr(fg, name)).parameters["seed"].default == 0


def test_a_tiny_log_is_no_crash(name):
    found = DETECTORS[name](pd.DataFrame({"account": ["a"], "content": ["p"], "time": [0]}))
    assert len(found) == 0
