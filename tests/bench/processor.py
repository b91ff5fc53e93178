"""What a process has used of the processors."""

import os
from pathlib import Path


def processor_s(pid: int) -> float:
    """Seconds of processor time that a process has used: utime and stime of proc(5), which Linux counts."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
