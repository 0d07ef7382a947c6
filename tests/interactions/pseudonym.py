"""Pseudonyms made by hand, and the keys of the tests."""

import base64
import hashlib

KEY, OTHER = b"the key of the tests", b"another key, as long"


def by_hand(name, kind, key=KEY):
    """Make a pseudonym from the published parts: keyed BLAKE2b of 80 bits, person, base32 in small letters."""
    person = {"a": b"farmgraph acc", "c": b"farmgraph cont"}[kind]
    digest = hashlib.blake2b(name.encode(), digest_size=10, key=key, person=person).digest()
    return f"{kind}_{base64.b32encode(digest).decode().lower()}"


def column(log, name):
    return log.table[name].to_pylist()
