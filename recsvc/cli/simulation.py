"""Fills the store of the demo with made-up visits: lists are asked for, and events told, over HTTP as a shop would."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.request import Request

from rich.console import Console
from rich.progress import Progress

from recsvc.cli.simulated_experiment import SimulatedExperiment
from recsvc.cli.simulated_visits import ShownList, SimulatedShoppers
from recsvc.model.model import Model
from recsvc.outcomes.recommendation_id import RecommendationIds
from recsvc.ranking.query import Placement, UserKey
from recsvc.store.store import Store

SHOPPERS = 450
LISTS = (Placement.FOR_YOU, Placement.DISCOVER, Placement.BUY_AGAIN)
LIST_LENGTH = 6
EVENTS_AT_ONCE = 1000
CLIENTS = 2
ASKING_SECONDS = 15
"""On a busy machine, fewer shoppers come."""

EPOCH = date(1970, 1, 1)

Ask = Callable[[Request], dict[str, Any]]


@dataclass(frozen=True)
class Simulation:
    """Makes up what shoppers do.

    Attributes:
        console: shows how far it is.
        ask: sends a request, and returns what is answered.
        base: address of the service.
        model: that the service answers from.
        store: of the service; knows prices, and the secret that ids of past days' lists are signed with.
    """

    console: Console
    ask: Ask
    base: str
    model: Model
    store: Store

    def run(self, days: Sequence[date], experiment: SimulatedExperiment | None = None) -> None:
        """Let shoppers come on ``days``, some of whom ``experiment`` holds out from its start on.

        Raises StoreError, and URLError where the service is gone.
        """
        shoppers = SimulatedShoppers(self.model, self._prices(), days)
        chosen = shoppers.chosen(max(1, SHOPPERS * len(days) // 28))
        deadline = time.monotonic() + ASKING_SECONDS
        with Progress(console=self.console, transient=True, disable=not self.console.is_terminal) as progress:
            task = progress.add_task("Simulate four weeks of visits", total=len(chosen) + 1)
            earlier: dict[int, list[ShownList]] = {}
            if experiment is not None:
                chosen, earlier = self._begin(experiment, shoppers, chosen, deadline)
            waiting: list[dict[str, Any]] = []
            n_shoppers = 0
            for user_index, lists in self._ask_for(chosen, deadline):
                before = earlier.get(user_index, lists)
                visits = {
                    day: self._as_of(day, before, is_tried=False)
                    if experiment is not None and day < experiment.start
                    else self._as_of(day, lists)
                    for day in shoppers.visits_of(user_index)
                }
                waiting += shoppers.events_of(user_index, visits)
                n_shoppers += 1
                progress.advance(task)
            self._post(waiting)
        self._tell(len(days), n_shoppers, Counter(event["type"] for event in waiting))

    def _begin(
        self,
        experiment: SimulatedExperiment,
        shoppers: SimulatedShoppers,
        chosen: Sequence[int],
        deadline: float,
    ) -> tuple[list[int], dict[int, list[ShownList]]]:
        """Start the experiment; return who comes, and the lists that those who are held out had until then.

        Where there is no time to ask for all of these lists, whoever stands behind the last one does not come: the
        groups stay of the size that they should be.
        """
        held_out = [one for one in chosen if experiment.is_held_out(self._key_of(one))]
        wanted = [one for one in held_out if shoppers.visits_of(one)[0] < experiment.start]
        half = time.monotonic() + (deadline - time.monotonic()) / 2
        earlier = dict(self._ask_for(wanted, half))
        missing = next((one for one in wanted if one not in earlier), None)
        coming = list(chosen if missing is None else chosen[: list(chosen).index(missing)])
        if held_out:
            experiment.put(self.store, lambda: not self._lists_for(held_out[0])[0].item_ids)
        return coming, earlier

    def _ask_for(self, chosen: Iterable[int], deadline: float) -> Iterator[tuple[int, list[ShownList]]]:
        """Yield shoppers and their lists in this order, as far as there is time."""
        with ThreadPoolExecutor(CLIENTS) as clients:
            given = [(one, clients.submit(self._lists_for, one)) for one in chosen]
            for user_index, lists in given:
                if time.monotonic() > deadline:
                    clients.shutdown(wait=True, cancel_futures=True)
                    return
                yield user_index, lists.result()

    def _key_of(self, user_index: int) -> UserKey:
        return UserKey("user", self.model.users.id_of(user_index))

    def _tell(self, n_days: int, n_shoppers: int, counts: Counter[str]) -> None:
        self.console.print(
            f"Simulated {n_days} days of visits by {n_shoppers:,} shoppers: {counts['impression']:,} suggestions "
            f"shown, {counts['click']:,} clicks, {counts['purchase']:,} purchases, {counts['return']:,} returns.\n",
            highlight=False,
        )

    def _prices(self) -> dict[str, float]:
        items = self.store.catalogue.get_many(list(self.model.items.ids))
        return {item_id: item.price for item_id, item in items.items() if item.price is not None}

    def _lists_for(self, user_index: int) -> list[ShownList]:
        wanted = [{"name": str(one), "placement": str(one), "n": LIST_LENGTH} for one in LISTS]
        body = {"user_id": self.model.users.id_of(user_index), "placements": wanted}
        answer = self._send("/v1/recommend/page", body)
        return [
            ShownList(one["recommendation_id"], tuple(item["item_id"] for item in one["items"]))
            for one in answer["lists"]
        ]

    def _as_of(self, day: date, lists: Iterable[ShownList], *, is_tried: bool = True) -> list[ShownList]:
        """Return the lists as if they had been given on that day; without ``is_tried``, in no experiment."""
        ids, as_of = RecommendationIds(self.store.secret("recsvc lists")), []
        for shown in lists:
            origin = ids.read(shown.recommendation_id)
            if origin is not None:
                then = replace(origin, day=(day - EPOCH).days, variant=origin.variant if is_tried else "")
                name = ids.write(then, shown.recommendation_id.encode(), origin.kinds)
                as_of.append(replace(shown, recommendation_id=name))
        return as_of

    def _post(self, events: Sequence[dict[str, Any]]) -> None:
        for start in range(0, len(events), EVENTS_AT_ONCE):
            self._send("/v1/events", {"events": events[start : start + EVENTS_AT_ONCE]})

    def _send(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        return self.ask(Request(self.base + path, json.dumps(body).encode(), headers))  # noqa: S310 - http on loopback
