"""What offers earn in a simulated shop whose truth is known, beside none and beside each benefit for everybody.

``python -m benchmarks.offers [SHOPPERS [TURNS [SEED]]]``. Shoppers come once in two weeks; whether one orders depends
on what they were offered and on how many orders they had before. What a way of deciding earns is the margin less cost
that its decisions have by the truth, a shopper and turn; all turns count, also those in which the service still learns
from the orders that chance made of it. In one shop the number of orders tells shoppers apart, in the other where they
stand between two orders; the service is told either in both. Then sixteen threads on four connections ask at once, and
what was promised is compared with the budget.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
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
from recsvc.serving.offer_chooser import Customers, OfferSettings
from recsvc.serving.offer_desk import OfferDesk, OfferResults
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

STATES = {
    "no_orders": CHANCES["no_orders"],
    "active": {NOTHING: 0.3, "free_shipping": 0.3, "sample": 0.31, "ten_percent": 0.3, "early_access": 0.33},
    "due": {NOTHING: 0.25, "free_shipping": 0.34, "sample": 0.28, "ten_percent": 0.31, "early_access": 0.26},
    "late": {NOTHING: 0.1, "free_shipping": 0.13, "sample": 0.2, "ten_percent": 0.16, "early_access": 0.11},
    "gone": {NOTHING: 0.02, "free_shipping": 0.03, "sample": 0.03, "ten_percent": 0.09, "early_access": 0.02},
}
"""The same of another shop, in which not the number of orders tells shoppers apart, but where they stand."""

TAKES = 0.9
"""Share of those who order and take what they were offered."""

Truth = Mapping[str, Mapping[str, float]]


def n_orders(user_id: str) -> int:
    """Return how many orders a shopper has had: their id says it, and it stays."""
    return int(user_id.partition("-")[0])


def state(user_id: str) -> str:
    """Return where a shopper stands, which has nothing to do with how many orders they had, if any; it stays."""
    return tuple(STATES)[1 + int(user_id.partition("-")[2]) // 6 % 4] if n_orders(user_id) else "no_orders"


def group_of(truth: Truth, user_id: str) -> str:
    """Return the group of a shopper in a shop with that truth."""
    return state(user_id) if truth is STATES else tuple(CHANCES)[n_orders(user_id)]


def earns(truth: Truth, group: str, what: str) -> float:
    """Return margin less cost of a shopper of a group who is offered something, by the truth."""
    cost = 0.0 if what == NOTHING else TAKES * BENEFITS[what].cost
    return truth[group][what] * (MARGIN * ORDER_VALUE - cost)


@dataclass
class World:
    """Shoppers whose orders are counted here, so that a desk may ask for them, and a clock.

    Attributes:
        truth: who orders.
        tells_states: whether the desk is told where shoppers stand.
    """

    store: Store
    rng: np.random.Generator
    truth: Truth
    tells_states: bool = False
    now_us: int = 20_000 * DAY_US

    def context(self, user_id: str, _needed: frozenset[str]) -> ListContext:
        """Return what conditions may ask."""
        return ListContext(n_orders=n_orders(user_id), is_known=True)

    def states(self, user_ids: Sequence[str], _at_us: int) -> dict[str, str]:
        """Return where shoppers stand."""
        return {one: state(one) for one in user_ids if self.tells_states and n_orders(one)}

    def live(self, user_ids: list[str], offered: list[str], offer_ids: list[str | None]) -> float:
        """Let shoppers order, or not, and take what they are offered, or not; return what that earns by the truth."""
        earned, made = 0.0, []
        at_us = self.now_us + DAY_US
        for user_id, what, offer_id in zip(user_ids, offered, offer_ids, strict=True):
            group = group_of(self.truth, user_id)
            earned += earns(self.truth, group, what)
            if self.rng.random() >= self.truth[group][what]:
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
    customers = Customers(world.context, lambda: b"s" * 32, world.states)
    return OfferDesk(world.store, settings, customers, clock=lambda: world.now_us, rng=rng)


def learned(world: World, n_shoppers: int, turns: int) -> tuple[list[float], OfferResults]:
    """Return what the service's own decisions earn, turn by turn, those who are held out included."""
    desk, earned = desk_of(world), []
    for name, benefit in BENEFITS.items():
        desk.put(name, benefit)
    users = shoppers(n_shoppers)
    for _ in track(range(turns), "turns"):
        decisions = [one.decision for one in desk.offers_for(users).values() if one is not None]
        offered = [one.benefit for one in decisions]
        ids = [None if one.benefit == NOTHING else one.offer_id for one in decisions]
        earned.append(world.live(users, offered, ids))
        world.now_us += EVERY_DAYS * DAY_US
        while world.store.offers.settle(world.now_us - EVERY_DAYS * DAY_US + 1, EVERY_DAYS * DAY_US):
            pass
        desk = desk_of(world)  # as after a night: what was learned is read anew
    return earned, desk.results()


def shoppers(n: int) -> list[str]:
    """Return the ids of shoppers, half of whom have had no order, a third one."""
    return [f"{(0, 0, 0, 1, 1, 2)[number % 6]}-{number}" for number in range(n)]


def expected(truth: Truth, n_shoppers: int, choice: Callable[[str], str]) -> float:
    """Return what a choice by the group earns a shopper and turn."""
    groups = [group_of(truth, user_id) for user_id in shoppers(n_shoppers)]
    return float(np.mean([earns(truth, group, choice(group)) for group in groups]))


def table_of(name: str, truth: Truth, n_shoppers: int, turns: int, seed: int) -> tuple[Table, OfferResults]:
    """Return what each way of deciding earns in a shop, and what the desk that knows states says of it."""
    none = expected(truth, n_shoppers, lambda _group: NOTHING)
    rows = {"nothing": none}
    for what in BENEFITS:
        rows[f"{what} for all"] = expected(truth, n_shoppers, lambda _group, what=what: what)  # type: ignore[misc]

    def best_of(group: str) -> str:
        return max(truth[group], key=lambda what: earns(truth, group, what))

    rows["the best for each group, known"] = expected(truth, n_shoppers, best_of)
    for how, tells_states in (("orders", False), ("states", True)):
        with TemporaryDirectory() as directory:
            store = open_store(f"sqlite:///{directory}/offers.db")
            world = World(store, np.random.default_rng(seed), truth, tells_states)
            earned, results = learned(world, n_shoppers, turns)
            store.close()
        rows[f"recsvc by {how}, all turns, a tenth held out"] = float(np.mean(earned))
        rows[f"recsvc by {how}, last {turns // 3} turns"] = float(np.mean(earned[-(turns // 3) :]))
    table = Table("decided by", "earned a shopper and turn", "above none", title=name, box=None)
    for way, value in rows.items():
        table.add_row(way, f"{value:.3f}", f"{value / none - 1:+.1%}")
    return table, results


def budget_kept(directory: Path, budget: float) -> tuple[float, int]:
    """Return what sixteen threads promised together of a budget, and how many offers these are."""
    stores = [open_store(f"sqlite:///{directory}/budget.db") for _ in range(4)]
    worlds = [World(store, np.random.default_rng(number), CHANCES) for number, store in enumerate(stores)]
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
    for name, truth in (("orders tell shoppers apart", CHANCES), ("states tell shoppers apart", STATES)):
        table, found = table_of(name, truth, n_shoppers, turns, seed)
        console.print(table)
        if found.uplift is not None:
            up = found.uplift
            said = f"{up.mean:.3f}, 95 % {up.low:.3f} to {up.high:.3f}"
            console.print(f"uplift as the service says it, by states, a shopper and all turns: {said}")
    with TemporaryDirectory() as directory:
        promised, offered = budget_kept(Path(directory), 100.0)
    console.print(f"{n_shoppers:,} shoppers, {turns} turns; {in_words()}")
    console.print(f"budget 100, cost 3, 16 threads, 2,000 shoppers: {offered} offers, {promised:g} promised")


if __name__ == "__main__":
    main()
