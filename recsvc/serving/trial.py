"""A version is tried before it is taken up: lists are made from it for a handful of shoppers.

``python -m recsvc.serving.trial MODELS_DIR VERSION`` does so in a process of its own, so that a file which makes native
code crash ends that process and no worker.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from fcntl import LOCK_EX, flock
from math import inf
from pathlib import Path

import numpy as np

from recsvc.cache.finished_list import FinishedList, Kept
from recsvc.errors import DamagedModelError, ModelError
from recsvc.model.registry import Registry
from recsvc.processes.own_program import own_program
from recsvc.ranking.query import Placement, Query
from recsvc.ranking.recommender import Recommender

N_USERS = 5
"""Tried at every placement, beside someone whom the model does not know: about 0.1 s in all."""

EXIT_REFUSED = 3
TRIAL_SECONDS = 120.0
AGAIN_SECONDS = 30.0
"""A version that was refused is tried again after this time: somebody may have put its files right."""

_MAX_MESSAGE = 500

Trial = Callable[[Path, str], None]
"""Raises DamagedModelError where the version of that name, in that models directory, cannot be used."""


def try_out(recommender: Recommender) -> None:
    """Raise DamagedModelError where ``recommender`` cannot make a list that can be kept and sent."""
    try:
        for query in _queries(recommender):
            Kept((FinishedList.of(recommender.recommend(query)),)).pack()
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise DamagedModelError(f"no lists can be made from it ({what:.200}): train again") from error


class TrialInChild:
    """Tries each version in a process of its own, once for all workers of a service.

    Args:
        done: a file that the workers share: the versions that were tried, one a line.
        command: what to start; models directory and version are added.
        turn: is held while a version is tried; those of several shops are tried in turn.
    """

    def __init__(
        self,
        done: Path,
        command: tuple[str, ...] = tuple(own_program("recsvc.serving.trial")),
        turn: AbstractContextManager[object] | None = None,
    ) -> None:
        self._done = done
        self._turn = turn or nullcontext()
        self._command = command
        self._refused: dict[str, tuple[float, str]] = {}

    def __call__(self, models_dir: Path, version: str) -> None:
        """Raise DamagedModelError where lists cannot be made from it, or whoever tries dies or hangs."""
        refused_at, problem = self._refused.get(version, (-inf, ""))
        if time.monotonic() < refused_at + AGAIN_SECONDS:
            raise DamagedModelError(problem)
        with self._alone():
            if version in self._done.read_text().splitlines():
                return
            try:
                with self._turn:
                    self._try(models_dir, version)
            except DamagedModelError as error:
                self._refused = {version: (time.monotonic(), str(error))}
                raise
            with self._done.open("a") as file:
                file.write(f"{version}\n")

    def _try(self, models_dir: Path, version: str) -> None:
        where = models_dir / version
        try:
            ended = subprocess.run(  # noqa: S603 - this very program
                [*self._command, str(models_dir.resolve()), version],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=TRIAL_SECONDS,
                check=False,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        except subprocess.TimeoutExpired:
            raise DamagedModelError(
                f"{where}: making a handful of lists from it took longer than {TRIAL_SECONDS:.0f} s: train again"
            ) from None
        if ended.returncode == EXIT_REFUSED:
            raise DamagedModelError(ended.stdout.decode(errors="replace")[:_MAX_MESSAGE].strip())
        if ended.returncode:
            raise DamagedModelError(
                f"{where}: a process that made lists from it ended with {_ending(ended.returncode)}: train again"
            )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._done.with_suffix(".lock").open("a") as lock:
            flock(lock, LOCK_EX)
            yield


def _ending(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"


def _queries(recommender: Recommender) -> list[Query]:
    model = recommender.model
    users = (
        {round(share * (model.n_users - 1)) for share in np.linspace(0, 1, N_USERS)}
        if model.n_users
        else set()
    )
    shoppers = [None, *(model.users.id_of(user) for user in sorted(users))]
    items = [model.items.id_of(item) for item in {0, model.n_items - 1} if item >= 0]
    return [
        Query(placement, user_id=user_id, item_ids=tuple(items) if placement.needs_items else ())
        for user_id in shoppers
        for placement in Placement
        if items or not placement.needs_items
    ]


def main(models_dir: str, version: str) -> int:
    """Try a version; print why it is refused. Returns the exit status."""
    try:
        recommender = Recommender(Registry(Path(models_dir)).load(version).model)
        try:
            try_out(recommender)
        except DamagedModelError as error:
            raise DamagedModelError(f"{Path(models_dir, version)}: {error}") from error
    except ModelError as error:
        print(error)  # noqa: T201 - to the process that asked
        return EXIT_REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
