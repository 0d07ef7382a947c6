"""A seeded log that looks like a platform's: skewed popularity and activity, nights, farms."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

DAY = 86_400
PIECE = 4_000_000
START = 1_704_067_200  # 2024-01-01 UTC


def synthetic_log(n_rows: int, *, seed: int, n_days: int = 90, farm_share: float = 0.03) -> pd.DataFrame:
    """Make one row per account and content, in random order.

    Columns: ``account``, ``content`` (str), ``time`` (int64, seconds). Activity and popularity are
    Zipf-like (exponents 0.7 and 0.8), with one account for 15 rows and one content for 25; accounts
    sleep eight hours a day, each in its own time zone; a content draws half of its actions within
    an hour of its appearance. About `farm_share` of the rows are farms: 10 to 60 accounts that visit 8 to 40
    contents, each within a few minutes.
    """
    account, content, seconds = synthetic_codes(n_rows, seed=seed, n_days=n_days, farm_share=farm_share)
    return pd.DataFrame(
        {
            "account": np.char.add("account", account.astype(str)),
            "content": np.char.add("content", content.astype(str)),
            "time": START + seconds.astype(np.int64),
        }
    )


def write_synthetic_log(path: "str | Path", n_rows: int, *, seed: int) -> None:
    """Write the rows of `synthetic_log` as CSV with ISO 8601 times; 10^8 rows within 8 GB of memory."""
    import duckdb
    import pyarrow as pa

    codes = dict(zip(("a", "c", "s"), synthetic_codes(n_rows, seed=seed), strict=True))
    draft = Path(path).with_suffix(".part")
    with duckdb.connect(config={"memory_limit": "2GB"}) as engine:
        engine.execute("SET enable_progress_bar = false")
        engine.register("codes", pa.table(codes))
        engine.execute(
            f"""
            COPY (SELECT 'account' || a AS account, 'content' || c AS content,
                         strftime(make_timestamp(({START} + s)::BIGINT * 1000000), '%Y-%m-%dT%H:%M:%SZ') AS time
                  FROM codes) TO '{draft}' (HEADER, QUOTE '')
            """
        )
    draft.rename(path)


def synthetic_codes(
    n_rows: int, *, seed: int, n_days: int = 90, farm_share: float = 0.03
) -> "tuple[np.ndarray, np.ndarray, np.ndarray]":
    """Return the log's accounts, contents and seconds since its start as numbers (int32)."""
    rng = np.random.default_rng(seed)
    n_accounts, n_contents = max(n_rows // 15, 200), max(n_rows // 25, 200)
    farms = _farms(rng, int(n_rows * farm_share), n_accounts, n_contents, n_days)
    account, content, seconds = (np.concatenate(part) for part in zip(*farms, strict=True))
    edges, seconds = account * n_contents + content, seconds.astype(np.int32)
    missing = n_rows - len(np.unique(edges))
    while missing > 0:
        # Draw a little more than is missing: popular pairs come up twice and count once.
        more, more_seconds = _organic(rng, int(missing * 1.3) + 100, n_accounts, n_contents, n_days)
        edges, seconds = np.concatenate((edges, more)), np.concatenate((seconds, more_seconds))
        del more, more_seconds
        first = np.sort(np.unique(edges, return_index=True)[1])[:n_rows]
        edges, seconds = edges[first], seconds[first]
        missing = n_rows - len(edges)
    order = rng.permutation(n_rows)
    edges, seconds = edges[order], seconds[order]
    return (edges // n_contents).astype(np.int32), (edges % n_contents).astype(np.int32), seconds


def _drawn(size: int, draw: "Callable[[int], np.ndarray]") -> np.ndarray:
    """Return whole numbers (int32) of so many draws, made piece by piece: the numbers are the same, memory is not."""
    made = np.empty(size, np.int32)
    for first in range(0, size, PIECE):
        piece = made[first : first + PIECE]
        piece[:] = draw(len(piece))
    return made


def _zipf(rng: np.random.Generator, size: int, n: int, exponent: float) -> np.ndarray:
    shares = np.cumsum(1.0 / np.arange(1, n + 1) ** exponent)
    return _drawn(size, lambda some: np.searchsorted(shares, rng.random(some) * shares[-1]))


def _organic(
    rng: np.random.Generator, size: int, n_accounts: int, n_contents: int, n_days: int
) -> "tuple[np.ndarray, np.ndarray]":
    """Return edges (account * n_contents + content) and seconds."""
    accounts = _zipf(rng, size, n_accounts, 0.7)
    contents = _zipf(rng, size, n_contents, 0.8)
    delays = _drawn(size, lambda some: rng.lognormal(np.log(3600), 1.5, some))
    naps = _drawn(size, lambda some: rng.exponential(2400, some))
    edges, seconds = np.empty(size, np.int64), delays
    for first in range(0, size, PIECE):
        piece = slice(first, first + PIECE)
        account, content = accounts[piece].astype(np.int64), contents[piece].astype(np.int64)
        edges[piece] = account * n_contents + content
        born = ((content * 7_919) % (n_days - 5)) * DAY + (content * 104_729) % DAY
        at = born + delays[piece]
        # Eight hours of sleep: what would fall into them happens within two hours of waking.
        asleep_since = (at - (account % 24) * 3600) % DAY
        waking = at - asleep_since + 8 * 3600 + naps[piece]
        seconds[piece] = np.where(asleep_since < 8 * 3600, waking, at) % (n_days * DAY)
    return edges, seconds


def _farms(
    rng: np.random.Generator, n_rows: int, n_accounts: int, n_contents: int, n_days: int
) -> "list[tuple[np.ndarray, np.ndarray, np.ndarray]]":
    farms, made = [], 0
    while made < n_rows or not farms:
        members = rng.choice(n_accounts, rng.integers(10, 61), replace=False)
        targets = rng.choice(n_contents, rng.integers(8, 41), replace=False)
        start = rng.integers(0, (n_days - 1) * DAY, len(targets))
        spread = rng.choice([60, 300, 900])
        acts = rng.random((len(members), len(targets))) < 0.7
        who, what = np.nonzero(acts)
        farms.append((members[who], targets[what], start[what] + rng.integers(0, spread, len(who))))
        made += len(who)
    return farms
