"""Rows of an export, made by the way on which lists are served."""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from recsvc.cache.finished_list import FinishedList
from recsvc.catalogue.item import Item
from recsvc.clock import to_text
from recsvc.mailing.export_plan import ExportPlan
from recsvc.mailing.foreseen_users import ForeseenUsers
from recsvc.mailing.link_tokens import PURPOSE, LinkPlace, LinkTokens
from recsvc.mailing.mail_items import Described, MailItems
from recsvc.mailing.mail_row import MailItem, MailOffer, MailRow
from recsvc.ranking.explain.because import because
from recsvc.ranking.explain.explanation import Explanation, Standing
from recsvc.ranking.explain.languages.all import language_of
from recsvc.ranking.explain.languages.en import ENGLISH
from recsvc.ranking.explain.languages.language import Language
from recsvc.ranking.explain.told import Told
from recsvc.ranking.query import Placement, Query, Reason, Recommendation, Strategy
from recsvc.serving.live_model import LiveVersion
from recsvc.serving.offer_desk import OfferDesk
from recsvc.serving.resolved_query import ResolvedQuery
from recsvc.serving.shop import Shop
from recsvc.serving.warm_up import personal_query
from recsvc.settings.settings import Settings
from recsvc.store.mailed_lists import KEY_BYTES, MailedList
from recsvc.store.store import Store

ERASED, HELD_OUT, TOO_SHORT = "erased", "held_out", "too_short"
"""Why a shopper has no row."""


@dataclass(frozen=True)
class Made:
    """The rows of some shoppers.

    Attributes:
        rows: in the order of the shoppers.
        mailed: the same, as the store keeps them.
        left_out: how many shoppers have no row, by the reason.
    """

    rows: tuple[MailRow, ...]
    mailed: tuple[MailedList, ...]
    left_out: Counter[str]


@dataclass(frozen=True)
class _List:
    user_id: str
    recommendation_id: str
    items: tuple[Recommendation, ...]


class ListRows:
    """Makes rows from ``live`` and the shop as it is now.

    Args:
        live: the version that ranks.
        shop: whose ``catalogue`` takes what is unfit for a mail for unavailable.
        store: knows what items are called, and what the last mails held.
        plan: what is exported.
        items: says what a mail tells of items.
        settings: of the shop.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what rows are made from
        self,
        live: LiveVersion,
        shop: Shop,
        store: Store,
        plan: ExportPlan,
        items: MailItems,
        settings: Settings,
    ) -> None:
        self._live = live
        self._users = ForeseenUsers(shop.users, store.events)
        self._shop = replace(shop, users=self._users)
        self._store = store
        self._plan = plan
        self._items = items
        self._language = language_of(plan.language) or ENGLISH
        self._tokens = LinkTokens(lambda: store.secret(PURPOSE))
        self._query = personal_query(shop.rules, plan.placement, plan.n)
        self._said: dict[str, tuple[Item | None, Described]] = {}
        self._desk = OfferDesk.of(store, settings, lambda: live, self._shop)

    def of(self, user_ids: Sequence[str]) -> Made:
        """Return the rows of shoppers; raises StoreError."""
        left_out, lists = Counter[str](), list[_List]()
        plan = self._plan
        seen = self._store.mailed.shown_lately(user_ids, plan.not_in_last) if plan.not_in_last else {}
        self._users.foresee(user_ids)
        for user_id in user_ids:
            made = self._list_of(user_id, seen.get(user_id, ()))
            if isinstance(made, str):
                left_out[made] += 1
            else:
                lists.append(made)
        offers = self._offers([one.user_id for one in lists])
        pairs = self._described(lists, offers)
        rows, mailed = tuple(row for row, _ in pairs), tuple(kept for _, kept in pairs)
        return Made(rows, mailed, left_out)

    def _list_of(self, user_id: str, seen: tuple[str, ...]) -> _List | str:
        """Return the list of a shopper, or why there is none."""
        if self._shop.erasures.holds(user_id):
            return ERASED
        query = replace(self._query, user_id=user_id, exclude=seen)
        resolved = ResolvedQuery.of(self._live, query, self._shop)
        if resolved.is_hold_out:
            return HELD_OUT
        made = resolved.make()
        unavailable = self._shop.catalogue.unavailable_ids(resolved.live)
        finished = FinishedList.of(made)
        shown = finished.available(unavailable | resolved.unknown)[: self._plan.n + self._plan.n_spares]
        if min(len(shown), query.n) < self._plan.at_least:
            return TOO_SHORT
        by_id = {item.item_id: item for item in made.items}
        name = self._shop.ids.name(resolved.key, query.asked_for, resolved.variant, finished, shown)
        return _List(user_id, name, tuple(by_id[row[0]] for row in shown))

    def _offers(self, user_ids: Sequence[str]) -> dict[str, MailOffer]:
        """Return what is offered to shoppers, where that is wanted: from now on it is promised to them."""
        found = self._desk.offers_for(user_ids) if self._plan.has_offers else {}
        return {
            user_id: MailOffer(
                one.benefit.title,
                one.benefit.code,
                self._items.address(one.benefit.url),
                to_text(one.decision.expires_at_us),
            )
            for user_id, one in found.items()
            if one is not None and one.benefit is not None
        }

    def _described(
        self, lists: Sequence[_List], offers: Mapping[str, MailOffer]
    ) -> list[tuple[MailRow, MailedList]]:
        shown = {item.item_id for one in lists for item in one.items}
        behind = {item_id for one in lists for item in one.items for item_id in item.reason.item_ids}
        known = self._store.catalogue.get_many(sorted(shown | behind))
        said = {item_id: self._said_of(item_id, known.get(item_id)) for item_id in shown | behind}
        titles = {item_id: one.title for item_id, one in said.items() if one.title}
        return [self._row(one, said, titles, offers.get(one.user_id)) for one in lists]

    def _said_of(self, item_id: str, item: Item | None) -> Described:
        """Return what a mail says of an item; it is worked out once for as long as the catalogue says the same."""
        before = self._said.get(item_id)
        if before is None or before[0] != item:
            before = self._said[item_id] = (item, self._items.described(item_id, item))
        return before[1]

    def _row(
        self,
        made: _List,
        said: Mapping[str, Described],
        titles: Mapping[str, str],
        offer: MailOffer | None,
    ) -> tuple[MailRow, MailedList]:
        key, n = secrets.token_bytes(KEY_BYTES), self._plan.n
        items = [
            MailItem(
                item_id=one.item_id,
                title=said[one.item_id].title,
                link=said[one.item_id].link if place > n else self._link(said[one.item_id], key, place),
                picture=said[one.item_id].picture,
                price=said[one.item_id].price,
                reason=str(one.reason.type),
                why=why(one.item_id, one.reason, titles, self._language),
            )
            for place, one in enumerate(made.items, start=1)
        ]
        row = MailRow(made.user_id, made.recommendation_id, tuple(items[:n]), tuple(items[n:]), offer)
        ids = tuple(item.item_id for item in items)
        return row, MailedList(key, made.user_id, made.recommendation_id, ids, len(row.items))

    def _link(self, said: Described, key: bytes, place: int) -> str | None:
        """Return the link at a place of a mail: one that is resolved when it is opened, where these are wanted."""
        base = self._plan.link_base
        return said.link if base is None else f"{base}/r/{self._tokens.write(LinkPlace(key, place))}"


def unlearned(live: LiveVersion, known: Iterable[str]) -> list[str]:
    """Return the items of ``live`` that are not among ``known``: a mail can say nothing of them."""
    items = live.recommender.model.items
    found = set(items.indices_of(known))
    return [items.id_of(index) for index in range(len(items)) if index not in found]


def query_of(plan: ExportPlan, shop: Shop) -> Query:
    """Return what is asked for each shopper; raises what ``personal_query`` raises."""
    return personal_query(shop.rules, plan.placement, plan.n)


def why(item_id: str, reason: Reason, titles: Mapping[str, str], language: Language) -> str:
    """Return what follows "because"; "" where nothing that is true can be said without a closer look at the list.

    A full explanation looks at each candidate of the list again, which is too much for all shoppers; what only that
    could tell, such as how well an item sells, is not said.
    """
    of_a_list = Explanation(Strategy.PERSONALIZED, 1, 1, Placement.FOR_YOU, candidate_rank=1)
    return because(Told(of_a_list, item_id, Standing.KNOWN, titles, language), reason)
