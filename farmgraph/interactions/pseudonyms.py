"""Pseudonyms for names: the same for the same key, and nobody's without it."""

import base64
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import PurePath

import numpy as np
import pyarrow as pa

from farmgraph.errors import InputError, UsageError
from farmgraph.interactions.keyfile import key_bytes, key_id, new_key, read_key, write_key
from farmgraph.interactions.mentions import mentions
from farmgraph.interactions.presets import preset_named
from farmgraph.interactions.schema import INTERACTIONS_SCHEMA
from farmgraph.interactions.table import Interactions, Pseudonyms, Source
from farmgraph.runtime import require

__all__ = ["key_id", "new_key", "pseudonymise", "read_key", "write_key"]

_ACCOUNT, _CONTENT = ("a_", b"farmgraph acc"), ("c_", b"farmgraph cont")
_DIGEST_BYTES = 10
_USUAL_ACTION = re.compile(r"[^\W\d_]{1,20}([ _-][^\W\d_]{1,20})?")


def pseudonymise(
    log: Interactions,
    key: bytes | str | os.PathLike[str],
    *,
    contents: bool | str = False,
    keep: Sequence[str] = (),
) -> Interactions:
    """Replace names by pseudonyms: see `farmgraph.Interactions.pseudonymise`, which describes all of it.

    Parameters
    ----------
    log : Interactions
        What `farmgraph.read` returned. It is not changed.
    key : bytes or path
        16 to 64 bytes, or the path of a key file.
    contents : bool or "accounts", default False
        Replace all contents; ``"accounts"``: as accounts, which they are.
    keep : sequence of str
        Further columns that stay, as they are.

    Returns
    -------
    Interactions

    Raises
    ------
    UsageError
        If an option cannot be used, or the log carries pseudonyms already.
    InputError
        If the key cannot be read, or two names got one pseudonym.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> log = fg.read(pd.DataFrame({"user": ["ann", "bob"], "page": ["p", "p"], "time": [0, 5]}))
    >>> pseudonymise(log, b"sixteen bytes or more").table["account"].to_pylist()
    ['a_auqwlr46ifdcndfb', 'a_vsauokk37gqhqpd7']
    """
    require(log, Interactions, way_out="Read the log first: log = fg.read(...).")
    if log.pseudonyms is not None:
        raise UsageError(
            f"The names of this log are pseudonyms already (key {log.pseudonyms.key_id}); pseudonyms of pseudonyms "
            "would fit no other log. Start again from the log as it was read."
        )
    if not isinstance(contents, bool) and contents != "accounts":
        raise UsageError(f"contents is {contents!r}; expected False, True or 'accounts'.")
    if not contents and log.preset and preset_named(log.preset).contents_are_accounts:
        contents = "accounts"
    keep = (keep,) if isinstance(keep, str) else tuple(keep)
    extra = log.table.schema.names[len(INTERACTIONS_SCHEMA) :]
    for name in keep:
        if name not in extra:
            raise UsageError(f"keep names {name!r}, but the further columns of the log are {extra}.")
    secret = key_bytes(key)
    columns = {role: _encoded(log.table[role]) for role in ("account", "content", "action", "source")}
    names = {role: _texts(columns[role]) for role in ("account", "content", "action")}

    accounts = _pseudonyms(names["account"], secret, _ACCOUNT)
    telling = _telling(log, columns["content"], columns["action"])
    of_account = mentions(accounts)
    if contents == "accounts":
        new_contents = _pseudonyms(names["content"], secret, _ACCOUNT)
    elif contents:
        new_contents = _pseudonyms(names["content"], secret, _CONTENT)
    else:
        betraying = _where_betraying(names["content"], accounts, secret, of_account)
        new_contents = betraying | _pseudonyms(telling["person"], secret, _CONTENT)
        new_contents |= _pseudonyms(telling["account"], secret, _ACCOUNT)
    of_content = mentions(names["content"]) if contents else None

    def betrays(text: str) -> bool:
        return of_account(text) or (of_content is not None and of_content(text))

    def is_no_action(text: str) -> bool:
        return betrays(text) or (of_content is not None and not _USUAL_ACTION.fullmatch(text))

    actions = _where_betraying(names["action"], accounts, secret, is_no_action)
    for new in (accounts | new_contents if contents == "accounts" else accounts, new_contents, actions):
        _refuse_collision(new)

    called = (*(s.path for s in log.source), *_texts(columns["source"]), *log.rejected["source"])
    sources = {path: f"source {i}" for i, path in enumerate(dict.fromkeys(called), start=1)}
    table = pa.table(
        {
            "account": _renamed(columns["account"], accounts),
            "content": _renamed(columns["content"], new_contents),
            "time": log.table["time"],
            "action": _renamed(columns["action"], actions),
            "source": _renamed(columns["source"], sources),
            "line": log.table["line"],
            **{name: log.table[name] for name in extra if name in keep},
        }
    )
    record = Pseudonyms(key_id(secret), contents, tuple(name for name in extra if name not in keep))
    read = [_without_paths(note, sources) for note in log.notes]
    folders = _folders(sources)
    harmless = [note for note in read if not betrays(note) and not folders.search(note)]
    told = _notes(record, new_contents, accounts, actions, n_rejected=len(log.rejected), kept=keep)
    if len(harmless) < len(read):
        n = len(read) - len(harmless)
        told.append(f"{n} {'note' if n == 1 else 'notes'} on the reading left out for the names in them.")
    # Put together anew, field by field: what the log may come to hold one day stays behind unless it is named here.
    return Interactions(
        table=table,
        rejected=log.rejected.assign(source=log.rejected["source"].map(sources).astype("str"), raw_text=""),
        source=tuple(Source(sources[s.path], s.n_bytes, s.sha256, s.n_rows, s.n_used) for s in log.source),
        columns=dict(log.columns),
        notes=(*harmless, *told),
        pseudonyms=record,
        preset=log.preset,
        resolution_s=log.resolution_s,
        options={
            name: text for name, text in log.options.items() if name != "actions" or not is_no_action(text)
        },
    )


def _encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """Return a column as one array with one dictionary."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    whole = column.unify_dictionaries().combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole


def _texts(column: pa.DictionaryArray) -> list[str]:
    return [text for text in column.dictionary.to_pylist() if text is not None]


def _renamed(column: pa.DictionaryArray, new: Mapping[str, str]) -> pa.DictionaryArray:
    values = [None if text is None else new[text] for text in column.dictionary.to_pylist()]
    return pa.DictionaryArray.from_arrays(column.indices.cast(pa.int32()), pa.array(values, pa.string()))


def _pseudonyms(names: Iterable[str], key: bytes, kind: tuple[str, bytes]) -> dict[str, str]:
    prefix, person = kind
    return {name: prefix + _digest(name, key, person) for name in names}


def _digest(name: str, key: bytes, person: bytes) -> str:
    made = hashlib.blake2b(name.encode(), key=key, digest_size=_DIGEST_BYTES, person=person)
    return base64.b32encode(made.digest()).decode("ascii").lower()


def _where_betraying(
    names: Iterable[str], accounts: Mapping[str, str], key: bytes, betrays: Callable[[str], bool]
) -> dict[str, str]:
    """Return what names that may stay readable become: an account's pseudonym, one of their own, or themselves."""
    prefix, person = _CONTENT
    return {
        name: accounts[name]
        if name in accounts
        else prefix + _digest(name, key, person)
        if betrays(name)
        else name
        for name in names
    }


def _telling(
    log: Interactions, contents: pa.DictionaryArray, actions: pa.DictionaryArray
) -> dict[str, list[str]]:
    """Return the contents that are accounts, and those that are texts or name their authors, by what is known of them.

    What a content holds follows from the action of a known format, and from the rule by which names were made
    comparable.
    """
    names = _texts(contents)
    if log.options.get("normalise") == "text":
        return {"account": [], "person": names}
    acts = preset_named(log.preset).acts if log.preset else ()
    codes = contents.indices.to_numpy(zero_copy_only=False)
    done = actions.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    kinds = {name: code for code, name in enumerate(_texts(actions))}
    found = {}
    for holds in ("account", "person"):
        wanted = [kinds[act.action] for act in acts if act.tells_of_people == holds and act.action in kinds]
        some = np.unique(codes[np.isin(done, wanted)])
        found[holds] = [names[code] for code in some]
    return found


def _refuse_collision(new: Mapping[str, str]) -> None:
    if len(set(new.values())) < len(new):
        raise InputError(
            "Two names of this log got the same pseudonym, so their rows would count as one's. Use another key; if "
            "some names of the log are pseudonyms already, start from the log as it was."
        )


def _without_paths(note: str, sources: Mapping[str, str]) -> str:
    """Write a note without the paths of files, nor their own names in whatever folder."""
    paths = sorted(filter(None, sources), key=len, reverse=True)
    exact = [re.escape(path) for path in paths]
    elsewhere = [rf"(?:[^\s'\"]*[/\\])?{re.escape(os.path.basename(path) or path)}" for path in paths]
    if not paths:
        return note
    # All at once, for a file can be called "source 1"; the longest first, for one path can hold another.
    pattern = "|".join(f"({part})" for part in (*exact, *elsewhere))

    def number(found: re.Match[str]) -> str:
        return sources[paths[((found.lastindex or 1) - 1) % len(paths)]]

    return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", number, note)


def _folders(paths: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of the folders and archives in which files lie, by their paths or, with a dot, their names."""
    names: set[str] = set()
    for path in map(PurePath, paths):
        names.update(str(folder) for folder in path.parents if folder.name.strip("."))
        names.update(folder.name for folder in path.parents if "." in folder.name.strip("."))
    pattern = "|".join(map(re.escape, sorted(names)))
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)" if names else r"(?!)")


def _notes(
    record: Pseudonyms,
    contents: Mapping[str, str],
    accounts: Mapping[str, str],
    actions: Mapping[str, str],
    *,
    n_rejected: int,
    kept: Sequence[str],
) -> list[str]:
    """Say what was done, in numbers only."""
    notes = [
        f"Names are pseudonyms, made with the key {record.key_id}: whoever has that key and a list of names can find "
        "out who is who."
    ]
    if record.contents == "accounts":
        notes.append("All contents are accounts and carry their pseudonyms.")
    elif record.contents:
        notes.append("All contents are pseudonyms, too.")
    else:
        changed = [new for name, new in contents.items() if name != new]
        accounted = sum(new.startswith(_ACCOUNT[0]) for new in changed)
        notes.append(
            f"{len(contents):,} contents: {accounted:,} that are accounts or called like one, now by their pseudonyms; "
            f"{len(changed) - accounted:,} that hold the name of an account, or what a person wrote or is called, now "
            f"pseudonyms of their own; {len(contents) - len(changed):,} as they were."
        )
    replaced = sum(name != new for name, new in actions.items())
    if replaced:
        notes.append(f"{len(actions):,} kinds of action: {replaced:,} now pseudonyms.")
    left_out = [f"the columns {', '.join(record.dropped)}"] if record.dropped else []
    left_out += [f"the text of the {n_rejected:,} rejected rows"] if n_rejected else []
    notes.append(f"Left out: {', '.join([*left_out, 'the names of files'])}.")
    if kept:
        notes.append(f"Kept as they were: the columns {', '.join(kept)}.")
    return notes
