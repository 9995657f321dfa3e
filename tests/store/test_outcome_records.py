"""What lists led to, as the store keeps it: whatever is in the store, the figures of all others are right."""

import json
from typing import Any

import pytest
from sqlalchemy import text
from support.events import event

from recsvc.metrics import Metrics
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.outcomes.share import Dimension, Windows
from recsvc.serving.list_ids import ListIds
from recsvc.serving.outcome_follower import OutcomeFollower
from recsvc.store.event import Event
from recsvc.store.outcome import MEASURES
from recsvc.store.store import Store

CENTS = 100


class Shop:
    """A store, and what makes outcomes of its events."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.ids = ListIds(store)
        self.follower = OutcomeFollower(store.outcomes, self.ids.origin_of, Windows(), Metrics())
        origin = ListOrigin("for_you", "", "v1", 0)
        self.list_id = RecommendationIds(store.secret("recsvc lists")).write(origin, b"l", [("als", "your_taste")])

    def happened(self, *events: Event) -> None:
        self.store.events.append(events)
        self.follower.catch_up()

    def click(self, at: int = 0, **whose: Any) -> Event:
        return event("tea", at, "click", recommendation_id=self.list_id, position=1, **whose)

    def figures(self, dimension: str = Dimension.TOTAL) -> dict[str, int]:
        """Return what is not nothing, money and pieces in hundredths."""
        rows = self.store.outcomes.sums(dimension, 0, 30_000)
        sums = [sum(figures) for figures in zip(*(row.figures for row in rows), strict=True)]
        amounts = ("units", "revenue", "returned")
        return {
            name: figure // CENTS if name.endswith(amounts) else figure
            for name, figure in zip(MEASURES, sums, strict=False)
            if figure
        }

    def spoil(self, statement: str, **values: Any) -> None:
        """Let another program write."""
        with self.store._database.write() as connection:
            connection.execute(text(statement), values)


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop(store)


def bought(at: int = 9, price: float = 2.0, **fields: Any) -> Event:
    return event("tea", at, "purchase", unit_price=price, **fields)


def test_a_list_is_known_before_anything_else_followed_the_store(shop: Shop) -> None:
    shop.happened(shop.click(), bought())
    assert shop.figures() == {"clicks": 1, "orders": 1, "units": 100, "revenue": 200}
