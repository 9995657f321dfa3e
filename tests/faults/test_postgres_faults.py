"""Whatever happens between the service and PostgreSQL: acknowledged is stored once, erased is nowhere."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from support.load import wait_for
from support.models import release, small_model
from support.postgres import PostgresServer
from support.postgres_proxy import KINDS, Kind, PostgresProxy
from support.processes import Service

from recsvc.model.registry import Registry

WRITE_SECONDS = 6.0
"""A write is given up after 5.5 s."""

READ_SECONDS = 4.5
"""A list waits 1 s for a read, and 3 s to connect, once a second for each worker."""


@dataclass
class Wire:
    """A service with its store behind a proxy, and the way to the store beside the proxy."""

    service: Service
    proxy: PostgresProxy
    url: str

    def numbers_of(self, event_ids: list[str]) -> Counter[str]:
        with psycopg.connect(self.url) as connection:
            found = connection.execute("SELECT event_id FROM events WHERE event_id = ANY(%s)", [event_ids])
            return Counter(row[0] for row in found)

    def rows_of(self, user_id: str) -> int:
        with psycopg.connect(self.url) as connection:
            counted = connection.execute(
                "SELECT count(*) FROM events WHERE user_id = %s", [user_id]
            ).fetchone()
            return int(counted[0]) if counted else 0

    def post(self, event_id: str, user_id: str, kind: str = "purchase") -> int:
        event = {"type": kind, "user_id": user_id, "item_id": "jam", "event_id": event_id}
        return self.in_time(WRITE_SECONDS, lambda: self.service.post("/v1/events", event))[0]

    def list_of(self, user_id: str) -> list[str]:
        path = f"/v1/recommend?user_id={user_id}&n=7"
        status, body, _ = self.in_time(READ_SECONDS, lambda: self.service.get(path))
        assert status == 200
        return [item["item_id"] for item in body["items"]]

    def leaves_out_jam(self, user_id: str) -> bool:
        """Return whether the list lacks what was disliked, at once or when the store answers in time again."""
        return bool(wait_for(lambda: "jam" not in self.list_of(user_id), 5))

    def in_time(self, seconds: float, ask) -> Any:
        started = time.monotonic()
        status, body, headers = ask()
        assert time.monotonic() - started < seconds
        assert status in (200, 202) or (status == 503 and "retry-after" in headers), body
        return status, body, headers

    def mend(self) -> None:
        """End the fault; within seconds everything is whole."""
        self.proxy.kind = None
        self.proxy.hits = lambda _sent: True
        self.proxy.end_connections()
        assert wait_for(lambda: self.service.get("/health/ready")[1]["status"] == "ok", 10)
        assert wait_for(lambda: self.service.post("/v1/events", PROBE)[0] == 202, 10)


PROBE = {"type": "view", "user_id": "probe", "item_id": "tea"}


@pytest.fixture(scope="module")
def wire(shared_postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    folder = tmp_path_factory.mktemp("postgres-faults")
    Registry(folder / "models").publish(small_model(), release("1"))
    url = shared_postgres.new_database()
    with closing(PostgresProxy(shared_postgres.port, seed=1)) as proxy:
        through = url.replace(str(shared_postgres.port), str(proxy.port))
        service = Service(folder / "models", folder / "log", workers=1, database_url=through)
        yield Wire(service, proxy, url)
        service.stop()
        log = (folder / "log").read_text()
        assert "Traceback" not in log, log


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_acknowledged_is_stored_once_also_when_the_answer_to_commit_is_lost(
    wire: Wire, fault_seed: int, kind: Kind
) -> None:
    name = f"commit-{fault_seed}-{kind}"
    try:
        before = wire.proxy.n_faults
        wire.proxy.break_at(kind, lambda sent: b"COMMIT" in sent)
        status = wire.post(name, name)
        assert wire.proxy.n_faults > before
        assert status == (202 if kind == "late" else 503)
        assert wire.numbers_of([name])[name] <= 1
        if kind in ("cut", "answer lost", "answer silent"):
            assert wire.numbers_of([name])[name] == 1  # committed, and nobody was told
    finally:
        wire.mend()
    assert wire.post(name, name) == 202
    assert wire.numbers_of([name]) == {name: 1}


@pytest.mark.long
def test_at_any_message_nothing_acknowledged_is_lost_and_nothing_refused_is_half_stored(
    wire: Wire, fault_seed: int
) -> None:
    rng = random.Random(fault_seed)  # noqa: S311 - chooses what fails
    kinds = [kind for kind in KINDS if "silent" not in kind]
    for turn in range(5):
        names = [f"any-{fault_seed}-{turn}-{number}" for number in range(3)]
        countdown = rng.randrange(12)

        def hits(_sent: bytes) -> bool:
            nonlocal countdown
            countdown -= 1
            return countdown < 0

        wire.proxy.break_at(rng.choice(kinds), hits)
        batch = {
            "events": [{"type": "view", "user_id": one, "item_id": "tea", "event_id": one} for one in names]
        }
        status = wire.in_time(WRITE_SECONDS, lambda batch=batch: wire.service.post("/v1/events", batch))[0]
        wire.list_of(names[0])
        wire.mend()
        stored = wire.numbers_of(names)
        assert set(stored.values()) <= {1}
        assert len(stored) in ((3,) if status == 202 else (0, 3))
        assert wire.service.post("/v1/events", batch)[0] == 202
        assert wire.numbers_of(names) == dict.fromkeys(names, 1)


def test_erased_is_nowhere_and_disliked_stays_so(wire: Wire, fault_seed: int) -> None:
    rng = random.Random(fault_seed)  # noqa: S311 - chooses what fails
    for turn in range(3):
        erased, dislikes = f"erased-{fault_seed}-{turn}", f"dislikes-{fault_seed}-{turn}"
        assert wire.post(f"{erased}-1", erased) == 202
        assert wire.post(f"{dislikes}-1", dislikes, "dislike") == 202
        assert wire.leaves_out_jam(dislikes)
        path, before = f"/v1/users/{erased}", wire.proxy.n_faults
        kind = rng.choice([kind for kind in KINDS if "silent" not in kind])
        wire.proxy.break_at(kind, lambda sent: b"COMMIT" in sent or b"tombstones" in sent)
        status = wire.in_time(WRITE_SECONDS, lambda path=path: wire.service.delete(path))[0]
        assert wire.proxy.n_faults > before
        assert "jam" not in wire.list_of(dislikes)
        wire.mend()
        if status == 503:
            assert wire.service.delete(path)[0] == 200
        assert wire.rows_of(erased) == 0
        wire.post(f"{erased}-2", erased)
        assert wire.rows_of(erased) == 0
        assert wire.leaves_out_jam(dislikes)


def test_a_silent_network_is_said_to_be_one_and_is_over_when_it_is(wire: Wire) -> None:
    try:
        wire.proxy.kind = "silent"
        assert wait_for(lambda: wire.service.get("/health/ready")[1]["status"] == "degraded", 15)
        assert "store" in wire.service.get("/health/ready")[1]["problems"][0]
        for number in range(3):
            assert len(wire.list_of(f"silent-{number}")) > 0
        assert wire.service.get("/health/live")[0] == 200
    finally:
        wire.mend()
