"""What requests and answers look like; validation and ``/openapi.json`` both come from here."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    StringConstraints,
)

from recsvc.catalogue.fields import RequestModel, text
from recsvc.identity.external_id import StoredId
from recsvc.ranking.query import (
    MAX_CATEGORY_LENGTH,
    MAX_CONTEXT_ITEMS,
    MAX_EXCLUDED_ITEMS,
    MAX_N,
    Placement,
    Query,
    ReasonType,
    Source,
    Strategy,
)
from recsvc.rules.placement_rules import NAME_PATTERN
from recsvc.serving.rules_in_force import RulesInForce

DESCRIBED = (
    "title", "url", "image_url", "price", "categories", "in_stock", "available_from", "available_until", "attributes",
    "group_id",
)  # fmt: skip
"""Fields of the catalogue that a list can be asked to come with."""

_MAX_QUOTED = 80
_ONE_OF_THEM = f"({'|'.join(DESCRIBED)})"


PlacementName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""A built-in placement, or one of the shop's; only the service knows which there are."""

CategoryName = Annotated[str, text(MAX_CATEGORY_LENGTH, min_length=1)]


CONSENT = "false: user_id is not looked at, and nothing is kept of the request; what it shows itself counts."


def _yes_or_no(value: object) -> object:
    if value in ("true", "false", True, False):
        return value in ("true", True)
    raise ValueError("must be true or false")


def items_where_needed(name: str) -> dict[str, Any]:
    """Return the schema of a list to whose field ``name`` some placements need items."""
    by_items = sorted(str(placement) for placement in Placement if placement.needs_items)
    return {
        "anyOf": [
            {"properties": {"placement": {"not": {"enum": by_items}}}},
            {"required": [name], "properties": {name: {"minItems": 1}}},
        ]
    }


def _only_known(value: str) -> str:
    for name in value.split(","):
        if name not in DESCRIBED:
            raise ValueError(f"there is no field {name[:_MAX_QUOTED]!r}; known are {', '.join(DESCRIBED)}")
    return value


CatalogueFields = Annotated[
    str,
    AfterValidator(_only_known),
    Field(json_schema_extra={"pattern": f"^{_ONE_OF_THEM}(,{_ONE_OF_THEM})*$"}),
]
FIELDS = f"What the catalogue says of each item, separated by commas: {', '.join(DESCRIBED)}."


def names_of(fields: str | None) -> tuple[str, ...]:
    """Return the fields of the catalogue that ``fields`` names, each once."""
    return tuple(dict.fromkeys(fields.split(","))) if fields else ()


ContextItems = Annotated[
    list[StoredId],
    Field(
        max_length=MAX_CONTEXT_ITEMS,
        description="The product page or cart the shopper looks at; needed for similar and bought_together.",
    ),
]


class ShopperRequest(RequestModel):
    """Whom a request is for."""

    user_id: StoredId | None = Field(
        None,
        description="The shop's id of the shopper in any spelling; for a guest none, or a placeholder such as 0.",
    )
    session_id: StoredId | None = Field(
        None, description="The shop's id of the visit; stands for the shopper where there is no user_id."
    )


class ListRequest(ShopperRequest):
    """What every request says that is about one list; what the shopper looks at is called differently in each."""

    placement: PlacementName = Field(
        Placement.FOR_YOU,
        description=f"Where the list is shown: {', '.join(Placement)}, or a name of the shop's own.",
    )
    n: int = Field(10, ge=1, le=MAX_N, description="At most this many items.")
    exclude: list[StoredId] = Field(
        default_factory=list, max_length=MAX_EXCLUDED_ITEMS, description="Items that must not be in the list."
    )
    category: CategoryName | None = Field(None, description="A category, to whose items the list keeps.")

    def query_of(self, rules: RulesInForce, user_id: str | None, item_ids: list[str]) -> Query:
        """Return the query for the list of ``user_id`` beside ``item_ids``; raises QueryError as ``Query`` does."""
        return rules.query_for(
            self.placement,
            n=self.n,
            user_id=user_id,
            item_ids=tuple(item_ids),
            exclude=tuple(self.exclude),
            session_id=self.session_id,
            category=self.category,
        )


class RecommendRequest(ListRequest):
    """Which list, for whom, of how many items."""

    model_config = ConfigDict(json_schema_extra=items_where_needed("item_id"))

    item_id: ContextItems = Field(default_factory=list)
    consent: Annotated[bool, Strict()] = Field(True, description=CONSENT)
    fields: CatalogueFields | None = Field(None, description=FIELDS)

    @property
    def field_names(self) -> tuple[str, ...]:
        """The fields of the catalogue that each item is to come with."""
        return names_of(self.fields)

    def to_query(self, rules: RulesInForce) -> Query:
        """Return the query of the request; raises QueryError where fields do not go together."""
        return self.query_of(rules, self.user_id if self.consent else None, self.item_id)


class RecommendQuery(RecommendRequest):
    """The same as a query string, in which everything is text."""

    consent: Annotated[bool, BeforeValidator(_yes_or_no)] = Field(True, description=CONSENT)


class ReasonModel(BaseModel):
    """Why an item is in the list."""

    type: ReasonType
    item_ids: list[str] = Field(default_factory=list, description="Purchases or cart items behind it.")
    every_days: int | None = Field(
        None, description="you_buy_this_regularly: mean days between the shopper's orders with it."
    )
    last_days_ago: int | None = Field(
        None, description="A repurchase: days from the shopper's last order with it to the newest of all."
    )


class ItemModel(BaseModel):
    """One item of a list."""

    item_id: str
    rank: int = Field(description="1 for the first.")
    score: float = Field(description="Falls with rank; compares only within one list.")
    source: Source
    reason: ReasonModel
    title: str | None = Field(None, description="This and what follows is there when asked for with fields.")
    url: str | None = None
    image_url: str | None = None
    price: float | None = None
    categories: list[str] | None = None
    in_stock: bool | None = None
    available_from: str | None = None
    available_until: str | None = None
    attributes: dict[str, Any] | None = None
    group_id: str | None = None


class RecommendResponse(BaseModel):
    """A list, best first."""

    user_id: str | None = Field(description="The shopper in the one spelling; null for a guest.")
    recommendation_id: str = Field(description="Names the list; the same list has the same id.")
    placement: str = Field(description="As asked for.")
    strategy: Strategy
    model_version: str
    items: list[ItemModel]


class ModelResponse(BaseModel):
    """The live version."""

    model_version: str
    created: str
    data_through: str | None
    counts: dict[str, int]
    hyperparameters: dict[str, Any]
    metrics: dict[str, Any]


class HealthResponse(BaseModel):
    """How the service is."""

    status: Literal["ok", "degraded", "unavailable"]
    model_version: str | None = None
    problems: list[str] = Field(default_factory=list)
