"""Peak memory of this process since its program began."""

import resource
import sys
from pathlib import Path


def peak_memory_mb(*, with_children: bool = False) -> float:
    """Return the highest resident memory so far in megabytes, of the largest finished child if that is higher.

    On Linux from /proc: getrusage carries the size of the process that started this one along.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(li for li in status.read_text().splitlines() if li.startswith("VmHWM"))
        peak = int(line.split()[1]) * 1024
    else:
        peak = _bytes(resource.RUSAGE_SELF)
    if with_children:
        peak = max(peak, _bytes(resource.RUSAGE_CHILDREN))
    return round(peak / 1e6, 1)


def _bytes(who: int) -> int:
    return resource.getrusage(who).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
