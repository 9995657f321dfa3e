from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from support.keys import add_key
from support.pages import sign_in

from recsvc.app import EXTENSION, create_app
from recsvc.model.registry import Registry
from recsvc.settings.settings import Settings
from recsvc.store.api_keys import Scope
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
def stored(registry: Registry) -> Iterator[Store]:
    """What the application stores in."""
    store = open_store(f"sqlite:///{registry.directory}/recsvc.db")
    yield store
    store.close()


@pytest.fixture
def anybody(client_of: Callable[..., FlaskClient], registry: Registry) -> FlaskClient:
    """A browser at the console of a service without keys."""
    return client_of(registry.directory)


@pytest.fixture
def keyed(client_of: Callable[..., FlaskClient], registry: Registry, stored: Store) -> FlaskClient:
    """A browser, not signed in, at the console of a service that demands keys."""
    add_key(stored.keys, Scope.READ)
    return client_of(registry.directory)


@pytest.fixture
def signed_in(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> Callable[..., FlaskClient]:
    """Makes browsers that are signed in with a key of some scopes."""
    apps: list[FlaskClient] = []

    def browser(*scopes: Scope) -> FlaskClient:
        token = add_key(stored.keys, *scopes, name=f"{'+'.join(scopes)} desk")
        apps.append(client_of(registry.directory))
        assert sign_in(apps[-1], token).status_code == 303
        return apps[-1]

    return browser
