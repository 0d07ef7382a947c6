"""Pictures of simulated logs: what each panel holds."""

import numpy as np
import pytest

import farmgraph as fg
from farmgraph.lab.curves import frontier_curves, reliability_curve
from farmgraph.lab.pooled import reliability
from farmgraph.lab.portraits import PANELS, marginals, portraits, tail


@pytest.fixture(scope="module")
def made():
    return fg.simulate("burst", n_rows=20_000, copies=1, seed=1)


@pytest.fixture(autouse=True)
def close():
    yield
    from matplotlib import pyplot as plt

    plt.close("all")


def test_a_line_of_panels_per_group(made):
    figure = portraits(made)
    assert [ax.get_title() for ax in figure.axes] == list(PANELS)
    first = figure.axes[0]
    assert first.get_ylabel() == "burst 1 (no camouflage)\n30 accounts x 15"
    # 30 x 15 chances of 0.9 make about 405 ticks, each in the row of its account.
    ticks = first.lines[0].get_ydata()
    assert 370 <= len(ticks) <= 440
    assert set(np.unique(ticks)) <= set(range(30))


def test_shares_add_up_to_one(made):
    for ax in portraits(made).axes[2:4]:
        for steps in ax.patches:
            assert steps.get_data().values.sum() == pytest.approx(1)


def test_tail_is_the_share_at_least_as_large():
    from matplotlib import pyplot as plt

    _, ax = plt.subplots()
    tail(ax, np.array([1, 1, 2, 4, 0]))
    # Of the four values above 0: all are at least 1, two at least 2, one at least 4.
    assert ax.lines[0].get_xdata().tolist() == [1, 2, 4]
    assert ax.lines[0].get_ydata().tolist() == [1, 0.5, 0.25]


def test_marginals_stand_beside_a_crowd_of_the_same_size():
    figure = marginals({"retweets": fg.datasets.load("russian_coord_tweets")})
    assert len(figure.axes) == 6
    assert [len(ax.lines) for ax in figure.axes[:4]] == [2, 2, 2, 2]
    assert "35,124 rows" in figure.axes[0].get_ylabel()


def test_messages(made):
    with pytest.raises(fg.UsageError, match="no group 'brust 1'; the log has burst 1"):
        portraits(made, groups=["brust 1"])
    with pytest.raises(fg.UsageError, match="the log has none"):
        portraits(fg.simulate("crowd", n_rows=5_000))
    with pytest.raises(fg.UsageError, match="'pairs' has no times"):
        marginals({"pairs": fg.datasets.load("fraudar_example")})
    with pytest.raises(fg.UsageError, match="expected 'n_accounts' among them"):
        frontier_curves(reliability(np.array([0.5])))


def test_reliability_curves_share_axes():
    ax = reliability_curve(reliability(np.linspace(0.01, 0.99, 50)), label="even")
    again = reliability_curve(reliability(np.full(50, 0.001)), label="small", ax=ax)
    assert again is ax
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["calibrated", "even", "small"]
