import os
import signal
import subprocess
import sys
import time

import pytest

from farmgraph import leaving, runtime
from farmgraph.errors import FarmgraphError

MESSAGE = "farmgraph: stopped; nothing was left half-written.\n"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are sent as POSIX does")


def press_ctrl_c(program, *, after="ready", times=1):
    """Run a program, press Ctrl-C once it is ready: (exit code, stdout, stderr, seconds)."""
    done = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert done.stdout.readline() == f"{after}\n"
    time.sleep(0.3)
    start = time.monotonic()
    for _ in range(times):
        done.send_signal(signal.SIGINT)
        time.sleep(0.05)
    out, err = done.communicate(timeout=60)
    return done.returncode, out, err, time.monotonic() - start


def test_while_a_library_keeps_python_from_running():
    # PyDLL holds the interpreter's lock for as long as the call takes, as igraph does.
    code, out, err, seconds = press_ctrl_c(
        "import ctypes; from farmgraph import leaving; leaving.leave_at_once(); leaving.leave_natively();"
        "print('ready', flush=True); ctypes.PyDLL(None).sleep(20); print('slept on')"
    )
    assert (code, out, err) == (1, "", MESSAGE)
    assert seconds < 5


def test_while_python_runs():
    code, out, err, seconds = press_ctrl_c(
        "import time; from farmgraph import leaving; leaving.leave_at_once();"
        "print('ready', flush=True); time.sleep(20)"
    )
    assert (code, out, err) == (1, "", MESSAGE)
    assert seconds < 5


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("native", ["", "leaving.leave_natively();"])
def test_what_is_being_written_is_tidied_up_first(native, times):
    """However often it is pressed."""
    program = f"""
import time
from farmgraph import leaving
leaving.leave_at_once();{native}
try:
    with leaving.stoppable():
        try:
            print('ready', flush=True)
            time.sleep(20)
        finally:
            time.sleep(0.5)
            print('tidy', flush=True)
except Exception as error:
    print(error)
"""
    code, out, err, seconds = press_ctrl_c(program, times=times)
    assert (code, out, err) == (0, "tidy\nstopped; nothing was left half-written.\n", "")
    assert seconds < 10


def test_after_writing_it_leaves_at_once_again():
    code, out, err, _ = press_ctrl_c(
        "import ctypes; from farmgraph import leaving; leaving.leave_at_once(); leaving.leave_natively()\n"
        "with leaving.stoppable(): pass\n"
        "print('ready', flush=True); ctypes.PyDLL(None).sleep(20)"
    )
    assert (code, out, err) == (1, "", MESSAGE)


def test_without_a_compiler_python_still_leaves():
    code, out, err, _ = press_ctrl_c(
        "import time; from farmgraph import leaving\n"
        "def broken(words): raise OSError\n"
        "leaving._compiled = broken; leaving.leave_at_once(); leaving.leave_natively()\n"
        "print('ready', flush=True); time.sleep(20)"
    )
    assert (code, out, err) == (1, "", MESSAGE)


def test_who_ignores_it_goes_on_ignoring_it():
    """As under nohup, or in the background of a script."""
    code, out, _, _ = press_ctrl_c(
        "import signal, time; from farmgraph import leaving; signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "leaving.leave_at_once(); leaving.leave_natively(); print('ready', flush=True); time.sleep(1); print('done')"
    )
    assert (code, out) == (0, "done\n")


def test_a_library_sets_no_handler():
    before = signal.getsignal(signal.SIGINT)
    leaving.leave_natively()  # nobody asked to leave at once
    with leaving.stoppable():
        assert signal.getsignal(signal.SIGINT) is before
    assert signal.getsignal(signal.SIGINT) is before


def test_stopping_becomes_a_message():
    with pytest.raises(FarmgraphError, match="nothing was left half-written"), leaving.stoppable():
        raise KeyboardInterrupt


def test_a_program_says_what_guards_its_files(monkeypatch):
    monkeypatch.setattr(runtime, "_guard", runtime._guard)
    with runtime.guarded():
        pass
    runtime.guard_with(leaving.stoppable)
    with pytest.raises(FarmgraphError, match="stopped"), runtime.guarded():
        raise KeyboardInterrupt
