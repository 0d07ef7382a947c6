"""The page's script, where it needs no browser: time zones, axes, colours, places."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from farmgraph.render.raster import COLOURS, OTHER_COLOUR
from farmgraph.runtime import spoken_duration

HERE = Path(__file__).parent
SCRIPTS = HERE.parents[1] / "farmgraph" / "render" / "report" / "js"


@pytest.fixture(scope="module")
def node():
    found = shutil.which("node")
    if found is None:
        pytest.skip("node was not found: the page's script was not tested on its own")
    major = int(subprocess.run([found, "--version"], capture_output=True, text=True).stdout[1:].split(".")[0])
    if major < 20:
        pytest.skip(f"node {major} is too old (20 is needed): the page's script was not tested on its own")
    return found


@pytest.mark.parametrize("path", sorted((HERE / "js").glob("*.test.mjs")), ids=lambda path: path.name)
def test_units(node, path):
    run = subprocess.run([node, "--test", str(path)], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr


def _evaluated(node, module, expression, given):
    """Return what an expression over the exports of a module (``m``) and the given value makes, through JSON."""
    script = (
        f"import * as m from {json.dumps((SCRIPTS / module).as_uri())};"
        f"const given = {json.dumps(given)};"
        f"console.log(JSON.stringify({expression}));"
    )
    run = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_durations_are_said_as_in_python(node):
    # Around every change of unit and of rounding, and what lies exactly between two numbers.
    seconds = [0, 0.4, 0.999, 1, 1.04, 1.05, 1.25, 2.25, 2.75, 9.94, 9.95, 9.96, 10, 12.5, 13.5]
    seconds += [134, 179.4, 179.6]
    seconds += [180, 195, 225, 255, 598, 599, 600, 630, 690, 750, 7_199, 7_200, 9_000, 11_700, 12_600, 35_999]
    seconds += [36_000, 37_800, 41_400, 172_799, 172_800, 216_000, 302_400, 388_800, 10_000_000, 1e9]
    seconds += [1.1**i for i in range(200)]
    said = _evaluated(node, "axis.js", "given.map(m.duration)", seconds)
    assert said == [spoken_duration(s) for s in seconds]


def test_colours_are_those_of_the_figures(node):
    assert _evaluated(node, "colours.js", "[m.PALETTE, m.OTHER]", None) == [list(COLOURS), OTHER_COLOUR]
