"""A service in processes of its own that knows all that the clients ask for, and what stands before it."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from support.audiences import with_audience
from support.keys import add_key
from support.models import ITEMS, release, small_model, with_categories
from support.openapi_contract import Contract
from support.processes import Service
from support.recording_proxy import RecordingProxy, recording_proxy
from support.rhythms import order_days, renewals

from recsvc.catalogue.item import Item
from recsvc.clock import now_us
from recsvc.model.registry import Registry
from recsvc.moments.rhythm import Rhythms
from recsvc.store.api_keys import Scope
from recsvc.store.benefits import StoredBenefit
from recsvc.store.store import open_store
from training.moments.learning import learn_shop_rhythm


@dataclass(frozen=True)
class Known:
    """A service, a key that opens all of it, and what it says of itself."""

    service: Service
    key: str
    openapi: dict[str, Any]
    database: str

    def put_benefit(self) -> None:
        """Let there be something to offer."""
        with closing(open_store(self.database)) as store:
            body = {"title": "Free shipping", "cost": 0}
            store.benefits.put(StoredBenefit("ship", body, now_us()), 50)

    def stored(self, session_id: str) -> list[Any]:
        """Return the events of a visit that are in the store."""
        with closing(open_store(self.database)) as store:
            return list(store.events.history_of_session(session_id, limit=10_000))


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    directory = tmp_path_factory.mktemp("clients")
    models, database = directory / "models", f"sqlite:///{directory}/models/recsvc.db"
    rhythm = np.zeros((4, 6), dtype=np.float32)
    rhythm[0] = Rhythms.first_orders().after(np.asarray([28.0])).columns(np.asarray([3.0]))
    text = learn_shop_rhythm(order_days(renewals(120, 200.0), 200.0), seed=1).to_text()
    model = with_audience(with_categories(replace(small_model(), user_rhythm=rhythm, moments=text)))
    Registry(models).publish(model, release("1"))
    with closing(open_store(database)) as store:
        key = str(add_key(store.keys, Scope.ADMIN))
        store.catalogue.put([Item(one, one.title(), f"https://shop.example/{one}") for one in ITEMS])
    service = Service(models, directory / "log", workers=1, offer_hold_out=0)
    yield Known(service, key, json.loads(service.text("/openapi.json")), database)
    assert service.stop() == 0


@pytest.fixture
def proxy(known: Known) -> Iterator[RecordingProxy]:
    """What clients are told is the service."""
    with recording_proxy(known.service.port) as proxy:
        yield proxy


@pytest.fixture
def contract(known: Known) -> Contract:
    return Contract(known.openapi)
