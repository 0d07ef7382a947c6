"""farmgraph finds groups of accounts that act in lockstep and shows the evidence.

The public names load on first use, so that ``import farmgraph`` stays quick.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "BipartiteGraph": "farmgraph.graph.bipartite",
    "BudgetError": "farmgraph.errors",
    "Case": "farmgraph.casework.case",
    "Check": "farmgraph.casework.check",
    "Clusters": "farmgraph.detect.clusters",
    "CoEngagement": "farmgraph.graph.coengagement",
    "Comparison": "farmgraph.lab.compare",
    "Evaluation": "farmgraph.lab.evaluate",
    "Evidence": "farmgraph.evidence.weigh",
    "FarmgraphError": "farmgraph.errors",
    "Frontier": "farmgraph.lab.frontier",
    "Group": "farmgraph.lab.groups",
    "InputError": "farmgraph.errors",
    "Interactions": "farmgraph.interactions.table",
    "Labels": "farmgraph.lab.labels",
    "Simulation": "farmgraph.lab.scenarios",
    "UsageError": "farmgraph.errors",
    "bipartite": "farmgraph.graph.bipartite",
    "check": "farmgraph.casework.check",
    "co_engagement": "farmgraph.graph.coengagement",
    "compare": "farmgraph.lab.compare",
    "evaluate": "farmgraph.lab.evaluate",
    "frontier": "farmgraph.lab.frontier",
    "investigate": "farmgraph.casework.investigate",
    "leiden": "farmgraph.detect.community",
    "lockstep": "farmgraph.detect.lockstep",
    "presets": "farmgraph.interactions.presets",
    "read": "farmgraph.interactions.read",
    "read_labels": "farmgraph.lab.labels",
    "simulate": "farmgraph.lab.scenarios",
    "to_igraph": "farmgraph.graph.convert",
    "to_networkx": "farmgraph.graph.convert",
    "to_scipy": "farmgraph.graph.convert",
    "weigh": "farmgraph.evidence.weigh",
    "within_memory": "farmgraph.memory",
    "write_co_engagement": "farmgraph.graph.pairsonfile",
    "write_simulation": "farmgraph.lab.scenarios",
}
_MODULES = {"datasets": "farmgraph.interactions.datasets", "plot": "farmgraph.render.plot"}

__all__ = [*sorted([*_HOME, *_MODULES]), "__version__"]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    elif name in _MODULES:
        value = import_module(_MODULES[name])
    else:
        raise AttributeError(f"module 'farmgraph' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
