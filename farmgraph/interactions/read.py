"""Read a log: where the way through the house begins."""

import contextlib
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from farmgraph.errors import InputError
from farmgraph.interactions.batches import Batch
from farmgraph.interactions.cache import checked_folder, find, keep
from farmgraph.interactions.delimited import open_delimited
from farmgraph.interactions.duplicates import (
    hashes_of,
    keys_of,
    repeated,
    without_duplicates,
    without_taken_back,
)
from farmgraph.interactions.encodings import guess_encoding
from farmgraph.interactions.frames import open_frame, open_parquet
from farmgraph.interactions.jsonlines import open_json
from farmgraph.interactions.ledger import Ledger, Page, entries_of, rejects_table, table_of
from farmgraph.interactions.log import Log
from farmgraph.interactions.options import Options, checked_options
from farmgraph.interactions.plan import Plan, plan_for
from farmgraph.interactions.reading import Reading
from farmgraph.interactions.readnotes import late_notes
from farmgraph.interactions.sources import encoding_of, is_frame, kind_of, name_of, plain_bytes, resolve
from farmgraph.interactions.spill import in_memory, share_of_limit
from farmgraph.interactions.table import Interactions, Source
from farmgraph.interactions.times import KINDS
from farmgraph.memory import limited


def read(
    source: Any,
    *,
    account: str | None = None,
    content: str | None = None,
    time: str | None = None,
    action: str | None = None,
    keep: Sequence[str] = (),
    preset: str | None = None,
    actions: Sequence[str] | None = None,
    normalise: str | None = None,
    time_format: str | None = None,
    timezone: str | None = None,
    encoding: str | None = None,
    duplicates: str = "remove",
    threads: int | None = None,
    memory_limit: int | str | None = None,
    cache: str | os.PathLike[str] | None = None,
) -> Interactions:
    """Read who acted on what and when; every row is used or stands in the table of rejects.

    Parameters
    ----------
    source : path, glob, data frame, or list of them
        CSV (comma, semicolon, tab or bar; with a header), JSON lines, one JSON array of objects or one object
        around it, each also packed as gz, zst or zip; Parquet; a pandas, polars or pyarrow table
        or a duckdb relation. Files of a glob are read in the order of their names.
    account, content, time, action : str, optional
        Columns. What is not named is guessed from usual names, and the guess is put into
        `notes`. Fields nested in JSON are named with dots: ``account="user.id_str"``.
    keep : sequence of str
        Further columns to carry along.
    preset : str, optional
        A known export format, such as ``"twitter-v2"``; see `farmgraph.presets`. By default a format is recognised
        by its fields, unless account or content is named, and `notes` say so. ``"none"`` recognises nothing.
    actions : sequence of str, optional
        Read these actions alone, such as ``["repost"]``; of a preset, or words of the column of actions.
    normalise : {"url", "text", "hashtag", "none"}, optional
        Make names of contents comparable; see `farmgraph.interactions.contentkeys.normalised`. Presets do it by
        themselves, each action in its way, unless it is ``"none"``. The names as the log has them stay in the
        column ``raw_content``.
    time_format : str, optional
        How text in the column of times is written where it is neither ISO 8601 nor Unix time, as a strptime pattern:
        ``"%d/%m/%Y %H:%M"``. Text that does not fit it is unreadable then. Presets know how their times are written.
    timezone : str, optional
        Where times without a zone were written, such as ``"Europe/Berlin"``; by default UTC.
    encoding : str, optional
        Of text files; by default UTF-8 (or UTF-16, UTF-32 with a byte order mark), and what is plainly not UTF-8 is
        read as Windows-1252 or Latin-1, which `notes` say.
    duplicates : {"remove", "keep"}
        Rows that are the same as an earlier one in every field, letter by letter as they are written, are rejected as
        ``"exact duplicate"``, or kept.
    threads : int, optional
        Threads to use; by default all that the process may use.
    memory_limit : int or str, optional
        Most memory that the process may take, such as ``"4GB"``; by default what the machine can give. Columns that do
        not fit go to files in the folder of temporary files (the environment variable TMPDIR names another); the
        distinct names and the rows that are rejected have to fit. Pages of mapped files do not count.
    cache : path, optional
        Folder to keep what was read, so that the same files are mapped and not read the next time. By default nothing
        is kept: the folder holds the names in the log as they are, pseudonyms or not, so put it where the log itself
        may lie. It can be deleted at any time. Logs in memory are not kept, and a warning says so.

    Returns
    -------
    Interactions
        Rows in the order of the log. A row is a parsed record, numbered from 1 after the
        header; with a preset it can hold several interactions, one action each. Rejected are: blank lines, records
        with too few or too many fields, broken
        quoting, NUL bytes, bytes that are no UTF-8, malformed JSON, an empty account or
        content, one that a spreadsheet has cut to something like 1.2E+18, an unreadable time, records in which nobody
        acts on anything, what a later row takes back, exact duplicates. An empty time is missing, and the row is
        used; so is one
        written as ``NA``, ``N/A``, ``NaN``, ``NaT``, ``NULL`` or ``None``, and `notes` say how
        many. As an account or a content such a word stays a name, and `notes` point at it; in a table of a known format
        it counts as empty.

    Raises
    ------
    InputError
        If there is no such file, it is no table, it has no rows, a column does not exist or
        cannot be guessed, or one column gets two roles.
    UsageError
        If an option cannot be used.
    BudgetError
        If the log does not fit into `memory_limit`.

    Notes
    -----
    Times are ISO 8601 in its extended form or Unix time (the size of the number decides the unit), each value by
    itself; without a zone they count as UTC. Readable are the years 1970 to 2099. Eight digits
    that are a day of the years 1990 to 2099, such as 20210101, are that day; the other reading
    would be a second in August 1970. Identifiers stay as they are written, apart from whole
    floats, which lose their ``.0``.

    In delimited text a line ends with LF, CR LF or CR. A quote that is never closed, or closed
    in the middle of a field, condemns its first line only; reading goes on with the next.
    Blank lines above the header are no rows.

    It fetches nothing, trims no identifiers, and does not look at what an action means.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame(
    ...     {"user": [7, 8, None], "page": ["p", "p", "q"], "liked_at": ["2024-05-01", "", "2024-05-02"]}
    ... )
    >>> log = read(frame)
    >>> log
    <Interactions: 2 of 3 rows used, 2024-05-01 to 2024-05-01>
    >>> log.table["account"].to_pylist(), log.rejected_by_reason
    (['7', '8'], {'empty account': 1})
    >>> log.notes[0].split(". ")[0]
    'Columns guessed: account = user, content = page, time = liked_at'
    """
    options = checked_options(
        columns={"account": account, "content": content, "time": time, "action": action},
        keep=keep,
        preset=preset,
        actions=actions,
        normalise=normalise,
        time_format=time_format,
        timezone=timezone,
        encoding=encoding,
        duplicates=duplicates,
        threads=threads,
    )
    with limited(memory_limit):
        reading = read_closely(source, options, cache=cache)
    if reading.not_cached:
        warnings.warn(reading.not_cached, stacklevel=2)
    return reading.interactions


def read_closely(source: Any, options: Options, *, cache: str | os.PathLike[str] | None = None) -> Reading:
    """Read as `read` does and also tell what was seen; the limit of memory is the one in force."""
    if isinstance(source, Interactions):
        raise InputError("The log has been read already: use the Interactions as they are.")
    if cache is None:
        return _read(resolve(source), options)
    folder = checked_folder(cache)
    items = resolve(source)
    found, why = find(folder, items, options)
    if found is not None:
        return found
    reading = _read(items, options)
    return replace(reading, not_cached=" ".join(filter(None, [why, keep(folder, items, options, reading)])))


def _read(items: list[Any], options: Options) -> Reading:
    ledger = Ledger()
    sources: list[tuple[str, tuple[int, str]]] = []
    notes: list[str] = []
    plan: Plan | None = None
    forms: dict[str, str] = {}
    for number, item in enumerate(items, start=1):
        name = _frame_name(number, len(items)) if is_frame(item) else name_of(item)
        page, here, told, identity = _read_source(item, name, ledger, plan, options)
        _check_sum(page)
        if page.n_rows == 0:
            raise InputError(f"{name} has no rows.")
        if plan is None:
            notes += here.notes
        plan = here
        notes += told
        ledger.pages.append(page)
        forms[name] = here.form
        sources.append((name, identity))
    assert plan is not None  # resolve never returns an empty list
    interactions = _interactions(ledger, plan, sources, notes, options)
    kinds = np.sum([page.time_kinds for page in ledger.pages], axis=0)
    counts = {kind: int(n) for kind, n in zip(KINDS, kinds, strict=True) if n}
    return Reading(interactions, plan.found, plan.guessed, plan.recognised, forms, counts)


def _read_source(
    item: Any, name: str, ledger: Ledger, plan: Plan | None, options: Options
) -> tuple[Page, Plan, list[str], tuple[int, str]]:
    """Read one source; what is plainly not UTF-8 is read once more in the encoding that it seems to have."""
    page, here, told, identity = _read_once(item, name, ledger, plan, options, options.encoding)
    if options.encoding or is_frame(item) or not any(reason == "not UTF-8" for _, reason, _ in page.rejected):
        return page, here, told, identity
    kind, compression = kind_of(item)
    if kind == "parquet" or encoding_of(item, compression):
        return page, here, told, identity
    with plain_bytes(item, compression) as data:
        encoding = guess_encoding(data)
    if not encoding:
        return page, here, told, identity
    page, here, told, identity = _read_once(item, name, ledger, plan, options, encoding)
    told.append(
        f"{name} is not UTF-8 and was read as {encoding}. Look at some names: if letters are wrong, name the encoding "
        "with encoding= (on the command line --encoding)."
    )
    return page, here, told, identity


def _read_once(
    item: Any, name: str, ledger: Ledger, plan: Plan | None, options: Options, encoding: str
) -> tuple[Page, Plan, list[str], tuple[int, str]]:
    page = Page(name, asked=options.actions is not None)
    with _opened(item, name, encoding) as log, ThreadPoolExecutor(1) as beside:
        here = plan_for(log, name, plan, options)
        identity = beside.submit(log.identity, here.wanted)
        settle: Callable[[Batch], None] = partial(ledger.enter, page)
        told = list(log.records(here.wanted, here.understand, settle, options.threads))
        if options.duplicates == "remove" and log.row_hashes is not None:
            page.row_hashes = log.row_hashes(ledger.allocate)
            if page.row_hashes is None:
                told.append(
                    f"{name} has columns that cannot be compared, so exact duplicates were not looked for."
                )
        return page, here, told, identity.result()


def _interactions(
    ledger: Ledger, plan: Plan, sources: list[tuple[str, tuple[int, str]]], notes: list[str], options: Options
) -> Interactions:
    """Put together what was entered."""
    pages = ledger.pages
    pieces = [list(page.pieces) for page in pages]
    allocate = ledger.allocate
    at_a_time = None if allocate is in_memory else share_of_limit(1 << 22, least=1 << 18, parts=200)
    hashes = hashes_of(pages, pieces, allocate=allocate) if options.duplicates == "remove" else None
    keys = keys_of(pieces)
    del pieces
    with ThreadPoolExecutor(1) as beside:
        twice = None if hashes is None else beside.submit(repeated, hashes, at_a_time=at_a_time)
        entries = entries_of(ledger, plan.keep, threads=options.threads)
    # First what is written twice: a deed that two files tell is one deed, and one later row takes it back.
    if hashes is not None and twice is not None:
        entries, left = without_duplicates(entries, hashes, twice.result(), pages)
        keys = None if keys is None else keys[left]
    if keys is not None:
        entries = without_taken_back(entries, keys, pages)
    table = table_of(entries, ledger, threads=options.threads)
    rejected = rejects_table(pages)
    return Interactions(
        table=table,
        rejected=rejected,
        source=tuple(
            Source(name, n_bytes, digest, page.n_rows, page.n_used)
            for (name, (n_bytes, digest)), page in zip(sources, pages, strict=True)
        ),
        columns=dict(plan.columns),
        notes=tuple([*notes, *late_notes(table, rejected, pages, plan, options)]),
        preset="" if plan.preset is None else plan.preset.name,
        resolution_s=0.0 if plan.preset is None else plan.preset.resolution_s,
        options=options.told(),
    )


def _check_sum(page: Page) -> None:
    if page.n_used + page.n_rejected != page.n_rows:
        raise InputError(
            f"{page.name} has {page.n_rows:,} rows, but {page.n_used:,} were used and {page.n_rejected:,} "
            "rejected. This is a fault in farmgraph; please report it with the file."
        )


@contextlib.contextmanager
def _opened(item: Any, name: str, encoding: str) -> Iterator[Log]:
    if is_frame(item):
        opened = open_frame(item, name)
    else:
        kind, compression = kind_of(item)
        if kind == "parquet":
            opened = open_parquet(item)
        else:
            opened = (open_json if kind == "json" else open_delimited)(item, compression, encoding=encoding)
    with opened as log:
        yield log


def _frame_name(number: int, n: int) -> str:
    return "<data frame>" if n == 1 else f"<data frame {number}>"
