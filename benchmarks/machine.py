"""The machine that figures come from."""

import os
import platform
from pathlib import Path


def describe() -> dict[str, str]:
    """Return what a reader needs to compare."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "system": platform.system(),
        "python": platform.python_version(),
    }


def in_words() -> str:
    """Return the same in one line."""
    found = describe()
    return f"{found['processor']}, {found['cores']} cores, {found['memory']}, Python {found['python']}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
