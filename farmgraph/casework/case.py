"""A case: everything that an investigation found, and what it looks like on disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from farmgraph.casework.disk import (
    load_manifest,
    load_summary,
    read_table,
    refuse_folder,
    write_json,
    write_table,
)
from farmgraph.detect.clusters import Clusters
from farmgraph.errors import InputError
from farmgraph.render.export import write_csv, write_gexf
from farmgraph.render.report.page import write_page
from farmgraph.render.report.plain import write_summary
from farmgraph.render.report.summary import positions
from farmgraph.runtime import whole_folder

_PARQUET = {
    "evidence": "clusters.parquet",
    "accounts": "accounts.parquet",
    "contents": "contents.parquet",
    "rows": "interactions.parquet",
    "actions": "actions.parquet",
    "pairs": "pairs.parquet",
    "rejected": "rejected.parquet",
}


@dataclass(frozen=True, eq=False)
class Case:
    """What an investigation found.

    Attributes
    ----------
    evidence : pandas.DataFrame
        One row per cluster, strongest first; columns as listed at `farmgraph.weigh`.
    accounts : pandas.DataFrame
        One row per account and cluster: ``account, cluster, verdict, score, n_interactions,
        n_in_cluster, gap_s``; score is the share of the cluster's contents that the account acted on,
        gap_s its median distance to the nearest other member on them, in seconds. The verdict is the
        cluster's: a member with a low score or a large gap has hardly taken part.
    contents : pandas.DataFrame
        One row per content of a cluster: ``content, n_accounts, n_suspect, suspect_share, clusters``.
    clusters : Clusters
        Members and contents of the clusters, numbered from 1, strongest first.
    rows : pandas.DataFrame
        The members' rows behind every cluster: ``cluster, account, content, time, action, source, line``.
    actions : pandas.DataFrame
        Every row on these contents, other visitors included.
    pairs : pandas.DataFrame
        Pairs of members: ``cluster, account_a, account_b, n_contents, weight``.
    rejected : pandas.DataFrame
        Every row of the log that was not used: ``source, line, reason, raw_text``.
    summary : dict
        What the report shows.
    manifest : dict
        How it was made: versions, options, seed, sources with SHA-256 and row counts, rejects by reason, what was
        skipped. Its entry ``run`` holds what differs between runs: time, seconds, memory.

    Examples
    --------
    >>> import farmgraph as fg
    >>> case = fg.investigate(fg.datasets.load("fraudar_example"))
    >>> case.evidence[["cluster", "verdict", "n_accounts", "n_contents"]].to_dict("records")
    [{'cluster': 1, 'verdict': 'undetermined', 'n_accounts': 20, 'n_contents': 20}]
    """

    evidence: pd.DataFrame
    accounts: pd.DataFrame
    contents: pd.DataFrame
    clusters: Clusters
    rows: pd.DataFrame
    actions: pd.DataFrame
    pairs: pd.DataFrame
    rejected: pd.DataFrame
    summary: dict[str, Any]
    manifest: dict[str, Any]

    def report(self, path: str | Path) -> Path:
        """Write the report as one HTML file that needs nothing else, and return its path."""
        target = Path(path)
        try:
            write_page(self.summary, target)
        except OSError as error:
            raise InputError(f"Cannot write the report to {target}: {error.strerror or error}.") from None
        return target

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the case as a folder that appears complete or not at all, and return its path.

        Parameters
        ----------
        path : str or Path
            The folder to make.
        overwrite : bool
            Replace a case of that name.

        Raises
        ------
        InputError
            If the folder exists, holds files that are not of a case, or cannot be written.
        """
        refuse_folder(Path(path), overwrite=overwrite)
        with whole_folder(path, overwrite=overwrite) as folder:
            for name, file in _PARQUET.items():
                write_table(getattr(self, name), folder / file)
            for name, table in (
                ("clusters.csv", self.evidence),
                ("accounts.csv", self.accounts),
                ("contents.csv", self.contents),
                ("rejected.csv", self.rejected),
            ):
                write_csv(table, folder / name)
            places = positions(self.summary)
            write_gexf(self.clusters, self.evidence, self.pairs, folder / "network.gexf", positions=places)
            write_summary(self.summary, folder / "summary.json")
            write_page(self.summary, folder / "report.html")
            files = sorted(file.name for file in folder.iterdir())
            write_json({**self.manifest, "files": files}, folder / "manifest.json")
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> "Case":
        """Read a case back from its folder: the Parquet and JSON files, never the CSV.

        Raises
        ------
        InputError
            If the folder is not a case or lacks a file.
        """
        folder = Path(path)
        manifest, summary = load_manifest(folder), load_summary(folder)
        tables = {name: read_table(folder, file) for name, file in _PARQUET.items()}
        found = manifest["detector"]
        members = tables["accounts"][["cluster", "account", "score"]]
        inside = tables["rows"][["cluster", "content", "account"]].drop_duplicates()
        contents = inside.groupby(["cluster", "content"]).size().rename("n_accounts").reset_index()
        contents = contents.sort_values(
            ["cluster", "n_accounts", "content"], ascending=[True, False, True], ignore_index=True
        )
        numbers = [int(c) for c in found["values"]]
        clusters = Clusters(
            members=members,
            contents=contents,
            values=pd.Series(list(found["values"].values()), index=numbers, name="value", dtype=float),
            method=found["method"],
            parameters=found["parameters"],
            seed=found["seed"],
            notes=tuple(found["notes"]),
        )
        return cls(clusters=clusters, summary=summary, manifest=manifest, **tables)

    def __repr__(self) -> str:
        counts = self.evidence["verdict"].value_counts(sort=False)
        found = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
        return f"<Case: {len(self.evidence)} clusters{': ' if found else ''}{found}>"

    def _repr_html_(self) -> str:
        from html import escape

        shown = [
            "cluster",
            "verdict",
            "n_accounts",
            "n_contents",
            "density",
            "overlap_ratio",
            "synchrony_z",
            "sentence",
        ]
        return f"<p>{escape(repr(self)[1:-1])}</p>{self.evidence[shown].to_html(index=False)}"
