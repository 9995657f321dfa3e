"""The file in which a study outlives the process, and what the study was made from."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import optuna
import polars as pl
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import TrialState

from recsvc.errors import SettingsError
from recsvc.plain_file import open_to_add
from training.history.split import OrderHistory
from training.settings import TrainingSettings
from training.tune.space import FIRST_STAGE, RANKER

METHOD = "1"
"""Is raised whenever windows, questions or quick rankers change so that old trials cannot be compared any more."""

COLUMNS = ("user_id", "item_id", "ordered_at", "order_id", "quantity", "unit_price")
SLICE_ROWS = 200_000

Fingerprint = Mapping[str, str]
"""Name of a part, as people call it -> its digest."""

MADE_FROM = "made_from"
FIRST_BYTES = b'{"op_code"'
REMEDY = "delete the file to begin anew, or give --study another one"
_DIFFERENT = {
    "orders": "from other orders",
    "settings": "with other settings than those that are tried, such as the seed",
    "method": "by another version of recsvc-train",
}


def fingerprint(earlier: OrderHistory, settings: TrainingSettings) -> dict[str, str]:
    """Return digests of the orders that trials see, of the settings that are not tried, and of the method."""
    tried = {dimension.name for dimension in (*FIRST_STAGE, *RANKER)}
    fixed = {name: value for name, value in settings.hyperparameters().items() if name not in tried}
    return {
        "orders": _digest_of_orders(earlier),
        "settings": hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest(),
        "method": METHOD,
    }


def _digest_of_orders(earlier: OrderHistory) -> str:
    digest = hashlib.sha256()
    for lines in (earlier.lines, earlier.guest_lines):
        for part in lines.select(COLUMNS).iter_slices(SLICE_ROWS):
            digest.update(_csv(part))
        digest.update(b"\n")
    return digest.hexdigest()


def _csv(part: pl.DataFrame) -> bytes:
    return part.write_csv(include_header=False).encode()


@dataclass(frozen=True)
class Journal:
    """The studies in a file.

    Attributes:
        path: of the file.
        storage: what Optuna writes to.
        made_from: what a study must have been made from to be resumed.
    """

    path: Path
    storage: JournalStorage
    made_from: Fingerprint

    def study(self, name: str) -> optuna.Study:
        """Return the study ``name``, a new one where there is none; trials of a killed run are ended.

        Raises SettingsError when it was made from something else.
        """
        if any(known.study_name == name for known in self.storage.get_all_studies()):
            study = optuna.load_study(storage=self.storage, study_name=name)
        else:
            study = optuna.create_study(storage=self.storage, study_name=name, direction="maximize")
        made_from = study.user_attrs.get(MADE_FROM)
        if made_from is None:
            study.set_user_attr(MADE_FROM, dict(self.made_from))
        elif made_from != self.made_from:
            differs = next(part for part in self.made_from if made_from.get(part) != self.made_from[part])
            raise SettingsError(f"the study {self.path} was made {_DIFFERENT[differs]}: {REMEDY}")
        for killed in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            study.tell(killed.number, state=TrialState.FAIL)
        return study


class _LockedAlready(JournalFileOpenLock):
    """Locks nothing: the file is locked as a whole while the study runs, and the lock ends with the process."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


@contextmanager
def open_journal(path: Path, made_from: Fingerprint) -> Iterator[Journal]:
    """Open the studies in ``path``, a new file where there is none, for this process alone.

    A line that a killed run left half-written is dropped. Raises SettingsError when the file is something else,
    is damaged, or is in use.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        file = open_to_add(path)
    except OSError as error:
        raise SettingsError(f"the study {path} cannot be opened: {error.strerror or error}") from error
    with file:
        _lock(file, path)
        _drop_half_line(file, path)
        yield Journal(path, _read(path), made_from)


def _lock(file: BinaryIO, path: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise SettingsError(
            f"another run is using the study {path}: wait for it, or give --study another file"
        ) from error


def _drop_half_line(file: BinaryIO, path: Path) -> None:
    file.seek(0)
    if not FIRST_BYTES.startswith(file.read(len(FIRST_BYTES))):
        raise SettingsError(f"{path} is not a study of recsvc-train tune: give --study another file")
    file.seek(0)
    length = sum(len(line) for line in file if line.endswith(b"\n"))
    if length < file.seek(0, os.SEEK_END):
        file.truncate(length)


def _read(path: Path) -> JournalStorage:
    try:
        return JournalStorage(JournalFileBackend(str(path), _LockedAlready(str(path))))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"the study {path} is damaged ({error}): {REMEDY}") from error
