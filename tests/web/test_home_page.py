"""The first page: what lists earned, what is worth doing, how the service is."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from flask.testing import FlaskClient
from support.models import release, small_model

from recsvc.errors import StoreError
from recsvc.model.registry import Registry
from recsvc.outcomes.performance import Estimate, Figures, GroupBy
from recsvc.serving.performance import Performance
from recsvc.store.api_keys import Scope
from recsvc.web.earnings import earnings_of

TODAY = date(2026, 5, 31)
SHOP = {"orders": 40, "units": 90, "revenue": 4000.0, "revenue_returned": 0}


class Told:
    """Answers what a test says of all lists together."""

    def __init__(self, shop: dict[str, float], revenue: Estimate | None = None, **counts: float) -> None:
        known = {"impressions": 0, "seen": 0, "clicks": 0, "orders": 0} | counts
        self._rows = (Figures("all", known, {}, revenue or Estimate(0, None, None)),) if counts else ()
        self._shop = shop

    def of(self, first: date, last: date, group_by: GroupBy) -> Performance:
        assert (first, last) == (date(2026, 5, 2), TODAY)
        return Performance(first, last, "EUR", self._rows, self._shop, 0)


def test_what_lists_earned_is_said_in_a_sentence() -> None:
    told = Told(SHOP, Estimate(500.0, -20.0, 620.0), impressions=900, clicks=90, orders=10)
    assert earnings_of(told, TODAY).sentence == (
        "In the last 30 days, shoppers spent €500.00 (between €0.00 and €620.00, 95 % sure) on what they had clicked "
        "in a list. That is 12.5\N{NO-BREAK SPACE}% of the €4,000.00 that the shop took in."
    )
    rough = Told(SHOP, Estimate(500.0, 20.0, 990.0, is_rough=True), impressions=900, clicks=90, orders=10)
    assert earnings_of(rough, TODAY).sentence.endswith(
        "that the shop took in. A few shoppers make more than half of it, so that is rough."
    )
    few = Told(SHOP, Estimate(500.0, None, None), impressions=900, clicks=90, orders=10)
    assert "spent €500.00 on what" in earnings_of(few, TODAY).sentence
    nothing = Told({"revenue": 0}, Estimate(5.0, None, None), impressions=9, clicks=1, orders=1)
    assert earnings_of(nothing, TODAY).sentence.endswith("in a list.")
    unsold = Told(SHOP, impressions=1, clicks=1)
    assert "1 suggestion were shown" not in earnings_of(unsold, TODAY).sentence
    assert "no order yet" in earnings_of(unsold, TODAY).sentence
    for unknown in (Told(SHOP), Told(SHOP, impressions=0, orders=1)):
        assert not earnings_of(unknown, TODAY).is_known


def test_a_new_shop_is_told_what_is_worth_doing(anybody: FlaskClient) -> None:
    page = anybody.get("/console").text
    assert page.count("<li><strong>") == 3
    assert page.index("Train again") < page.index("Send events") < page.index("Import the catalogue")
    assert "All is well" in page


def test_what_is_done_is_not_said_again(anybody: FlaskClient, registry: Registry) -> None:
    event = {"type": "view", "user_id": "ada", "item_id": "tea"}
    assert anybody.post("/v1/events", json=event).status_code == 202
    assert anybody.put("/v1/items/tea", json={"title": "Tea"}).status_code == 201
    page = anybody.get("/console").text
    for done in ("Send events", "Import the catalogue", "Add titles"):
        assert done not in page
    for lacking in ("Train again", "Send what is shown", "Add pictures"):
        assert lacking in page


def test_shown_clicked_and_bought_is_earned(anybody: FlaskClient) -> None:
    answer = anybody.get("/v1/recommend?user_id=ada&n=2").json
    item_id = answer["items"][0]["item_id"]
    common = {
        "user_id": "ada",
        "item_id": item_id,
        "recommendation_id": answer["recommendation_id"],
        "position": 1,
    }
    bought = {"type": "purchase", "user_id": "ada", "item_id": item_id, "unit_price": 2.5, "order_id": "A1"}
    for event in ({"type": "impression", **common}, {"type": "click", **common}, bought):
        assert anybody.post("/v1/events", json=event).status_code == 202
    page = wait_for(anybody, "shoppers spent €2.50")
    assert "100.0\N{NO-BREAK SPACE}% of the €2.50" in page
    assert ">For you</a></th>" in page
    placement = anybody.get("/console/placements/for_you").text
    assert "Earned after a click</dt><dd>€2.50" in placement
    item = anybody.get(f"/console/items/item?id={item_id}").text
    assert "Earned after a click</dt><dd>€2.50" in item


def wait_for(client: FlaskClient, words: str) -> str:
    deadline = time.monotonic() + 20
    while words not in (page := client.get("/console").text):
        assert time.monotonic() < deadline, page
        time.sleep(0.1)
    return page


def test_a_version_that_is_refused_and_a_store_that_is_away_are_said_first(
    anybody: FlaskClient, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise StoreError("secret host")

    monkeypatch.setattr("recsvc.store.shop_counts.ShopCounts.items", fail)
    page = anybody.get("/console")
    assert page.status_code == 200
    assert "secret host" not in page.text
    assert "It was trained" in page.text


def test_a_version_that_went_live_by_order_is_worth_a_look(
    client_of: Callable[..., FlaskClient], registry: Registry
) -> None:
    checks = [{"name": "x", "state": "failed", "sentence": "Worse."}]
    metrics = {"gate": {"accepted": True, "forced": True, "checks": checks}}
    registry.publish(small_model(), replace(release("2"), metrics=metrics))
    page = client_of(registry.directory).get("/console").text
    assert "Look at the live version" in page
    assert "although 1 of 1 checks failed" in page


def test_the_desk_sees_no_earnings_and_no_advice_for_others(signed_in: Callable[..., FlaskClient]) -> None:
    desk, merchandiser = (
        signed_in(Scope.SUPPORT).get("/console").text,
        signed_in(Scope.MERCHANDISE).get("/console").text,
    )
    assert "What recommendations earned" not in desk
    assert "What recommendations earned" in merchandiser
    assert "/console/data" not in desk + merchandiser
    assert "/console/versions" not in desk
