"""Fixtures of the tests of reading: small files, written where they are wanted."""

import json

import pytest
from interactions.zips import zip_of


@pytest.fixture
def archive(tmp_path):
    def write(files, *, name="log.zip", **options):
        path = tmp_path / name
        path.write_bytes(files if isinstance(files, bytes) else zip_of(files, **options))
        return str(path)

    return write


@pytest.fixture
def write(tmp_path):
    def written(name, value):
        path = tmp_path / name
        text = value if isinstance(value, str) else "".join(json.dumps(one) + "\n" for one in value)
        path.write_text(text)
        return path

    return written
