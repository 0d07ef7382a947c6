"""The laboratory: logs whose truth is known, and how well methods do on them.

The public names load on first use: drawing and compiling wait until somebody asks for them.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "Comparison": "farmgraph.lab.compare",
    "Evaluation": "farmgraph.lab.evaluate",
    "Frontier": "farmgraph.lab.frontier",
    "Group": "farmgraph.lab.groups",
    "Labels": "farmgraph.lab.labels",
    "METHODS": "farmgraph.lab.methods",
    "SCENARIOS": "farmgraph.lab.recipes",
    "Simulation": "farmgraph.lab.scenarios",
    "compare": "farmgraph.lab.compare",
    "evaluate": "farmgraph.lab.evaluate",
    "false_discoveries": "farmgraph.lab.evaluate",
    "frontier": "farmgraph.lab.frontier",
    "read_labels": "farmgraph.lab.labels",
    "reliability": "farmgraph.lab.evaluate",
    "simulate": "farmgraph.lab.scenarios",
    "write_simulation": "farmgraph.lab.scenarios",
}
_MODULES = {"plot": "farmgraph.lab.plot"}

__all__ = sorted([*_HOME, *_MODULES])


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    elif name in _MODULES:
        value = import_module(_MODULES[name])
    else:
        raise AttributeError(f"module 'farmgraph.lab' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
