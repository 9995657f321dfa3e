"""The look at a notice right before it is sent: whether it is still so, and what is said of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from recsvc.catalogue.item import Item
from recsvc.clock import to_text
from recsvc.mailing.mail_items import MailItems
from recsvc.mailing.shop_addresses import ShopAddresses
from recsvc.model.model import Model
from recsvc.moments.states import STATES as ALL_STATES
from recsvc.serving.moments import DueItem as DueSoon
from recsvc.serving.moments import ShopperMoment
from recsvc.store.event import DAY_US
from recsvc.store.interest import Look
from recsvc.store.notice_memory import Told
from recsvc.store.notices import Notice, Outcome
from recsvc.store.store import Store
from recsvc.webhooks.occasion import (
    SAME_ORDER_US,
    STATES,
    Fall,
    Kind,
    Limits,
    fall,
    is_back_for,
    is_price_known,
    seen_price,
)
from recsvc.webhooks.payload import BackInStock, DueItem, InState, PriceDrop, ToldItem, Webhook

WEEK_US = 7 * DAY_US


@dataclass(frozen=True)
class Words:
    """How items are described.

    Attributes:
        addresses: of the shop; None where it has not said any.
        currency: of its prices.
        model: returns the model, which knows titles that the catalogue lacks.
    """

    addresses: ShopAddresses | None
    currency: str
    model: Callable[[], Model]

    def of(self, item: Item) -> ToldItem:
        """Return what is said of an item."""
        found = MailItems(self.model(), self.addresses, ()).described(item.item_id, item)
        return ToldItem(
            item_id=item.item_id,
            title=found.title,
            url=found.link,
            image_url=found.picture,
            price=found.price,
            currency=self.currency,
        )


@dataclass(frozen=True)
class Checked:
    """What is to become of a notice.

    Attributes:
        notice: with the price that is told.
        body: to be sent; None where it is not to be.
        outcome: why not; None where it was erased meanwhile, or is to be sent.
    """

    notice: Notice
    body: bytes | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Check:
    """Looks at notices.

    Attributes:
        store: of the shop.
        limits: of the telling.
        kinds: that are told.
        words: for items.
        moment_of: returns the moment of a shopper, as ``ShopperMoments`` does.
    """

    store: Store
    limits: Limits
    kinds: frozenset[str]
    words: Words
    moment_of: Callable[[str, int], ShopperMoment | None]

    def look(self, notice: Notice, now_us: int) -> Checked:
        """Return what is to become of a notice now; raises StoreError, and NoModelError before there is a model."""
        if notice.kind not in self.kinds:
            return Checked(notice, outcome=Outcome.OVER)
        said = self.store.objections.of(notice.user_id)
        if said is not None and said.objects:
            return Checked(notice, outcome=Outcome.OBJECTS)
        lately = self.store.memory.n_lately([notice.user_id], now_us - WEEK_US, is_sent=True)
        if lately[notice.user_id] >= self.limits.per_week:
            return Checked(notice, outcome=Outcome.CAPPED)
        kind = Kind(notice.kind)
        data = self._of_state(notice, kind, now_us) if kind in STATES else self._of_item(notice, kind, now_us)
        if data is None:
            return Checked(notice, outcome=Outcome.OVER)
        # This is the last question, because the shopper may have been erased during those before.
        if not self.store.notices.is_waiting(notice.webhook_id):
            return Checked(notice)
        price = data.item.price if isinstance(data, PriceDrop) else None
        happened_us = notice.created_at_us if kind in STATES else notice.occasion_us
        body = Webhook(type=kind, timestamp=to_text(happened_us), data=data)
        return Checked(replace(notice, price=price), body.to_bytes())

    def _of_item(self, notice: Notice, kind: Kind, now_us: int) -> BackInStock | PriceDrop | None:
        item = self.store.catalogue.get(notice.item_id)
        look = self.store.interest.look_of(notice.user_id, notice.item_id, now_us - self.limits.look_us)
        if item is None or look is None or not item.is_sold_at(now_us):
            return None
        key = (notice.user_id, notice.item_id)
        told = self.store.memory.of_items(kind, [notice.user_id], [notice.item_id], is_sent=True).get(key)
        looked_at = to_text(look.looked_at_us)
        if kind is Kind.BACK_IN_STOCK:
            is_still_so = is_back_for(look, notice.occasion_us, told)
            said = BackInStock(user_id=notice.user_id, item=self.words.of(item), looked_at=looked_at)
            return said if is_still_so else None
        found = self._fall(item, look, told)
        if found is None:
            return None
        return PriceDrop(
            user_id=notice.user_id, item=self.words.of(item), was_price=found.was_price, looked_at=looked_at
        )

    def _fall(self, item: Item, look: Look, told: Told | None) -> Fall | None:
        listening = self.store.sender.listening()
        if item.price is None or listening is None or not is_price_known(look, listening.since_us):
            return None
        changes = self.store.item_changes.of_items([item.item_id]).get(item.item_id, [])
        return fall(look, seen_price(changes, look.looked_at_us, item.price), item.price, told, self.limits)

    def _of_state(self, notice: Notice, kind: Kind, now_us: int) -> InState | None:
        found = self.moment_of(notice.user_id, now_us)
        if found is None or found.moments is None:
            return None
        state = ALL_STATES[int(found.moments.states[0])]
        if state is not STATES[kind] or abs(found.last_order_us - notice.occasion_us) >= SAME_ORDER_US:
            return None
        since_us = now_us - round(float(found.moments.state_since_days[0]) * DAY_US)
        return InState(
            user_id=notice.user_id,
            state=state.value,
            state_since=to_text(since_us),
            last_order_at=to_text(found.last_order_us),
            orders=found.orders,
            due=self._due(found.due, now_us),
        )

    def _due(self, due: tuple[DueSoon, ...], now_us: int) -> list[DueItem]:
        known = self.store.catalogue.get_many([one.item_id for one in due])
        return [
            DueItem(
                **self.words.of(known[one.item_id]).model_dump(), chance_7_days=round(one.chance_7_days, 4)
            )
            for one in due
            if one.item_id in known and known[one.item_id].is_sold_at(now_us)
        ]
