"""What offers earn in a simulated shop whose truth is known, beside none and beside each benefit for everybody.

``python -m benchmarks.offers [SHOPPERS [TURNS [SEED]]]``. Shoppers come once in two weeks; whether one orders depends
on what they were offered and on how many orders they had before. What a way of deciding earns is the margin less cost
that its decisions have by the truth, a shopper and turn; all turns count, also those in which the service still learns
from the orders that chance made of it. Then sixteen threads on four connections ask at once, and what was promised is
compared with the budget.
"""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.machine import in_words
from recsvc.moments.benefit import NOTHING, Benefit
from recsvc.rules.evaluation import ListContext
from recsvc.serving.offer_desk import OfferDesk, OfferSettings
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.store.store import Store, open_store

MARGIN, ORDER_VALUE, EVERY_DAYS = 0.4, 45.0, 14
BENEFITS = {
    "free_shipping": Benefit(title="Free shipping", cost=4.9, rest_days=0, max_per_shopper=1000),
    "sample": Benefit(title="A sample", cost=1.2, rest_days=0, max_per_shopper=1000),
    "ten_percent": Benefit(title="10 % off", cost=4.5, rest_days=0, max_per_shopper=1000),
    "early_access": Benefit(title="Early access", cost=0.2, rest_days=0, max_per_shopper=1000),
}
CHANCES = {
    "no_orders": {
        NOTHING: 0.03,
        "free_shipping": 0.11,
        "sample": 0.035,
        "ten_percent": 0.10,
        "early_access": 0.03,
    },
    "one_order": {
        NOTHING: 0.08,
        "free_shipping": 0.12,
        "sample": 0.14,
        "ten_percent": 0.13,
        "early_access": 0.09,
    },
    "several_orders": {
        NOTHING: 0.3,
        "free_shipping": 0.31,
        "sample": 0.33,
        "ten_percent": 0.31,
        "early_access": 0.36,
    },
}
"""How many of the shoppers order within a turn, by how many orders they had and what they are offered."""

GROUPS = tuple(CHANCES)
TAKES = 0.9
"""Share of those who order and take what they were offered."""


def earns(group: str, what: str) -> float:
    """Return margin less cost of a shopper of a group who is offered something, by the truth."""
    cost = 0.0 if what == NOTHING else TAKES * BENEFITS[what].cost
    return CHANCES[group][what] * (MARGIN * ORDER_VALUE - cost)


@dataclass
class World:
    """Shoppers whose orders are counted here, so that a desk may ask for them, and a clock."""

    store: Store
    rng: np.random.Generator
    now_us: int = 20_000 * DAY_US

    def n_orders(self, user_id: str) -> int:
        """Return how many orders a shopper has had: their id says the group, which stays."""
        return int(user_id.partition("-")[0])

    def context(self, user_id: str, _needed: frozenset[str]) -> ListContext:
        """Return what conditions may ask."""
        return ListContext(n_orders=self.n_orders(user_id), is_known=True)

    def live(self, user_ids: list[str], offered: list[str], offer_ids: list[str | None]) -> float:
        """Let shoppers order, or not, and take what they are offered, or not; return what that earns by the truth."""
        earned, made = 0.0, []
        at_us = self.now_us + DAY_US
        for user_id, what, offer_id in zip(user_ids, offered, offer_ids, strict=True):
            group = GROUPS[self.n_orders(user_id)]
            earned += earns(group, what)
            if self.rng.random() >= CHANCES[group][what]:
                continue
            value = float(self.rng.lognormal(np.log(ORDER_VALUE) - 0.18, 0.6))
            made.append(
                Event(
                    EventType.PURCHASE,
                    "x",
                    at_us,
                    at_us,
                    user_id,
                    unit_price=value,
                    order_id=f"{at_us}{user_id}",
                )
            )
            if offer_id is not None and self.rng.random() < TAKES:
                self.store.offers.take(offer_id, at_us, None)
        self.store.events.append(made)
        return earned / len(user_ids)


def desk_of(world: World, hold_out: float = 0.1) -> OfferDesk:
    """Return a desk that decides in ``world``."""
    settings = OfferSettings(EVERY_DAYS, hold_out, MARGIN)
    rng = np.random.default_rng(world.rng.integers(2**32))
    return OfferDesk(world.store, settings, world.context, lambda: b"s" * 32, lambda: world.now_us, rng)


def learned(directory: Path, n_shoppers: int, turns: int, seed: int) -> tuple[list[float], OfferDesk, World]:
    """Return what the service's own decisions earn, turn by turn, those who are held out included."""
    world = World(open_store(f"sqlite:///{directory}/offers.db"), np.random.default_rng(seed))
    desk, earned = desk_of(world), []
    for name, benefit in BENEFITS.items():
        desk.put(name, benefit)
    users = shoppers(n_shoppers)
    for _ in track(range(turns), "turns"):
        found = [desk.offer_for(user_id) for user_id in users]
        decisions = [one.decision for one in found if one is not None]
        offered = [one.benefit for one in decisions]
        ids = [None if one.benefit == NOTHING else one.offer_id for one in decisions]
        earned.append(world.live(users, offered, ids))
        world.now_us += EVERY_DAYS * DAY_US
        while world.store.offers.settle(world.now_us - EVERY_DAYS * DAY_US + 1, EVERY_DAYS * DAY_US):
            pass
        desk = desk_of(world)  # as after a night: what was learned is read anew
    return earned, desk, world


def shoppers(n: int) -> list[str]:
    """Return the ids of shoppers, half of whom have had no order, a third one."""
    return [f"{(0, 0, 0, 1, 1, 2)[number % 6]}-{number}" for number in range(n)]


def expected(choice: Callable[[str], str]) -> float:
    """Return what a choice earns a shopper and turn."""
    return sum(
        share * earns(group, choice(group))
        for group, share in zip(GROUPS, (1 / 2, 1 / 3, 1 / 6), strict=True)
    )


def best_of(group: str) -> str:
    """Return what earns most in a group."""
    return max(CHANCES[group], key=lambda what: earns(group, what))


def budget_kept(directory: Path, budget: float) -> tuple[float, int]:
    """Return what sixteen threads promised together of a budget, and how many offers these are."""
    stores = [open_store(f"sqlite:///{directory}/budget.db") for _ in range(4)]
    worlds = [World(store, np.random.default_rng(number)) for number, store in enumerate(stores)]
    desks = [desk_of(world, 0.0) for world in worlds]
    desks[0].put("gift", Benefit(title="A gift", cost=3.0, budget=budget))
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda n: desks[n % 4].offer_for(f"2-{n}"), range(2000)))
    offered = sum(one is not None and one.decision.benefit == "gift" for one in found)
    promised = stores[0].offers.committed(worlds[0].now_us).get("gift", 0.0)
    for store in stores:
        store.close()
    return promised, offered


def main() -> None:
    """Print what each way of deciding earns."""
    n_shoppers, turns, seed = (
        int(sys.argv[at]) if len(sys.argv) > at else default for at, default in ((1, 1500), (2, 12), (3, 1))
    )
    console = Console(width=110)
    with TemporaryDirectory() as directory:
        earned, desk, world = learned(Path(directory), n_shoppers, turns, seed)
        found = desk.results()
        world.store.close()
        promised, offered = budget_kept(Path(directory), 100.0)
    none = expected(lambda _group: NOTHING)
    singles = {name: expected(lambda _group, name=name: name) for name in BENEFITS}  # type: ignore[misc]
    best = max(singles, key=lambda name: singles[name])
    table = Table("decided by", "earned a shopper and turn", "above none", title="offers", box=None)
    rows = {"nothing": none, **{f"{name} for all": value for name, value in singles.items()}}
    rows["the best for each group, known"] = expected(best_of)
    rows["recsvc, all turns, a tenth held out"] = float(np.mean(earned))
    rows[f"recsvc, last {turns // 3} turns"] = float(np.mean(earned[-(turns // 3) :]))
    for name, value in rows.items():
        table.add_row(name, f"{value:.3f}", f"{value / none - 1:+.1%}")
    console.print(table, f"best single: {best}; {n_shoppers:,} shoppers, {turns} turns; {in_words()}")
    if found.uplift is not None:
        up = found.uplift
        console.print(
            f"uplift as the service says it, a shopper and all turns: {up.mean:.3f}, 95 % {up.low:.3f} to {up.high:.3f}"
        )
    console.print(f"budget 100, cost 3, 16 threads, 2,000 shoppers: {offered} offers, {promised:g} promised")


if __name__ == "__main__":
    main()
