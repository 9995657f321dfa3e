"""What a service holds in memory, as its processes share it."""

import sys
from pathlib import Path
from urllib.request import urlopen

from benchmarks.answers import served

N_LISTS = 100


def pss_bytes(models: Path, user_ids: list[str], n_workers: int) -> float:
    """Return the proportional set size of all processes of a service that has made lists, in bytes.

    A page that several processes map counts for each of them in part, so the sum is what the machine gives away.
    """
    command = [sys.executable, "-m", "recsvc", "serve", "--models-dir", str(models), "--log-level", "error"]
    with served([*command, "--workers", str(n_workers), "--port"]) as (port, pid):
        for user_id in user_ids[: N_LISTS * n_workers]:
            with urlopen(f"http://127.0.0.1:{port}/v1/recommend?user_id={user_id}&n=20") as response:
                response.read()
        return sum(pss_of(one) for one in (pid, *children_of(pid)))


def children_of(pid: int) -> list[int]:
    """Return the processes that one has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def pss_of(pid: int) -> float:
    """Return the proportional set size of a process, in bytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return 1024 * next(float(line.split()[1]) for line in lines if line.startswith("Pss:"))


def worker_bytes(models: Path, user_ids: list[str], n_workers: int) -> tuple[float, float]:
    """Return the memory of a worker that no other process has, and what it shares with others, in bytes.

    The mean over the workers of a service that has made lists: files of the model that both map are shared.
    """
    command = [sys.executable, "-m", "recsvc", "serve", "--models-dir", str(models), "--log-level", "error"]
    with served([*command, "--workers", str(n_workers), "--port"]) as (port, pid):
        for user_id in user_ids[: N_LISTS * n_workers]:
            with urlopen(f"http://127.0.0.1:{port}/v1/recommend?user_id={user_id}&n=20") as response:
                response.read()
        mapped = [_mapped_by(child) for child in children_of(pid)]
    # Beside the workers there may be a small process that tidies up for them.
    workers = sorted(mapped, key=sum)[-n_workers:]
    own, shared = (sum(one) / n_workers for one in zip(*workers, strict=True))
    return own, shared


def _mapped_by(pid: int) -> tuple[float, float]:
    """Return what a process has for itself, and what it shares."""
    sizes = {"Private": 0.0, "Shared": 0.0}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        kind = line.partition("_")[0]
        if kind in sizes and line.split(":")[0] in (f"{kind}_Clean", f"{kind}_Dirty"):
            sizes[kind] += 1024 * float(line.split()[1])
    return sizes["Private"], sizes["Shared"]
