"""The conventions of the house are themselves tested."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import farmgraph as fg

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "farmgraph").rglob("*.py"))
FUNCTIONS = [n for n in fg.__all__ if inspect.isfunction(getattr(fg, n))]
HEAVY = (
    "matplotlib",
    "numba",
    "igraph",
    "leidenalg",
    "scipy",
    "pandas",
    "pyarrow",
    "duckdb",
    "networkx",
    "typer",
)


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_import_is_light():
    loaded = run_python("import sys, farmgraph; print(*sys.modules)").split()
    assert not set(HEAVY) & set(loaded)


def test_help_is_light():
    code = "import sys; from farmgraph import cli; cli.run(lambda: cli.app(['--help'])); print(*sys.modules)"
    assert not set(HEAVY) - {"typer"} & set(run_python(code).split())


def test_every_public_name_loads():
    for name in fg.__all__:
        assert getattr(fg, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = fg.nothing


@pytest.mark.parametrize("name", FUNCTIONS)
def test_public_functions_keep_the_conventions(name):
    function = getattr(fg, name)
    positional = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.KEYWORD_ONLY]
    assert len(positional) <= 2
    for section in ("Parameters", "Returns", "Examples"):
        assert f"\n{section}\n---" in inspect.getdoc(function), section


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_stay_short(path):
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_hidden_randomness(path):
    """Random numbers come from a generator made of the seed, never from a global state."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("np.random", "numpy.random"):
            assert node.attr in ("Generator", "default_rng", "SeedSequence")
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng"):
            assert node.args or node.keywords


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if "njit" in p.read_text()], ids=lambda p: str(p.relative_to(ROOT))
)
def test_compiled_code_sorts_positions_by_merging(path):
    # In the cache numba's plain argsort and its sort of one type have one name, and whichever is loaded first serves
    # for both: a sort that does not sort. Merging has a name of its own.
    compiled = [
        node
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef) and any("njit" in ast.unparse(d) for d in node.decorator_list)
    ]
    for node in [inner for function in compiled for inner in ast.walk(function)]:
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("argsort"):
            assert [ast.unparse(word) for word in node.keywords] == ["kind='mergesort'"], ast.unparse(node)


def test_rooms_have_mirrored_tests():
    rooms = {p.name for p in (ROOT / "farmgraph").iterdir() if (p / "__init__.py").exists()}
    assert rooms <= {p.name for p in (ROOT / "tests").iterdir() if p.is_dir()}
