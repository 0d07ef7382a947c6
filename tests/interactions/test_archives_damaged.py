"""Packed files with any bytes and any damage: they are read, or refused with an InputError."""

import gzip
import zipfile

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from interactions.zips import LOG, text_of, zip_of

import farmgraph as fg
from farmgraph.errors import InputError
from farmgraph.interactions.sources import identity, name_of, resolve

QUICK = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def survives(path):
    """Whether a file could be used to the end; every error but InputError passes through."""
    try:
        for item in resolve(str(path)):
            assert name_of(item).startswith(str(path))
            text_of(item)
            n_bytes, digest = identity(item)
            assert n_bytes > 0
            assert len(digest) == 64
    except InputError as error:
        assert str(path) in str(error)  # noqa: PT017
        return False
    return True


WHOLE = {
    "zip": zip_of([("Zoë.csv", LOG), ("b/c.csv.gz", gzip.compress(LOG, mtime=0)), ("readme.txt", b"x")]),
    "stored.zip": zip_of([("a.csv", LOG)], method=zipfile.ZIP_STORED),
    "csv.gz": gzip.compress(LOG, mtime=0),
    "csv.zst": pa.compress(LOG, codec="zstd", asbytes=True),
}


@QUICK
@given(
    suffix=st.sampled_from([".zip", ".gz", ".csv.zst"]),
    magic=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"]),
    body=st.binary(max_size=200),
)
def test_any_bytes_end_in_nothing_worse_than_an_input_error(folder, suffix, magic, body):
    path = folder / f"random{suffix}"
    path.write_bytes(magic + body)
    survives(path)


@QUICK
@given(kind=st.sampled_from(sorted(WHOLE)), data=st.data())
def test_any_damage_ends_in_nothing_worse_than_an_input_error(folder, kind, data):
    whole = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        if not whole:
            break
    path = folder / f"damaged.{kind}"
    path.write_bytes(whole)
    survives(path)


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_what_is_not_damaged_survives(folder, kind):
    path = folder / f"whole.{kind}"
    path.write_bytes(WHOLE[kind])
    assert survives(path)


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_every_cut_and_every_wrong_byte(folder, kind):
    path = folder / f"wrong.{kind}"
    for at in range(len(WHOLE[kind])):
        path.write_bytes(WHOLE[kind][:at])
        # Up to its fourth byte it may be a text that begins strangely.
        assert not survives(path) or at < 4
        for flip in (1, 0xFF):
            wrong = bytearray(WHOLE[kind])
            wrong[at] ^= flip
            path.write_bytes(wrong)
            survives(path)


@settings(QUICK, max_examples=80)
@given(st.sampled_from([".zip", ".csv.gz"]), st.booleans(), st.binary(min_size=1, max_size=80))
def test_read_any_bytes_inside_a_packed_file(folder, suffix, header, body):
    text = (b"user,page,time\n" if header else b"") + body
    path = folder / f"packed{suffix}"
    path.write_bytes(zip_of([("a.csv", text)]) if suffix == ".zip" else gzip.compress(text, mtime=0))
    try:
        log = fg.read(path, account="user", content="page")
    except InputError as error:
        assert not header, error  # noqa: PT017
    else:
        assert len(log) + len(log.rejected) == log.n_rows
