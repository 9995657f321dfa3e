from collections.abc import Iterator
from pathlib import Path

import pytest
from support.connected_shop import Connected
from support.fake_woocommerce import FakeShop, FakeShopServer

from recsvc.store.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/recsvc.db")
    yield store
    store.close()


@pytest.fixture
def connected(store: Store) -> Iterator[Connected]:
    shop = FakeShop()
    with FakeShopServer(shop) as server:
        made = Connected(shop, server.url, store)
        yield made
        made.client.close()
