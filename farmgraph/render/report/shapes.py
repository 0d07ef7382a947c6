"""The shapes of the summary: everything that the report shows, as plain data that JSON can hold.

Lists of one record stand column by column and are equally long. Whole numbers called a *name* are
positions in ``Summary["names"]``; an *account* or *content* inside a cluster is a position in that
cluster's own ``accounts`` or ``contents``. Times are whole microseconds since 1970 UTC, None where
the log has none.
"""

from typing import Any, TypedDict


class Names(TypedDict):
    """Every text from the log that the report shows, exactly as it stands there, each once."""

    account: list[str]
    content: list[str]
    action: list[str]
    source: list[str]


class Accounts(TypedDict):
    """Members of one cluster, highest score first, as many as the limits allow.

    ``account``: name. ``score``: share of the cluster's contents acted on. ``gap_s``: median distance to
    the nearest other member (seconds, None where unknown). ``n_actions``: rows inside the cluster.
    ``first_us``, ``last_us``: of these rows. ``row``: place in the raster, 0 on top: typical lag, shortest first.
    """

    account: list[int]
    score: list[float | None]
    gap_s: list[float | None]
    n_actions: list[int]
    first_us: list[int | None]
    last_us: list[int | None]
    row: list[int]


class Contents(TypedDict):
    """Contents of one cluster, those with the most members first, as many as the limits allow.

    ``content``: name. ``n_accounts``: members that acted on it. ``n_actions``: their rows. ``n_others``:
    other accounts that acted on it. ``first_us``: the members' first action. ``column``: place in the matrix,
    0 on the left: order of the members' median time. ``others_us``: times at which others came (each
    account's first action), ascending; where there are more than the limit, evenly spaced in rank, the
    first and the last always among them.
    """

    content: list[int]
    n_accounts: list[int]
    n_actions: list[int]
    n_others: list[int]
    first_us: list[int | None]
    column: list[int]
    others_us: list[list[int]]


class Actions(TypedDict):
    """Rows of the log behind one cluster, by time, source and line, those without a time last.

    Only rows of the accounts and contents listed. Where there are more than the limit they are chosen evenly
    in this order. ``account``, ``content``: positions in the cluster's lists. ``action``: name or None.
    ``source``: name. ``line``: row of the source, from 1 after the header.
    """

    account: list[int]
    content: list[int]
    time_us: list[int | None]
    action: list[int | None]
    source: list[int]
    line: list[int | None]


class Gaps(TypedDict):
    """Waits to the nearest other member, beside those of as many other visitors of the same contents.

    Bin ``i`` holds waits from ``edges_s[i]`` (inclusive) to ``edges_s[i + 1]`` seconds, the first also everything
    shorter, the last everything longer. ``members`` counts actions; ``others`` is the mean count over the draws.
    """

    edges_s: list[float]
    members: list[int]
    others: list[float]
    n_members: int
    n_others: float


class Network(TypedDict):
    """Co-engagement inside one cluster: who met whom on how many contents within ``within_s`` seconds.

    ``within_s`` is None where there are no times: then every shared content counts. ``x``, ``y``: place
    of each account of the cluster's list, 0 to 1, y downwards. ``a``, ``b``: accounts (a < b) of the links that are
    kept, most contents first; ``n``: their contents. They hold together what all links together hold, at every
    least number of contents. ``least``, ``links``, ``joined``: for each least number of
    contents, how many links there are in full and how many accounts they join. ``n_links``: all links.
    """

    within_s: float | None
    x: list[float]
    y: list[float]
    a: list[int]
    b: list[int]
    n: list[int]
    least: list[int]
    links: list[int]
    joined: list[int]
    n_links: int


class Cluster(TypedDict):
    """One cluster in full: the numbers of `farmgraph.weigh`, and what its eight views show.

    ``cells`` tells who acted on what where ``actions`` does not hold every row (None where it does): for each account
    of the list, in order, whole numbers of 15 bits, one bit for each content of the list, the first in the lowest.

    ``n_rows`` counts all its rows in the log, ``n_without_time`` those without a time. ``others_by_hour``: actions of
    everybody else on its contents by hour of the week, 168 counts from Monday 00:00 UTC; None where
    there are no times, as is ``gaps`` where fewer than two members ever met on a content.
    """

    cluster: int
    verdict: str
    reference: str
    sentence: str
    explanation: str
    n_accounts: int
    n_contents: int
    n_interactions: int
    density: float | None
    expected_interactions: float | None
    overlap_ratio: float | None
    overlap_ratio_low: float | None
    synchrony_z: float | None
    synchrony_scale_s: float | None
    p_value: float | None
    q_value: float | None
    gap_members_s: float | None
    gap_others_s: float | None
    closeness: float | None
    occasions: int
    largest_occasion: float | None
    first_us: int | None
    last_us: int | None
    n_rows: int
    n_without_time: int
    accounts: Accounts
    contents: Contents
    actions: Actions
    cells: list[int] | None
    gaps: Gaps | None
    others_by_hour: list[int] | None
    network: Network


class Listed(TypedDict):
    """One line of the list of clusters."""

    cluster: int
    verdict: str
    n_accounts: int
    n_contents: int
    overlap_ratio: float | None
    synchrony_z: float | None
    sentence: str


class Island(TypedDict):
    """One cluster on the map: ``x``, ``y`` and ``radius`` in map units, y downwards.

    ``account``: names; ``xs``, ``ys``: their places; ``a``, ``b``: positions in ``account`` that a line joins, each
    account with the member it shares most contents with.
    """

    cluster: int
    verdict: str
    n_accounts: int
    x: float
    y: float
    radius: float
    account: list[int]
    xs: list[float]
    ys: list[float]
    a: list[int]
    b: list[int]


class Others(TypedDict):
    """Accounts in no cluster: their number, and the places of those that are drawn."""

    n_accounts: int
    xs: list[float]
    ys: list[float]


class Map(TypedDict):
    """All accounts: one island per cluster in a sea of those that are in none. ``dot``: diameter of an account."""

    width: float
    height: float
    dot: float
    islands: list[Island]
    others: Others


class Headline(TypedDict):
    """Totals of the log and of what was found."""

    n_clusters: int
    n_lockstep: int
    n_accounts_in_clusters: int
    n_accounts_in_lockstep: int
    n_accounts: int
    n_recurring: int
    n_contents: int
    n_interactions: int
    n_untested: int
    n_without_time: int
    first_us: int | None
    last_us: int | None


class Summary(TypedDict):
    """Everything that the report shows.

    ``listed`` has one line per cluster, ``clusters`` the strongest in full; ``limits`` says how much of each thing
    there is at most; ``provenance`` is the manifest without what differs from run to run; ``redacted`` tells
    whether names were replaced by numbers and free text left out.
    """

    format: str
    redacted: bool
    headline: Headline
    map: Map
    listed: list[Listed]
    clusters: list[Cluster]
    limits: dict[str, int]
    provenance: dict[str, Any]
    names: Names
