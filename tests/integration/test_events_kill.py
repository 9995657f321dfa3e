"""Events are posted while the service is killed: each that was acknowledged is stored, and once."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path

import pytest
from support.processes import Service

from recsvc.model.registry import Registry
from recsvc.store.store import open_store

N_EVENTS = 10_000
N_THREADS = 8
N_KILLS = 5
BATCH = 25
LIMIT_SECONDS = 120


class Client:
    """Posts its share of the events in batches; what nobody acknowledged is sent again."""

    def __init__(self, service: Service, number: int) -> None:
        self.acknowledged: list[str] = []
        self.duplicates = 0
        self.faults: list[object] = []
        self._service = service
        self._todo = [f"{number}-{i}" for i in range(N_EVENTS // N_THREADS)]
        self._deadline = time.monotonic() + LIMIT_SECONDS

    def run(self) -> None:
        for start in range(0, len(self._todo), BATCH):
            batch = self._todo[start : start + BATCH]
            while not self._post(batch):
                if time.monotonic() > self._deadline or self.faults:
                    self.faults.append("gave up")
                    return
                time.sleep(0.05)

    def _post(self, event_ids: list[str]) -> bool:
        events = [
            {"type": "purchase", "user_id": f"u{one[0]}", "item_id": "tea", "event_id": one}
            for one in event_ids
        ]
        try:
            status, answer, _ = self._service.post("/v1/events", {"events": events})
        except (OSError, HTTPException, ValueError):  # killed before or while it answered
            return False
        if status == 503:
            return False
        if status != 202 or answer["accepted"] + answer["duplicates"] != len(events):
            self.faults.append((status, answer))
            return False
        self.duplicates += answer["duplicates"]
        self.acknowledged.extend(event_ids)
        return True


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/recsvc.db"
    return request.getfixturevalue("shared_postgres").new_database()


@pytest.fixture
def service(registry: Registry, tmp_path: Path, database_url: str) -> Iterator[Service]:
    service = Service(registry.directory, tmp_path / "log", workers=2, database_url=database_url)
    yield service
    service.stop()


@pytest.mark.long
def test_each_acknowledged_event_is_stored_once_though_the_service_is_killed_five_times(
    service: Service, database_url: str
) -> None:
    clients = [Client(service, number) for number in range(N_THREADS)]
    threads = [threading.Thread(target=client.run) for client in clients]
    for thread in threads:
        thread.start()
    for kill in range(1, N_KILLS + 1):
        _wait_until(lambda share=kill / (N_KILLS + 1): _n_acknowledged(clients) >= share * N_EVENTS)
        service.kill()
        before = {one for client in clients for one in client.acknowledged}
        assert len(before) < N_EVENTS, "everything was posted before the last kill"
        stored = _stored(database_url)
        assert before <= stored.keys(), "acknowledged, and lost"
        assert set(stored.values()) == {1}
        service.start()
    for thread in threads:
        thread.join()
    assert [client.faults for client in clients] == [[]] * N_THREADS
    stored = _stored(database_url)
    assert stored == Counter(one for client in clients for one in client.acknowledged)
    assert len(stored) == N_EVENTS


def _n_acknowledged(clients: list[Client]) -> int:
    return sum(len(client.acknowledged) for client in clients)


def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def _stored(database_url: str) -> Counter[str | None]:
    store = open_store(database_url)
    stored = Counter(event_id for batch in store.events.batches() for event_id in batch.event_ids)
    store.close()
    return stored
