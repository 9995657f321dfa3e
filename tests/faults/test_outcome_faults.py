"""What lists led to stays right whatever happens to the store, and nobody waits for it."""

import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy import text
from support.events import event
from support.load import wait_for
from support.models import release, small_model
from support.postgres import PostgresServer, find_postgres
from support.processes import Service

from recsvc.errors import StoreError
from recsvc.metrics import Metrics
from recsvc.model.registry import Registry
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.outcomes.share import Dimension, Windows
from recsvc.serving import outcome_follower
from recsvc.serving.list_ids import ListIds
from recsvc.serving.outcome_follower import OutcomeFollower
from recsvc.store.event import Event
from recsvc.store.store import Store, open_store

N_SHOPPERS = 20


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/recsvc.db"
    return request.getfixturevalue("shared_postgres").new_database()


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(open_store(url)) as opened:
        yield opened


def happened(store: Store, first: int, n: int = N_SHOPPERS) -> list[Event]:
    """Return what so many shoppers click and buy; the same again has the same ids."""
    ids = RecommendationIds(store.secret("recsvc lists"))
    name = ids.write(ListOrigin("for_you", "", "v1", 0), b"l", [("als", "your_taste")])
    found = []
    for number in range(first, first + n):
        whose: dict[str, Any] = {"user_id": f"u{number}"}
        found += [
            event("tea", 1, "click", recommendation_id=name, position=1, event_id=f"click-{number}", **whose),
            event("tea", 9, "purchase", unit_price=1.5, event_id=f"order-{number}", **whose),
        ]
    return found


def sums(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    return {one: sorted(map(tuple, store.outcomes.sums(one, 0, 30_000))) for one in Dimension}


def counted_anew(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Return the figures that come of all events, whatever was counted before."""
    with store._database.write() as connection:
        for table in ("outcome_sums", "outcome_shares", "outcome_queue"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - of a name above
        connection.execute(text("UPDATE outcome_state SET cursor = 0"))
    follower_of(store).catch_up()
    return sums(store)


def n_orders(store: Store) -> int:
    return sum(row.figures[4] for row in store.outcomes.sums(Dimension.SHOP, 0, 30_000))


@dataclass
class Interrupted(OutcomeFollower):
    """Does something once, when so many parts were counted; counts how many shoppers were counted."""

    store: Store
    after_parts: int = 0
    then: Callable[[], None] = lambda: None
    n_shoppers: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        super().__init__(self.store.outcomes, ListIds(self.store).origin_of, Windows(), Metrics())

    def _put_or_skip(self, part: Any) -> bool:
        if self.after_parts == 0:
            self.after_parts = -1
            self.then()
        self.after_parts -= 1
        self.n_shoppers += len(part)
        return super()._put_or_skip(part)


def follower_of(store: Store) -> Interrupted:
    return Interrupted(store, -1)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcome_follower, "SHOPPERS_AT_ONCE", 4)


def copy_of(url: str, directory: Path) -> Callable[[], None]:
    """Copy a store; return what puts the copy in its place while it is open, by the database's own means."""
    if url.startswith("sqlite"):
        path, kept = url.removeprefix("sqlite:///"), sqlite3.connect(":memory:")
        with closing(sqlite3.connect(path)) as source:
            source.backup(kept)

        def put_back() -> None:
            with closing(sqlite3.connect(path)) as target:
                kept.backup(target)
            kept.close()

        return put_back
    server, _, schema = url.partition("?options=-csearch_path%3D")
    programs, dump = find_postgres(), directory / "dump.sql"
    assert programs is not None
    subprocess.run(
        [programs / "pg_dump", "--clean", "--schema", unquote(schema), "--file", dump, server], check=True
    )

    def restore() -> None:
        whole = ["--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1", "--file", dump]
        subprocess.run([programs / "psql", *whole, server], check=True, stdout=subprocess.DEVNULL)

    return restore


@pytest.mark.parametrize("parts", [0, 1, 2, 5])
@pytest.mark.usefixtures("small_parts")
def test_a_store_that_is_put_back_in_the_middle_of_counting_loses_and_doubles_nothing(
    store: Store, url: str, tmp_path: Path, parts: int
) -> None:
    store.events.append(happened(store, 0))
    follower_of(store).catch_up()
    store.events.append(happened(store, N_SHOPPERS, 4))  # stored when the copy is made, and not counted
    put_back = copy_of(url, tmp_path)
    later = happened(store, N_SHOPPERS + 4)
    store.events.append(later)
    follower = Interrupted(store, parts, put_back)
    try:
        follower.catch_up()
    except StoreError:  # its tables were not there for a moment
        follower.catch_up()
    assert n_orders(store) == N_SHOPPERS + 4, "of what the copy holds"
    store.events.append(later)  # as a shop sends again what it has no receipt of
    follower.catch_up()
    assert n_orders(store) == 2 * N_SHOPPERS + 4
    found = sums(store)
    assert found == counted_anew(store)


def ended() -> None:
    raise StoreError("the process ends here")


@pytest.mark.usefixtures("small_parts")
def test_who_begins_again_counts_nobody_twice(store: Store) -> None:
    store.events.append(happened(store, 0))
    with pytest.raises(StoreError):
        Interrupted(store, 3, ended).catch_up()
    assert 0 < store.outcomes.lag().n_pending <= N_SHOPPERS - 3 * 4
    second = follower_of(store)
    second.catch_up()
    assert second.n_shoppers == N_SHOPPERS - 3 * 4
    assert n_orders(store) == N_SHOPPERS
    assert store.outcomes.lag().n_pending == 0


def test_a_shopper_with_events_all_over_is_counted_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recsvc.store.outcome_records.EVENTS_AT_ONCE", 3)
    for turn in range(5):
        names = [{"user_id": f"u{one}", "order_id": f"{turn}-{one}"} for one in range(4)]
        store.events.append([event("tea", turn, "purchase", unit_price=1.0, **whose) for whose in names])
    follower = follower_of(store)
    follower.catch_up()
    assert follower.n_shoppers == 4
    assert n_orders(store) == 20


def test_a_full_disk_stops_the_figures_and_nothing_else(tmp_path: Path) -> None:
    with closing(open_store(f"sqlite:///{tmp_path}/recsvc.db")) as store:
        store.events.append(happened(store, 0))
        follower_of(store).catch_up()
        store.events.append(happened(store, N_SHOPPERS, 400))
        is_full = True

        def limit(connection: Any, _record: object, _proxy: object) -> None:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages if is_full else 1_000_000}")

        sql_event.listen(store._database._engine, "checkout", limit)
        for _ in range(3):
            with pytest.raises(StoreError):
                follower_of(store).catch_up()
        assert store.refuses_writes
        assert n_orders(store) >= N_SHOPPERS, "what was counted can be read"
        assert store.outcomes.lag().n_pending > 0
        is_full = False
        follower_of(store).catch_up()
        assert n_orders(store) == N_SHOPPERS + 400
        found = sums(store)
        assert found == counted_anew(store)


@dataclass
class Shop:
    """A running service, and what its shoppers buy."""

    service: Service
    n_bought: int = 0

    def buy(self) -> int:
        """Let somebody click and buy the first item of a list; return the status of the last answer."""
        user = f"u{self.n_bought}"
        status, made = self.service.get(f"/v1/recommend?user_id={user}")[:2]
        assert status == 200
        about = {"user_id": user, "item_id": made["items"][0]["item_id"]}
        click = about | {"type": "click", "recommendation_id": made["recommendation_id"], "position": 1}
        order = about | {"type": "purchase", "unit_price": 2.5, "order_id": user, "event_id": user}
        status = self.service.post("/v1/events", {"events": [click, order]})[0]
        self.n_bought += status == 202
        return status

    def earned(self) -> tuple[int, float]:
        status, found = self.service.get("/v1/performance?group_by=total")[:2]
        rows = found["rows"] if status == 200 else []
        return (rows[0]["orders"], rows[0]["revenue"]) if rows else (0, 0.0)

    def is_right(self) -> bool:
        return self.earned() == (self.n_bought, 2.5 * self.n_bought)


def test_while_the_store_is_away_lists_go_on_and_the_figures_are_right_when_it_is_back(
    own_postgres: PostgresServer, tmp_path: Path
) -> None:
    Registry(tmp_path / "models").publish(small_model(), release("1"))
    url = own_postgres.new_database()
    shop = Shop(Service(tmp_path / "models", tmp_path / "log", workers=1, database_url=url))
    try:
        for _ in range(5):
            assert shop.buy() == 202
        assert wait_for(shop.is_right, 20)
        assert shop.buy() == 202
        own_postgres.kill()  # perhaps before that one was counted
        for _ in range(3):
            assert shop.buy() == 503
            time.sleep(0.5)
        assert shop.service.get("/v1/performance")[0] == 503
        own_postgres.start()
        assert wait_for(lambda: shop.buy() == 202, 20)
        assert wait_for(shop.is_right, 20), shop.earned()
        time.sleep(2)
        assert shop.is_right()
        assert shop.service.get("/v1/performance")[1]["pending_events"] == 0
    finally:
        shop.service.stop()
    log = (tmp_path / "log").read_text()
    assert "Traceback" not in log, log
