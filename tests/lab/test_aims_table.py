"""The table of aims, from evaluations made by hand: what counts, where the lines are, what is missing."""

import numpy as np
import pandas as pd
import pytest
from benchmarks.aims import PRECISION, aims, called_lockstep, matched

from farmgraph.lab.evaluate import Evaluation

GROUP = {"n_accounts": 10, "recall": 1.0, "verdict": "lockstep", "purity": 1.0, "cluster_recall": 1.0}


def evaluation(*groups, n_correct=90, n_flagged=90, n_true=90, false=0):
    """Return what one log gave: each group with a cluster of its own, `false` of them being no farm's."""
    rows = [
        {"group": f"g{i}", "kind": "burst", "label": "farm", "cluster": i, **GROUP, **g}
        for i, g in enumerate(groups)
    ]
    table = pd.DataFrame(rows).astype({"cluster": "Int64"})
    table["n_flagged"] = (table["recall"] * table["n_accounts"]).astype(int)
    clusters = pd.DataFrame(
        {
            "cluster": range(len(rows)),
            "group": table["group"],
            "purity": table["purity"],
            "flagged": table["verdict"] == "lockstep",
            "false": [i < false for i in range(len(rows))],
            "explanation": [g.get("explanation", "") for g in groups],
            "reference": [g.get("reference") for g in groups],
        }
    )
    said = table.drop(columns=[c for c in ("explanation", "reference") if c in table])
    figures = dict.fromkeys(
        ("precision", "recall", "f1", "average_precision", "roc_auc", "false_per_1000"), np.nan
    )
    counts = {
        "n_flagged": n_flagged,
        "n_true": n_true,
        "n_correct": n_correct,
        "n_false": n_flagged - n_correct,
    }
    return Evaluation(n_accounts=1000, **counts, **figures, groups=said, clusters=clusters)


def table(**judged):
    """Return the table of aims by log, everything that is not given being perfect or empty."""
    one = evaluation({}, n_flagged=0, n_correct=0)
    usual = {
        "farms": {},
        "innocent": {},
        "organic": {"organic": [{0.05: one}]},
        "mixed": {"mixed": [{0.05: one, 0.2: one}]},
        "thinned": {},
    }
    limits = pd.DataFrame(
        {
            "n_accounts": [5, 10, 20, 50],
            "participation": [1.0, 0.5, 0.5, 0.1],
            "n_contents": [9.0, 5.0, np.nan, np.nan],
            "limit": [1.0, 4.0, 30.0, 40.0],
            "limit_typical": [1.0, 3.0, 25.0, 40.0],
        }
    )
    million = {
        **{"interactions": 960_980, "threads": 2, "peak_memory_mb": 757.1},
        **{"lockstep_s": 5.0, "weigh_s": 85.5, "read_and_graph_s": 1.0},
    }
    p_values = [np.linspace(0.01, 1, 100)]
    return aims({**usual, **judged}, p_values=p_values, frontier=limits, million=million).set_index("log")


@pytest.mark.parametrize(
    ("name", "n_correct", "n_flagged", "met"),
    # Of 90 accounts 88 are .978; of 90 flagged 89 are .989, which is less than the precision asked.
    [("burst", 88, 88, "yes"), ("burst", 87, 87, "no"), ("burst", 89, 90, "no"), ("sparse", 84, 84, "yes")],
)
def test_farms(name, n_correct, n_flagged, met):
    assert PRECISION > 89 / 90
    found = table(farms={name: [{0.05: evaluation({}, n_correct=n_correct, n_flagged=n_flagged)}]})
    assert found.loc[name, "met"] == met


def test_nothing_flagged_is_no_success():
    found = table(farms={"burst": [{0.05: evaluation({}, n_correct=0, n_flagged=0)}]})
    assert found.loc["burst", ["measured", "met"]].tolist() == ["precision nan, recall 0.000", "no"]


def test_quiet_farms_need_no_verdict_of_lockstep():
    seen, mixed_up = {"verdict": "undetermined"}, {"purity": 0.94}
    found = table(
        farms={"drip": [{0.05: evaluation(seen, {})}], "own-clock": [{0.05: evaluation({}, mixed_up)}]}
    )
    assert found.loc["drip", "met"] == "yes"
    assert "2 of 2 farms" in found.loc["drip", "measured"]
    assert found.loc["own-clock", "met"] == "no"
    same = table(farms={"drip": [{0.05: evaluation({"verdict": "same audience"})}]})
    assert same.loc["drip", "met"] == "no"


def test_organic_logs_are_judged_by_the_upper_bound():
    clean, alarm = evaluation({"verdict": "same audience"}, n_flagged=0, n_correct=0), evaluation({})
    rows = table(organic={"organic": [{0.05: clean}] * 96 + [{0.05: alarm}] * 4}).loc["organic"]
    # The exact 95 % interval of 4 in 100 ends at .0993, that of 5 at .1128. Of 100,000 accounts 360 are 3.6 per 1,000.
    assert rows["met"].tolist() == ["yes", "no"]
    assert rows["measured"].tolist() == ["4 of 100 logs (0.011 to 0.099)", "3.60"]
    rows = table(organic={"organic": [{0.05: clean}] * 95 + [{0.05: alarm}] * 5}).loc["organic"]
    assert rows["met"].tolist() == ["no", "no"]


def test_a_look_alike_is_called_lockstep_by_its_accounts_or_by_its_cluster():
    groups = (
        {"recall": 0.5, "verdict": None, "purity": 0.1},
        {"recall": 0.2, "verdict": "lockstep", "purity": 0.5},
        {"recall": 0.4, "verdict": "lockstep", "purity": 0.4},
        {"recall": 0.0, "verdict": "same audience"},
    )
    assert called_lockstep(evaluation(*groups)).tolist() == [True, True, False, False]
    found = table(
        innocent={"protest": [{0.05: evaluation(*groups)}], "giveaway": [{0.05: evaluation(*groups)}]}
    )
    assert found.loc["protest", "measured"].startswith("2 of 4 groups")
    assert "giveaway" not in found.index


def test_innocent_reasons():
    named, not_named = {"explanation": "A class with one timetable."}, {"explanation": "One publisher."}
    found = table(farms={"school-classes": [{0.05: evaluation(named, named)}]})
    assert found.loc["school-classes", "met"] == "yes"
    found = table(farms={"school-classes": [{0.05: evaluation(named, not_named)}]})
    assert found.loc["school-classes", "measured"] == "2 of 2 groups found (2 lockstep), reason named for 1"
    assert found.loc["school-classes", "met"] == "no"


def test_false_discoveries_and_p_values():
    few = evaluation(*[{}] * 20, false=1)
    many = evaluation(*[{}] * 20, false=2)
    found = table(mixed={"mixed": [{0.05: few, 0.2: few}, {0.05: many, 0.2: many}]})
    # The mean of .05 and .1 is .075.
    assert found.loc["mixed", "met"].tolist() == ["no", "yes"]
    assert found.loc["mixed", "measured"].str.startswith("0.075 ").all()
    assert found.loc["crowd", "met"] == "yes"


def test_thinned_logs_say_whom_farms_were_compared_with():
    known, unknown = {"reference": "other contents"}, {}
    quiet = {"verdict": "undetermined", "reference": "none"}
    thin = {"burst": [{0.05: evaluation(known, quiet)}], "drip": [{0.05: evaluation(unknown, unknown)}]}
    found = table(thinned=thin)
    assert found.loc["burst, thinned"].tolist() == [
        *(
            "found, lockstep or undetermined, and with whom compared",
            "2 of 2 farms: 1 lockstep, 1 undetermined; reference: 1 other contents, 1 none",
            "yes",
        )
    ]
    assert found.loc["drip, thinned", "measured"] == "2 of 2 farms: 2 lockstep; reference: not said"
    club = {"label": "look-alike", "kind": "fan club", "verdict": "same audience", "recall": 0.0}
    found = table(thinned={"fan-clubs": [{0.05: evaluation(club)}]})
    assert found.loc["fan-clubs, thinned", ["measured", "met"]].tolist() == ["0 of 1 groups", "yes"]


def test_large_logs_and_the_frontier():
    found = table()
    assert found.loc["mixed, 960,980 rows", "met"] == "no"
    assert "90 s (5 + 86) on 2, 757 MB" in found.loc["mixed, 960,980 rows", "measured"]
    # Five accounts are not asked for, and 1.5 times a limit of 40 is more than the 50 contents that are tried. Five
    # contents are within 1.5 x 4, not within 1.5 x 3.
    assert found.loc["frontier", "measured"].tolist() == [
        "1 of 2 points; others: 20 accounts at 0.5: not with 50 (limit 30.0)",
        "0 of 2 points; others: 10 accounts at 0.5: 5 (limit 3.0); 20 accounts at 0.5: not with 50 (limit 25.0)",
    ]


def test_groups_without_a_cluster_have_nothing_said_of_them():
    one = evaluation({}, {"cluster": None, "purity": np.nan, "cluster_recall": 0.0, "verdict": None})
    groups = matched([one, one])
    assert groups["explanation"].isna().tolist() == [False, True, False, True]
