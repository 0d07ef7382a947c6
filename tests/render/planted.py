"""An invented log with a burst farm, a drip farm and a fan club, as the report gets it. No detector runs here."""

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from farmgraph.detect.clusters import Clusters
from farmgraph.graph.bipartite import BipartiteGraph, bipartite
from farmgraph.interactions.table import Interactions, Source

HOUR, DAY = 3_600.0, 86_400.0
START = pd.Timestamp("2025-03-02T06:00:00Z")

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</style><script>alert(2)</script>",
    "</title><svg onload=alert(3)>",
    '"><img src=x onerror=alert(4)>',
    "' onmouseover='alert(5)",
    '" onfocus="alert(6)" autofocus="',
    "<!--",
    "--><b>out</b>",
    "]]><script>alert(7)</script>",
    "<style>*{display:none}</style>",
    "<base href=https://example.org/>",
    "<meta http-equiv=refresh content=0;url=https://example.org/>",
    "<iframe src=https://example.org/></iframe>",
    "<link rel=stylesheet href=https://example.org/a.css>",
    "javascript:alert(8)",
    "data:text/html,<script>alert(9)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "{{ summary.__class__.__mro__ }}",
    "${7*7}#{7*7}",
    "&lt;b&gt;&#60;script&#62;",
    "pay\u202egnp.exe",
    "\u2066isolate\u2069",
    "zero\u200bwidth\u200djoin\ufeff",
    "nul\x00bell\x07esc\x1b[31m",
    "line\nbreak\r\ttab\u2028\u2029",
    "lone \ud800 surrogate \udfff",
    "z" + "\u0301" * 60 + "algo",
    '=HYPERLINK("https://example.org")',
    "@SUM(1+1)",
    "مرحبا_١٢٣",
    "  spaces   inside ",
    "\u3164\u2800",
    "x" * 10_240,
    "</table></section></main>",
    "</text></svg><script>alert(10)</script>",
    "__proto__",
    "constructor",
    "__defineGetter__",
    "toString",
    "hasOwnProperty",
    "+49 30 1234567",
    "-2+3+cmd|' /C calc'!A0",
    "\t=1+1",
    "\r@SUM(1)",
    "<meta http-equiv=refresh",
    "<svg/onload=alert(11)>",
    "%3Cscript%3Ealert(12)%3C/script%3E",
    "]]>",
    "\x00",
    '<a href="#cluster-1" id=data name=names>here</a>',
    "</noscript></template><img src=x onerror=alert(13)>",
    'a,"b",c',
    "cluster-1",
    "",
    "\U0001f469\u200d\U0001f4bb \U000e0041\ufe0f",
]
"""Names that once broke somebody's report."""


def planted(
    *, seed: int = 0, n_people: int = 900, names: list[str] | None = None, times: bool = True
) -> dict[str, Any]:
    """Return the arguments of `summarise`: three clusters in a log of bystanders.

    Parameters
    ----------
    names : list of str, optional
        Taken for the first accounts, contents, actions and sources.
    times : bool
        Whether the rows have times.
    """
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, str, float]] = []
    burst = [
        f"{w}{rng.integers(1000, 9999)}_{i}"
        for i, w in enumerate(["li_real", "sam_k", "ana_love", "thu_x"] * 15)
    ]
    drip = [f"rafi_shop{1000 + i}" for i in range(36)]
    fans = [f"maria_fan{1000 + i}" for i in range(48)]
    pages = [
        f"Page {letter}{i}: {word}"
        for i, (letter, word) in enumerate(
            [
                (chr(65 + k), w)
                for k, w in enumerate(
                    [
                        "Casa Bella",
                        "Kofi Beats",
                        "Gold Star Tyres",
                        "Blue Fit",
                        "Rico Motors",
                        "Dr. Slim Tea",
                        "Metro News 24",
                        "Nova Travel",
                        "Happy Pets",
                        "SunCrypto",
                        "Lucky Draw",
                        "Green Valley Homes",
                        "Vote Orlow",
                        "Orbit Phones",
                    ]
                )
            ]
        )
    ]
    drops = [f"Shop {i + 1}" for i in range(12)]
    songs = [f"Song {i + 1}" for i in range(9)]
    for group in (burst, pages):
        group[: len(names or [])] = (names or [])[: len(group)]
    for page in pages:
        order = rng.uniform(1, 24) * DAY
        for account in burst:
            if rng.random() < 0.88:
                rows.append((account, page, order + rng.exponential(240)))
    for k, page in enumerate(drops):
        for i, account in enumerate(drip):
            if rng.random() < 0.8:
                rows.append((account, page, k * 2 * DAY + i * 1.3 * HOUR + rng.normal(0, 600)))
    for k, song in enumerate(songs):
        for account in fans:
            if rng.random() < 0.45:
                rows.append((account, song, k * 2.4 * DAY + rng.exponential(30 * HOUR)))
    everything = [*pages, *drops, *songs, *(f"Page {i}" for i in range(300))]
    for i in range(n_people):
        for content in rng.choice(len(everything), rng.integers(2, 9)):
            rows.append((f"person{i}", everything[content], rng.uniform(0, 28) * DAY))
    return arguments(rows, [(burst, pages), (drip, drops), (fans, songs)], names=names, times=times)


def arguments(
    rows: list[tuple[str, str, float]],
    groups: list[tuple[list[str], list[str]]],
    *,
    names: list[str] | None = None,
    times: bool = True,
) -> dict[str, Any]:
    """Return the arguments of `summarise` for rows and given clusters."""
    order = np.random.default_rng(1).permutation(len(rows))
    rows = [rows[i] for i in order]
    when = [START + pd.Timedelta(seconds=round(t)) if times else pd.NaT for _, _, t in rows]
    frame = pd.DataFrame(
        {
            "account": pd.Series([a for a, _, _ in rows], dtype=object),
            "content": pd.Series([c for _, c, _ in rows], dtype=object),
            "time": pd.to_datetime(pd.Series(when), utc=True),
        }
    )
    odd = names or ["like", "share"]
    frame["action"] = pd.Series(
        [odd[i % len(odd)] if i % 5 else None for i in range(len(rows))], dtype=object
    )
    frame["source"] = pd.Series(
        [odd[i % 3] if names else "likes.csv" for i in range(len(rows))], dtype=object
    )
    frame["line"] = np.arange(1, len(rows) + 1)
    clusters = _clusters(frame, groups)
    behind = [
        frame[frame["account"].isin(accounts) & frame["content"].isin(contents)].assign(cluster=i)
        for i, (accounts, contents) in enumerate(groups, start=1)
    ]
    columns = ["cluster", "account", "content", "time", "action", "source", "line"]
    picked = pd.concat(behind)[columns] if behind else frame.assign(cluster=0).iloc[:0][columns]
    return {
        "graph": graph_of(frame),
        "clusters": clusters,
        "evidence": _evidence(picked, groups, times=times),
        "rows": picked.reset_index(drop=True),
        "accounts": clusters.members[["cluster", "account"]].assign(gap_s=134.0),
        "manifest": _manifest(len(rows), names),
    }


def graph_of(frame: pd.DataFrame) -> BipartiteGraph:
    """Return the graph of a frame; surrogates, which Arrow cannot hold, are replaced there alone."""
    table = pa.table(
        {
            "account": pa.array([_utf8(a) for a in frame["account"]]).dictionary_encode(),
            "content": pa.array([_utf8(c) for c in frame["content"]]).dictionary_encode(),
            "time": pa.array(frame["time"].dt.as_unit("us"), pa.timestamp("us", tz="UTC")),
            "action": pa.nulls(len(frame), pa.dictionary(pa.int32(), pa.string())),
            "source": pa.array(["likes.csv"] * len(frame)).dictionary_encode(),
            "line": pa.array(frame["line"]),
        }
    )
    rejected = pd.DataFrame(columns=["source", "line", "reason", "raw_text"])
    return bipartite(
        Interactions(table, rejected, (Source("likes.csv", 1, "0" * 64, len(frame), len(frame)),))
    )


def _utf8(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def _clusters(frame: pd.DataFrame, groups: list[tuple[list[str], list[str]]]) -> Clusters:
    members, contents = [], []
    for i, (accounts, pages) in enumerate(groups, start=1):
        own = frame[frame["account"].isin(accounts) & frame["content"].isin(pages)]
        # Counted by hand: pandas cannot group by text with lone surrogates.
        pairs = set(zip(own["account"].tolist(), own["content"].tolist(), strict=True))
        done, held = Counter(a for a, _ in pairs), Counter(c for _, c in pairs)
        scored = [(i, a, done[a] / len(pages)) for a in accounts]
        members += sorted(scored, key=lambda r: (-r[2], r[1]))
        contents += sorted(((i, p, held[p]) for p in pages), key=lambda r: (-r[2], r[1]))
    return Clusters(
        members=_table(members, ["cluster", "account", "score"]),
        contents=_table(contents, ["cluster", "content", "n_accounts"]),
        values=pd.Series(
            [100.0 - i for i in range(len(groups))], index=range(1, len(groups) + 1), dtype=float
        ),
        method="lockstep",
        parameters={"min_accounts": 3, "min_contents": 3, "resolution": (1.0, 20.0)},
        notes=("Accounts with fewer than three contents cannot be in a cluster: 211 were left out.",),
    )


def _table(rows: list[tuple[Any, ...]], columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {c: pd.Series([r[i] for r in rows], dtype=object if i == 1 else None) for i, c in enumerate(columns)}
    )


def _evidence(rows: pd.DataFrame, groups: list[tuple[list[str], list[str]]], *, times: bool) -> pd.DataFrame:
    kinds = [
        (
            "lockstep",
            41.3,
            600.0,
            1e-12,
            3e-12,
            21.0,
            25_200.0,
            "A fan group that shares links in a chat can act within minutes too.",
        ),
        (
            "undetermined",
            1.2,
            86_400.0,
            0.11,
            0.17,
            4_700.0,
            9_800.0,
            "A very devoted group of customers, or a slow delivery of bought likes, would both look like this.",
        ),
        (
            "same audience",
            -0.4,
            3_600.0,
            0.66,
            0.66,
            4_300.0,
            4_500.0,
            "Fans of one band like its songs as they come out. The times show nothing beyond that.",
        ),
        ("too little data",) + (float("nan"),) * 6 + ("There are too few actions to weigh.",),
    ]
    records = []
    for i, (accounts, contents) in enumerate(groups, start=1):
        verdict, z, scale, p, q, own, others, why = kinds[min(i - 1, 3)]
        if not times:
            verdict, z, scale, p, q, own, others = "undetermined", *(float("nan"),) * 6
        mine = rows[rows["cluster"] == i]
        n = len(set(zip(mine["account"].tolist(), mine["content"].tolist(), strict=True)))
        possible = len(accounts) * len(contents)
        expected = n / (60.0 if i < 3 else 2.1)
        records.append(
            {
                "cluster": i,
                "verdict": verdict,
                "n_accounts": len(accounts),
                "n_contents": len(contents),
                "n_interactions": n,
                "density": n / possible,
                "expected_interactions": expected,
                "overlap_ratio": n / expected if n else float("inf"),
                "overlap_ratio_low": 0.8 * n / max(expected, 1e-9),
                "synchrony_z": z,
                "synchrony_scale_s": scale,
                "p_value": p,
                "q_value": q,
                "gap_members_s": own,
                "gap_others_s": others,
                "closeness": others / own,
                "occasions": 14 if times else 0,
                "largest_occasion": 0.12 if times else float("nan"),
                "reference": "other visitors" if times else "none",
                "first_time": mine["time"].min(),
                "last_time": mine["time"].max(),
                "explanation": why,
                "sentence": f"{len(accounts)} accounts acted on the same {len(contents)} contents: "
                f"{n / possible:.0%} of all possible pairs happened"
                + (f", half of them within {own:.0f} s of another member." if times and own < 60 else "."),
            }
        )
    columns = [
        "cluster",
        "verdict",
        "n_accounts",
        "n_contents",
        "n_interactions",
        "density",
        "expected_interactions",
        "overlap_ratio",
        "overlap_ratio_low",
        "synchrony_z",
        "synchrony_scale_s",
        "p_value",
        "q_value",
        "gap_members_s",
        "gap_others_s",
        "closeness",
        "occasions",
        "largest_occasion",
        "reference",
        "first_time",
        "last_time",
        "explanation",
        "sentence",
    ]
    return pd.DataFrame(records, columns=columns)


def _manifest(n_rows: int, names: list[str] | None) -> dict[str, Any]:
    paths = names or ["exports/likes.csv"]
    return {
        "farmgraph": "0.1.0",
        "libraries": {"numpy": "2.4.0", "pandas": "3.1.0", "igraph": "1.0.0", "leidenalg": "0.11.0"},
        "command": f"farmgraph investigate {paths[0]} -o case",
        "options": {"seed": 0, "account": paths[0] if names else None, "window": "60s"},
        "seed": 0,
        "sources": [
            {
                "path": p,
                "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "n_bytes": 18_220_114,
                "n_rows": n_rows + 3,
                "n_used": n_rows,
            }
            for p in paths
        ],
        "rows_read": n_rows + 3,
        "rows_used": n_rows,
        "rows_rejected": 3,
        "rejected_by_reason": {names[0] if names else "time not readable": 2, "account missing": 1},
        "columns": {"account": names[1] if names else "user", "content": "page", "time": "liked_at"},
        "notes": [*(names or []), "The time column has no zone; UTC was assumed."],
        "steps": [{"step": "read", "seconds": 1.23, "peak_memory_mb": 210.0}],
        "started": "2025-04-01T10:00:00Z",
        "thresholds": {"q_value": 0.05, "overlap_ratio_low": 3.0, "min_density": 0.2},
    }
