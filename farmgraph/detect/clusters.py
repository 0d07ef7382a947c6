"""The type that every detector returns."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

MEMBER_COLUMNS = ("cluster", "account", "score")
CONTENT_COLUMNS = ("cluster", "content", "n_accounts")


@dataclass(frozen=True)
class Clusters:
    """Clusters of accounts, as membership tables: an account may be in several.

    Attributes
    ----------
    members : pandas.DataFrame
        ``cluster`` (int, from 1, strongest first), ``account`` (str), ``score`` (float in
        [0, 1]: share of the cluster's contents that the account acted on; for clusters
        found without contents, share of the other members that it is linked to).
    contents : pandas.DataFrame
        ``cluster``, ``content`` (str), ``n_accounts`` (members that acted on it). Empty for
        detectors that look at accounts alone; `farmgraph.weigh` fills it.
    values : pandas.Series
        The method's objective, one number per cluster, indexed by cluster.
    method : str
        Name of the function that found them.
    parameters : dict
        Its options.
    seed : int
        Its seed.
    notes : tuple of str
        What was skipped, capped or sampled, one plain sentence each.
    """

    members: pd.DataFrame
    contents: pd.DataFrame
    values: pd.Series
    method: str
    parameters: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name, table, columns in (
            ("members", self.members, MEMBER_COLUMNS),
            ("contents", self.contents, CONTENT_COLUMNS),
        ):
            if tuple(table.columns) != columns:
                raise TypeError(f"{name} has the columns {columns}, got {tuple(table.columns)}")

    def __len__(self) -> int:
        return len(self.values)

    @property
    def ids(self) -> list[int]:
        """Cluster numbers, in order."""
        return [int(c) for c in self.values.index]

    def accounts_of(self, cluster: int) -> list[str]:
        """Names of the members of one cluster, strongest first."""
        return self.members.loc[self.members["cluster"] == cluster, "account"].tolist()

    def contents_of(self, cluster: int) -> list[str]:
        """Names of the contents of one cluster, most members first."""
        return self.contents.loc[self.contents["cluster"] == cluster, "content"].tolist()

    def __repr__(self) -> str:
        n = self.members["account"].nunique()
        return f"<Clusters: {len(self)} found by {self.method}, {n:,} accounts>"


def codes_by_cluster(ids: list[int], clusters: pd.Series, codes: np.ndarray) -> dict[int, np.ndarray]:
    """Return the codes of each cluster, ascending, each once; none for a cluster without rows.

    Examples
    --------
    >>> {c: codes.tolist() for c, codes in codes_by_cluster([1, 2], pd.Series([2, 2, 2]), np.array([5, 4, 5])).items()}
    {1: [], 2: [4, 5]}
    """
    which = clusters.to_numpy()
    order = np.argsort(which, kind="stable")
    low, high = (np.searchsorted(which[order], ids, side) for side in ("left", "right"))
    return {c: np.unique(codes[order[a:b]]) for c, a, b in zip(ids, low, high, strict=True)}
