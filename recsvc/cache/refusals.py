"""What each error that Redis answers with is about, and what follows from it."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Literal

import structlog
from redis import ConnectionError as RedisConnectionError
from redis import RedisError, ResponseError
from redis import TimeoutError as RedisTimeoutError

from recsvc.cache.breaker import Breaker
from recsvc.cache.redis_trouble import trouble_of


class Concern(StrEnum):
    """What an error says something of."""

    KEY = "key"
    """One key holds something else: a miss of that key, which is begun anew. All others are as they were."""
    COMMAND = "command"
    """This user may not give this command, or the server does not know it: what needs it is left undone."""
    WRITES = "writes"
    """The server takes nothing, and still answers what is read."""
    SERVER = "server"
    """Nothing can be asked now: the server is left alone for a while."""


CONCERNS = {
    "WRONGTYPE": Concern.KEY,
    "ERR": Concern.COMMAND,
    "NOPERM": Concern.COMMAND,
    "NOSCRIPT": Concern.COMMAND,
    "EXECABORT": Concern.COMMAND,
    # The lists of some keys are elsewhere, those of others are here: one node of a cluster.
    "MOVED": Concern.COMMAND,
    "ASK": Concern.COMMAND,
    "TRYAGAIN": Concern.COMMAND,
    "CROSSSLOT": Concern.COMMAND,
    "READONLY": Concern.WRITES,
    "MISCONF": Concern.WRITES,
    "OOM": Concern.WRITES,
    "NOREPLICAS": Concern.WRITES,
    "LOADING": Concern.SERVER,
    "BUSY": Concern.SERVER,
    "UNKILLABLE": Concern.SERVER,
    "MASTERDOWN": Concern.SERVER,
    "CLUSTERDOWN": Concern.SERVER,
    "NOAUTH": Concern.SERVER,
    "WRONGPASS": Concern.SERVER,
    "NOPROTO": Concern.SERVER,
}
"""By the code that an error reply begins with."""

PHRASES = {"not an integer": Concern.KEY, "would overflow": Concern.KEY}
"""What ERR means where it says more: a counter that is none."""

LATELY_SECONDS = 5.0
"""So long a refused command counts as refused; whether writes are refused is tried out instead."""

_IN_PIPELINE = " of pipeline caused error: "
_WORD = re.compile(r"[A-Z]{3,}")
_EVENTS = {
    Concern.KEY: "redis_key_is_foreign",
    Concern.COMMAND: "redis_refuses_command",
    Concern.WRITES: "redis_refuses_writes",
}
_MAX_DETAIL = 200

Asking = Literal["read", "write", "invalidate", "announce", "probe"]

_log = structlog.get_logger(__name__)


def code_of(error: ResponseError) -> str:
    """Return the code of an error reply, or of the error that ended a script."""
    text = _said(error)
    code = getattr(error, "status_code", None) or text.partition(" ")[0].lstrip("-")
    if code in CONCERNS and code != "ERR":
        return str(code)
    # Redis 6 answers ERR to a script that met another error, and quotes that.
    inner = _WORD.findall(text) if "script" in text else ()
    return next((word for word in inner if word in CONCERNS and word != "ERR"), "ERR")


def concern_of(error: Exception) -> Concern:
    """Return what an error of the client library says something of."""
    status = getattr(error, "status_code", None)
    if isinstance(error, ResponseError):
        text = _said(error)
        said = (concern for phrase, concern in PHRASES.items() if phrase in text)
        return next(said, CONCERNS[code_of(error)])
    return CONCERNS.get(str(status), Concern.SERVER)


def _said(error: Exception) -> str:
    """Return what the server said: the library puts the command of a pipeline, with its key, before it."""
    text = str(error)
    return text.partition(_IN_PIPELINE)[2] or text


class RedisHealth:
    """How Redis is, as its answers to one process say.

    Each change is logged once; an error reply about a single key or command once for its code.

    Args:
        pause_seconds: how long Redis is left alone after a failure.
        on_refusal: called with what an answer that was an error concerns.
        drop_connections: called with whether those in use are meant too. After an answer that makes no sense, all: what
            comes next on one may be the answer to another question. After that of a replica, the others.

    Attributes:
        breaker: open while Redis is left alone.
        n_turns: how often the server turned out to be a replica, or to be none any more.
    """

    def __init__(
        self,
        pause_seconds: float,
        drop_connections: Callable[[bool], None] = lambda _in_use: None,
        on_refusal: Callable[[Concern], None] = lambda _concern: None,
    ) -> None:
        self.breaker = Breaker(pause_seconds)
        self.n_turns = 0
        self._trouble: str | None = None
        self._is_replica = False
        self._drop_connections = drop_connections
        self._on_refusal = on_refusal
        self._refusals: dict[Asking, tuple[Concern, str, float]] = {}
        self._logged: set[str] = set()

    @property
    def refuses_writes(self) -> bool:
        """Whether Redis takes no lists."""
        refused = tuple(self._refusals.values())
        return self._is_replica or any(concern is Concern.WRITES for concern, _, _ in refused)

    @property
    def problem(self) -> str | None:
        """What is wrong with Redis, or None."""
        if self.breaker.is_open:
            return self._trouble or (
                "Redis does not answer in time, or not as it should: it is left alone for a while"
            )
        if self._is_replica:
            return "Redis takes no lists: the server is a read-only replica, name its primary"
        if self.refuses_writes:
            return "Redis takes no lists: it is full or read-only"
        now = time.monotonic()
        lately = [detail for _, detail, at in tuple(self._refusals.values()) if now < at + LATELY_SECONDS]
        return f"Redis refuses a command that lists are kept with: {lately[0]}" if lately else None

    def takes_writes(self) -> None:
        """Take note that Redis takes what is written."""
        self._turn(is_replica=False)
        for what, refused in tuple(self._refusals.items()):
            if refused[0] is Concern.WRITES:
                self._refusals.pop(what, None)

    @contextmanager
    def asking(self, what: Asking) -> Iterator[list[Concern]]:
        """Ask Redis in the block; whatever it answers, nothing is raised.

        Yields a list that holds, after the block, what the error was about, if there was one.
        """
        met: list[Concern] = []
        try:
            yield met
        except Exception as error:  # noqa: BLE001 - a server may answer anything, and the library believes it
            met.append(self.has_failed(error, what))
        else:
            self._refusals.pop(what, None)
            self.has_answered()

    def _turn(self, *, is_replica: bool) -> None:
        """Take note of whether the server is a replica; after a failover its name may be that of another server."""
        if is_replica:
            self._drop_connections(False)
        if is_replica is not self._is_replica:
            self._is_replica = is_replica
            self.n_turns += 1

    def has_answered(self) -> None:
        """Take note that Redis is there."""
        if self.breaker.succeeded():
            _log.info("redis_back")

    def has_failed(self, error: Exception, what: Asking) -> Concern:
        """Take note of an error; return what it is about."""
        concern = concern_of(error)
        self._on_refusal(concern)
        if concern is Concern.SERVER:
            if not isinstance(error, (RedisConnectionError, RedisTimeoutError)):
                self._drop_connections(True)
            self._trouble = trouble_of(error)
            if self.breaker.failed():
                _log.warning("redis_lost", error=type(error).__name__, detail=_detail(error))
            return concern
        self.has_answered()
        assert isinstance(error, ResponseError)  # noqa: S101 - all others concern the server
        code, was_refused = code_of(error), self.refuses_writes
        if concern is not Concern.KEY:
            self._refusals[what] = (concern, _detail(error), time.monotonic())
        if concern is Concern.WRITES:
            self._turn(is_replica=code == "READONLY")
            if not was_refused:
                _log.warning(_EVENTS[concern], detail=_detail(error))
        elif code not in self._logged:
            self._logged.add(code)
            _log.warning(_EVENTS[concern], code=code, detail=_detail(error))
        return concern


def _detail(error: Exception) -> str:
    """Return what the server said, of which nothing is ours to keep whole."""
    foreign = isinstance(error, RedisError)
    return _said(error)[:_MAX_DETAIL] if foreign else "an answer that the command cannot have"
