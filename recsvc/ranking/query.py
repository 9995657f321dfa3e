"""What a list is asked for, and what it answers: the words that all other rooms use."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Literal, NamedTuple, Self

from recsvc.errors import QueryError
from recsvc.identity.external_id import MAX_ID_LENGTH
from recsvc.identity.nobody import BY_NAME, Guests, session_id_of

MAX_N = 100
MAX_CONTEXT_ITEMS = 50
MAX_EXCLUDED_ITEMS = 500
MAX_CATEGORY_LENGTH = 512


class Placement(StrEnum):
    """The built-in places on a page that a list can be made for."""

    is_personal: bool
    """Whether the list depends on the user."""
    needs_items: bool
    """Whether it makes no sense without items to start from."""

    FOR_YOU = "for_you", "personal"
    DISCOVER = "discover", "personal"
    BUY_AGAIN = "buy_again", "personal"
    SIMILAR = "similar", "by items"
    BOUGHT_TOGETHER = "bought_together", "by items"
    TRENDING = "trending", "for everybody"

    def __new__(cls, name: str, starts_from: Literal["personal", "by items", "for everybody"]) -> Self:
        """Return the member of this name."""
        placement = str.__new__(cls, name)
        placement._value_ = name
        placement.is_personal = starts_from == "personal"
        placement.needs_items = starts_from == "by items"
        return placement


class Strategy(StrEnum):
    """How a list came about.

    From this user or these items; from live events alone; from this user, but most of it sells to everybody; or from
    what sells and rises alone.
    """

    PERSONALIZED = "personalized"
    FOLDED_IN = "folded_in"
    POPULAR = "popular"
    TRENDING = "trending"


class Source(StrEnum):
    """What proposed an item."""

    ALS = "als"
    CO_PURCHASE = "co_purchase"
    SIMILAR = "similar"
    REPURCHASE = "repurchase"
    CATEGORY = "category"
    TRENDING = "trending"
    POPULAR = "popular"
    RULE = "rule"


class ReasonType(StrEnum):
    """Why an item is in a list."""

    BECAUSE_YOU_BOUGHT = "because_you_bought"
    YOUR_TASTE = "your_taste"
    YOU_BUY_THIS_REGULARLY = "you_buy_this_regularly"
    YOU_BOUGHT_THIS = "you_bought_this"
    SIMILAR_TO_ITEM = "similar_to_item"
    ALSO_BOUGHT = "also_bought"
    BOUGHT_WITH_YOUR_CART = "bought_with_your_cart"
    TRENDING = "trending"
    POPULAR = "popular"
    PINNED = "pinned"
    NEW = "new"


class UserKey(NamedTuple):
    """A user, or a session of someone who has not said who they are."""

    kind: Literal["user", "session"]
    external_id: str


@dataclass(frozen=True)
class Query:
    """The question: what to show this user, here, now.

    Attributes:
        placement: where the list is shown.
        n: at most this many items, 1..100.
        user_id: the shop's id of the user in any spelling, None or a placeholder for a guest.
        item_ids: the product page or cart that the user is looking at; never in the list.
        exclude: items that must not be in the list.
        session_id: the shop's id of the visit; it stands for the user where there is no ``user_id``.
        name: what the shop calls a placement of its own; ``placement`` is then the one that ranks it.
        category: a category of the shop, to whose items the list keeps.
        guests: who is nobody in the shop.
    """

    placement: Placement = Placement.FOR_YOU
    n: int = 10
    user_id: str | None = None
    item_ids: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    session_id: str | None = None
    name: str | None = None
    category: str | None = None
    guests: Guests = field(default=BY_NAME, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Raise QueryError unless every field is within its bounds."""
        if not 1 <= self.n <= MAX_N:
            raise QueryError(f"n must be 1..{MAX_N}, got {self.n}")
        if len(self.item_ids) > MAX_CONTEXT_ITEMS:
            raise QueryError(f"at most {MAX_CONTEXT_ITEMS} item_id values, got {len(self.item_ids)}")
        if len(self.exclude) > MAX_EXCLUDED_ITEMS:
            raise QueryError(f"at most {MAX_EXCLUDED_ITEMS} exclude values, got {len(self.exclude)}")
        if self.placement.needs_items and not self.item_ids:
            raise QueryError(f"placement {self.asked_for} needs at least one item_id")
        if self.category is not None and not 1 <= len(self.category) <= MAX_CATEGORY_LENGTH:
            raise QueryError(
                f"category must have 1..{MAX_CATEGORY_LENGTH} characters, got {len(self.category)}"
            )
        user_ids = (user for user in (self.user_id, self.session_id) if user is not None)
        for external_id in (*user_ids, *self.item_ids, *self.exclude):
            if not 1 <= len(external_id) <= MAX_ID_LENGTH:
                raise QueryError(f"an id has 1..{MAX_ID_LENGTH} characters, got {len(external_id)}")

    @property
    def asked_for(self) -> str:
        """What the request calls the placement."""
        return self.placement if self.name is None else self.name

    @cached_property
    def shopper(self) -> UserKey | None:
        """Whom the list is for, in the one spelling: the user, else the session, else nobody."""
        user_id, session_id = self.guests.user_id_of(self.user_id), session_id_of(self.session_id)
        if user_id is not None:
            return UserKey("user", user_id)
        return None if session_id is None else UserKey("session", session_id)

    @property
    def known_as(self) -> str | None:
        """The one spelling of the user, where the list is for one."""
        shopper = self.shopper
        return shopper.external_id if shopper is not None and shopper.kind == "user" else None

    def among(self, guests: Guests) -> "Query":
        """Return the same question in a shop of which ``guests`` tells who is nobody."""
        return self if guests is self.guests else replace(self, guests=guests)

    def for_shopper(self, shopper: UserKey | None) -> "Query":
        """Return the same question of ``shopper`` alone: of a user, the session says nothing."""
        user_id = shopper.external_id if shopper is not None and shopper.kind == "user" else None
        session_id = shopper.external_id if shopper is not None and shopper.kind == "session" else None
        if (user_id, session_id) == (self.user_id, self.session_id):
            return self
        return replace(self, user_id=user_id, session_id=session_id)


@dataclass(frozen=True)
class Reason:
    """Why an item is suggested.

    Attributes:
        type: what kind of reason it is.
        item_ids: the purchases or cart items behind it, strongest first.
        every_days: the shopper's own mean interval between orders with the item; None where it is not regular.
        last_days_ago: days since their last order with it; None where that is not the reason, or undated.
    """

    type: ReasonType
    item_ids: tuple[str, ...] = ()
    every_days: int | None = None
    last_days_ago: int | None = None


@dataclass(frozen=True)
class Recommendation:
    """One item of a list; ``score`` falls with ``rank`` and compares only within the list."""

    item_id: str
    rank: int
    score: float
    source: Source
    reason: Reason


@dataclass(frozen=True)
class RecommendationList:
    """The answer to a query, best first."""

    strategy: Strategy
    items: tuple[Recommendation, ...]
