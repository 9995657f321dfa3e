"""A made-up shop whose truth is known, posted over HTTP: what is answered equals it."""

import random
from collections import defaultdict
from typing import Any

from flask.testing import FlaskClient

from recsvc.app import EXTENSION
from recsvc.outcomes.experiment import Assignment
from recsvc.ranking.query import UserKey
from recsvc.serving.described_experiments import read_experiments
from recsvc.store.store import Store

SHOPPERS = 240
VARIANTS = [
    {"name": "control", "share": 0.4, "kind": "control"},
    {"name": "B", "share": 0.4, "kind": "placement", "placement": "trending"},
    {"name": "off", "share": 0.2, "kind": "hold_out"},
]


class MadeUpShop:
    """Shoppers who look at lists as guests or users, click, buy, bring back, sign in, and are erased; and the truth."""

    def __init__(self, client: FlaskClient, stored: Store, seed: int) -> None:
        self.client, self.rng = client, random.Random(seed)  # noqa: S311 - protects nothing
        created = client.put("/v1/experiments/first", json={"placement": "for_you", "variants": VARIANTS})
        assert created.status_code == 201
        (experiment,) = read_experiments(stored.experiments.all())
        self.assignment = Assignment(experiment)
        self.events: list[dict[str, Any]] = []
        self.truth: dict[str, dict[str, float]] = defaultdict(
            lambda: dict.fromkeys(("n", "revenue", "orders", "clicks"), 0)
        )

    def visit(self, number: int) -> None:
        is_guest = number % 3 == 0
        whom = {"session_id": f"s{number}"} if is_guest else {"user_id": f"u{number}"}
        is_merged = is_guest and number % 2 == 0
        is_erased = number % 20 in (1, 6) and (is_merged or not is_guest)
        kind, name = ("session", f"s{number}") if is_guest else ("user", f"u{number}")
        variant = self.assignment.variant_of(UserKey(kind, name)).name
        shown = self.ask(whom)
        assert bool(shown["items"]) == (variant != "off")
        deeds = self.deeds(whom, shown, number)
        self.events += deeds["events"]
        if is_merged or is_erased:
            self.post()
        if is_merged:
            self.client.post(f"/v1/users/m{number}/merge", json={"from_session_id": f"s{number}"})
            again = {"type": "view", "user_id": f"m{number}", "item_id": "tea"}
            self.events += [
                again,
                {**deeds["order"], "session_id": f"s{number}", "order_id": f"again{number}"},
            ]
            deeds["revenue"] += deeds["order"]["unit_price"]
            deeds["orders"] += 1
            assert bool(self.ask({"user_id": f"m{number}"}, is_stale=True)["items"]) == (variant != "off")
        if is_erased:
            self.client.delete(f"/v1/users/{'m' if is_merged else 'u'}{number}")
        else:
            self.count(variant, deeds)

    def count(self, variant: str, deeds: dict[str, Any]) -> None:
        self.truth[variant]["n"] += 1
        for name in ("revenue", "orders", "clicks"):
            self.truth[variant][name] += deeds[name]

    def deeds(self, whom: dict[str, str], shown: dict[str, Any], number: int) -> dict[str, Any]:
        rng, events = self.rng, [{"type": "view", **whom, "item_id": "tea"}]
        found: dict[str, Any] = {"events": events, "revenue": 0.0, "orders": 0, "clicks": 0}
        for item in shown["items"]:
            of_list = {**whom, "item_id": item["item_id"], "recommendation_id": shown["recommendation_id"]}
            events.append({"type": "impression", **of_list, "position": item["rank"]})
            if rng.random() < 0.3:
                events += [{"type": "click", **of_list, "position": item["rank"]}] * rng.choice((1, 2))
                found["clicks"] += 1
        found["order"] = {
            "type": "purchase",
            "item_id": "jam",
            "unit_price": 3.25,
            **whom,
            "order_id": f"o{number}",
        }
        if rng.random() < 0.6:
            price, quantity = rng.choice((1.99, 12.5, 640.0)), rng.choice((1, 2, 5))
            line = {**found["order"], "item_id": "saw", "unit_price": price, "quantity": quantity}
            events += [found["order"], line]
            came_back = rng.choice((0, 0, 1, quantity))
            if came_back:
                events.append({**line, "type": "return", "quantity": came_back})
            found["revenue"] += 3.25 + price * (quantity - came_back)
            found["orders"] += 1
        return found

    def ask(self, whom: dict[str, str], *, is_stale: bool = False) -> Any:
        if is_stale:  # the follower hears of the merge within a second
            self.client.application.extensions[EXTENSION].lists.shop.follower.refresh()
        return self.client.get("/v1/recommend", query_string={"n": 4, **whom}).json

    def post(self) -> None:
        while self.events:
            part, self.events = self.events[:900], self.events[900:]
            answer = self.client.post("/v1/events", json={"events": part})
            assert answer.json["rejected"] == []


def test_results_equal_the_truth_of_a_made_up_shop_to_the_cent(client: FlaskClient, stored: Store) -> None:
    shop = MadeUpShop(client, stored, 1)
    for number in range(SHOPPERS):
        shop.visit(number)
    shop.post()
    found = client.get("/v1/experiments/first/results").json
    got = {
        one["name"]: {
            "n": one["shoppers"],
            **{name: round(one[name]["total"], 2) for name in ("revenue", "orders", "clicks")},
        }
        for one in found["variants"]
    }
    expected = {
        name: {key: round(one, 2) for key, one in figures.items()} for name, figures in shop.truth.items()
    }
    assert got == expected
    assert found["shoppers"] == sum(one["n"] for one in shop.truth.values())
    assert found["alarms"]["strayed_shoppers"] == 0
    assert not found["alarms"]["is_uneven"]
    assert "Impressions and clicks bring nobody in" in found["population"]


def test_shoppers_in_two_variants_are_an_alarm(client: FlaskClient, stored: Store) -> None:
    shop = MadeUpShop(client, stored, 3)
    other = {"control": "B", "B": "control"}
    names = {
        one: next(
            u
            for u in (f"x{n}" for n in range(99))
            if shop.assignment.variant_of(UserKey("user", u)).name == one
        )
        for one in other
    }
    lists = {one: shop.ask({"user_id": name}) for one, name in names.items()}
    for number in range(40):
        name = f"y{number}"
        variant = shop.assignment.variant_of(UserKey("user", name)).name
        if variant in other:  # shown what was made for somebody else, as by a page cache in front of the shop
            foreign = lists[other[variant]]
            item = {"item_id": "tea", "recommendation_id": foreign["recommendation_id"], "position": 1}
            shop.events += [
                {"type": "impression", "user_id": name, **item},
                {"type": "view", "user_id": name, "item_id": "tea"},
            ]
    shop.post()
    found = client.get("/v1/experiments/first/results").json
    assert found["alarms"]["is_mixed"]
    assert found["alarms"]["strayed_shoppers"] == found["shoppers"]
    assert found["verdict"]["conclusion"] == "stopped"
    assert "shoppers saw a variant that is not theirs" in found["verdict"]["text"]
