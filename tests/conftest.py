"""Fixtures that several rooms use."""

import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # read once, when LightGBM is imported

import pytest
import structlog
from support.models import release, small_model
from support.object_store import S3Server
from support.postgres import NO_POSTGRES, PostgresServer, find_postgres
from support.processes import NO_REDIS, RedisServer, has_redis

from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.repeating import THREAD_PREFIX
from recsvc.store.store import DATABASE_FILE, open_store

ENDING_SECONDS = 2.0

ROOM = Path(__file__).parent
SHARED = ROOM / ".." / ".." / "shared"
LONGEST_FIRST = ("integration", "training", "faults", "docs", "cli")
"""Rooms whose files take longest: begun first, so that no worker is busy alone at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest rooms first; within a room nothing changes."""
    places = {room: place for place, room in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(item.path.relative_to(ROOM).parts[0], len(places)))


@pytest.fixture(autouse=True)
def _fresh_logging() -> None:
    """What one test does to the logs is over before the next."""
    structlog.reset_defaults()


@pytest.fixture(autouse=True)
def _no_thread_goes_on() -> Iterator[None]:
    """Applications that nobody closes poll on, and slow down every test that follows."""
    before = set(threading.enumerate())
    yield
    ours = (one for one in threading.enumerate() if one not in before and one.name.startswith(THREAD_PREFIX))
    for thread in ours:
        thread.join(ENDING_SECONDS)  # it may have answered the last request a moment ago
        assert not thread.is_alive(), thread.name


@pytest.fixture
def model() -> Model:
    return small_model()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models directory whose live version, 1, is the small model; not to be changed."""
    directory = tmp_path_factory.mktemp("published")
    Registry(directory).publish(small_model(), release("1"))
    return directory


@pytest.fixture(scope="session")
def prepared_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose tables are made, with nothing in it; not to be changed."""
    path = tmp_path_factory.mktemp("prepared") / DATABASE_FILE
    store = open_store(f"sqlite:///{path}")
    store.prepare()
    store.close()
    return path


@pytest.fixture
def registry(tmp_path: Path, published: Path, prepared_store: Path) -> Registry:
    """A registry of one's own whose live version, 1, is the small model, with a store whose tables are made."""
    directory = Path(shutil.copytree(published, tmp_path / "models"))
    shutil.copyfile(prepared_store, directory / DATABASE_FILE)
    return Registry(directory)


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """An object store for all tests."""
    server = S3Server()
    yield server
    server.close()


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    """One Redis for all tests that do not harm it."""
    if not has_redis():
        pytest.skip(NO_REDIS)
    server = RedisServer()
    yield server
    server.kill()


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis to hang, kill and restart."""
    if not has_redis():
        pytest.skip(NO_REDIS)
    server = RedisServer()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def shared_postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests that do not harm it; each makes a database of its own."""
    if find_postgres() is None:
        pytest.skip(NO_POSTGRES)
    with PostgresServer() as server:
        yield server


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL to kill and restart."""
    if find_postgres() is None:
        pytest.skip(NO_POSTGRES)
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def online_retail() -> Path:
    """The raw Online Retail file."""
    path = SHARED / "data" / "online_retail.csv.gz"
    if not path.exists():
        pytest.skip("needs ../shared/data/online_retail.csv.gz beside the checkout")
    return path.resolve()
