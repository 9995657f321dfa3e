"""The live versions of many shops are tried before the workers start, by one process for all.

A process for each takes a second, most of it to begin. ``python -m recsvc.serving.first_trials`` reads what to try on
its standard input, one a line. What it could not try, because it crashed, hung or found no version, workers try one by
one.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from recsvc.errors import ModelError
from recsvc.model.registry import Registry
from recsvc.processes.own_program import own_program
from recsvc.serving import trial

SECONDS, SECONDS_EACH = 60.0, 2.0


@dataclass(frozen=True)
class FirstTrial:
    """The live version of one shop.

    Attributes:
        models_dir: where it is.
        done: the file that tells workers which versions need not be tried.
    """

    models_dir: Path
    done: Path

    def to_line(self) -> str:
        """Return it as a line of JSON."""
        return json.dumps([str(self.models_dir.resolve()), str(self.done.resolve())])

    @classmethod
    def of_line(cls, line: str) -> "FirstTrial":
        """Return what is in a line."""
        models_dir, done = json.loads(line)
        return cls(Path(models_dir), Path(done))


def try_live_versions(
    trials: Sequence[FirstTrial],
    command: Sequence[str] = tuple(own_program("recsvc.serving.first_trials")),
) -> None:
    """Try all of them; one that ends the process that tries it keeps none of the others from being tried."""
    left = list(trials)
    while left:
        n_tried = _try(left, command)
        left = left[n_tried + 1 :]


def _try(trials: Sequence[FirstTrial], command: Sequence[str]) -> int:
    """Return how many were tried before the process ended."""
    process = subprocess.Popen(  # noqa: S603 - this very program
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    told = "".join(f"{one.to_line()}\n" for one in trials)
    try:
        said, _ = process.communicate(told, SECONDS + SECONDS_EACH * len(trials))
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    return said.count("\n")


def main() -> None:
    """Try what standard input names; print a line after each."""
    for line in sys.stdin.read().splitlines():
        one = FirstTrial.of_line(line)
        with suppress(ModelError, OSError), redirect_stdout(StringIO()):
            version = Registry(one.models_dir).current_version()
            if trial.main(str(one.models_dir), version) == 0:
                with one.done.open("a") as file:
                    file.write(f"{version}\n")
        print(flush=True)  # noqa: T201 - to the process that asked


if __name__ == "__main__":
    main()
