"""The file in which a study outlives the process: JSON lines, written by Optuna."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import TrialState

from recsvc.errors import SettingsError
from training.tune.fingerprint import Fingerprint

MADE_FROM = "made_from"
FIRST_BYTES = b'{"op_code"'

REMEDY = "delete the file to begin anew, or give --study another one"

_DIFFERENT = {
    "orders": "from other orders",
    "settings": "with other settings than those that are tried, such as the seed",
    "method": "by another version of recsvc-train",
}


@dataclass(frozen=True)
class Journal:
    """The studies in a file.

    Attributes:
        path: of the file.
        storage: what Optuna writes to.
        made_from: what a study must have been made from to be gone on with.
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
    """The file is locked as a whole for as long as the study runs; a lock of a killed run holds nobody up."""

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
        file = path.open("a+b")
    except OSError as error:
        raise SettingsError(f"the study {path} cannot be opened: {error.strerror}") from error
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
