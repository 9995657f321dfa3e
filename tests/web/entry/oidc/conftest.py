from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from support.keys import add_key
from support.oidc import CLIENT, SECRET, Liar, liar

from recsvc.model.registry import Registry
from recsvc.store.api_keys import Scope
from recsvc.store.store import Store


@pytest.fixture
def provider() -> Iterator[Liar]:
    """A provider that lies as it is told."""
    with liar() as told:
        yield told


@pytest.fixture
def console_of(
    client_of: Callable[..., FlaskClient], registry: Registry, stored: Store
) -> Callable[..., FlaskClient]:
    """Makes browsers at the console of a service that demands keys and knows a provider."""
    add_key(stored.keys, Scope.READ)

    def client(issuer: str, **settings: object) -> FlaskClient:
        return client_of(
            registry.directory,
            **{
                "public_url": "http://localhost",
                "oidc_issuer": issuer,
                "oidc_client_id": CLIENT,
                "oidc_client_secret": SECRET,
                "oidc_label": "Shop login",
                "oidc_admin": "bosses",
                "oidc_merchandise": "buyers",
                "oidc_support": "desk",
                **settings,
            },
        )

    return client


@pytest.fixture
def console(console_of: Callable[..., FlaskClient], provider: Liar) -> FlaskClient:
    """A browser at the console of a service that knows the provider."""
    return console_of(provider.address)
