"""Ctrl-C: leave at once, or tidy up first where something is being written."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from farmgraph.errors import FarmgraphError

STOPPED = "stopped; nothing was left half-written."

# Machine code, so that it runs while igraph or a compiler lets no Python run for a minute. Numbers instead of pointers,
# because the text of this language writes pointers in another way in every few versions.
_CODE = """
declare i64 @write(i32, i64, i64)
declare void @_exit(i32)
define void @leave(i32 %number) {{
  %written = call i64 @write(i32 2, i64 {address}, i64 {length})
  call void @_exit(i32 1)
  unreachable
}}
"""

# What the machine code needs for as long as the process runs: its engine and its text; and where it begins.
_kept: list[Any] = []
_native: int = 0


def leave_at_once() -> None:
    """From now on Ctrl-C ends the process there and then, unless something is being written (see `stoppable`).

    While a log is read and clusters are sought nothing lies on the disk that would have to be tidied up, and threads
    that are in the midst of something, such as compiling, are not waited for.
    """
    if _is_ours_to_set() and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def leave_natively() -> None:
    """Make Ctrl-C work also while a library keeps Python from running, where the process leaves at once anyway.

    Does nothing on Windows, or where the code cannot be made.
    """
    global _native
    if os.name != "posix" or not (_is_ours_to_set() and signal.getsignal(signal.SIGINT) is _leave):
        return
    try:
        _native = _native or _compiled(_last_words())
    except Exception:  # then it takes as long as it takes
        return
    _set_native()


def leave(code: int) -> None:
    """End the process with an exit code; Ctrl-C is too late now.

    After a failure, and after Ctrl-C, libraries are not asked to clear up their memory, which takes a while.
    """
    if _is_ours_to_set() and signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    if code:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


@contextmanager
def stoppable() -> Iterator[None]:
    """Let Ctrl-C run through what is being written, so that it is tidied up, and become a message of ours."""
    at_once = _is_ours_to_set() and signal.getsignal(signal.SIGINT) is _leave
    try:
        if at_once:
            signal.signal(signal.SIGINT, _raise_once)
        yield
    except KeyboardInterrupt:
        raise FarmgraphError(STOPPED) from None
    finally:
        if at_once:
            signal.signal(signal.SIGINT, _leave)
            if _native:
                _set_native()


def _is_ours_to_set() -> bool:
    return threading.current_thread() is threading.main_thread()


def _last_words() -> bytes:
    # A progress bar hides the cursor and would leave its line behind.
    bar = "\r\x1b[2K\x1b[?25h" if sys.stderr.isatty() else ""
    return f"{bar}farmgraph: {STOPPED}\n".encode()


def _leave(number: int, frame: Any) -> None:
    os.write(2, _last_words())
    os._exit(1)


def _raise_once(number: int, frame: Any) -> None:
    # Whoever presses it twice must not stop the tidying up.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _compiled(words: bytes) -> int:
    """Return the address of a function that says something on stderr and ends the process with code 1."""
    import ctypes

    import llvmlite.binding as llvm

    text = ctypes.create_string_buffer(words)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(_CODE.format(address=ctypes.addressof(text), length=len(words)))
    engine = llvm.create_mcjit_compiler(module, llvm.Target.from_default_triple().create_target_machine())
    engine.finalize_object()
    _kept.extend((text, engine))
    return int(engine.get_function_address("leave"))


def _set_native() -> None:
    import ctypes

    # Python goes on to believe that its own handler is set, which is how `stoppable` recognises ours.
    register = ctypes.CDLL(None).signal
    register.argtypes, register.restype = (ctypes.c_int, ctypes.c_void_p), ctypes.c_void_p
    register(int(signal.SIGINT), _native)
