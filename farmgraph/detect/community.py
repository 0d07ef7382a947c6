"""Clusters of a co-engagement network: Leiden on pairs of accounts."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.detect.clusters import CONTENT_COLUMNS, Clusters
from farmgraph.errors import InputError, UsageError
from farmgraph.graph.coengagement import CoEngagement
from farmgraph.graph.communities import partition
from farmgraph.runtime import whole_number


def leiden(
    pairs: Any,
    *,
    objective: str = "modularity",
    resolution: float = 1.0,
    weight: str = "weight",
    min_accounts: int = 3,
    seed: int = 0,
) -> Clusters:
    """Divide a network of accounts into communities with the Leiden algorithm.

    Parameters
    ----------
    pairs : CoEngagement or table
        What `farmgraph.co_engagement` returned, or a table with ``account_a``, ``account_b``
        and a column of weights, one row per pair: pandas, polars, pyarrow, a DuckDB relation
        or anything else with the Arrow PyCapsule interface.
    objective : {"modularity", "cpm", "rb", "surprise", "significance"}
        What is optimised, see `farmgraph.graph.communities.partition`. Modularity overlooks
        groups that are small beside the whole network; a higher resolution or ``cpm`` finds them.
    resolution : float
        Above 0: higher means more and smaller clusters. For ``cpm`` it is the mean weight per pair
        that a cluster must exceed.
    weight : str
        Column with the weights, 0 or more. Pairs of weight 0 are left out.
    min_accounts : int
        Clusters with fewer accounts are left out, 2 or more.
    seed : int
        Same pairs, options and seed, same clusters.

    Returns
    -------
    Clusters
        ``score`` of a member is the share of the cluster's other members that it is linked to.
        ``values`` is the sum of the weights inside the cluster; clusters are numbered by it,
        largest first. ``contents`` is empty: `farmgraph.weigh` fills it.

    Raises
    ------
    InputError
        If a column is missing, a name or weight is missing, or a weight is not 0 or more.
    UsageError
        If an option cannot be used.

    Notes
    -----
    About linear in the number of pairs. Each account ends up in one cluster at most, though a
    farm's workers may serve several customers. Finds dense groups, whatever brought them together: a
    cluster is not evidence. Names do not influence the result for a CoEngagement, whose codes
    come from structure; for a table they decide the order of accounts, and so ties.

    References
    ----------
    Traag, Waltman & van Eck, From Louvain to Leiden, Scientific Reports 9:5233, 2019.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> pairs = pd.DataFrame([("a", "b", 3), ("a", "c", 2), ("b", "c", 4), ("c", "d", 1), ("d", "e", 2)])
    >>> pairs.columns = ["account_a", "account_b", "weight"]
    >>> clusters = fg.leiden(pairs)
    >>> clusters.accounts_of(1), float(clusters.values[1])
    (['a', 'b', 'c'], 9.0)
    >>> clusters.notes
    ('2 accounts are in 1 clusters of fewer than 3 accounts, which were left out.',)
    """
    if isinstance(min_accounts, bool) or int(min_accounts) != min_accounts or min_accounts < 2:
        raise UsageError(f"min_accounts is {min_accounts!r}; expected a whole number of 2 or more.")
    codes_a, codes_b, weights, names = _edges(pairs, weight)
    a, b, weights, notes = _simple(codes_a, codes_b, weights)
    # Accounts without pairs have no part in this: number the others without gaps, in the same order.
    present, ends = np.unique(np.concatenate((a, b)), return_inverse=True)
    a, b = ends[: len(a)], ends[len(a) :]
    whole_number(seed, name="seed", least=0)
    membership = partition(len(present), a, b, weights, objective=objective, resolution=resolution, seed=seed)
    if not len(a):
        notes.append("There are no pairs, so there are no clusters.")
    members, values, left_out = _tables(membership, a, b, weights, min_accounts)
    if left_out[0]:
        notes.append(
            f"{left_out[0]:,} accounts are in {left_out[1]:,} clusters of fewer than {min_accounts} accounts, "
            "which were left out."
        )
    members["account"] = pa.table({"name": names.take(pa.array(present[members["account"]]))}).to_pandas()[
        "name"
    ]
    return Clusters(
        members=members,
        contents=pd.DataFrame(
            {name: pd.Series(dtype=kind) for name, kind in zip(CONTENT_COLUMNS, _KINDS, strict=True)}
        ),
        values=values,
        method="leiden",
        parameters={
            "objective": objective,
            "resolution": resolution,
            "weight": weight,
            "min_accounts": int(min_accounts),
            "window": pairs.window if isinstance(pairs, CoEngagement) else None,
        },
        seed=seed,
        notes=tuple(notes),
    )


_KINDS = ("int64", "str", "int64")


def _edges(pairs: Any, weight: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, pa.Array]:
    """Return codes of both accounts, the weights (float64) and the names by code."""
    if isinstance(pairs, CoEngagement):
        if weight not in pairs.pairs or not pd.api.types.is_numeric_dtype(pairs.pairs[weight]):
            raise UsageError(f"weight is {weight!r}; expected 'weight' or 'n_contents'.")
        weights = pairs.pairs[weight].to_numpy(np.float64)
        return pairs.codes_a, pairs.codes_b, weights, pairs.graph.account_names
    if not hasattr(pairs, "__arrow_c_stream__"):
        raise UsageError(f"pairs is a {type(pairs).__name__}; expected a CoEngagement or a table of pairs.")
    table = pa.table(pairs)
    for name in ("account_a", "account_b", weight):
        if name not in table.column_names:
            raise InputError(f"The table has the columns {table.column_names}; expected {name!r} among them.")
        if table[name].null_count:
            raise InputError(f"Column {name!r} has {table[name].null_count:,} missing values; expected none.")
    try:
        weights = table[weight].cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(f"Column {weight!r} is {table[weight].type}; expected numbers.") from None
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise InputError(
            f"Column {weight!r} has values that are negative, infinite or not numbers; expected 0 or more."
        )
    ends = [table[name].cast(pa.string()).combine_chunks() for name in ("account_a", "account_b")]
    names = pc.unique(pa.chunked_array(ends, pa.string()))
    names = names.take(pc.sort_indices(names))
    codes_a, codes_b = (pc.index_in(end, value_set=names).to_numpy() for end in ends)
    return codes_a, codes_b, weights, names


def _simple(
    codes_a: np.ndarray, codes_b: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Order pairs by code, each once: (a, b, weights, notes)."""
    notes = []
    apart = codes_a != codes_b
    if not apart.all():
        notes.append(f"{int((~apart).sum()):,} pairs of an account with itself were left out.")
    linked = apart & (weights > 0)
    if linked.sum() < apart.sum():
        notes.append(f"{int(apart.sum() - linked.sum()):,} pairs of weight 0 were left out.")
    low, high = np.minimum(codes_a, codes_b)[linked], np.maximum(codes_a, codes_b)[linked]
    kept = weights[linked]
    order = np.lexsort((kept, high, low))
    low, high, kept = low[order], high[order], kept[order]
    first = np.ones(len(low), bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    if not first.all():
        notes.append(f"{int((~first).sum()):,} pairs occur more than once; their weights were added.")
        kept = np.add.reduceat(kept, np.flatnonzero(first))
    return low[first], high[first], kept, notes


def _tables(
    membership: np.ndarray, a: np.ndarray, b: np.ndarray, weights: np.ndarray, min_accounts: int
) -> tuple[pd.DataFrame, pd.Series, tuple[int, int]]:
    """Return members (accounts as codes), values, and (accounts, clusters) that were too small."""
    sizes = np.bincount(membership)
    inside = membership[a] == membership[b]
    values = np.bincount(membership[a[inside]], weights[inside], len(sizes))
    links = np.bincount(np.concatenate((a[inside], b[inside])), minlength=len(membership))
    large = np.flatnonzero(sizes >= min_accounts)
    # Groups come numbered by size, then by smallest code, so that a stable sort breaks ties as promised.
    large = large[np.argsort(-values[large], kind="stable")]
    cluster = np.zeros(len(sizes), np.int64)
    cluster[large] = np.arange(1, len(large) + 1)
    codes = np.flatnonzero(cluster[membership])
    scores = links[codes] / (sizes[membership[codes]] - 1)
    of_code = cluster[membership[codes]]
    order = np.lexsort((codes, -scores, of_code))
    members = pd.DataFrame({"cluster": of_code[order], "account": codes[order], "score": scores[order]})
    index = pd.Index(np.arange(1, len(large) + 1), name="cluster")
    left_out = (int(len(membership) - len(codes)), int(len(sizes) - len(large)))
    return members, pd.Series(values[large], index=index, name="value"), left_out
