"""Series of experiments: many logs, each job cached, so that a series can be stopped and taken up again."""

import ast
import hashlib
import pickle
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import farmgraph
from farmgraph.detect.clusters import CONTENT_COLUMNS, MEMBER_COLUMNS, Clusters
from farmgraph.detect.lockstep import lockstep
from farmgraph.evidence.weigh import weigh
from farmgraph.graph.bipartite import BipartiteGraph, bipartite
from farmgraph.lab.compare import compare
from farmgraph.lab.evaluate import Evaluation, evaluate
from farmgraph.lab.frontier import frontier
from farmgraph.lab.groups import Group
from farmgraph.lab.labels import Labels
from farmgraph.lab.methods import METHODS
from farmgraph.lab.scenarios import simulate
from farmgraph.lab.thin import thinned
from farmgraph.runtime import progress, whole_number

ROOMS = ("interactions", "graph", "detect", "evidence", "lab")
DRAWING = ("curves.py", "plot.py", "portraits.py")
LIBRARIES = ("igraph", "leidenalg", "numba", "numpy", "pandas", "pyarrow", "scipy")

OURS = ("farmgraph", "lockstep blocks alone")
PEERS = tuple(method.name for method in METHODS if method.name not in OURS)
OUR_CODE = (
    *("evidence/", "detect/complete.py", "detect/divide.py", "detect/lockstep.py"),
    *("graph/nearest.py", "graph/nulls.py", "graph/times.py", "graph/topics.py"),
)
"""Code that no method of peers runs, so that their results outlive a change of it; a test watches over that."""

WORDS = ("explanation", "reference")
"""What the evidence says of a cluster beside its verdict; an evidence without such a column says nothing."""

CROWD = "crowd"


@dataclass(frozen=True)
class Job:
    """One experiment: a function of this module by name, and its options.

    Attributes
    ----------
    experiment : str
        Name in `EXPERIMENTS`.
    options : dict
        Keyword arguments, of types whose ``repr`` says all.
    """

    experiment: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """File name of the result: experiment, options, and the code and libraries that made it."""
        methods = self.options.get("methods", (self.options.get("method"),))
        without = OUR_CODE if set(methods) <= set(PEERS) else ()
        said = repr((self.experiment, sorted(self.options.items()), code_digest(without)))
        return f"{self.experiment}-{hashlib.sha256(said.encode()).hexdigest()[:20]}.pickle"


def comparison(
    *, scenario: str, n_rows: int, seed: int, methods: Sequence[str] = (*OURS, *PEERS)
) -> dict[str, pd.DataFrame]:
    """Compare methods on one log: the tables of a `Comparison`, with ``scenario`` and ``seed``."""
    made = simulate(scenario, n_rows=n_rows, seed=seed, threads=1)
    found = compare(made.log, made.labels, methods=methods, threads=1)
    return {
        "table": found.table.assign(scenario=scenario, seed=seed),
        "groups": found.groups.assign(scenario=scenario, seed=seed),
    }


def judgement(
    *,
    scenario: str | Group,
    n_rows: int,
    seed: int,
    copies: int | None = None,
    crowd: float | None = None,
    q: Sequence[float] = (0.05,),
    threads: int | None = 1,
) -> dict[float, Evaluation]:
    """Find blocks in one log and weigh them: what is flagged as lockstep at each q, held against the labels.

    With ``crowd`` the log is thinned to that share of it first. `Evaluation.clusters` have two columns more, `WORDS`.
    """
    made = simulate(scenario, n_rows=n_rows, copies=copies, seed=seed, threads=threads)
    if crowd is not None:
        made = thinned(made, crowd=crowd)
    graph = bipartite(made.log)
    weighed = weigh(lockstep(graph, threads=threads), graph, threads=threads)
    judged = {level: weighed.at_q(level) for level in q}
    return {
        level: _with_words(evaluate(one, made.labels, accounts=graph), one.table)
        for level, one in judged.items()
    }


def _with_words(judged: Evaluation, table: pd.DataFrame) -> Evaluation:
    """Put what the evidence says of each cluster beside what the labels say."""
    said = table.set_index("cluster").reindex(columns=list(WORDS)).astype(object)
    return replace(judged, clusters=judged.clusters.join(said, on="cluster"))


def null_p_values(*, kind: str, n_rows: int, copies: int, seed: int) -> np.ndarray:
    """Weigh groups of one kind exactly as they are labelled: their p-values.

    The kind ``crowd`` stands for accounts of the crowd taken at random, on contents that they happen to share: nobody
    acts together, and each came as everybody comes, so that the null of the timing test holds and p-values should be
    uniform. Other kinds are planted; farms on their ``own clock`` and fan clubs break the null a little or more.
    """
    if kind == CROWD:
        made = simulate("crowd", n_rows=n_rows, seed=seed, threads=1)
        graph = bipartite(made.log)
        groups = random_groups(graph, copies, seed)
    else:
        made = simulate(Group(kind, 30, 15, 0.9, copies=copies), n_rows=n_rows, seed=seed, threads=1)
        graph = bipartite(made.log)
        groups = labelled(made.labels, graph)
    return weigh(groups, graph, threads=1).table["p_value"].to_numpy(np.float64)


def random_groups(graph: BipartiteGraph, copies: int, seed: int) -> Clusters:
    """Return clusters of 60 random accounts (of those with ten contents or more) and 15 contents that three share."""
    rng = np.random.default_rng(seed)
    able = np.flatnonzero(graph.account_degrees >= 10)
    members, contents = [], []
    for cluster in range(1, copies + 1):
        chosen = rng.choice(able, 60, replace=False)
        shared = np.bincount(
            graph.account_contents[np.isin(graph.edge_accounts, chosen)], minlength=graph.n_contents
        )
        # Others have to be there as well, or there is nobody to compare with.
        fitting = np.flatnonzero((shared >= 3) & (graph.content_degrees >= 4 * shared))
        on = rng.choice(fitting, min(15, len(fitting)), replace=False)
        members += [(cluster, name, 1.0) for name in graph.names_of_accounts(chosen)]
        contents += [
            (cluster, name, int(shared[c])) for c, name in zip(on, graph.names_of_contents(on), strict=True)
        ]
    return Clusters(
        members=pd.DataFrame(members, columns=list(MEMBER_COLUMNS)),
        contents=pd.DataFrame(contents, columns=list(CONTENT_COLUMNS)),
        values=pd.Series(0.0, index=range(1, copies + 1)),
        method="random",
        seed=seed,
    )


def frontier_point(
    *, method: str, n_accounts: int, participation: float, n_rows: int, n_farms: int, seed: int
) -> pd.DataFrame:
    """Find one point of the frontier: a row of the table of a `Frontier`, with ``method``."""
    one = frontier(
        method,
        n_accounts=(n_accounts,),
        participation=(participation,),
        n_rows=n_rows,
        n_farms=n_farms,
        seed=seed,
    )
    return one.table.assign(method=method)


EXPERIMENTS: dict[str, Callable[..., Any]] = {
    "comparison": comparison,
    "judgement": judgement,
    "null_p_values": null_p_values,
    "frontier_point": frontier_point,
}


def labelled(labels: Labels, graph: BipartiteGraph) -> Clusters:
    """Return the planted groups as clusters, as if a detector had found each of them exactly.

    Examples
    --------
    >>> import farmgraph as fg
    >>> made = fg.simulate("burst", n_rows=5_000, copies=1)
    >>> labelled(made.labels, fg.bipartite(made.log))
    <Clusters: 1 found by labels, 30 accounts>
    """
    known = set(graph.account_names.to_pylist()), set(graph.content_names.to_pylist())
    number = {group: i for i, group in enumerate(labels.groups["group"], start=1)}
    members = labels.members[labels.members["account"].isin(known[0])]
    targets = labels.targets[labels.targets["content"].isin(known[1])]
    return Clusters(
        members=pd.DataFrame(
            {"cluster": members["group"].map(number), "account": members["account"], "score": 1.0}
        ).reset_index(drop=True),
        contents=pd.DataFrame(
            {"cluster": targets["group"].map(number), "content": targets["content"], "n_accounts": 0},
            columns=list(CONTENT_COLUMNS),
        ).reset_index(drop=True),
        values=pd.Series(0.0, index=list(number.values())),
        method="labels",
    )


def run(jobs: Sequence[Job], folder: str | Path, *, processes: int = 2) -> list[Any]:
    """Run jobs in processes, take from the folder what was done before, and return all results in order.

    Parameters
    ----------
    jobs : sequence of Job
    folder : path
        Where results are kept, one file per job. A change of the code, the libraries or the options makes a job anew.
    processes : int
        How many at a time.

    Returns
    -------
    list
        What each job's function returned.

    Raises
    ------
    UsageError
        If `processes` is not 1 or more.

    Notes
    -----
    Stopping loses the jobs under way and nothing else. Results are pickled: use only a folder of your own.

    Examples
    --------
    >>> import tempfile
    >>> job = Job("judgement", {"scenario": "burst", "n_rows": 20_000, "seed": 0})
    >>> with tempfile.TemporaryDirectory() as place:
    ...     [found] = run([job], place, processes=1)
    >>> found[0.05].n_true
    90
    """
    whole_number(processes, name="processes", least=1)
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    open_jobs = {job.key: job for job in jobs if not (place / job.key).exists()}
    done = _in_processes(open_jobs, processes) if processes > 1 else _one_by_one(open_jobs)
    for key, result in progress(
        done, step=f"{len(open_jobs):,} of {len(jobs):,} jobs to do", total=len(open_jobs)
    ):
        draft = place / f"{key}.draft"
        draft.write_bytes(pickle.dumps(result))
        draft.rename(place / key)
    return [pickle.loads((place / job.key).read_bytes()) for job in jobs]


def _one_by_one(jobs: Mapping[str, Job]) -> Iterator[tuple[str, Any]]:
    for key, job in jobs.items():
        yield key, _do(job)


def _in_processes(jobs: Mapping[str, Job], processes: int) -> Iterator[tuple[str, Any]]:
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting = {pool.submit(_do, job): key for key, job in jobs.items()}
        try:
            for future in as_completed(waiting):
                yield waiting[future], future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _do(job: Job) -> Any:
    return EXPERIMENTS[job.experiment](**job.options)


@lru_cache
def code_digest(without: tuple[str, ...] = ()) -> str:
    """Return a hash of the code and the libraries that results depend on; comments and docstrings do not count.

    Files whose path in the package begins with one of ``without`` are left out.
    """
    digest = hashlib.sha256()
    for file in code_files(without):
        digest.update(_bare_code(file.read_text(encoding="utf-8")).encode())
    digest.update(sys.version.encode())
    digest.update(repr([(name, version(name)) for name in LIBRARIES]).encode())
    return digest.hexdigest()


def code_files(without: tuple[str, ...] = ()) -> list[Path]:
    """Return the files that `code_digest` reads."""
    home = Path(farmgraph.__file__).parent
    rooms = [file for room in ROOMS for file in sorted((home / room).rglob("*.py"))]
    return [
        file
        for file in (home / "errors.py", home / "runtime.py", *rooms)
        if file.name not in DRAWING and not file.relative_to(home).as_posix().startswith(without)
    ]


def _bare_code(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [line for line in body if not _is_text(line)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(line: ast.AST) -> bool:
    return (
        isinstance(line, ast.Expr)
        and isinstance(line.value, ast.Constant)
        and isinstance(line.value.value, str)
    )
