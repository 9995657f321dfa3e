"""What lists earned, while it is being counted."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.events import event

from recsvc.metrics import Metrics
from recsvc.outcomes.performance import GroupBy
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.outcomes.share import Windows
from recsvc.serving.list_ids import ListIds
from recsvc.serving.outcome_follower import OutcomeFollower
from recsvc.serving.performance import Performances
from recsvc.store.store import Store, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/recsvc.db")
    yield opened
    opened.close()


class CountedBetween:
    """Outcomes that another process finishes to count after each time that they are asked anything."""

    def __init__(self, store: Store) -> None:
        self._outcomes = store.outcomes
        self._follower = OutcomeFollower(store.outcomes, ListIds(store).origin_of, Windows(), Metrics())

    def __getattr__(self, name: str) -> Any:
        def ask(*given: Any, **named: Any) -> Any:
            found = getattr(self._outcomes, name)(*given, **named)
            self._follower.catch_up()
            return found

        return ask


def test_figures_that_lack_something_say_that_it_is_pending(store: Store) -> None:
    ids = RecommendationIds(store.secret("recsvc lists"))
    name = ids.write(ListOrigin("shelf", "", "v1", 0), b"1", [("als", "your_taste")])
    store.events.append([event("tea", 10, "click", user_id="ada", recommendation_id=name, position=1)])
    between = CountedBetween(store)
    performances = Performances(lambda: between, "EUR")  # type: ignore[arg-type, return-value]
    period = date(1970, 1, 1), date(1970, 12, 31)
    for pending in (True, False):
        found = performances.of(*period, GroupBy.TOTAL)
        assert bool(found.pending) is pending
        if not found.pending:
            assert [row.counts["clicks"] for row in found.rows] == [1]
