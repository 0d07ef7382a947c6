"""Columns of typed logs made plain: text is UTF-8, and no column means something else than it says."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import InputError


def without_extension(column: Any, field: Any, role: str | None) -> Any:
    """Turn extension types that are harmless into plain ones.

    Under its extension a column is stored as something else: a month, say, as the number of
    months since 1970, which would pass as a time in seconds.

    Parameters
    ----------
    column : pyarrow.Array
        The column.
    field : pyarrow.Field
        Its name and type; its metadata names an extension that nobody has registered.
    role : str or None
        What the column is to be; None if it is only kept.

    Raises
    ------
    InputError
        If what is stored means something that only the extension knows.

    Examples
    --------
    >>> ids = pa.array([bytes(range(16))], pa.binary(16))
    >>> told = {"ARROW:extension:name": "arrow.uuid"}
    >>> without_extension(ids, pa.field("user", ids.type, metadata=told), "account").to_pylist()
    ['00010203-0405-0607-0809-0a0b0c0d0e0f']
    """
    if pa.types.is_dictionary(column.type):
        values = without_extension(column.dictionary, pa.field(field.name, column.type.value_type), role)
        if values is column.dictionary:
            return column
        return pa.DictionaryArray.from_arrays(column.indices, values)
    told = (field.metadata or {}).get(b"ARROW:extension:name", b"").decode("utf-8", "replace")
    extension = getattr(column.type, "extension_name", told)
    if not extension:
        return column
    stored = column.storage if isinstance(column, pa.ExtensionArray) else column
    kind = stored.type
    if extension in ("arrow.json", "arrow.opaque") and _is_text(kind):
        return stored
    if extension == "arrow.bool8" and pa.types.is_int8(kind):
        return pc.not_equal(stored, 0)
    if extension == "arrow.uuid" and role != "time" and pa.types.is_fixed_size_binary(kind):
        return _uuid_texts(stored)
    what = f"cannot be the {role}" if role else "cannot be kept"
    other = (
        f"name another column with {role}= (on the command line --{role})" if role else "leave it out of keep"
    )
    raise InputError(
        f"Column {field.name!r} holds {extension}, stored as {kind}, which would mean something else if it were "
        f"read as that; so it {what}. Convert it to text, numbers or timestamps first (a pandas Period with "
        f".dt.to_timestamp()), or {other}."
    )


def readable_text(column: Any, *, name: str, from_bytes: bool = False) -> tuple[Any, np.ndarray | None]:
    r"""Make sure that text is UTF-8, which neither Parquet nor Arrow checks.

    Parameters
    ----------
    column : pyarrow.Array, length n
        Anything; what holds no text is handed back.
    name : str
        What the column is called in messages.
    from_bytes : bool
        Whether bytes are to be read as text too.

    Returns
    -------
    column : pyarrow.Array, length n
        Views of strings become strings, and bytes that are not UTF-8 are written as ``\xff``.
    bad : numpy.ndarray of bool, shape (n,), or None
        Where something was not UTF-8; None if nowhere.

    Raises
    ------
    InputError
        If text inside arrays or objects is not UTF-8: their rows cannot be told apart.

    Examples
    --------
    >>> column, bad = readable_text(pa.array([b"caf\xe9", b"a"]), name="user", from_bytes=True)
    >>> column.to_pylist(), bad.tolist()
    (['caf\\xe9', 'a'], [True, False])
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        values, bad = readable_text(column.dictionary, name=name, from_bytes=from_bytes)
        if values is not column.dictionary:
            column = pa.DictionaryArray.from_arrays(column.indices, values)
        if bad is None:
            return column, None
        rows = np.append(bad, False)[column.indices.fill_null(len(bad)).to_numpy(zero_copy_only=False)]
        return column, rows if rows.any() else None
    if from_bytes and holds_bytes(kind):
        column = column.cast(pa.large_binary()).view(pa.large_string())
    elif pa.types.is_string_view(kind):
        # Arrow lacks many functions for views, which polars hands over.
        column = column.cast(pa.large_string())
    try:
        column.validate(full=True)
    except pa.ArrowInvalid as error:
        if _is_text(column.type):
            return _repaired(column.cast(pa.large_binary()))
        raise InputError(
            f"Column {name!r} holds {kind}, which is damaged or not UTF-8 ({error}). "
            "Name another column, or leave it out of keep."
        ) from None
    return column, None


def holds_bytes(kind: Any) -> bool:
    """Whether a type is bytes without a promise to be text, in a dictionary or not."""
    if pa.types.is_dictionary(kind):
        return holds_bytes(kind.value_type)
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_binary_view(kind)
        or pa.types.is_fixed_size_binary(kind)
    )


def text_with_surrogates(series: Any) -> Any:
    """Convert a pandas column of text with lone surrogates, which UTF-8 cannot hold, for `readable_text`.

    Raises
    ------
    pyarrow.ArrowTypeError
        If there is something else than text among it.
    """
    values = [
        None if missing else value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        for value, missing in zip(series.tolist(), series.isna().tolist(), strict=True)
    ]
    try:
        return pa.array(values, pa.large_binary()).view(pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise pa.ArrowTypeError(
            f"column {str(series.name)!r} holds lone surrogates and not only text"
        ) from None


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _uuid_texts(stored: Any) -> Any:
    """Write 16 bytes each as 8-4-4-4-12 hexadecimal digits."""
    data = stored.fill_null(bytes(16)).cast(pa.binary()).buffers()[2]
    octets = np.frombuffer(data, np.uint8)[: 16 * len(stored)].reshape(-1, 16)
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    out = np.full((len(stored), 36), ord("-"), np.uint8)
    at = [k for k in range(36) if k not in (8, 13, 18, 23)]
    out[:, at[0::2]] = digits[octets >> 4]
    out[:, at[1::2]] = digits[octets & 15]
    offsets = np.arange(len(stored) + 1, dtype=np.int64) * 36
    texts = pa.LargeStringArray.from_buffers(len(stored), pa.py_buffer(offsets), pa.py_buffer(out))
    return pc.if_else(stored.is_valid(), texts, None)


def _repaired(raw: Any) -> tuple[Any, np.ndarray]:
    from farmgraph.interactions.kernels import find_not_utf8

    _, offsets, data = raw.buffers()
    bounds = np.frombuffer(offsets, np.int64)[raw.offset : raw.offset + len(raw) + 1]
    bad = np.zeros(len(raw), bool)
    find_not_utf8(np.frombuffer(data, np.uint8), bounds, bad)
    # What stands behind a null is nobody's text.
    bad &= raw.is_valid().to_numpy(zero_copy_only=False)
    shown = [_shown(value) for value in raw.filter(pa.array(bad)).to_pylist()]
    whole = pc.replace_with_mask(raw, pa.array(bad), pa.array(shown, pa.large_binary()))
    return whole.cast(pa.large_string()), bad


def _shown(value: bytes) -> bytes:
    try:
        # A lone surrogate is better known by its number than by its three bytes.
        return value.decode("utf-8", "surrogatepass").encode("utf-8", "backslashreplace")
    except UnicodeDecodeError:
        return value.decode("utf-8", "backslashreplace").encode()
