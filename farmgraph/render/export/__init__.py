"""What other programs open: CSV for spreadsheets, GEXF and GraphML for Gephi, networkx and igraph."""

from farmgraph.render.export.csv import write_csv
from farmgraph.render.export.gexf import write_gexf
from farmgraph.render.export.graphml import write_graphml
from farmgraph.render.export.network import to_networkx

__all__ = ["to_networkx", "write_csv", "write_gexf", "write_graphml"]
