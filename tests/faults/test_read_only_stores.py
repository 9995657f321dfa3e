"""A store that takes nothing can still be read, and each change of that is said once."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event as sql_event
from structlog.testing import capture_logs
from support.events import SECOND_US, event
from support.models import release, small_model
from support.postgres import PostgresServer
from support.processes import Service

from recsvc.errors import StoreError
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.outcomes.performance import GroupBy
from recsvc.outcomes.share import Windows
from recsvc.serving.outcome_follower import OutcomeFollower
from recsvc.serving.performance import Performance, Performances
from recsvc.store.store import Store, open_store
from recsvc.web.earnings import lag_of


def set_read_only(url: str, value: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE tests SET default_transaction_read_only = {value}")
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )


@contextmanager
def read_only_postgres(store: Store, url: str) -> Iterator[None]:
    set_read_only(url, "on")
    try:
        yield
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute("ALTER ROLE tests RESET default_transaction_read_only")
        set_off = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(set_off + "AND backend_type = 'client backend'")


@contextmanager
def read_only_sqlite(store: Store, url: str) -> Iterator[None]:
    engine = store._database._engine
    is_on = True

    def forbid(connection, _record, _proxy) -> None:
        connection.execute(f"PRAGMA query_only = {is_on}")

    sql_event.listen(engine, "checkout", forbid)
    try:
        yield
    finally:
        is_on = False


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_reads_go_on_and_each_change_is_logged_once(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    read_only: Callable[[Store, str], object] = read_only_sqlite
    if kind == "postgresql":
        url, read_only = request.getfixturevalue("own_postgres").new_database(), read_only_postgres
    store = open_store(url)
    store.events.append([event(event_id="1")])
    with capture_logs() as lines:
        with read_only(store, url):
            for _ in range(3):
                with pytest.raises(StoreError, match=r"read-?only"):
                    store.events.append([event(event_id="2")])
                assert store.position().event == 1
            assert store.refuses_writes
            if kind == "postgresql":
                another = open_store(url)
                assert another.position().event == 1
                another.close()
        assert store.events.append([event(event_id="2")]).accepted == 1
    assert [line["event"] for line in lines if line["event"].startswith("store")] == [
        "store_refuses_writes",
        "store_takes_writes",
    ]
    assert not store.refuses_writes
    store.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_figures_can_be_read_say_that_they_are_old_and_become_right(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite:///{tmp_path}/store.db"
    read_only: Callable[[Store, str], object] = read_only_sqlite
    if kind == "postgresql":
        url, read_only = request.getfixturevalue("own_postgres").new_database(), read_only_postgres
    with closing(open_store(url)) as store:
        follower = OutcomeFollower(store.outcomes, lambda _: None, Windows(), Metrics())
        performances = Performances(lambda: store.outcomes, "EUR")

        def found() -> Performance:
            return performances.of(date(1970, 1, 1), date(1970, 1, 1), GroupBy.TOTAL)

        store.events.append([event(unit_price=2.0)])
        follower.catch_up()
        assert lag_of(found(), 0) == ""
        store.events.append([event(at=60, unit_price=3.0), event(at=90, unit_price=4.0)])
        with read_only(store, url):
            for _ in range(3):
                with pytest.raises(StoreError, match=r"read-?only"):
                    follower.catch_up()
            old = found()
            assert (old.shop["revenue"], old.pending, old.pending_since_us) == (2.0, 2, 60 * SECOND_US)
            assert lag_of(old, 70 * SECOND_US).startswith("2 events are stored and not in these figures yet")
            assert "nothing that came since 1 Jan 1970, 00:01" in lag_of(old, 3600 * SECOND_US)
        follower.catch_up()
        assert (found().shop["revenue"], found().pending, found().pending_since_us) == (9.0, 0, None)


def test_a_service_says_that_its_store_refuses_writes(own_postgres: PostgresServer, tmp_path: Path) -> None:
    url = own_postgres.new_database()
    Registry(tmp_path / "models").publish(small_model(), release("1"))
    service = Service(tmp_path / "models", tmp_path / "log", workers=1, database_url=url)
    posted = {"type": "dislike", "user_id": "ada", "item_id": "jam", "event_id": "one"}
    try:
        assert service.post("/v1/events", posted)[0] == 202
        store = open_store(url)
        with read_only_postgres(store, url):
            for _ in range(3):
                status, _, headers = service.post("/v1/events", {**posted, "event_id": "two"})
                assert (status, "retry-after" in headers) == (503, True)
                time.sleep(0.4)
            assert service.get("/v1/recommend?user_id=ada")[0] == 200
            health = service.get("/health/ready")[1]
            assert health["status"] == "degraded"
            assert "refuses writes" in health["problems"][0]
        store.close()
        assert service.post("/v1/events", {**posted, "event_id": "two"})[0] == 202
        assert service.get("/health/ready")[1]["status"] == "ok"
        log = service.log.read_text()
        assert log.count('"store_refuses_writes"') == 1
        assert log.count('"store_takes_writes"') == 1
    finally:
        service.stop()
