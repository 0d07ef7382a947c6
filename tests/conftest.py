"""Fixtures that every room's tests may use."""

from collections.abc import Callable

import pytest
from logs import log_of as build_log

from farmgraph import cli
from farmgraph.interactions.table import Interactions


@pytest.fixture(scope="session")
def log_of() -> "Callable[..., Interactions]":
    """Return the function that builds a log of rows (account, content, seconds or None)."""
    return build_log


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> "Callable[..., tuple[int, str, str]]":
    """Return a function that runs the command line: arguments in, (exit code, stdout, stderr) out."""

    def call(*arguments: object) -> tuple[int, str, str]:
        code = cli.run(lambda: cli.app([str(a) for a in arguments]))
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return call
