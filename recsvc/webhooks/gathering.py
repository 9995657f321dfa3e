"""Changes of items become notices of shoppers."""

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from recsvc.catalogue.item import Item
from recsvc.store.interest import Look
from recsvc.store.item_changes import ItemChange
from recsvc.store.notice_memory import Told
from recsvc.store.notices import Notice
from recsvc.store.store import Store
from recsvc.webhooks.checking import WEEK_US
from recsvc.webhooks.occasion import (
    Kind,
    Limits,
    back_since,
    fall,
    is_back_for,
    is_lower,
    is_price_known,
    is_settled,
    seen_price,
)

CHANGES_AT_ONCE = 300
LOOKS_AT_ONCE = 20_000
NOTICES_AT_ONCE = 1_000
"""Nobody else writes while so many are stored: some hundredths of a second."""

MOST_WAITING = 20_000
"""While so many wait, no more are made: what the shop changed waits instead, which takes less room."""


def new_id() -> str:
    """Return an id for a webhook; it tells nothing."""
    return f"msg_{secrets.token_hex(16)}"


@dataclass(frozen=True)
class ItemNews:
    """What is new of one item: it is back, or its price is another, or both.

    Attributes:
        item: as it is now, and can be sold.
        changes: of it, oldest first.
        back_at_us: since when it is back; None where that is not new.
        price_at_us: when its price changed; None where that is not new.
        since_us: since when changes of it were noted.
    """

    item: Item
    changes: Sequence[ItemChange]
    back_at_us: int | None
    price_at_us: int | None
    since_us: int


@dataclass(frozen=True)
class Gathering:
    """Finds out whom changes concern.

    Attributes:
        store: of the shop.
        limits: of the telling.
        kinds: that are told.
    """

    store: Store
    limits: Limits
    kinds: frozenset[str]

    def gather(self, now_us: int, at_once: int = CHANGES_AT_ONCE) -> bool:
        """Look at the next changes that are settled, ``at_once``; return whether there may be more. Raises StoreError.

        Ended at any moment, it begins with the same changes again, and makes no notice twice.
        """
        listening = self.store.sender.listening()
        if listening is None or self.store.notices.n_waiting() >= MOST_WAITING:
            return False
        found = self.store.item_changes.after(listening.cursor, at_once)
        changes = list(takewhile(lambda one: is_settled(one, now_us, self.limits), found))
        if not changes:
            return False
        looked_at = self.store.interest.looked_at(
            {one.item_id for one in changes}, now_us - self.limits.look_us
        )
        fresh = [one for one in changes if one.at_us >= listening.since_us]
        if not self._queue(self._news(fresh, looked_at, listening.since_us, now_us), now_us):
            return False
        self.store.sender.advance(changes[-1].number)
        # A price of before a look is known from the changes after it: what nobody looked at needs none.
        self.store.item_changes.forget([one.number for one in changes if one.item_id not in looked_at])
        return len(changes) == at_once

    def _news(
        self, changes: Sequence[ItemChange], looked_at: frozenset[str], since_us: int, now_us: int
    ) -> list[ItemNews]:
        """Return what is new of the items that anybody looked at; a change that another one followed says nothing."""
        item_ids = {one.item_id for one in changes if one.item_id in looked_at}
        histories, items = self.store.item_changes.of_items(item_ids), self.store.catalogue.get_many(item_ids)
        numbers, found = {one.number for one in changes}, []
        for item_id in sorted(items):
            item, history = items[item_id], histories.get(item_id, [])
            newest = {one.is_price: one for one in history}
            stock, price = newest.get(False), newest.get(True)
            is_back = stock is not None and stock.number in numbers and Kind.BACK_IN_STOCK in self.kinds
            is_priced = price is not None and price.number in numbers and self._may_be_lower(item, history)
            back_at_us = back_since(history, self.limits) if is_back else None
            price_at_us = price.at_us if price is not None and is_priced else None
            if item.is_sold_at(now_us) and (back_at_us is not None or price_at_us is not None):
                found.append(ItemNews(item, history, back_at_us, price_at_us, since_us))
        return found

    def _may_be_lower(self, item: Item, history: Sequence[ItemChange]) -> bool:
        highest = max((one.was_price or 0.0 for one in history), default=0.0)
        is_known = item.price is not None and Kind.PRICE_DROP in self.kinds
        return is_known and is_lower(item.price or 0.0, highest, self.limits)

    def _queue(self, news: Sequence[ItemNews], now_us: int) -> bool:
        """Queue the notices of ``news``; return False where too many wait."""
        by_id = {one.item.item_id: one for one in news}
        if not by_id:
            return True
        objecting = self.store.objections.all()
        for page in self.store.interest.pages(list(by_id), now_us - self.limits.look_us, LOOKS_AT_ONCE):
            looks = [one for one in page if one.is_open and one.user_id not in objecting]
            notices = self._notices(by_id, looks, now_us) if looks else iter(())
            while part := list(islice(notices, NOTICES_AT_ONCE)):
                self.store.notices.queue(part)
                if self.store.notices.n_waiting() >= MOST_WAITING:
                    return False
        return True

    def _notices(self, by_id: Mapping[str, ItemNews], looks: Sequence[Look], now_us: int) -> Iterator[Notice]:
        """Yield the notices of shoppers, at most so many a week; of what is back and costs less, the former alone."""
        users, items = {one.user_id for one in looks}, {one.item_id for one in looks}
        lately: Counter[str] = self.store.memory.n_lately(users, now_us - WEEK_US)
        back = set[tuple[str, str]]()
        for kind in (Kind.BACK_IN_STOCK, Kind.PRICE_DROP):
            told = self.store.memory.of_items(kind, users, items)
            for look in sorted(looks, key=lambda one: -one.looked_at_us):
                key = (look.user_id, look.item_id)
                occasion = self._occasion(kind, by_id[look.item_id], look, told.get(key))
                if occasion is not None and key not in back and lately[look.user_id] < self.limits.per_week:
                    lately[look.user_id] += 1
                    back.add(key)
                    at_us, price = occasion
                    yield Notice(new_id(), kind, look.user_id, look.item_id, at_us, price, now_us, now_us)

    def _occasion(
        self, kind: Kind, news: ItemNews, look: Look, told: Told | None
    ) -> tuple[int, float | None] | None:
        """Return when it happened, and the price that is told; None where there is nothing to tell."""
        if kind is Kind.BACK_IN_STOCK:
            is_so = news.back_at_us is not None and is_back_for(look, news.back_at_us, told)
            return (news.back_at_us, None) if is_so and news.back_at_us is not None else None
        price = news.item.price
        if news.price_at_us is None or price is None or not is_price_known(look, news.since_us):
            return None
        found = fall(look, seen_price(news.changes, look.looked_at_us, price), price, told, self.limits)
        return None if found is None else (news.price_at_us, found.price)
