"""A program that is given little: time, memory and files end it, and so does the end of whoever started it.

``python -m recsvc.processes.bounded SECONDS MEMORY_BYTES FILE_BYTES PROGRAM …`` takes the bounds upon itself and
becomes the program. So nothing runs between fork and exec in a process that has threads.
"""

import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from recsvc.processes.own_program import own_program

NICENESS = 10
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Bounds:
    """What a program may take.

    Attributes:
        seconds: until it ends, and of processor time.
        memory_bytes: of addresses, of which it uses a part.
        file_bytes: of each file that it writes.
    """

    seconds: float
    memory_bytes: int
    file_bytes: int


@dataclass(frozen=True)
class Ended:
    """How a program ended.

    Attributes:
        status: its exit status; minus the signal that ended it.
        is_late: whether it was ended because its time was over.
    """

    status: int
    is_late: bool = False


def run_bounded(command: Sequence[str], bounds: Bounds, said: Path, environment: dict[str, str]) -> Ended:
    """Run ``command`` in the directory of the file ``said``, which takes what it prints; wait until it has ended.

    It ends with the thread that called, too, however that ended. Raises OSError where nothing can be started.
    """
    limits = (str(int(bounds.seconds) + 1), str(bounds.memory_bytes), str(bounds.file_bytes))
    with said.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - this very program, which becomes the one that is named
            [*own_program(__name__), *limits, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=said.parent,
            env=environment,
            start_new_session=True,
        )
        try:
            return Ended(process.wait(bounds.seconds))
        except subprocess.TimeoutExpired:
            return Ended(-signal.SIGKILL, is_late=True)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def main(seconds: str, memory_bytes: str, file_bytes: str, *command: str) -> None:
    """Take the bounds and become ``command``."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        with suppress(OSError):  # where the machine has no memory left, this is to end, and not the service
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    os.nice(NICENESS)
    for what, most in (
        (resource.RLIMIT_CPU, int(seconds)),
        (resource.RLIMIT_AS, int(memory_bytes)),
        (resource.RLIMIT_FSIZE, int(file_bytes)),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (least, least))
    os.execv(command[0], command)  # noqa: S606 - whoever starts it names the program


if __name__ == "__main__":
    main(*sys.argv[1:])
