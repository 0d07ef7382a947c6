"""The planted log that figures of one cluster are drawn of."""

import pytest
from render.planted import planted

import farmgraph as fg


@pytest.fixture(scope="module")
def log():
    return planted(n_people=300)


@pytest.fixture(scope="module")
def weighed(log):
    return fg.weigh(log["clusters"], log["graph"], draws=99)
