"""Figures that a test or doctest drew are closed after it: matplotlib warns where twenty are open."""

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def figures_closed() -> Iterator[None]:
    """Close what is open, where anything was drawn at all."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
