from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmgraph import memory
from farmgraph.errors import BudgetError, UsageError


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("4GB", 4_000_000_000),
        ("4 gb", 4_000_000_000),
        ("4G", 4_000_000_000),
        ("800MB", 800_000_000),
        ("1.5GiB", 1_610_612_736),  # 1.5 * 2^30
        ("512MiB", 536_870_912),  # 2^29
        ("100000000", 100_000_000),
        (100_000_000, 100_000_000),
        (4e9, 4_000_000_000),
        (np.int64(4_000_000_000), 4_000_000_000),
        (np.float64(4e9), 4_000_000_000),
        (np.float32(1 << 30), 1 << 30),
        (None, None),
    ],
)
def test_sizes(given_, expected):
    found = memory.parse_memory(given_)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    "wrong",
    [
        *("much", "", "-4GB", "4 parsecs", "1MB", "0", [4], b"4GB", -1, 0, True, np.True_, 4j),
        *(1e9 + 0.5, float("nan"), float("inf"), -4e9),
    ],
)
def test_wrong_sizes_say_how(wrong):
    with pytest.raises(UsageError, match=r"memory_limit is .*[Ee]xpected a size such as"):
        memory.parse_memory(wrong)


@given(st.floats(0, 1e15))
def test_every_size_can_be_said(n_bytes):
    assert memory.spoken_memory(n_bytes)


def test_memory_in_use_grows_with_what_is_used():
    before = memory.resident()
    held = np.ones(25_000_000)  # 200 MB
    assert 150e6 < memory.resident() - before < 250e6
    del held


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells files apart")
def test_mapped_files_do_not_count(tmp_path):
    (tmp_path / "f").write_bytes(bytes(100_000_000))
    before = memory.resident()
    mapped = np.memmap(tmp_path / "f", np.uint8, mode="r")
    assert int(mapped.sum()) == 0  # every page was touched
    assert memory.resident() - before < 20e6


def test_a_claim_beyond_the_limit_is_refused_before_the_work():
    with memory.limited("3GB"):
        memory.claim("Counting", 1e9)
        with pytest.raises(
            BudgetError,
            match=r"^Counting needs about 5 GB of memory, but .* are in use and the limit is 3 GB\. "
            r"Allow more with --memory-limit on the command line, .* need less\.$",
        ):
            memory.claim("Counting", 5e9)
        with pytest.raises(BudgetError, match=r"fg\.within_memory.* Shorten the window\.$"):
            memory.claim("Counting", 5e9, way_out="Shorten the window.")


def test_without_a_limit_the_machine_is_the_limit(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 1_000_000_000)
    memory.claim("Counting", 9e8)
    with pytest.raises(
        BudgetError, match=r"are in use and this machine can give 1 GB more\. Close .* need less\.$"
    ):
        memory.claim("Counting", 2e9)


def test_both_limit_and_machine_have_to_do(monkeypatch):
    """A larger limit is no way out where the machine would not do either."""
    monkeypatch.setattr(memory, "resident", lambda: 1_000_000_000)
    for room, limit, needed, short in [
        (4e9, "4GB", 2.9e9, None),
        (4e9, "4GB", 3.1e9, "1 GB are in use and the limit is 4 GB. Allow more"),
        (2e9, "4GB", 2.1e9, "1 GB are in use and this machine can give 2 GB more. Close other programs"),
        (2e9, "2GB", 2.1e9, "the limit is 2 GB and this machine can give 2 GB more. Close other programs"),
    ]:
        monkeypatch.setattr(memory, "available", lambda room=room: int(room))
        with memory.within_memory(limit):
            assert memory.fits(needed) == (short is None)
            if short is None:
                memory.claim("Counting", needed)
                continue
            with pytest.raises(BudgetError) as refused:
                memory.claim("Counting", needed)
            assert short in str(refused.value)
            assert ("--memory-limit" in str(refused.value)) == ("machine" not in short)


def test_what_a_run_can_come_to_have(monkeypatch):
    monkeypatch.setattr(memory, "resident", lambda: 1_000_000_000)
    monkeypatch.setattr(memory, "available", lambda: 2_000_000_000)
    assert memory.limit_or_machine() == 3_000_000_000
    with memory.within_memory("2GB"):
        assert memory.limit_or_machine() == 2_000_000_000
        assert "Allow more" in str(memory.refuse_more("Too much"))
    with memory.within_memory("8GB"):
        assert memory.limit_or_machine() == 3_000_000_000
        assert "Allow more" not in str(memory.refuse_more("Too much"))
    monkeypatch.setattr(memory, "available", lambda: None)
    assert memory.limit_or_machine() is None


def test_nobody_knows_what_the_machine_has(monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: None)
    memory.claim("Counting", 1e30)


def test_limits_nest_and_end():
    assert memory.limit_in_force() is None
    with memory.limited("4GB"):
        with memory.limited("2GB"):
            assert memory.limit_in_force() == 2_000_000_000
        with memory.limited(None):
            assert memory.limit_in_force() == 4_000_000_000
    with pytest.raises(ZeroDivisionError), memory.limited("4GB"):
        _ = 1 / 0
    assert memory.limit_in_force() is None


def test_a_limit_for_single_steps():
    with memory.within_memory("2GB"):
        assert memory.limit_in_force() == 2_000_000_000
    assert memory.limit_in_force() is None
    for wrong in (None, "lots"):
        with pytest.raises(UsageError, match="expected a size such as '4GB'"), memory.within_memory(wrong):
            pass


def test_control_groups(tmp_path):
    inner = tmp_path / "cgroup" / "outer" / "inner"
    inner.mkdir(parents=True)
    told = tmp_path / "told"
    told.write_text("0::/outer/inner\n")
    (inner / "memory.max").write_text("max\n")
    (inner / "memory.current").write_text("300\n")
    assert memory._free_of_group(tmp_path / "cgroup", told) is None
    # The outer group is the tighter one; 100 of the 700 in use are caches of files.
    (inner.parent / "memory.max").write_text("1000\n")
    (inner.parent / "memory.current").write_text("700\n")
    (inner.parent / "memory.stat").write_text("anon 600\ninactive_file 100\n")
    assert memory._free_of_group(tmp_path / "cgroup", told) == 400


def test_control_groups_of_the_first_version(tmp_path):
    group = tmp_path / "cgroup" / "memory" / "box"
    group.mkdir(parents=True)
    told = tmp_path / "told"
    told.write_text("4:cpu,cpuacct:/box\n3:memory:/box\n")
    (group / "memory.limit_in_bytes").write_text("5000\n")
    (group / "memory.usage_in_bytes").write_text("2000\n")
    assert memory._free_of_group(tmp_path / "cgroup", told) == 3000


def test_no_control_groups(tmp_path):
    assert memory._free_of_group(tmp_path, tmp_path / "none") is None
