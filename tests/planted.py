"""Small logs whose truth is known: a crowd with topics and sleep, farms and fan clubs on top."""

import numpy as np
import pandas as pd

HOUR, DAY = 3_600.0, 86_400.0
START = 1_600_300_800  # Thursday 2020-09-17 00:00 UTC
CROWD_ON_EACH = 20


def planted_log(
    *,
    seed: int = 0,
    n_accounts: int = 1_500,
    n_contents: int = 1_000,
    n_rows: int = 30_000,
    farms: dict[str, tuple[str, int, int, float]] | None = None,
    clubs: int = 0,
) -> pd.DataFrame:
    """Return a log with the columns account, content, time (seconds) and the truth in a fourth, `group`.

    `farms` maps a name to (kind, accounts, contents, participation); kind is burst (ten minutes), shift (the same
    four hours of the day) or drip (three days). Every farmed content also has 20 visitors of the crowd. A club is 30
    accounts of one topic that act on a third of 25 contents at the contents' own pace.
    """
    rng = np.random.default_rng(seed)
    busy, popular = rng.pareto(1.5, n_accounts) + 0.3, rng.pareto(1.2, n_contents) + 0.2
    of_account, of_content = rng.integers(6, size=n_accounts), rng.integers(6, size=n_contents)
    zone = rng.choice([0.0, 1.0, 6.0, 17.0], n_accounts)
    born = rng.uniform(0, 50 * DAY, n_contents)
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, str]] = []

    def at_leisure(birth: np.ndarray, who: np.ndarray) -> np.ndarray:
        times = birth + np.minimum(rng.lognormal(np.log(8 * HOUR), 1.5, len(who)), 15 * DAY)
        for _ in range(20):
            asleep = ((times / HOUR + zone[who % n_accounts]) % 24 < 7) & (rng.random(len(who)) < 0.9)
            times = np.where(asleep, times + rng.uniform(1, 6, len(who)) * HOUR, times)
        return times

    who = rng.choice(n_accounts, n_rows, p=busy / busy.sum())
    what = rng.choice(n_contents, n_rows, p=popular / popular.sum())
    for topic in range(6):
        mine = np.flatnonzero((of_account[who] == topic) & (rng.random(n_rows) < 0.75))
        choice = np.flatnonzero(of_content == topic)
        what[mine] = rng.choice(choice, len(mine), p=popular[choice] / popular[choice].sum())
    parts.append((who, what, at_leisure(born[what], who), ""))

    next_account, next_content = n_accounts, n_contents

    def new_contents(n: int) -> tuple[np.ndarray, np.ndarray]:
        nonlocal next_content
        contents = np.arange(next_content, next_content + n)
        births = rng.uniform(0, 45 * DAY, n)
        next_content += n
        for content, birth in zip(contents, births, strict=True):
            visitors = rng.choice(n_accounts, CROWD_ON_EACH, p=busy / busy.sum(), replace=False)
            arrival = at_leisure(np.full(CROWD_ON_EACH, birth), visitors)
            parts.append((visitors, np.full(CROWD_ON_EACH, content), arrival, ""))
        return contents, births

    for name, (kind, size, n_orders, share) in (farms or {}).items():
        members = np.arange(next_account, next_account + size)
        next_account += size
        for content, birth in zip(*new_contents(n_orders), strict=True):
            workers = members[rng.random(size) < share]
            start = birth + rng.uniform(1, 24) * HOUR
            delay = {
                "burst": start + rng.uniform(0, 600, len(workers)),
                "shift": start - start % DAY + 9 * HOUR + rng.uniform(0, 4 * HOUR, len(workers)),
                "drip": start + rng.uniform(0, 3 * DAY, len(workers)),
            }[kind]
            parts.append((workers, np.full(len(workers), content), delay, name))
        camouflage = np.repeat(members, 5)
        chosen = rng.choice(n_contents, len(camouflage), p=popular / popular.sum())
        parts.append((camouflage, chosen, at_leisure(born[chosen], camouflage), name))
    for number in range(clubs):
        members = rng.choice(np.flatnonzero(of_account == number % 6), 30, replace=False)
        for content, birth in zip(*new_contents(25), strict=True):
            fans = members[rng.random(30) < 0.35]
            times = at_leisure(np.full(len(fans), birth), fans)
            parts.append((fans, np.full(len(fans), content), times, f"club {number}"))

    log = pd.concat(pd.DataFrame({"account": a, "content": c, "time": t, "group": g}) for a, c, t, g in parts)
    log = log.sort_values(["time", "account", "content"]).drop_duplicates(["account", "content"])
    return pd.DataFrame(
        {
            "account": "account " + log["account"].astype(str),
            "content": "content " + log["content"].astype(str),
            "time": (START + log["time"]).astype("int64"),
            "group": log["group"],
        }
    ).reset_index(drop=True)


def members_of(log: pd.DataFrame, group: str) -> set[str]:
    """Return the accounts of one planted group."""
    return set(log.loc[log["group"] == group, "account"])
