"""Tells a program of the shop how a run ended: a chat, a mail, a pager."""

import json
import os
import signal
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum

from recsvc.errors import DataError, SettingsError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_DATA = 3
EXIT_REFUSED = 4

HOOK_SECONDS = 60
_MAX_SENTENCE = 2000
"""Characters of a sentence in the environment: a program there gets 128 KiB a variable at most."""


class End(StrEnum):
    """How a run can end."""

    PUBLISHED = "published"
    REFUSED = "refused"
    DATA = "data_not_usable"
    USAGE = "usage"
    FAILED = "failed"


_EXITS = {
    End.PUBLISHED: 0,
    End.FAILED: EXIT_FAILED,
    End.USAGE: EXIT_USAGE,
    End.DATA: EXIT_DATA,
    End.REFUSED: EXIT_REFUSED,
}


@dataclass(frozen=True)
class Ending:
    """How a run ended, as the hook is told.

    Attributes:
        status: the kind of its end.
        sentence: why, for people.
        model_version: what was published or refused; None where the run did not come that far.
        is_live: whether that version answers from now on.
        live_version: what answers from now on; None where nothing does, or the run did not come that far.
        report: the page for people; None where there is none.
    """

    status: End
    sentence: str
    model_version: str | None = None
    is_live: bool = False
    live_version: str | None = None
    report: str | None = None

    @classmethod
    def of(cls, error: BaseException) -> "Ending":
        """Return how a run ended that raised ``error``."""
        if isinstance(error, DataError):
            return cls(End.DATA, str(error))
        if isinstance(error, SettingsError):
            return cls(End.USAGE, str(error))
        return cls(End.FAILED, str(error) or type(error).__name__)

    @property
    def exit_status(self) -> int:
        """The exit status of the run."""
        return _EXITS[self.status]


def tell(command: str, ending: Ending, started: datetime) -> str | None:
    """Run ``command`` with /bin/sh: what it is told is in its environment, and as JSON on its standard input.

    It has a minute. Nothing that is told becomes a part of the command. Return what went wrong with it, in a sentence;
    None if nothing did.
    """
    document = {
        **asdict(ending),
        "exit_status": ending.exit_status,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round((datetime.now(UTC) - started).total_seconds(), 1),
    }
    told = {
        "RECSVC_RUN_STATUS": ending.status.value,
        "RECSVC_RUN_EXIT_STATUS": str(ending.exit_status),
        "RECSVC_RUN_SENTENCE": ending.sentence[:_MAX_SENTENCE]
        .replace("\0", "")
        .encode(errors="replace")
        .decode(),
        "RECSVC_RUN_MODEL_VERSION": ending.model_version or "",
        "RECSVC_RUN_REPORT": ending.report or "",
    }
    try:
        # In a session of its own, so that what it started ends with it.
        process = subprocess.Popen(  # noqa: S603 - the command is the operator's own
            ["/bin/sh", "-c", command],
            stdin=subprocess.PIPE,
            env={**os.environ, **told},
            start_new_session=True,
        )
    except OSError as error:
        return f"the hook could not be started: {error}"
    try:
        process.communicate(json.dumps(document).encode(), timeout=HOOK_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return f"the hook did not end within {HOOK_SECONDS} s and was stopped: {command}"
    return None if process.returncode == 0 else f"the hook ended with status {process.returncode}: {command}"
