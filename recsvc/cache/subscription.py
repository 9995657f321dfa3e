"""Hears of the lists that workers on other machines invalidated."""

import json
import time
from collections.abc import Callable
from contextvars import copy_context
from threading import Event, Thread
from typing import Any

import structlog
from redis import Redis, RedisError
from redis.client import PubSub

from recsvc.cache.epochs import Epochs
from recsvc.cache.key import BUCKETS
from recsvc.cache.redis_names import LateNames, RedisNames
from recsvc.cache.redis_trouble import trouble_of

HEARTBEAT_SECONDS = 0.2
LEASE_SECONDS = 0.7
"""How long after a heartbeat that Redis answered the near cache is trusted: less than the second that is promised."""

MAX_WITHHELD_SECONDS = 60.0
"""Whatever is announced, lists are not read for so long at most."""

_START_SECONDS = 0.5
_SILENT_SECONDS = 3.0
_AGAIN_SECONDS = 0.2

_log = structlog.get_logger(__name__)


class Subscription:
    """Applies what is announced on the channel to ``epochs``, in a thread of its own.

    Announcements and answers to heartbeats come in order on one connection, so an answer proves that
    everything announced before the heartbeat has arrived. Without one, ``epochs`` is trusted no longer; after
    the connection was lost, everything that was kept until then is invalid. Until ``names`` are known, there is no
    channel to listen to.
    """

    def __init__(
        self, redis: Redis, names: LateNames, epochs: Epochs, on_heartbeat: Callable[[], None]
    ) -> None:
        self._redis = redis
        self._names = names
        self._epochs = epochs
        self._on_heartbeat = on_heartbeat
        self._stop = Event()
        self._first_answer = Event()
        self._was_subscribed = False
        self._is_lost = False
        self._trouble: str | None = None
        self._thread = Thread(target=copy_context().run, args=(self._run,), name="subscription", daemon=True)
        epochs.trusted_until = -1.0

    @property
    def problem(self) -> str | None:
        """Why the near cache is passed over, or None."""
        if self._epochs.is_trusted():
            return None
        if self._names() is None:
            return "the store has not said yet which lists in Redis are the shop's: lists are made anew until it does"
        return f"{self._trouble or 'Redis does not answer'}: lists are made anew until it does"

    def start(self) -> None:
        """Listen from now on; waits a moment for Redis to answer."""
        self._thread.start()
        self._first_answer.wait(_START_SECONDS)

    def stop(self) -> None:
        """Stop listening."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._redis.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._on_heartbeat()
                names = self._names()
                if names is not None:
                    with self._redis.pubsub() as pubsub:  # type: ignore[no-untyped-call]
                        self._listen(pubsub, names)
            except Exception as error:  # noqa: BLE001 - whatever others send, this thread goes on
                self._epochs.trusted_until = -1.0
                self._trouble = trouble_of(error)
                if not self._is_lost:
                    _log.warning("subscription_lost", error=type(error).__name__, detail=self._trouble)
                self._is_lost = True
            self._stop.wait(_AGAIN_SECONDS)

    def _listen(self, pubsub: PubSub, names: RedisNames) -> None:
        is_subscribed = False
        pubsub.subscribe(names.channel)
        heard = time.monotonic()
        beat = heard
        while not self._stop.is_set():
            now = time.monotonic()
            if now - heard > _SILENT_SECONDS:
                raise RedisError("no answer to heartbeats")
            if now >= beat:
                beat = now + HEARTBEAT_SECONDS
                pubsub.ping(repr(now))
                self._on_heartbeat()
            message = pubsub.get_message(timeout=max(0.0, beat - time.monotonic()))
            if message is not None:
                heard = time.monotonic()
                if (
                    not is_subscribed
                ):  # whoever is not would hear of nothing, and have its heartbeats answered
                    self._subscribed(message, names.channel)
                    is_subscribed = True
                else:
                    self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "message":
            origin, bucket, withheld_seconds = _read(message["data"])
            if origin == self._epochs.origin:
                return  # the shared file says it already
            if withheld_seconds:
                self._epochs.withhold(bucket, withheld_seconds)
            else:
                self._epochs.invalidate(bucket)
        elif message["type"] == "pong":
            self._heard(float(message["data"]))
        else:
            raise RedisError("an answer to nothing that was asked")

    def _heard(self, beat: float) -> None:
        """Trust what is kept for a while after a heartbeat that was sent at ``beat``."""
        if not 0 <= beat <= time.monotonic():
            raise RedisError("an answer to a heartbeat that was never sent")
        self._epochs.trusted_until = beat + LEASE_SECONDS
        self._first_answer.set()

    def _subscribed(self, message: dict[str, Any], channel: str) -> None:
        if message["type"] != "subscribe" or message["channel"] != channel.encode():
            raise RedisError("an answer to nothing that was asked")
        if self._was_subscribed:
            self._epochs.invalidate(0)  # nobody told us of invalidations in the meantime
        if self._is_lost:
            _log.info("subscription_back")
        self._was_subscribed, self._is_lost = True, False


def _read(data: bytes) -> tuple[int, int, float]:
    """Return origin, bucket and seconds of an announcement; one that cannot be read invalidates everyone's lists."""
    try:
        announced = json.loads(data)
        origin, bucket = int(announced["origin"]), int(announced["bucket"])
        announced_seconds = float(announced.get("withheld_seconds", 0))
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return 0, 0, 0.0
    seconds = (
        min(announced_seconds, MAX_WITHHELD_SECONDS) if announced_seconds > 0 else 0.0
    )  # not for NaN either
    return origin, bucket if 0 <= bucket <= BUCKETS else 0, seconds
