"""Events on their way to the service: a page leaves them here and goes on.

A thread sends them, many at once, and again until the service has them. Each keeps its ``event_id`` and the moment at
which it happened, so that one that arrives twice is stored once. The thread begins with the first event of a process:
a process that was forked has none of its parent's threads, and sends what it is told itself.
"""

import atexit
import json
import logging
import os
import random
import time
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from itertools import islice
from threading import Condition, Thread
from typing import Any
from uuid import uuid4

from recsvc_client.errors import RecsvcError, RequestRefused, ServiceAway
from recsvc_client.service import json_of

MAX_BATCH, MAX_BATCH_BYTES = 500, 2**20
LINGER_SECONDS = 1.0
FIRST_WAIT_SECONDS, MOST_WAIT_SECONDS = 0.5, 30.0
EXIT_SECONDS = 2.0
_OF_THE_BATCH = (400, 413)
"""Refusals of a batch that one event may be the cause of: nested too deep for the service, or too large."""

_OF_THE_EVENTS = (409, 415, 422, *_OF_THE_BATCH)
"""Refusals of what is sent; any other one may be over by the next try."""

_log = logging.getLogger("recsvc_client")

Rejected = Callable[[Mapping[str, Any], str], None]
"""Called with an event that the service did not take, and why."""


class Outbox:
    """Holds events until the service has them.

    Args:
        post: sends the body of a batch and returns the answer; raises RecsvcError.
        max_waiting: so many wait at most; those that come then are lost, and counted.
        on_rejected: is told of events that the service did not take.
    """

    def __init__(
        self,
        post: Callable[[bytes], Mapping[str, Any]],
        max_waiting: int = 10_000,
        on_rejected: Rejected | None = None,
    ) -> None:
        self._post, self._max_waiting, self._on_rejected = post, max_waiting, on_rejected
        self._begin_anew()
        itself = weakref.ref(self)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: _with(itself, Outbox._begin_anew))
        atexit.register(lambda: _with(itself, lambda outbox: outbox.close(EXIT_SECONDS)))

    def _begin_anew(self) -> None:
        self._changed = Condition()
        self._waiting: deque[bytes] = deque()
        self._n_added = self._n_gone = self.n_lost = 0
        self._thread: Thread | None = None
        self._due_at = self._not_before = 0.0
        self._is_hasty = self._is_closed = False
        self._n_tries, self._max_batch = 0, MAX_BATCH

    @property
    def n_waiting(self) -> int:
        """Events that the service does not have yet."""
        return len(self._waiting)

    def add(self, event: Mapping[str, Any]) -> str:
        """Take an event, as it is now, and return its id; never raises and never waits for the service."""
        try:
            made = identified(event)
            encoded = json_of(made)
        except Exception as error:  # noqa: BLE001 - whatever it is, a page goes on without it
            self._lose(1, f"one is no object of JSON: {type(error).__name__}")
            return ""
        with self._changed:
            is_full = len(self._waiting) >= self._max_waiting or self._is_closed
            if not is_full:
                if not self._waiting:
                    self._due_at = time.monotonic() + LINGER_SECONDS
                self._waiting.append(encoded)
                self._n_added += 1
                self._start()
                self._changed.notify_all()
        if is_full:
            self._lose(1, "too many wait, or the client was closed")
        return str(made["event_id"])

    def flush(self, timeout_seconds: float) -> bool:
        """Wait until the service has what was added so far; return whether it has."""
        with self._changed:
            wanted, self._not_before = self._n_added, 0.0
            self._is_hasty = True
            self._start()
            self._changed.notify_all()
            if self._thread is not None:
                self._changed.wait_for(lambda: self._n_gone >= wanted, timeout_seconds)
            self._is_hasty = False
        while self._thread is None and self._n_gone < wanted:
            before = self._n_gone, self._max_batch
            self._send(self._first_batch())
            if (self._n_gone, self._max_batch) == before:
                break
        return self._n_gone >= wanted

    def close(self, timeout_seconds: float) -> bool:
        """Flush, and take no more; return whether nothing was lost."""
        if self._is_closed:
            return not self._waiting
        done = self.flush(timeout_seconds)
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        if not done:
            self._lose(len(self._waiting), "the service did not take them before the end")
        return done

    def _start(self) -> None:
        """Begin the thread where there is none and something waits; the lock is held."""
        if self._thread is None and self._waiting:
            thread = Thread(target=self._send_all, name="client-of-recsvc-events", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # no thread can begin any more: the interpreter is about to end
                return
            self._thread = thread

    def _send_all(self) -> None:
        while (batch := self._next_batch()) is not None:
            self._send(batch)

    def _next_batch(self) -> list[bytes] | None:
        """Return what is due, once it is; None when there is no more to do."""
        with self._changed:
            while not self._is_closed:
                wait = self._seconds_until_due()
                if wait is not None and wait <= 0:
                    return self._first_batch()
                self._changed.wait(wait)
        return None

    def _seconds_until_due(self) -> float | None:
        if not self._waiting:
            return None
        now = time.monotonic()
        is_ready = self._is_hasty or len(self._waiting) >= self._max_batch
        return max(self._not_before, 0.0 if is_ready else self._due_at) - now

    def _first_batch(self) -> list[bytes]:
        batch, n_bytes = list[bytes](), 0
        for one in islice(self._waiting, self._max_batch):
            n_bytes += len(one) + 1
            if batch and n_bytes > MAX_BATCH_BYTES:
                break
            batch.append(one)
        return batch

    def _send(self, batch: list[bytes]) -> None:
        try:
            answer = self._post(b'{"events":[' + b",".join(batch) + b"]}")
        except RequestRefused as refusal:
            if refusal.status in _OF_THE_BATCH and len(batch) > 1:
                self._max_batch = len(batch) // 2  # until the one that is the matter is alone
            elif refusal.status in _OF_THE_EVENTS:
                reasons = {_place(one.get("field")): str(one.get("message")) for one in refusal.errors}
                self._tell_rejected(batch, {n: reasons.get(n, refusal.detail) for n in range(len(batch))})
                self._max_batch = MAX_BATCH
                self._forget(batch)
            else:
                self._try_later(refusal, None)
        except RecsvcError as error:
            self._try_later(error, error.retry_after_seconds if isinstance(error, ServiceAway) else None)
        except Exception as error:  # noqa: BLE001 - the thread must not end while there are events
            self._try_later(RecsvcError(type(error).__name__), None)
        else:
            rejected = answer.get("rejected") or ()
            self._tell_rejected(batch, {one["index"]: one["detail"] for one in rejected})
            self._forget(batch)

    def _forget(self, batch: list[bytes]) -> None:
        with self._changed:
            for _ in batch:
                self._waiting.popleft()
            self._n_gone += len(batch)
            self._n_tries, self._not_before = 0, 0.0
            self._due_at = time.monotonic() + LINGER_SECONDS
            self._changed.notify_all()

    def _try_later(self, error: Exception, retry_after_seconds: float | None) -> None:
        wait = min(FIRST_WAIT_SECONDS * 2.0 ** min(self._n_tries, 20), MOST_WAIT_SECONDS)
        wait = max(wait, min(retry_after_seconds or 0.0, MOST_WAIT_SECONDS))
        if not self._n_tries:
            _log.warning("recsvc: events wait, the service did not take them: %s", error)
        with self._changed:
            self._n_tries += 1
            self._not_before = time.monotonic() + wait * random.uniform(0.8, 1.2)  # noqa: S311 - no secret

    def _tell_rejected(self, batch: list[bytes], reasons: Mapping[int, str]) -> None:
        if not reasons:
            return
        _log.error(
            "recsvc: %d of %d events were rejected; on_rejected is told which", len(reasons), len(batch)
        )
        if self._on_rejected is None:
            return
        for place, reason in reasons.items():
            try:
                self._on_rejected(json.loads(batch[place]), reason)
            except Exception:  # noqa: BLE001, PERF203 - the shop's own code; one must not hide the others
                _log.exception("recsvc: on_rejected failed")

    def _lose(self, n: int, why: str) -> None:
        if n and not self.n_lost:
            _log.error("recsvc: events are lost, %s; n_lost_events counts them", why)
        self.n_lost += n


def identified(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``event`` with an id, and with when it happened: these stay the same however often it is sent."""
    own = {"event_id": uuid4().hex, "occurred_at": datetime.now(timezone.utc).isoformat()}
    return {**event, **{name: value for name, value in own.items() if event.get(name) is None}}


def _place(field: object) -> int | None:
    """Return the place of an event that an error names as ``events.3.item_id``."""
    parts = str(field).split(".")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else None


def _with(itself: "weakref.ref[Outbox]", do: Callable[[Outbox], object]) -> None:
    outbox = itself()
    if outbox is not None:
        do(outbox)
