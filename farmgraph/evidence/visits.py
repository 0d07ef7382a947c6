"""Visits: who came when to the contents of one cluster, members and others side by side."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from farmgraph.graph.scratch import marked
from farmgraph.graph.times import Times


@dataclass(frozen=True, eq=False)
class Visits:
    """The first timed action of every account on each content of a cluster.

    Attributes
    ----------
    starts : numpy.ndarray
        int64, shape (n_contents + 1,): where each content's visits stand.
    times : numpy.ndarray
        int64 microseconds, ascending within a content.
    accounts : numpy.ndarray
        int32 codes.
    members : numpy.ndarray
        bool: whether that account is a member.
    """

    starts: np.ndarray
    times: np.ndarray
    accounts: np.ndarray
    members: np.ndarray

    @property
    def contents(self) -> np.ndarray:
        """Position of each visit's content (int64)."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))

    def each(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the times of members and of others, content by content."""
        for low, high in pairwise(self.starts):
            times, mine = self.times[low:high], self.members[low:high]
            yield times[mine], times[~mine]

    def without(self, left_out: np.ndarray) -> "Visits":
        """Return the same contents, those marked left out being empty."""
        kept = ~left_out[self.contents]
        sizes = np.where(left_out, 0, np.diff(self.starts))
        starts = np.concatenate(([0], np.cumsum(sizes)))
        return Visits(starts, self.times[kept], self.accounts[kept], self.members[kept])


def visits_of(accounts: np.ndarray, contents: np.ndarray, times: Times) -> Visits:
    """Gather the visits to some contents; O(actions on them).

    Parameters
    ----------
    accounts, contents : numpy.ndarray
        int32 codes, ascending.
    times : Times
    """
    ranges = [np.arange(times.starts[c], times.starts[c + 1]) for c in contents]
    rows = np.concatenate(ranges) if ranges else np.empty(0, np.int64)
    who = times.accounts[rows]
    with marked(accounts, len(times.groups)) as is_member:
        members = is_member[who]
    return Visits(
        starts=np.concatenate(([0], np.cumsum([len(r) for r in ranges]))).astype(np.int64),
        times=times.times[rows],
        accounts=who,
        members=members,
    )
