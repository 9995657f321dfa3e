from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from recsvc.app import EXTENSION, create_app
from recsvc.model.registry import Registry
from recsvc.settings.settings import Settings
from recsvc.store.store import Store, open_store


@pytest.fixture
def client_of() -> Iterator[Callable[..., FlaskClient]]:
    """Makes clients of applications that are closed after the test."""
    apps = []

    def client(models_dir: Path, **settings: Any) -> FlaskClient:
        apps.append(create_app(Settings(models_dir=models_dir, **{"log_level": "error", **settings})))
        return apps[-1].test_client()

    yield client
    for app in apps:
        app.extensions[EXTENSION].close()


@pytest.fixture
def client(client_of: Callable[..., FlaskClient], registry: Registry) -> FlaskClient:
    """A client of an application that serves the small model."""
    return client_of(registry.directory)


@pytest.fixture
def stored(registry: Registry) -> Iterator[Store]:
    """What the application of ``client`` stores in."""
    store = open_store(f"sqlite:///{registry.directory}/recsvc.db")
    yield store
    store.close()
