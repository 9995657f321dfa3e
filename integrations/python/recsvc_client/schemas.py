"""Written by integrations/client_schemas.py from /openapi.json of the service: run it again, change nothing here."""

from __future__ import annotations

from typing import Any, Literal, TypedDict


class AudienceRequest(TypedDict, total=False):
    """For which items: some, or all of a category."""

    category: str | None
    item_ids: list[str] | None
    n: int
    owners: OwnersAre
    precision: float | None


class AudienceResponse(TypedDict):
    """Who is most likely to buy."""

    considered: int
    expected_buyers: float
    horizon_days: float
    item_ids: list[str]
    model_version: str
    owners_left_out: list[str]
    shoppers: list[AudienceShopper]
    size_for_precision: SizeForPrecision | None


class AudienceShopper(TypedDict):
    """One shopper of an audience."""

    probability: float
    user_id: str


class CatalogueItem(TypedDict):
    """An item of the catalogue."""

    attributes: dict[str, Any]
    available_from: str | None
    available_until: str | None
    categories: list[str]
    group_id: str | None
    image_url: str | None
    in_stock: bool
    item_id: str
    price: float | None
    title: str | None
    updated_at: str
    url: str | None


class Due(TypedDict):
    """An item that the shopper may soon buy again."""

    chance_7_days: float
    item_id: str
    last_ordered_at: str
    orders: int


class EventBatch(TypedDict):
    """Up to 1,000 events."""

    events: list[EventFields]


class _EventFieldsNeeds(TypedDict):
    item_id: str
    type: EventType


class EventFields(_EventFieldsNeeds, total=False):
    """What a shopper did with an item; `user_id` or `session_id` is required."""

    channel: str | None
    consent: bool
    event_id: str | None
    occurred_at: str | None
    order_id: str | None
    position: int | None
    quantity: float
    recommendation_id: str | None
    seen: bool
    session_id: str | None
    unit_price: float | None
    user_id: str | None


EventType = Literal["purchase", "return", "add_to_cart", "view", "wishlist", "like", "dislike", "impression", "click"]


class _EventsResponseNeeds(TypedDict):
    accepted: int
    duplicates: int
    ignored: int


class EventsResponse(_EventsResponseNeeds, total=False):
    """What became of the events."""

    rejected: list[Rejected]


class _ItemEntryNeeds(TypedDict):
    item_id: str


class ItemEntry(_ItemEntryNeeds, total=False):
    """An item among several."""

    attributes: dict[str, str | bool | int | float | list[str | bool | int | float]]
    available_from: str | None
    available_until: str | None
    categories: list[str]
    group_id: str | None
    image_url: str | None
    in_stock: bool
    price: float | None
    title: str | None
    url: str | None


class ItemFields(TypedDict, total=False):
    """What the shop knows of an item; all of it may be left out."""

    attributes: dict[str, str | bool | int | float | list[str | bool | int | float]]
    available_from: str | None
    available_until: str | None
    categories: list[str]
    group_id: str | None
    image_url: str | None
    in_stock: bool
    price: float | None
    title: str | None
    url: str | None


class _ItemModelNeeds(TypedDict):
    item_id: str
    rank: int
    reason: ReasonModel
    score: float
    source: Source


class ItemModel(_ItemModelNeeds, total=False):
    """One item of a list."""

    attributes: dict[str, Any] | None
    available_from: str | None
    available_until: str | None
    categories: list[str] | None
    group_id: str | None
    image_url: str | None
    in_stock: bool | None
    price: float | None
    title: str | None
    url: str | None


class ItemPatch(TypedDict, total=False):
    """What changes; a field that is left out stays. Attributes change one by one, and null removes one."""

    attributes: dict[str, str | bool | int | float | list[str | bool | int | float] | None]
    available_from: str | None
    available_until: str | None
    categories: list[str]
    group_id: str | None
    image_url: str | None
    in_stock: bool
    price: float | None
    title: str | None
    url: str | None


class _ItemsResponseNeeds(TypedDict):
    accepted: int


class ItemsResponse(_ItemsResponseNeeds, total=False):
    """What became of the items."""

    rejected: list[Rejected]


class Mail(TypedDict):
    """A list that was exported for a mail to the shopper."""

    exported_at: str
    item_ids: list[str]
    opened: dict[str, str]
    recommendation_id: str
    shown: int


class MergeFields(TypedDict, total=False):
    """A session or a second account that is to be joined to the shopper."""

    from_session_id: str | None
    from_user_id: str | None


class MergeResponse(TypedDict):
    """What was joined."""

    events: int
    user_id: str


class _MergedIdNeeds(TypedDict):
    elsewhere: dict[str, Any]
    merged_at: str


class MergedId(_MergedIdNeeds, total=False):
    """A session or account that was joined to the shopper."""

    session_id: str | None
    user_id: str | None


class MomentResponse(TypedDict):
    """When a shopper orders next."""

    at: str
    chances: dict[str, float] | None
    due: list[Due]
    is_learned: bool
    last_order_at: str
    model_version: str
    next_order: NextOrder | None
    next_state: State | None
    next_state_at: str | None
    not_learned: str | None
    orders: int
    state: State | None
    state_since: str | None
    user_id: str
    usual_gap_days: float | None


class NextOrder(TypedDict):
    """By when the next order comes; a bound is null where it is not to be expected within two years."""

    p10: str | None
    p50: str | None
    p90: str | None


class OfferModel(TypedDict):
    """What is offered."""

    benefit: str
    code: str | None
    offer_id: str
    title: str
    url: str | None
    valid_until: str


class OfferResponse(TypedDict):
    """What to offer to a shopper now."""

    decided_at: str | None
    offer: OfferModel | None
    user_id: str | None
    why: str


OwnersAre = Literal["auto", "left_out", "welcome"]


class _PageListRequestNeeds(TypedDict):
    name: str


class PageListRequest(_PageListRequestNeeds, total=False):
    """One list of the page."""

    category: str | None
    item_ids: list[str]
    n: int
    placement: str


class PageListResponse(TypedDict):
    """A list, as `/v1/recommend` answers it, and what the page calls it."""

    items: list[ItemModel]
    model_version: str
    name: str
    placement: str
    recommendation_id: str
    strategy: Strategy
    user_id: str | None


class _PageRequestNeeds(TypedDict):
    placements: list[PageListRequest]


class PageRequest(_PageRequestNeeds, total=False):
    """Which lists, for whom."""

    consent: bool
    exclude: list[str]
    fields: str | None
    session_id: str | None
    user_id: str | None


class PageResponse(TypedDict):
    """The lists in the order asked for; no item, and no product in two variants, is in two of them."""

    lists: list[PageListResponse]
    user_id: str | None


PostedEvents = EventFields | EventBatch


class ProfilingAnswer(TypedDict):
    """What a shopper said of being profiled, and when."""

    allowed: bool
    said_at: str


class ProfilingFields(TypedDict):
    """Whether a shopper may be profiled."""

    allowed: bool


class _RankRequestNeeds(TypedDict):
    item_ids: list[str]


class RankRequest(_RankRequestNeeds, total=False):
    """Which items, for whom."""

    consent: bool
    own_weight: float
    session_id: str | None
    user_id: str | None


class RankResponse(TypedDict):
    """All items that were sent, in the order that suits the shopper."""

    item_ids: list[str]
    model_version: str
    recommendation_id: str
    strategy: Literal["personalized", "folded_in", "as_given"]
    user_id: str | None


class _ReasonModelNeeds(TypedDict):
    type: ReasonType


class ReasonModel(_ReasonModelNeeds, total=False):
    """Why an item is in the list."""

    every_days: int | None
    item_ids: list[str]
    last_days_ago: int | None


ReasonType = Literal["because_you_bought", "your_taste", "you_buy_this_regularly", "you_bought_this", "similar_to_item", "also_bought", "bought_with_your_cart", "trending", "popular", "pinned", "new"]


class Receipt(TypedDict):
    """Confirms that a shopper was erased; it holds no id of the shopper."""

    erased_at: str
    events: int
    merged: int
    receipt_id: str


class RecommendRequest(TypedDict, total=False):
    """Which list, for whom, of how many items."""

    category: str | None
    consent: bool
    exclude: list[str]
    fields: str | None
    item_id: list[str]
    n: int
    placement: str
    session_id: str | None
    user_id: str | None


class RecommendResponse(TypedDict):
    """A list, best first."""

    items: list[ItemModel]
    model_version: str
    placement: str
    recommendation_id: str
    strategy: Strategy
    user_id: str | None


class Rejected(TypedDict):
    """One of a batch that was not stored."""

    detail: str
    index: int


class SizeForPrecision(TypedDict):
    """How large an audience may be."""

    expected_buyers: float
    precision: float
    size: int


Source = Literal["als", "co_purchase", "similar", "repurchase", "category", "trending", "popular", "rule"]


State = Literal["new", "active", "due", "late", "away", "gone"]


class StoredEvent(TypedDict):
    """An event as it is stored."""

    channel: str | None
    event_id: str | None
    item_id: str
    occurred_at: str
    order_id: str | None
    position: int | None
    quantity: float
    received_at: str
    recommendation_id: str | None
    seen: bool
    session_id: str | None
    type: EventType
    unit_price: float | None
    user_id: str | None


Strategy = Literal["personalized", "folded_in", "popular", "trending"]


class TakenFields(TypedDict, total=False):
    """What an offer cost in the end."""

    cost: float | None


class TakenResponse(TypedDict):
    """An offer that was taken."""

    benefit: str
    cost: float
    offer_id: str
    taken_at: str


class _UserResponseNeeds(TypedDict):
    elsewhere: dict[str, Any]
    events: list[StoredEvent]
    mails: list[Mail]
    merged: list[MergedId]
    user_id: str
    variants: dict[str, str]


class UserResponse(_UserResponseNeeds, total=False):
    """Everything held on a shopper."""

    profiling: ProfilingAnswer | None
