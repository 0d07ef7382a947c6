"""A case: everything that an investigation found, and what it looks like on disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from farmgraph.casework import exports
from farmgraph.casework.disk import (
    load_manifest,
    load_summary,
    read_table,
    refuse_folder,
    write_json,
    write_table,
)
from farmgraph.casework.notebook import notebook_view
from farmgraph.casework.tables import strongest_pairs
from farmgraph.detect.clusters import Clusters
from farmgraph.errors import InputError
from farmgraph.render import citation
from farmgraph.render.export import to_networkx, write_csv, write_gexf
from farmgraph.render.export.network import network
from farmgraph.render.report.page import write_page
from farmgraph.render.report.plain import write_summary
from farmgraph.render.report.redact import redact as redacted
from farmgraph.render.report.shapes import Summary
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
        The members' rows behind every cluster: ``cluster, account, content, time, action, source, line``, and
        ``raw_content`` where names of contents were made comparable.
    actions : pandas.DataFrame
        Every row on these contents, other visitors included.
    pairs : pandas.DataFrame
        Pairs of members: ``cluster, account_a, account_b, n_contents, weight``.
    rejected : pandas.DataFrame
        Every row of the log that was not used: ``source, line, reason, raw_text``.
    summary : dict
        What the report shows: see `farmgraph.render.report.shapes.Summary`.
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
    summary: Summary
    manifest: dict[str, Any]

    def report(self, path: str | Path, *, redact: bool = False) -> Path:
        """Write the report as one HTML file that needs nothing else, and return its path.

        Parameters
        ----------
        path : str or Path
            The file to write. Of existing files only farmgraph's own reports are replaced.
        redact : bool, default False
            Write numbers for all names and leave out free text, for publication: see
            `farmgraph.render.report.redact.redact` for what stays.

        Raises
        ------
        InputError
            If the path is a file of another kind or cannot be written.
        """
        target = Path(path)
        try:
            write_page(redacted(self.summary) if redact else self.summary, target)
        except OSError as error:
            raise InputError(f"Cannot write the report to {target}: {error.strerror or error}.") from None
        return target

    def export(self, path: str | Path, *, format: str = "gexf", overwrite: bool = False) -> Path:
        """Write the case for another program, and return the path.

        Parameters
        ----------
        path : str or Path
            The file to write, or the folder to make. It appears complete or not at all.
        format : {"gexf", "graphml", "csv", "parquet", "bibtex"}
            The network of members as one file for Gephi (``gexf``, ``graphml``), networkx (both) or igraph
            (``graphml``); a folder with all tables (``csv``, ``parquet``): clusters, accounts, contents, interactions,
            actions, pairs, rejected; or the citation as one file.
        overwrite : bool
            Replace a file, or a folder that holds nothing but such tables.

        Raises
        ------
        UsageError
            If there is no such format.
        InputError
            If the path exists and may not be replaced, or cannot be written.

        Notes
        -----
        Parquet keeps names exactly. CSV puts an apostrophe before text that a spreadsheet would execute; XML cannot
        hold some control characters, which become visible code points.

        Examples
        --------
        >>> import tempfile, farmgraph as fg
        >>> case = fg.investigate(fg.datasets.load("fraudar_example"))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     sorted(file.name for file in case.export(Path(folder, "tables"), format="csv").iterdir())[:3]
        ['accounts.csv', 'actions.csv', 'clusters.csv']
        """
        return exports.export(self, path, format=format, overwrite=overwrite)

    def to_networkx(self) -> Any:
        """Return the network of members as a networkx graph: what `export` writes, with exact names as nodes.

        Returns
        -------
        networkx.Graph
            Nodes with ``cluster`` (the strongest of theirs), ``verdict`` and ``score`` in it, ``clusters`` (all, joined
            by ``;``), ``n_clusters``, ``n_interactions``, ``degree``, and ``x``, ``y`` (upwards) where the report's map
            draws them; edges with ``weight``, ``n_contents`` and ``clusters``.

        Notes
        -----
        For igraph: ``igraph.Graph.from_networkx(case.to_networkx())``; for scipy:
        ``networkx.to_scipy_sparse_array(case.to_networkx(), weight="n_contents")``. The network of a whole log comes
        from `farmgraph.to_networkx`, `farmgraph.to_igraph` and `farmgraph.to_scipy`.

        Examples
        --------
        >>> import farmgraph as fg
        >>> graph = fg.investigate(fg.datasets.load("fraudar_example")).to_networkx()
        >>> len(graph), graph.number_of_edges()
        (20, 190)
        """
        places = positions(self.summary)
        return to_networkx(
            network(self.clusters, self.evidence, self.pairs, accounts=self.accounts, positions=places)
        )

    def citation(self) -> str:
        """Return how to cite the report, as one line of text: version, SHA-256 of the inputs, options, seed."""
        return citation.citation(self.summary["provenance"])

    def bibtex(self) -> str:
        """Return BibTeX entries for farmgraph and for the report; the same case always gives the same text."""
        return citation.bibtex(self.summary["provenance"])

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the case as a folder that appears complete or not at all, and return its path.

        Of more than 100,000 pairs ``network.gexf`` holds those with the most contents, which the manifest says;
        ``pairs.parquet`` and `export` hold all.

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
            write_gexf(
                self.clusters,
                self.evidence,
                strongest_pairs(self.pairs),
                folder / "network.gexf",
                accounts=self.accounts,
                positions=places,
            )
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
        return notebook_view(self)
