"""The folder beside an export that is being made: what is there already need not be made again."""

import fcntl
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsvc.errors import SettingsError
from recsvc.mailing.export_plan import ExportPlan
from recsvc.mailing.mail_row import MailRow

PLAN, SHOPPERS, LOCK = "plan.json", "shoppers.npy", "lock"
ENDING = ".parts"
PART_SHOPPERS = 1_000


@dataclass(frozen=True)
class Begun:
    """An export that was begun.

    Attributes:
        plan: what it is to be.
        model_version: that ranks all of it.
        mailing: its number in the store; None where nothing is kept.
        begun_at_us: microseconds since 1970.
        left_out: how many shoppers were not to have a row from the beginning, by the reason.
    """

    plan: ExportPlan
    model_version: str
    mailing: int | None
    begun_at_us: int
    left_out: Mapping[str, int] = field(default_factory=dict)


class PartsFolder:
    """Holds the parts of one export, each whole or not there; nobody else may read them."""

    def __init__(self, output: Path) -> None:
        self.path = output.with_name(output.name + ENDING)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the folder for this program alone; raises SettingsError where another one has it.

        One in which nothing was begun is not left behind: an export that was refused is no export to go on with.
        """
        self.path.mkdir(mode=0o700, exist_ok=True)
        with (self.path / LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise SettingsError(
                    f"another export writes to {self.path}: wait for it, or name another --output"
                ) from None
            try:
                yield
            finally:
                if self.path.is_dir() and not (self.path / PLAN).exists():
                    self.remove()

    def read(self) -> Begun | None:
        """Return what was begun here, or None; raises SettingsError where the folder is not as it was left."""
        try:
            said = json.loads((self.path / PLAN).read_text())
            plan = ExportPlan.of_json(said["plan"])
            return Begun(
                plan, said["model_version"], said["mailing"], said["begun_at_us"], said.get("left_out", {})
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise SettingsError(f"{self.path / PLAN} cannot be read: delete {self.path}") from error

    def begin(self, begun: Begun, user_indices: NDArray[np.intp]) -> None:
        """Write down what is begun, and for whom; ``user_indices``: intp, shape (n,)."""
        with whole_file(self.path / SHOPPERS) as temporary, temporary.open("wb") as file:
            np.save(file, user_indices.astype(np.int64))
        said = {**vars(begun), "plan": begun.plan.to_json()}
        with whole_file(self.path / PLAN) as temporary:
            temporary.write_text(json.dumps(said))

    def user_indices(self) -> NDArray[np.int64]:
        """Return for whom the export is; int64, shape (n,)."""
        found: NDArray[np.int64] = np.load(self.path / SHOPPERS, allow_pickle=False)
        return found

    def parts(self, n_shoppers: int) -> range:
        """Return the numbers of all parts of an export for so many shoppers."""
        return range(-(-n_shoppers // PART_SHOPPERS))

    def sizes(self, n_shoppers: int) -> list[int]:
        """Return for how many shoppers each part is."""
        return [min(PART_SHOPPERS, n_shoppers - number * PART_SHOPPERS) for number in self.parts(n_shoppers)]

    def has(self, number: int) -> bool:
        """Return whether a part is there."""
        return self._part(number).exists()

    def write(self, number: int, rows: Iterable[MailRow], left_out: Counter[str]) -> None:
        """Write a part: it is whole, or not there."""
        with whole_file(self._part(number)) as temporary, temporary.open("w", encoding="utf-8") as file:
            file.write(json.dumps({"left_out": left_out}) + "\n")
            file.writelines(json.dumps(row.to_json(), ensure_ascii=False) + "\n" for row in rows)

    def rows(self, n_shoppers: int) -> Iterator[MailRow]:
        """Yield the rows of all parts, in order."""
        for number in self.parts(n_shoppers):
            with self._part(number).open(encoding="utf-8") as file:
                next(file)
                yield from (MailRow.of_json(json.loads(line)) for line in file)

    def left_out(self, n_shoppers: int) -> Counter[str]:
        """Return how many shoppers have no row, by the reason."""
        counts = Counter[str]()
        for number in self.parts(n_shoppers):
            with self._part(number).open(encoding="utf-8") as file:
                head: dict[str, Any] = json.loads(file.readline())
            counts.update(head["left_out"])
        return counts

    def remove(self) -> None:
        """Delete the folder."""
        shutil.rmtree(self.path)

    def _part(self, number: int) -> Path:
        return self.path / f"part-{number:06}.jsonl"


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield where to write what then is at ``path``: all of it, or nothing; its owner alone may read it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.touch(mode=0o600)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
