"""A shop whose truth is known: what its shoppers do, and what the figures of that have to be."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

ITEMS = ("cake", "hammer", "jam", "milk", "nails", "saw", "tea")
PLACEMENTS = ("for_you", "discover", "trending")
START = datetime(2026, 5, 1, 9, tzinfo=UTC)
DAYS = 20

Ask = Callable[[str, str], dict[str, Any]]
"""Returns the list for a user id (or ``session:…``) at a placement."""


def cents(amount: float) -> int:
    return round(100 * amount)


@dataclass
class TrueShop:
    """Events to post, and what of them counts: each event belongs to a person, whatever ids they had.

    Attributes:
        people: who did each event, by its ``event_id``.
        events: in the order in which they happened.
        merges: user <- session, to be posted.
        erased: users to be erased.
    """

    seed: int
    people: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    merges: dict[str, str] = field(default_factory=dict)
    erased: set[str] = field(default_factory=set)

    def live(self, ask: Ask, n_shoppers: int = 60) -> None:
        """Let shoppers see lists, click, buy and send back, over some weeks."""
        rng = random.Random(self.seed)  # noqa: S311 - simulates, protects nothing
        for number in range(n_shoppers):
            person = f"p{number}"
            begins_as_guest = rng.random() < 0.4
            visit = f"visit-{number}"
            if begins_as_guest:
                self._visit(rng, ask, person, {"session_id": visit}, f"session:{visit}")
                if rng.random() < 0.7:
                    self.merges[visit] = person
                else:
                    continue
            for _ in range(rng.randrange(1, 4)):
                self._visit(rng, ask, person, {"user_id": person}, person)
            if rng.random() < 0.1:
                self.erased.add(person)
        self.events.sort(key=lambda event: event["occurred_at"])

    def posts(self) -> Iterator[list[dict[str, Any]]]:
        """Yield the events in batches, late ones and double sends among them."""
        rng = random.Random(self.seed + 1)  # noqa: S311 - the same
        shuffled = self.events + rng.sample(self.events, len(self.events) // 5)
        rng.shuffle(shuffled)
        for start in range(0, len(shuffled), 100):
            yield shuffled[start : start + 100]

    def truth(self, group_by: str) -> dict[str, dict[str, int]]:
        """Return key -> figures, money in cents; made from the people, one question at a time."""
        rows: dict[str, dict[str, Any]] = defaultdict(lambda: defaultdict(set))
        for person in set(self.people.values()) - self.erased:
            theirs = [event for event in self.events if self.people[event["event_id"]] == person]
            for event in theirs:
                shown = event.get("recommendation_id"), event["item_id"]
                if event["type"] == "impression":
                    rows[_key(group_by, event)]["impressions"].add((person, *shown))
                    if event.get("seen"):
                        rows[_key(group_by, event)]["seen"].add((person, *shown))
                elif event["type"] == "click":
                    rows[_key(group_by, event)]["clicks"].add((person, *shown))
            for line in (event for event in theirs if event["type"] == "purchase"):
                self._credit(rows, group_by, person, theirs, line)
        return {
            key: {name: len(value) if isinstance(value, set) else value for name, value in row.items()}
            for key, row in rows.items()
        }

    def _credit(
        self,
        rows: dict[str, Any],
        group_by: str,
        person: str,
        theirs: list[dict[str, Any]],
        line: dict[str, Any],
    ) -> None:
        clicks = [one for one in theirs if one["type"] == "click" and _within(one, line, timedelta(days=7))]
        views = [one for one in theirs if one.get("seen") and _within(one, line, timedelta(hours=24))]
        kept, back = line["quantity"], 0
        for one in theirs:
            if one["type"] == "return" and (one["order_id"], one["item_id"]) == (
                line["order_id"],
                line["item_id"],
            ):
                back += one["quantity"]
        back = min(back, kept)
        price = cents(line["unit_price"])
        for cause, prefix in ((clicks, ""), ([] if clicks else views, "seen_")):
            if not cause:
                continue
            row = rows[_key(group_by, max(cause, key=lambda one: one["occurred_at"]))]
            if kept - back:
                row[f"{prefix}orders"].add((person, line["order_id"]))
            for name, amount in (
                ("units", kept - back), ("revenue", price * (kept - back)), ("revenue_returned", price * back)
            ):  # fmt: skip
                row[prefix + name] = (row[prefix + name] or 0) + amount

    def _visit(self, rng: random.Random, ask: Ask, person: str, who: dict[str, str], asked: str) -> None:
        at = START + timedelta(days=rng.randrange(DAYS), minutes=rng.randrange(600))
        for placement in rng.sample(PLACEMENTS, 2):
            found = ask(asked, placement)
            for item in found["items"]:
                shown = {"item_id": item["item_id"], "recommendation_id": found["recommendation_id"], **who}
                told = {"placement": placement, "position": item["rank"], "reason": item["reason"]["type"]}
                at += timedelta(seconds=1)
                is_seen = rng.random() < 0.6
                self._add(
                    person,
                    at,
                    {"type": "impression", **shown, "seen": is_seen, "position": item["rank"]},
                    told,
                )
                if rng.random() < 0.2:
                    click_at = at + timedelta(seconds=30)
                    self._add(person, click_at, {"type": "click", **shown, "position": item["rank"]}, told)
        for _ in range(rng.randrange(3)):
            self._order(rng, person, who, at + timedelta(hours=rng.choice((1, 20, 30, 24 * 6, 24 * 9))))

    def _order(self, rng: random.Random, person: str, who: dict[str, str], at: datetime) -> None:
        order_id = f"o{len(self.events)}"
        for item_id in rng.sample(ITEMS, rng.randrange(1, 4)):
            quantity, price = rng.randrange(1, 5), rng.randrange(1, 5000) / 100
            line = {
                "item_id": item_id,
                "quantity": quantity,
                "unit_price": price,
                "order_id": order_id,
                **who,
            }
            self._add(person, at, {"type": "purchase", **line}, {})
            if rng.random() < 0.2:
                back = {**line, "quantity": rng.randrange(1, quantity + 1)}
                self._add(person, at + timedelta(days=rng.randrange(1, 12)), {"type": "return", **back}, {})

    def _add(self, person: str, at: datetime, event: dict[str, Any], told: dict[str, Any]) -> None:
        event_id = f"event-{self.seed}-{len(self.events)}"
        self.people[event_id] = person
        # Microseconds tell events apart that would otherwise be of one moment.
        moment = at + timedelta(microseconds=len(self.events))
        timed = {"event_id": event_id, "occurred_at": moment.isoformat()}
        if event["type"] in ("purchase", "return"):
            timed["occurred_at"] = at.isoformat()
        self.events.append({**event, **timed})
        _TOLD[event_id] = told


_TOLD: dict[str, dict[str, Any]] = {}


def _key(group_by: str, event: dict[str, Any]) -> str:
    return "total" if group_by == "total" else str(_TOLD[event["event_id"]][group_by])


def _within(cause: dict[str, Any], line: dict[str, Any], window: timedelta) -> bool:
    if cause["item_id"] != line["item_id"]:
        return False
    ago = datetime.fromisoformat(line["occurred_at"]) - datetime.fromisoformat(cause["occurred_at"])
    return timedelta(0) <= ago <= window
