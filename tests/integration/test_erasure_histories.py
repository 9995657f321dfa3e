"""After the receipt no answer, file, key or log of any service on that store and Redis shows a trace of the shopper."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from sqlalchemy import create_engine, inspect, text
from support.erasure_history import History, forms_of, model_of_learned
from support.models import release
from support.processes import RedisServer, Service

from recsvc.model.registry import Registry
from recsvc.store.backup import back_up

SEED = int(os.environ.get("FAULT_SEED", "1"))
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
N_ERASURES = 5
STEPS_BETWEEN = 14


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/recsvc.db"
    return request.getfixturevalue("shared_postgres").new_database()


@pytest.fixture
def services(
    tmp_path: Path, database_url: str, own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[Service]]:
    Registry(tmp_path / "models").publish(model_of_learned(), release("1"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    running = [
        Service(
            tmp_path / "models", tmp_path / f"log-{number}", workers=1, redis_url=own_redis.url,
            database_url=database_url, log_level="debug",
        )
        for number in range(2)
    ]  # fmt: skip
    yield running
    for service in running:
        service.stop()


@pytest.mark.long
@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
def test_after_the_receipt_nothing_shows_a_trace(
    services: list[Service],
    own_redis: RedisServer,
    tmp_path: Path,
    database_url: str,
    seed: int,
) -> None:
    with Redis.from_url(own_redis.url) as redis:
        history = History(services, redis, tmp_path, seed)
        with history.asked_meanwhile():
            for _ in range(N_ERASURES):
                for _ in range(STEPS_BETWEEN):
                    history.step()
                history.erase()
                _no_row_tells(database_url, history)
    if database_url.startswith("sqlite"):
        copy = tmp_path / "backup"
        back_up(tmp_path / "recsvc.db", copy)
        content = copy.read_bytes()
        assert not [one for one in history.shoppers.erased if forms_of(*one) & _found(content, one)]


def _found(content: bytes, one: tuple[str, str]) -> set[bytes]:
    return {form for form in forms_of(*one) if form in content}  # type: ignore[arg-type]


def _no_row_tells(database_url: str, history: History) -> None:
    """Rows of PostgreSQL are asked for: its files are cleaned by its own VACUUM."""
    engine = create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        rows = [str(row) for table in tables for row in connection.execute(text(f'SELECT * FROM "{table}"'))]  # noqa: S608
    engine.dispose()
    for _, external_id in history.shoppers.erased:
        assert not [row for row in rows if external_id in row]
