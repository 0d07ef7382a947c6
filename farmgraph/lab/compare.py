"""Comparison: all methods on one log whose truth is known, each at its defaults and at its best."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from farmgraph.errors import BudgetError, UsageError
from farmgraph.graph.bipartite import BipartiteGraph, bipartite
from farmgraph.interactions.read import read
from farmgraph.interactions.table import Interactions
from farmgraph.lab import plot
from farmgraph.lab.evaluate import Evaluation, evaluate
from farmgraph.lab.labels import IN_LOCKSTEP, LOOK_ALIKE, Labels, read_labels
from farmgraph.lab.methods import LOCKSTEP, METHODS, Bench, Method, method_named
from farmgraph.render.export import write_csv
from farmgraph.runtime import (
    progress,
    refuse_existing,
    refuse_foreign,
    showing_progress,
    thread_count,
    whole_folder,
    whole_number,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCORES = ("precision", "recall", "f1", "average_precision", "roc_auc", "purity")
COUNTS = (
    *("n_flagged", "n_true", "n_false", "n_clusters", "groups_found", "n_groups"),
    *("look_alikes_flagged", "n_look_alikes"),
)
COLUMNS = (
    *("method", "setting", "default", "best", "precision", "recall", "f1", "average_precision", "roc_auc"),
    *("n_flagged", "n_true", "n_false", "n_clusters", "purity", "groups_found", "n_groups"),
    *("look_alikes_flagged", "n_look_alikes", "seconds", "note"),
)
GROUP_COLUMNS = (
    *("method", "setting", "default", "best", "group", "kind", "label", "n_accounts", "n_flagged", "recall"),
)
SUMMARY = ("setting", "f1", "precision", "recall", "n_false", "look_alikes_flagged", "note")
FILES = ("table.csv", "groups.csv", "figure.png", "figure.svg")
CAUTION = (
    "The best setting of a method is chosen with the labels in hand, which no user has: it is an upper bound."
)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Methods side by side on one log.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per method and setting:

        =================== ============================================================================
        method, setting     what was run
        default             whether it is the method's default
        best                whether it has the method's highest F1 on this log; at a tie the first of them,
                            and the default where there is no F1
        precision, recall   over accounts, from 0 to 1; NaN where they divide by nothing
        f1                  their harmonic mean; NaN where no account of the log is positive
        average_precision,  of the ranking of all accounts, see `farmgraph.evaluate`
        roc_auc
        n_flagged           accounts flagged
        n_true, n_false     accounts that are positive; accounts flagged that are not
        n_clusters          clusters flagged
        purity              median over them of the share of members that are of one and the same group
        groups_found        positive groups at least half of whose accounts are flagged
        n_groups            positive groups
        look_alikes_flagged look-alike groups at least half of whose accounts are flagged
        n_look_alikes       look-alike groups
        seconds             that this setting takes alone, on this machine; it differs from run to run
        note                empty, or why there are no figures, such as ``over budget: ...``
        =================== ============================================================================
    groups : pandas.DataFrame
        Per method, for its default and its best setting: ``method, setting, default, best, group, kind, label,
        n_accounts, n_flagged, recall``.
    n_accounts : int
        Accounts of the log.
    positive : tuple of str
        Labels of the groups that should be found.
    seed : int
    notes : tuple of str
        What the figures cannot show, one plain sentence each.
    """

    table: pd.DataFrame
    groups: pd.DataFrame
    n_accounts: int
    positive: tuple[str, ...]
    seed: int = 0
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> pd.DataFrame:
        """One row per method: its default and its best setting side by side (``default_f1``, ``best_f1``, ...)."""
        sides = [
            self.table[self.table[side]].set_index("method")[list(SUMMARY)].add_prefix(f"{side}_")
            for side in ("default", "best")
        ]
        return pd.concat(sides, axis=1).reset_index()

    def figure(self, ax: "Axes | None" = None) -> "Axes":
        """Draw F1 at the default and at the best setting, see `farmgraph.lab.plot.comparison`."""
        return plot.comparison(self.summary, ax=ax)

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write ``table.csv``, ``groups.csv``, ``figure.png`` and ``figure.svg`` into a folder.

        Parameters
        ----------
        folder : path
            It appears complete or not at all.
        overwrite : bool
            Whether a folder of that name may be replaced; never one that holds anything else.

        Returns
        -------
        pathlib.Path
            The folder.

        Raises
        ------
        InputError
            If the folder exists and may not be replaced, or cannot be made.
        """
        from matplotlib import rc_context
        from matplotlib.figure import Figure

        refuse_folder(Path(folder), overwrite=overwrite)
        with whole_folder(folder, overwrite=overwrite) as draft:
            write_csv(self.table, draft / "table.csv")
            write_csv(self.groups, draft / "groups.csv")
            # The same comparison gives the same bytes: no date, no random identifiers.
            with rc_context({"svg.hashsalt": "farmgraph"}):
                figure = Figure(figsize=plot.figure_size(len(self.summary)), layout="constrained")
                self.figure(figure.subplots())
                figure.savefig(draft / "figure.png", dpi=160)
                figure.savefig(draft / "figure.svg", metadata={"Date": None})
        return Path(folder)

    def __str__(self) -> str:
        return "\n".join([self._headline(), "", *_aligned(self.summary), "", CAUTION, *self.notes])

    def __repr__(self) -> str:
        n = self.table["method"].nunique()
        return f"<Comparison: {n} methods, {len(self.table)} settings, {self.n_accounts:,} accounts>"

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{escape(note)}</li>" for note in (CAUTION, *self.notes))
        table = self.summary.to_html(index=False, float_format=lambda value: f"{value:.3f}", na_rep="")
        return f"<p>{escape(self._headline())}</p>{table}<ul>{notes}</ul>"

    def _headline(self) -> str:
        known = self.table.dropna(subset=["n_true"])
        if known.empty:
            return f"{self.n_accounts:,} accounts; no method could be run."
        row = known.iloc[0]
        positive = " or ".join(self.positive)
        return (
            f"{self.n_accounts:,} accounts, {row['n_true']:,} of them labelled {positive} (groups: "
            f"{row['n_groups']:,}; look-alike groups: {row['n_look_alikes']:,}). Figures are over accounts."
        )


def compare(
    log: Any,
    labels: Any,
    *,
    methods: str | Iterable[str] | None = None,
    positive: str | Iterable[str] = IN_LOCKSTEP,
    seed: int = 0,
    threads: int | None = None,
) -> Comparison:
    """Run methods with several settings each on a log whose truth is known.

    Parameters
    ----------
    log : Interactions, BipartiteGraph, path or table
        What `farmgraph.read` or `farmgraph.bipartite` returned, or anything that `farmgraph.read` reads.
    labels : Labels, path or table
        The truth, or anything that `farmgraph.read_labels` reads.
    methods : str or iterable of str, optional
        Names of `farmgraph.lab.methods.METHODS`; by default all.
    positive : str or iterable of str
        Labels whose accounts should be found: farms and benign coordination, unless told otherwise.
    seed : int, default 0
        The same log, labels, options and seed give the same figures, apart from the seconds.
    threads : int, optional
        Threads to use; the figures do not depend on it.

    Returns
    -------
    Comparison

    Raises
    ------
    UsageError
        If a method, a label or an option is not known.
    InputError
        If the log or the labels cannot be read, or do not belong together.

    Notes
    -----
    The best setting of a method is chosen with the labels in hand, which no user has: it is an upper bound on what
    the method reaches on this log, and the more settings are tried, the more so. The default is what somebody
    gets who follows the method's description. Peers' methods are stand-ins for their procedures, see
    `farmgraph.lab.standins`.

    A setting whose network would not fit into memory is not run; its ``note`` says so. A log of 200,000 rows takes
    less than a minute and about 2 GB for all methods, on two cores. One log is one draw: compare over several
    before you conclude anything.

    Examples
    --------
    >>> import numpy as np, pandas as pd, farmgraph as fg
    >>> rng = np.random.default_rng(0)
    >>> crowd = pd.DataFrame({"user": rng.integers(200, size=2000), "page": rng.integers(300, size=2000)})
    >>> ring = pd.DataFrame([(1000 + u, 1000 + p) for u in range(6) for p in range(8)], columns=["user", "page"])
    >>> labels = pd.DataFrame({"account": [str(1000 + u) for u in range(6)]})
    >>> found = fg.compare(pd.concat([crowd, ring]), labels, methods=["lockstep blocks alone", "TF-IDF cosine"])
    >>> found
    <Comparison: 2 methods, 19 settings, 206 accounts>
    >>> found.summary[["method", "default_f1", "best_f1"]].values.tolist()
    [['lockstep blocks alone', 1.0, 1.0], ['TF-IDF cosine', 1.0, 1.0]]
    """
    chosen = _chosen(methods)
    positive = (positive,) if isinstance(positive, str) else tuple(positive)
    whole_number(seed, name="seed", least=0)
    thread_count(threads)
    truth = labels if isinstance(labels, Labels) else read_labels(labels)
    if not isinstance(log, BipartiteGraph):
        log = bipartite(log if isinstance(log, Interactions) else read(log, threads=threads), threads=threads)
    bench = Bench(log, seed=seed, threads=threads)
    rows: list[dict[str, Any]] = []
    groups: list[pd.DataFrame] = []
    notes: dict[str, None] = {}
    tasks = [(method, setting) for method in chosen for setting in method.grid]
    for method, setting in progress(tasks, step="Comparing methods"):
        # One bar at a time: the methods' own would be drawn into this one.
        with showing_progress(False):
            row, judged = _one(bench, method, setting, truth, positive)
        rows.append(row)
        if judged is not None:
            notes |= dict.fromkeys(judged.notes)
            groups.append(judged.groups.assign(method=method.name, setting=row["setting"]))
    table = _with_best(pd.DataFrame(rows))
    if not table["n_true"].fillna(0).any():
        notes |= {
            f"No account is labelled {' or '.join(positive)}, so there is nothing to find and no F1.": None
        }
    notes |= dict.fromkeys(
        f"{row['method']}: {row['note']}" for row in rows if row["default"] and row["note"]
    )
    return Comparison(
        table=table,
        groups=_shown_groups(groups, table),
        n_accounts=log.n_accounts,
        positive=positive,
        seed=seed,
        notes=tuple(notes),
    )


def refuse_folder(target: Path, *, overwrite: bool) -> None:
    """Raise InputError where a comparison could not be saved in the end, before any work."""
    refuse_existing(target, overwrite=overwrite)
    refuse_foreign(target, FILES)


def _chosen(methods: str | Iterable[str] | None) -> list[Method]:
    if methods is None:
        return list(METHODS)
    chosen = [method_named(name) for name in ([methods] if isinstance(methods, str) else methods)]
    if not chosen:
        raise UsageError("methods is empty; expected one name or more, or None for all.")
    return [method for method in METHODS if method in chosen]


def _one(
    bench: Bench, method: Method, setting: dict[str, Any], truth: Labels, positive: tuple[str, ...]
) -> tuple[dict[str, Any], Evaluation | None]:
    """Run and judge one setting: (row of the table, evaluation or None)."""
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {"method": method.name, "setting": method.words(setting), "default": setting == method.default}
    start, reused = time.perf_counter(), bench.reused_s
    try:
        found = method.run(bench, **setting)
    except BudgetError as error:
        return row | {"note": f"over budget: {error}"}, None
    except UsageError as error:
        # The settings are ours, so what cannot be used is the log: it has no times.
        return row | {"note": f"not run: {error}"}, None
    seconds = time.perf_counter() - start + bench.reused_s - reused
    verdicts = setting.get("verdicts", LOCKSTEP)
    judged = evaluate(found, truth, accounts=bench.graph, verdicts=verdicts, positive=positive)
    flagged = judged.clusters[judged.clusters["flagged"]]
    figures = judged.to_dict()
    row |= {name: figures[name] for name in COLUMNS if name in figures}
    half = judged.groups[judged.groups["recall"] >= 0.5]["label"]
    return row | {
        "f1": judged.f1 if judged.n_true else np.nan,
        "n_clusters": len(flagged),
        "purity": flagged["purity"].median(),
        "groups_found": int(half.isin(positive).sum()),
        "n_groups": int(judged.groups["label"].isin(positive).sum()),
        "look_alikes_flagged": int((half == LOOK_ALIKE).sum()),
        "n_look_alikes": int((judged.groups["label"] == LOOK_ALIKE).sum()),
        "seconds": round(seconds, 3),
        "note": "",
    }, judged


def _with_best(table: pd.DataFrame) -> pd.DataFrame:
    """Mark each method's best setting and give the columns their types."""
    f1 = pd.to_numeric(table["f1"])
    best = f1.groupby(table["method"]).transform("max")
    candidates = (f1 == best) | (best.isna() & table["default"])
    table["best"] = candidates & ~table["method"].where(candidates).duplicated()
    kinds: dict[str, Any] = dict.fromkeys((*SCORES, "seconds"), "float64") | dict.fromkeys(COUNTS, "Int64")
    return table.astype(kinds | {"method": "str", "setting": "str", "note": "str", "default": "bool"})


def _shown_groups(groups: list[pd.DataFrame], table: pd.DataFrame) -> pd.DataFrame:
    """Return the recall of each group at each method's default and best setting."""
    if not groups:
        return pd.DataFrame(columns=list(GROUP_COLUMNS))
    marks = table.loc[table["default"] | table["best"], ["method", "setting", "default", "best"]]
    joined = pd.concat(groups, ignore_index=True).merge(marks, on=["method", "setting"])
    return joined[list(GROUP_COLUMNS)]


def _aligned(summary: pd.DataFrame) -> list[str]:
    """Return the summary as lines of text: methods left, figures right."""
    header = [
        "method",
        "default: F1 (P, R)",
        "false",
        "alike",
        "best: F1 (P, R)",
        "false",
        "alike",
        "setting",
    ]
    lines = [header]
    for row in summary.to_dict("records"):
        cells = [row["method"]]
        for side in ("default", "best"):
            f1, precision, recall = (_figure(row[f"{side}_{x}"]) for x in ("f1", "precision", "recall"))
            cells += [f"{f1} ({precision}, {recall})"]
            cells += [_count(row[f"{side}_{x}"]) for x in ("n_false", "look_alikes_flagged")]
        lines.append([*cells, plot.shown_setting(row)])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    left = (0, len(header) - 1)
    return [
        "  ".join(
            c.ljust(w) if i in left else c.rjust(w) for i, (c, w) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def _figure(value: float) -> str:
    return "  - " if pd.isna(value) else f"{value:.2f}"


def _count(value: Any) -> str:
    return "-" if pd.isna(value) else f"{value:,}"
