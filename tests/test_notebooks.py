"""Every notebook runs from top to bottom and is stored with its outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
@pytest.mark.filterwarnings("default")  # warnings of the kernel's own machinery are not ours
def test_notebook_runs_and_is_stored_with_outputs(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    stored = code_cells(notebook)
    assert [cell.execution_count for cell in stored] == list(range(1, len(stored) + 1))
    assert all(cell.outputs for cell in stored)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    for cell in code_cells(notebook):
        assert cell.outputs
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.get("text")


def test_there_are_notebooks():
    assert [p.stem for p in NOTEBOOKS] == ["01-first-farm", "02-laboratory", "03-real-logs", "04-figures"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_names_no_machine(path):
    text = path.read_text()
    assert "/home/" not in text
    assert "site-packages" not in text
