"""Thinned logs: what is left when nearly all actors are the planted ones, as in lists of fake followers."""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from farmgraph.errors import UsageError
from farmgraph.lab import draws
from farmgraph.lab.scenarios import Simulation
from farmgraph.runtime import require


def thinned(made: Simulation, *, crowd: float = 0.05) -> Simulation:
    """Keep the planted accounts of a log and a few of the crowd, each with all that it did.

    Parameters
    ----------
    made : Simulation
        With at least one planted group.
    crowd : float, default 0.05
        Share of the accounts left that are the crowd's, in [0, 1). Whoever is in no group is the crowd.

    Returns
    -------
    Simulation
        The rows of the accounts that stay, in the same order; the same labels; `options` say ``crowd`` as well.

    Raises
    ------
    UsageError
        If `crowd` is out of range, nothing was planted, or the log has fewer accounts of the crowd than that.

    Notes
    -----
    Such logs come from whoever collected accounts first and their actions afterwards: lists of accounts that gave
    fake stars, followers of one page, members that a platform has banned. On the contents that a farm was paid for
    there is hardly anybody left to compare with, so that a method that asks how others behave has to do without.

    The accounts of the crowd are drawn by the seed of the log: the same log and share give the same rows on every
    machine. Planted accounts without a row keep their label. Linear in the rows. It does not imitate how such lists
    are put together, which is rarely at random.

    Examples
    --------
    Thirty farm accounts, and two of the crowd:

    >>> import farmgraph as fg
    >>> from farmgraph.lab.thin import thinned
    >>> made = thinned(fg.simulate("burst", n_rows=20_000, copies=1, seed=1))
    >>> len(set(made.table["account"].to_pylist())), len(made.labels.members)
    (32, 30)
    """
    require(made, Simulation, way_out="Make one with fg.simulate(scenario).")
    if isinstance(crowd, bool) or not isinstance(crowd, int | float) or not 0 <= crowd < 1:
        raise UsageError(f"crowd is {crowd!r}; expected a share in [0, 1), such as 0.05.")
    planted_names = set(made.labels.members["account"])
    if not planted_names:
        raise UsageError("Nothing was planted into this log; expected one group or more to keep.")
    accounts = made.table["account"].combine_chunks()
    # Names were drawn at random, so their order is none that could say anything.
    names, codes = np.unique(accounts.to_numpy(zero_copy_only=False).astype(str), return_inverse=True)
    planted = np.isin(names, list(planted_names))
    others = np.flatnonzero(~planted)
    n = round(crowd / (1 - crowd) * int(planted.sum()))
    if n > len(others):
        raise UsageError(
            f"crowd is {crowd:g}, which takes {n:,} accounts of the crowd; the log has {len(others):,}. "
            "Take a smaller share, or simulate more accounts."
        )
    staying = planted.copy()
    staying[draws.some(draws.key_of(made.options["seed"], "thinned"), others, n)] = True
    rows = made.table.filter(pa.array(staying[codes]))
    columns = {name: rows[name] for name in rows.column_names}
    for name in ("account", "content"):
        # Dictionaries of the whole log would carry the names of all that are gone.
        columns[name] = rows[name].cast(pa.string()).combine_chunks().dictionary_encode()
    return replace(made, table=pa.table(columns), options={**made.options, "crowd": float(crowd)})
