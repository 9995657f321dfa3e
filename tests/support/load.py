"""Steady load: shoppers who go on asking whatever breaks, and what was wrong with their answers."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException

from support.processes import Service

PATHS = (
    "/v1/recommend?user_id=ada",
    "/v1/recommend?user_id=bob&placement=discover",
    "/v1/recommend?user_id=nobody",
    "/v1/recommend?placement=similar&item_id=tea",
    "/v1/recommend?user_id=ann&placement=buy_again",
    "/v1/recommend?placement=bought_together&item_id=nails&item_id=saw",
    "/v1/recommend?placement=trending",
)
EXCLUDED = "&exclude=made-up"
"""Changes no answer, but goes through Flask."""

_TEARDOWN_SECONDS = 0.1
_PAUSE_SECONDS = 0.03
_REQUESTS_A_CONNECTION = 20


@dataclass
class Load:
    """Threads with a connection each, which ask about a hundred times a second in all.

    Attributes:
        items: the ids that each version may answer with; a list with any other is a fault.
        statuses, versions, tiers: how often each was seen.
        n_resets: requests whose connection was lost; each is asked once more.
        faults: what no shopper should see.
    """

    service: Service
    items: Mapping[str, Collection[str]]
    statuses: Counter[int] = field(default_factory=Counter)
    versions: Counter[str] = field(default_factory=Counter)
    tiers: Counter[str] = field(default_factory=Counter)
    n_resets: int = 0
    faults: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @contextmanager
    def running(self, n_threads: int = 4) -> Iterator["Load"]:
        """Ask during the block."""
        stop, failed = threading.Event(), []

        def work(number: int) -> None:
            try:
                self._ask_until(stop, number)
            except Exception as error:  # noqa: BLE001 - told of below
                failed.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(n_threads)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert failed == []

    def _ask_until(self, stop: threading.Event, number: int) -> None:
        connection, turn = self.service.connect(), 2 * number
        while not stop.wait(_PAUSE_SECONDS):
            path = PATHS[turn % len(PATHS)]
            path += f"&n={1 + turn % 50}" if turn % 3 == 0 else ""  # lists that no cache has yet
            path += EXCLUDED if turn % 5 == 0 else ""
            turn += 1
            if turn % _REQUESTS_A_CONNECTION == 0:
                connection.close()  # opened again by itself, perhaps to the other worker
            try:
                self._ask(connection, path)
            except (OSError, HTTPException):
                self._ask_again(connection, path)

    def _ask_again(self, connection: HTTPConnection, path: str) -> None:
        self.n_resets += 1
        connection.close()
        # A worker that was killed takes connections until the system has torn it down.
        time.sleep(_TEARDOWN_SECONDS)
        try:
            self._ask(connection, path)
        except (OSError, HTTPException) as error:
            connection.close()
            self.faults.append(f"{path}: {error!r} twice")

    def _ask(self, connection: HTTPConnection, path: str) -> None:
        started = time.monotonic()
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        self.seconds.append(time.monotonic() - started)
        self.statuses[response.status] += 1
        if response.status != 200:
            self.faults.append(f"{path}: {response.status} {body[:200]!r}")
            return
        made = json.loads(body)
        self.tiers[response.headers["X-Recsvc-Cache"]] += 1
        self.versions[made["model_version"]] += 1
        if not {item["item_id"] for item in made["items"]} <= set(self.items[made["model_version"]]):
            self.faults.append(f"{path}: {made}")


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Return whether ``condition`` came true in time; a connection that is refused meanwhile is a no."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError, HTTPException):  # of a worker that has just been killed
            if condition():
                return True
        time.sleep(0.03)
    return False
