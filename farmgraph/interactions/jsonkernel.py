"""Compiled loops over JSON: where the elements of an array and the members of an object begin and end.

Imported only by the functions that need it, because loading numba takes time. All loops
release the GIL and are cached on disk after their first run.
"""

from typing import Any

import numpy as np
from numba import njit

from farmgraph.interactions.kernels import text_code, trim

_QUOTE, _LF, _SPACE, _TAB = 34, 10, 32, 9


@njit(nogil=True, cache=True)
def skip_white(data: Any, pos: int) -> int:
    """Return the position of the first byte that is no white space of JSON."""
    while pos < len(data) and (data[pos] == _SPACE or 9 <= data[pos] <= 13):
        pos += 1
    return pos


@njit(nogil=True, cache=True)
def _same_bytes(data: Any, a: int, b: int, n: int) -> bool:
    if a < 0 or b < 0 or a + n > len(data) or b + n > len(data):
        return False
    k = 0
    while k < n and data[a + k] == data[b + k]:
        k += 1
    return k == n


@njit(nogil=True, cache=True)
def _after_damage(data: Any, pos: int, at: int, since: int, model: int) -> tuple[int, bool]:
    """Find where a damaged element of an array ends: before one that begins as its kind does.

    Elements on lines of their own are known by their indent, which nothing inside them has; others by their first
    key, as the element at `model` has it, and only from `since` on, the string before the damage showed at `at`.
    Returns the position of the comma or bracket, or the end of the data, and whether the array is closed there.
    """
    n = len(data)
    start = skip_white(data, pos)
    line = start
    while line > pos and data[line - 1] != _LF:
        line -= 1
    if line > pos:
        indent = start - line
        bracket = -1
        for i in range(start, n):
            if data[i] != _LF:
                continue
            if _same_bytes(data, line, i + 1, indent) and i + 1 + indent < n and data[i + 1 + indent] == 123:
                while i > start and data[i] <= _SPACE:
                    i -= 1
                return (i if data[i] == 44 else i + 1), False
            k = i + 1
            while k < n and (data[k] == _SPACE or data[k] == _TAB):
                k += 1
            if k < n and data[k] == 93 and (k - i - 1 < indent or indent == 0):
                bracket = k
                if indent:
                    break
        return (n, False) if bracket < 0 else (bracket, True)
    size = 0
    if model < n and data[model] == 123:
        key = skip_white(data, model + 1)
        if key < n and data[key] == _QUOTE:
            end = key + 1
            while end < n and data[end] != _QUOTE:
                end += 1
            size = end + 1 - model
    for i in range(max(min(at, since), start + 1), n):
        if size and data[i] == 123 and _same_bytes(data, model, i, size):
            k = i - 1
            while k > start and data[k] <= _SPACE:
                k -= 1
            if data[k] == 44:
                return k, False
    if at < n and data[at] == 93 and skip_white(data, at + 1) == n:
        return at, True
    return n, False


@njit(nogil=True, cache=True)
def scan_elements(
    data: Any, pos: int, starts: Any, ends: Any, codes: Any, max_bytes: int
) -> tuple[int, int, bool]:
    """Find the elements of a JSON array from `pos` (after its bracket) on.

    Where quotes or brackets do not fit each other, an element is damaged, and the next one is found by how it
    begins, so that the damage does not spread. Returns the number of elements, the position after them, and whether
    the array was closed there.
    """
    n = len(data)
    first = pos
    count = 0
    closed = False
    model = -1
    while pos < n and not closed and count < len(starts) and pos - first < max_bytes:
        depth = 0
        objects = np.uint64(0)  # the kinds of what is open, the innermost last: 1 is an object
        deep = False
        in_string = False
        damaged = False
        last = 0  # the byte before that is no white space; a quote stands for a whole string
        opened = pos
        i = pos
        while i < n:
            c = data[i]
            if in_string:
                if c == 92:
                    i += 1
                elif c == _QUOTE:
                    in_string = False
                elif c == _LF:
                    damaged = True  # JSON has no raw line end in a string, so this one was never closed
                    break
                i += 1
                continue
            if c == _QUOTE:
                if last != 0 and last != 44 and last != 58 and last != 91 and last != 123:
                    damaged = True
                    break
                in_string = True
                opened = i
            elif c == 123 or c == 91:
                inside_object = objects & np.uint64(1) == np.uint64(1)
                if not deep and depth and last != 58 and last != 91 and (last != 44 or inside_object):
                    damaged = True
                    break
                depth += 1
                deep = deep or depth > 64
                objects = (objects << np.uint64(1)) | np.uint64(c == 123)
            elif c == 125 or c == 93:
                if depth == 0:
                    closed = c == 93
                    break
                if not deep and (objects & np.uint64(1) == np.uint64(1)) != (c == 125):
                    damaged = True
                    break
                depth -= 1
                objects >>= np.uint64(1)
            elif c == 44:
                if depth == 0:
                    break
                if last == 44 or last == 58 or last == 91 or last == 123:
                    damaged = True
                    break
            if c > _SPACE:
                last = c
            i += 1
        i = min(i, n)
        if damaged or (i == n and (depth or in_string)):
            # Of a quote that is missing the string before the damage tells: it is what stands between two others.
            i, closed = _after_damage(data, pos, i, opened, skip_white(data, pos) if model < 0 else model)
        elif model < 0:
            model = skip_white(data, pos)
        starts[count], ends[count] = trim(data, pos, i)
        codes[count] = text_code(data, starts[count], ends[count])
        count += 1
        pos = i + 1
    return count, min(pos, n), closed


@njit(nogil=True, cache=True)
def skip_value(data: Any, pos: int) -> int:
    """Return the position after the JSON value that begins at `pos`."""
    depth = 0
    in_string = False
    i = pos
    while i < len(data):
        c = data[i]
        if in_string:
            if c == 92:
                i += 1
            elif c == _QUOTE:
                in_string = False
                if depth == 0:
                    return i + 1
        elif c == _QUOTE:
            in_string = True
        elif c == 123 or c == 91:
            depth += 1
        elif c == 125 or c == 93:
            if depth == 0:
                return i
            depth -= 1
            if depth == 0:
                return i + 1
        elif depth == 0 and c == 44:
            return i
        i += 1
    return len(data)
