"""Fixtures that every room's tests may use."""

from collections.abc import Callable

import pytest
from logs import log_of as build_log

from farmgraph.interactions.table import Interactions


@pytest.fixture(scope="session")
def log_of() -> "Callable[..., Interactions]":
    """Return the function that builds a log of rows (account, content, seconds or None)."""
    return build_log
