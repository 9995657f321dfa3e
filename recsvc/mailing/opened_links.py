"""What happens when a link of a mail is opened: the click is counted, and the shopper comes to what is in stock."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from recsvc.catalogue.item import Item
from recsvc.clock import now_us
from recsvc.errors import StoreError
from recsvc.identity.nobody import Guests
from recsvc.mailing.link_tokens import PURPOSE, LinkPlace, LinkTokens
from recsvc.mailing.shop_addresses import ShopAddresses
from recsvc.serving.follower import GuardedStore
from recsvc.store.event import Event, EventType
from recsvc.store.mailed_lists import MailedList, event_id_of
from recsvc.store.store import Store

CHANNEL = "email"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Landing:
    """Where a link leads: an address of the shop, and the item there; None for the front page."""

    address: str
    item_id: str | None = None


class OpenedLinks:
    """Resolves links, and counts the clicks of people.

    Args:
        addresses: of the shop; without any, links lead nowhere.
        guarded: the store that is asked where a link leads.
        store: takes the clicks.
        is_sold: whether an item may be shown now.
        guests: returns who is nobody.
        on_click: is told whose lists may have changed.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - where links lead, and what is asked and told
        self,
        addresses: ShopAddresses | None,
        guarded: GuardedStore,
        store: Store,
        is_sold: Callable[[Item], bool],
        guests: Callable[[], Guests],
        on_click: Callable[[frozenset[str], frozenset[str]], None],
    ) -> None:
        self._addresses = addresses
        self._guarded = guarded
        self._store = store
        self._is_sold = is_sold
        self._guests = guests
        self._on_click = on_click
        self._tokens = LinkTokens(lambda: _secret(guarded))

    def open(self, token: str, *, is_person: bool) -> str | None:
        """Return where the link with ``token`` leads now; None where the shop has no links.

        A link that was made up, has ended or is of an erased shopper leads to the front page, and so does every link
        while the store does not answer: a shopper who clicked wants to see the shop. The click of a person is counted
        once, however often the link is opened.
        """
        addresses = self._addresses
        if addresses is None:
            return None
        try:
            place = self._tokens.read(token)
        except StoreError:
            return addresses.front
        mailed = None if place is None else self._guarded.ask(lambda store: store.mailed.get(place.list_key))
        if place is None or mailed is None or not _is_valid(mailed, place, now_us()):
            return addresses.front
        landing = self._landing(addresses, mailed, place)
        if is_person:
            self._count(mailed, place, landing)
        return landing.address

    def _landing(self, addresses: ShopAddresses, mailed: MailedList, place: LinkPlace) -> Landing:
        """Return the page of the item at ``place``, else of the first spare one that can be sold."""
        wanted = [mailed.item_ids[place.place - 1], *mailed.item_ids[mailed.n_shown :]]
        known = self._guarded.ask(lambda store: store.catalogue.get_many(wanted)) or {}
        for item_id in wanted:
            item = known.get(item_id)
            address = None if item is None or not self._is_sold(item) else addresses.own(item.url)
            if address is not None:
                return Landing(address, item_id)
        return Landing(addresses.front)

    def _count(self, mailed: MailedList, place: LinkPlace, landing: Landing) -> None:
        """Store the click on the item that the shopper comes to, at the place of the link; log where that fails."""
        at_us = now_us()
        click = Event(
            EventType.CLICK,
            landing.item_id or mailed.item_ids[place.place - 1],
            at_us,
            at_us,
            user_id=mailed.user_id,
            channel=CHANNEL,
            event_id=event_id_of(mailed.list_key, place.place),
            recommendation_id=mailed.recommendation_id,
            position=place.place,
        )
        try:
            appended = self._store.events.append([click], self._guests())
            if appended.accepted and self._store.mailed.note_opened(mailed.list_key, place.place, at_us):
                self._on_click(appended.user_ids, appended.session_ids)
        except StoreError as error:
            _log.warning("mail_click_not_counted", error=type(error).__name__)


def _is_valid(mailed: MailedList, place: LinkPlace, at_us: int) -> bool:
    return place.place <= mailed.n_shown and at_us < mailed.ends_at_us


def _secret(guarded: GuardedStore) -> bytes:
    from_store = guarded.ask(lambda store: store.secret(PURPOSE))
    if from_store is None:
        raise StoreError("the secret of the links is in the store, which does not answer")
    return from_store
