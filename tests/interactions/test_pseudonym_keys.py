"""Keys of pseudonyms, and the files that hold them."""

import os
import stat

import pytest
from interactions.pseudonym import by_hand, column
from logs import log_of

import farmgraph as fg
from farmgraph.interactions.keyfile import is_open_to_others
from farmgraph.interactions.pseudonyms import new_key, read_key, write_key


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (b"x" * 15, "key has 15 bytes; expected 16 to 64"),
        (b"x" * 65, "key has 65 bytes"),
        (7, "key is a int"),
    ],
)
def test_wrong_keys(key, words):
    with pytest.raises(fg.UsageError, match=words):
        log_of([("ann", "p", 0)]).pseudonymise(key)


@pytest.mark.parametrize("n_bytes", [16, 64])
def test_keys_as_short_and_as_long_as_they_may_be(n_bytes):
    key = b"k" * n_bytes
    assert column(log_of([("ann", "p", 0)]).pseudonymise(key), "account") == [by_hand("ann", "a", key)]


def test_a_key_file_there_and_back(tmp_path):
    path = write_key(tmp_path / "farmgraph.key")
    key = read_key(path)
    assert path.read_text() == f"farmgraph-key-1 {key.hex()}\n"
    assert len(key) == 32
    assert key != read_key(write_key(tmp_path / "another.key"))
    log = log_of([("ann", "p", 0)])
    for way in (path, str(path), key):
        assert column(log.pseudonymise(way), "account") == [by_hand("ann", "a", key)]


def test_new_keys_differ():
    assert len({new_key() for _ in range(100)}) == 100


@pytest.mark.skipif(os.name != "posix", reason="modes are a thing of POSIX")
def test_a_key_file_is_its_owners_alone(tmp_path):
    before = os.umask(0)  # the most that a new file could be open to
    try:
        path = write_key(tmp_path / "farmgraph.key")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not is_open_to_others(path)
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        assert is_open_to_others(path)


def test_a_key_file_is_never_replaced(tmp_path):
    path = write_key(tmp_path / "farmgraph.key")
    before = path.read_bytes()
    with pytest.raises(fg.InputError, match="old pseudonyms could never be made again"):
        write_key(path)
    assert path.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="links need rights elsewhere")
def test_a_key_is_not_written_through_a_link(tmp_path):
    (tmp_path / "link.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(fg.InputError, match="exists already"):
        write_key(tmp_path / "link.key")
    assert not (tmp_path / "elsewhere").exists()


def test_a_key_into_no_folder(tmp_path):
    with pytest.raises(fg.InputError, match="Cannot write a key to"):
        write_key(tmp_path / "none" / "farmgraph.key")


def test_a_key_that_cannot_be_written_whole_leaves_nothing(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("farmgraph.interactions.keyfile.os.fdopen", full)
    with pytest.raises(fg.InputError, match="No space left on device"):
        write_key(tmp_path / "farmgraph.key")
    assert list(tmp_path.iterdir()) == []


DIGITS = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "text", [f"farmgraph-key-1 {DIGITS.upper()}\r\n", f"\ufefffarmgraph-key-1\t{DIGITS}"]
)
def test_a_key_that_an_editor_has_touched(tmp_path, text):
    (tmp_path / "k").write_text(text, encoding="utf-8", newline="")
    assert read_key(tmp_path / "k") == bytes.fromhex(DIGITS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not a key file: it is empty; expected one line, farmgraph-key-1 and 64 hexadecimal digits"),
        (f"{DIGITS}\n", "does not hold one line that begins with farmgraph-key-1"),
        (f"farmgraph-key-1 {DIGITS}\nann\n", "does not hold one line"),
        (f"farmgraph-key-1 {DIGITS[:-1]}z", "does not hold one line"),
        ("user,page\nann,p\n" * 500, "does not hold one line"),
        (f"farmgraph-key-1 {DIGITS[:40]}\n", "is too short: it has 40 digits"),
        (f"farmgraph-key-1 {DIGITS}00\n", "is too long: it has 66 digits"),
    ],
)
def test_files_that_hold_no_key(tmp_path, text, words):
    (tmp_path / "k").write_text(text)
    with pytest.raises(fg.InputError, match=words) as caught:
        read_key(tmp_path / "k")
    assert "farmgraph key new" in str(caught.value)
    # What the file holds could be a secret, or somebody's name.
    assert DIGITS[:20] not in str(caught.value)
    assert "ann" not in str(caught.value).replace(str(tmp_path), "")


def test_no_key_file(tmp_path):
    with pytest.raises(
        fg.InputError, match=r"There is no key file .*none\.key\. Make one with 'farmgraph key new'"
    ):
        read_key(tmp_path / "none.key")
    with pytest.raises(fg.InputError, match="Cannot read the key"):
        read_key(tmp_path)
