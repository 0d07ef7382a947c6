"""Key files: where a key for pseudonyms is kept, and by which number it is known."""

import hashlib
import os
import re
import secrets
import stat
from pathlib import Path

from farmgraph.errors import InputError, UsageError

KEY_BYTES = 32
SHORTEST_KEY, LONGEST_KEY = 16, 64
"""Bytes of a key that is given as bytes: 128 bits cannot be guessed, and BLAKE2b takes no more than 64."""

_FIRST_WORD = "farmgraph-key-1"
_KEY_LINE = re.compile(rf"{_FIRST_WORD}[ \t]+([0-9a-fA-F]*)")
_LARGEST_KEY_FILE = 1_000
_NEW_KEY = "Make one with 'farmgraph key new'."


def new_key() -> bytes:
    """Return a new key: 32 random bytes from the operating system.

    Returns
    -------
    bytes

    Examples
    --------
    >>> len(new_key()), new_key() == new_key()
    (32, False)
    """
    return secrets.token_bytes(KEY_BYTES)


def write_key(path: str | os.PathLike[str]) -> Path:
    """Make a new key and write it to a new file that only its owner may read.

    Parameters
    ----------
    path : path
        The file to make.

    Returns
    -------
    Path
        The file: one line of text, ``farmgraph-key-1`` and 64 hexadecimal digits.

    Raises
    ------
    InputError
        If there is something of that name already, or the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     len(read_key(write_key(Path(folder, "farmgraph.key"))))
    32
    """
    target = Path(path)
    try:
        # Made for its owner alone from the start: a file that is closed off later was open for a moment.
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InputError(
            f"{target} exists already and is never replaced: without the old key, old pseudonyms could never be "
            "made again. Choose another name, or move the old key to a safe place first."
        ) from None
    except OSError as error:
        raise InputError(f"Cannot write a key to {target}: {error.strerror or error}.") from None
    try:
        with os.fdopen(handle, "w", encoding="ascii", newline="\n") as file:
            file.write(f"{_FIRST_WORD} {new_key().hex()}\n")
    except OSError as error:
        target.unlink(missing_ok=True)
        raise InputError(f"Cannot write a key to {target}: {error.strerror or error}.") from None
    return target


def read_key(path: str | os.PathLike[str]) -> bytes:
    """Read the key from a file that `write_key` made.

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    bytes
        32 bytes.

    Raises
    ------
    InputError
        If there is no such file, it holds no key, or a part of one. No message repeats what the file holds.

    Examples
    --------
    >>> read_key("nowhere.key")
    Traceback (most recent call last):
    farmgraph.errors.InputError: There is no key file nowhere.key. Make one with 'farmgraph key new'.
    """
    try:
        with open(path, "rb") as file:
            found = file.read(_LARGEST_KEY_FILE + 1)
    except FileNotFoundError:
        raise InputError(f"There is no key file {os.fspath(path)}. {_NEW_KEY}") from None
    except OSError as error:
        raise InputError(f"Cannot read the key {os.fspath(path)}: {error.strerror or error}.") from None
    expected = f"expected one line, {_FIRST_WORD} and {2 * KEY_BYTES} hexadecimal digits"
    line = _KEY_LINE.fullmatch(found.decode("utf-8-sig", "replace").strip())
    if line is None:
        what = "is empty" if not found.strip() else f"does not hold one line that begins with {_FIRST_WORD}"
        raise InputError(f"{os.fspath(path)} is not a key file: it {what}; {expected}. {_NEW_KEY}")
    digits = line.group(1)
    if len(digits) != 2 * KEY_BYTES:
        length = "short" if len(digits) < 2 * KEY_BYTES else "long"
        raise InputError(
            f"The key in {os.fspath(path)} is too {length}: it has {len(digits)} digits; {expected}. Take the key "
            f"from a copy, or make a new one with 'farmgraph key new', which gives other pseudonyms."
        )
    return bytes.fromhex(digits)


def is_open_to_others(path: str | os.PathLike[str]) -> bool:
    """Tell whether users other than its owner may read or change a file; False where that cannot be known."""
    return os.name == "posix" and bool(stat.S_IMODE(os.stat(path).st_mode) & 0o077)


def key_id(key: bytes) -> str:
    """Return twelve hexadecimal digits that tell one key from another and give neither away."""
    return hashlib.blake2b(b"farmgraph key id", key=key).hexdigest()[:12]


def key_bytes(key: bytes | str | os.PathLike[str]) -> bytes:
    """Return the key that is meant, given as bytes or as the path of a key file; UsageError if it is neither."""
    if isinstance(key, str | os.PathLike):
        return read_key(key)
    if not isinstance(key, bytes | bytearray):
        raise UsageError(
            f"key is a {type(key).__name__}; expected bytes or the path of a key file. {_NEW_KEY}"
        )
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise UsageError(
            f"key has {len(key)} bytes; expected {SHORTEST_KEY} to {LONGEST_KEY}, or the path of a key file. "
            f"{_NEW_KEY}"
        )
    return bytes(key)
