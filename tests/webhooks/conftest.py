from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from support.webhooks import TellingShop, WebhookReceiver

from recsvc.store.store import Store, open_store


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """SQLite, or whichever a test asks for by an indirect parameter."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return f"sqlite:///{tmp_path}/recsvc.db"
    return request.getfixturevalue("shared_postgres").new_database()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    store = open_store(database_url)
    yield store
    store.close()


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    receiver = WebhookReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def shop_of(store: Store, receiver: WebhookReceiver) -> Iterator[Callable[..., TellingShop]]:
    with ExitStack() as stack:

        def make(**settings: Any) -> TellingShop:
            shop = TellingShop(store, receiver.url, **settings)
            stack.callback(shop.sender.stop)
            return shop

        yield make


@pytest.fixture
def shop(shop_of: Callable[..., TellingShop]) -> TellingShop:
    """A shop that listens for two days, with tea for 10 that is sold out."""
    shop = shop_of()
    assert shop.look()
    shop.listen_since(hours_ago=48)
    shop.put(title="Tea", price=10.0, in_stock=False)
    return shop
