"""A seeded log that looks like a platform's: skewed popularity and activity, nights, farms."""

import numpy as np
import pandas as pd

DAY = 86_400
START = 1_704_067_200  # 2024-01-01 UTC


def synthetic_log(n_rows: int, *, seed: int, n_days: int = 90, farm_share: float = 0.03) -> pd.DataFrame:
    """Make one row per account and content, in random order.

    Columns: ``account``, ``content`` (str), ``time`` (int64, seconds). Activity and popularity are
    Zipf-like (exponents 0.7 and 0.8), with one account for 15 rows and one content for 25; accounts
    sleep eight hours a day, each in its own time zone; a content draws half of its actions within
    an hour of its appearance. About `farm_share` of the rows are farms: 10 to 60 accounts that visit 8 to 40
    contents, each within a few minutes.
    """
    rng = np.random.default_rng(seed)
    n_accounts, n_contents = max(n_rows // 15, 200), max(n_rows // 25, 200)
    farms = _farms(rng, int(n_rows * farm_share), n_accounts, n_contents, n_days)
    account, content, seconds = (np.concatenate(part) for part in zip(*farms, strict=True))
    missing = n_rows - len(np.unique(account * n_contents + content))
    while missing > 0:
        # Draw a little more than is missing: popular pairs come up twice and count once.
        organic = _organic(rng, int(missing * 1.3) + 100, n_accounts, n_contents, n_days)
        account, content, seconds = (
            np.concatenate(both) for both in zip((account, content, seconds), organic, strict=True)
        )
        first = np.sort(np.unique(account * n_contents + content, return_index=True)[1])[:n_rows]
        account, content, seconds = account[first], content[first], seconds[first]
        missing = n_rows - len(account)
    order = rng.permutation(n_rows)
    return pd.DataFrame(
        {
            "account": np.char.add("account", account[order].astype(str)),
            "content": np.char.add("content", content[order].astype(str)),
            "time": START + seconds[order],
        }
    )


def _zipf(rng: np.random.Generator, size: int, n: int, exponent: float) -> np.ndarray:
    shares = np.cumsum(1.0 / np.arange(1, n + 1) ** exponent)
    return np.searchsorted(shares, rng.random(size) * shares[-1]).astype(np.int64)


def _organic(
    rng: np.random.Generator, size: int, n_accounts: int, n_contents: int, n_days: int
) -> "tuple[np.ndarray, np.ndarray, np.ndarray]":
    account = _zipf(rng, size, n_accounts, 0.7)
    content = _zipf(rng, size, n_contents, 0.8)
    born = ((content * 7_919) % (n_days - 5)) * DAY + (content * 104_729) % DAY
    seconds = born + rng.lognormal(np.log(3600), 1.5, size).astype(np.int64)
    # Eight hours of sleep: what would fall into them happens within two hours of waking.
    asleep_since = (seconds - (account % 24) * 3600) % DAY
    waking = seconds - asleep_since + 8 * 3600 + rng.exponential(2400, size).astype(np.int64)
    return account, content, np.where(asleep_since < 8 * 3600, waking, seconds) % (n_days * DAY)


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
