"""Kernels of the crowd: who acts on what, and when they get to see it.

An account acts in sessions, at its own hours of the day and days of the week. A content draws visitors by its own
clock. The time of a visit is the first session after the content's clock calls, so both leave their mark on
every row. All times are whole seconds since the log's first midnight, a Monday.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from farmgraph.graph.layout import MULTIPLIER, mix
from farmgraph.lab.draws import one_from_table

DAY = 86_400
SITTING = 1_200
"""Seconds that a session lasts at most."""

PATIENCE = 40
"""Tries to find a content that the account could have seen, before an action is given up."""

LONGEST_SEARCH = 30
NEVER = np.int64(1) << 60
SLOTS = 16


class Accounts(NamedTuple):
    """What each account is like; arrays of one length.

    `degree` actions wanted; `home`, `second` topics; `shift` seconds ahead of UTC, habit included; `slots` sessions a
    day at most, each held with the chance `keen` / 1024, at weekends `weekend` / 256 of that; `habit` row of the
    table of hours; `joined`, `left` seconds between which it acts; `key` of its random numbers.
    """

    degree: np.ndarray
    home: np.ndarray
    second: np.ndarray
    shift: np.ndarray
    slots: np.ndarray
    keen: np.ndarray
    weekend: np.ndarray
    habit: np.ndarray
    joined: np.ndarray
    left: np.ndarray
    key: np.ndarray


class Contents(NamedTuple):
    """What each content is like, sorted by (topic, birth).

    `birth` seconds; `pace` median delay of a visit, seconds; `wave` seconds after birth at which a second wave
    begins, 0 for none; `ends` running total of the weights, `starts` first content of each topic, both one longer.
    """

    birth: np.ndarray
    pace: np.ndarray
    wave: np.ndarray
    ends: np.ndarray
    starts: np.ndarray


class Clocks(NamedTuple):
    """Tables of time: `hours` by habit (257 ascending seconds of the day each), `delays` in multiples of a median."""

    hours: np.ndarray
    delays: np.ndarray


@njit(nogil=True, cache=True)
def next_session(account, key, when, accounts, clocks):  # type: ignore[no-untyped-def]
    """Return the start of the account's first session at or after `when`."""
    local = when + accounts.shift[account]
    today = local // DAY
    hours = clocks.hours[accounts.habit[account]]
    for day in range(today, today + LONGEST_SEARCH):
        keen = accounts.keen[account]
        if day % 7 >= 5:
            keen = keen * accounts.weekend[account] >> 8
        first = NEVER
        for slot in range(accounts.slots[account]):
            raw = mix(key + MULTIPLIER * np.uint64((day + 64) * SLOTS + slot))
            if np.int64(raw & np.uint64(1023)) >= keen:
                continue
            cell = np.int64((raw >> np.uint64(10)) & np.uint64(255))
            part = np.int64((raw >> np.uint64(18)) & np.uint64(1023))
            start = day * DAY + hours[cell] + ((hours[cell + 1] - hours[cell]) * part >> 10)
            if local <= start < first:
                first = start
        if first < NEVER:
            return first - accounts.shift[account]
    return when


@njit(nogil=True, cache=True)
def called(content, raw, quicker, contents, clocks):  # type: ignore[no-untyped-def]
    """Return when a content's clock calls one visitor; `quicker` halves the delay that many times."""
    pace = contents.pace[content] >> quicker
    when = contents.birth[content]
    if contents.wave[content] > 0 and (raw & np.uint64(7)) < 3 and quicker == 0:
        when += contents.wave[content]
        pace = pace >> 1
    factor = one_from_table(clocks.delays, mix(raw))
    return when + min(factor, np.int64(1) << 30) * pace // 65_536


@njit(nogil=True, cache=True)
def by_weight(low, high, raw, ends):  # type: ignore[no-untyped-def]
    """Return one of the contents low to high - 1, in proportion to their weights."""
    target = ends[low] + np.int64(raw % np.uint64(ends[high] - ends[low]))
    return low + np.searchsorted(ends[low + 1 : high + 1], target, side="right")


@njit(nogil=True, cache=True)
def own_rows(numbers, accounts, contents, clocks, until):  # type: ignore[no-untyped-def]
    """Return what the accounts of these numbers (int64) do of their own accord: (account, content, time).

    Every account picks contents by interest and popularity, sees each at a session of its own, and often goes on to
    what is new in its topics in the same session. It acts once on a content.
    """
    n = 0
    for u in numbers:
        n += accounts.degree[u]
    who, what = np.empty(n, np.int32), np.empty(n, np.int32)
    when = np.empty(n, np.int64)
    n_contents = len(contents.birth)
    seen = np.full(n_contents, -1, np.int32)
    n = 0
    for u in numbers:
        key, done = accounts.key[u], 0
        state, failed = mix(key + np.uint64(1)), 0
        sitting = np.int64(-1)
        offset = np.int64(0)
        while done < accounts.degree[u] and failed < PATIENCE + 3 * accounts.degree[u]:
            state += MULTIPLIER
            raw = mix(state)
            topic = accounts.home[u]
            if (raw & np.uint64(255)) >= 160:
                topic = accounts.second[u]
            begin, end = contents.starts[topic], contents.starts[topic + 1]
            goes_on = sitting >= 0 and ((raw >> np.uint64(8)) & np.uint64(255)) < 150
            if goes_on:
                # What is new in the topic: born within a window that is now short, now long.
                state += MULTIPLIER
                window = min(one_from_table(clocks.delays, mix(state)), np.int64(1) << 22)
                window = window * (DAY // 4) // 65_536 + DAY // 8
                born = contents.birth[begin:end]
                end = begin + np.searchsorted(born, sitting, side="right")
                begin = begin + np.searchsorted(born, sitting - window, side="left")
            elif ((raw >> np.uint64(16)) & np.uint64(255)) < 64:
                begin, end = np.int64(0), n_contents
            if begin >= end:
                failed += 1
                sitting = -1
                continue
            state += MULTIPLIER
            content = by_weight(begin, end, mix(state), contents.ends)
            state += MULTIPLIER
            raw = mix(state)
            if seen[content] == u:
                failed += 1
                sitting = -1
                continue
            if goes_on:
                offset += 4 + np.int64(raw % np.uint64(90))
            else:
                called_at = called(content, raw, 0, contents, clocks)
                if called_at < accounts.joined[u] or called_at > accounts.left[u]:
                    failed += 1
                    continue
                sitting = next_session(u, key, called_at, accounts, clocks)
                offset = np.int64(mix(raw + np.uint64(3)) % np.uint64(SITTING // 2))
            at = sitting + offset
            if at < 0 or at >= until:
                failed += 1
                sitting = -1
                continue
            seen[content] = u
            who[n], what[n], when[n] = u, content, at
            n += 1
            done += 1
    return who[:n].copy(), what[:n].copy(), when[:n].copy()


@njit(nogil=True, cache=True)
def calls(what, key, quicker, contents, clocks):  # type: ignore[no-untyped-def]
    """Return when the clock of each content of `what` calls one visitor (int64 seconds)."""
    when = np.empty(len(what), np.int64)
    for i in range(len(what)):
        raw = mix(key + MULTIPLIER * np.uint64(i + 1))
        when[i] = called(what[i], raw, quicker, contents, clocks)
    return when


@njit(nogil=True, cache=True)
def at_sessions(who, wanted, key, accounts, clocks):  # type: ignore[no-untyped-def]
    """Return the time in the first session of each account of `who` at or after the wanted one (int64 seconds)."""
    when = np.empty(len(who), np.int64)
    for i in range(len(who)):
        u = who[i]
        begin = max(wanted[i], accounts.joined[u])
        offset = np.int64(mix(key + MULTIPLIER * np.uint64(i + 1)) % np.uint64(SITTING // 2))
        when[i] = next_session(u, accounts.key[u], begin, accounts, clocks) + offset
    return when
