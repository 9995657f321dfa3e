"""What is asked about an item's place, and answered."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_serializer

from recsvc.api.fields import StoredId
from recsvc.api.schemas import CategoryName, PlacementName, ReasonModel, RequestModel, items_where_needed
from recsvc.ranking.explanation import Obstacle
from recsvc.ranking.query import (
    MAX_CONTEXT_ITEMS,
    MAX_EXCLUDED_ITEMS,
    MAX_N,
    Placement,
    Query,
    Strategy,
)
from recsvc.ranking.sentence import Standing
from recsvc.serving.placements import Placements, placed

Rounded = Annotated[float, AfterValidator(lambda value: round(value, 6))]


class ExplainRequest(RequestModel):
    """Which item, in which list: the fields of the list, with its context in ``context_item_id``."""

    model_config = ConfigDict(json_schema_extra=items_where_needed("context_item_id"))

    item_id: StoredId = Field(description="The item in question.")
    user_id: StoredId | None = Field(None, description="The shop's id of the shopper; none for a guest.")
    session_id: StoredId | None = Field(
        None, description="The shop's id of the visit; stands for the shopper where there is no user_id."
    )
    placement: PlacementName = Field(Placement.FOR_YOU, description="Where the list is shown.")
    n: int = Field(10, ge=1, le=MAX_N, description="The list has at most this many items.")
    context_item_id: list[StoredId] = Field(
        default_factory=list,
        max_length=MAX_CONTEXT_ITEMS,
        description="The product page or cart the shopper looks at; needed for similar and bought_together.",
    )
    exclude: list[StoredId] = Field(
        default_factory=list, max_length=MAX_EXCLUDED_ITEMS, description="Items that must not be in the list."
    )
    category: CategoryName | None = Field(None, description="A category, to whose items the list keeps.")

    def to_query(self, placements: Placements) -> Query:
        """Return the query for the list; raises QueryError where fields do not go together."""
        placement, name = placed(placements, self.placement)
        context, exclude = tuple(self.context_item_id), tuple(self.exclude)
        return Query(placement, self.n, self.user_id, context, exclude, self.session_id, name, self.category)


class KeptOutModel(BaseModel):
    """What kept the item out."""

    model_config = ConfigDict(from_attributes=True)

    what: Obstacle
    detail: str = Field(description="The particulars, for people.")


class SourceModel(BaseModel):
    """What one source of candidates thinks of the item."""

    model_config = ConfigDict(from_attributes=True)

    source: str
    score: Rounded = Field(description="Compares only within the source.")
    rank: int | None = Field(description="Among the items with a positive score; null without one.")
    n_scored: int = Field(description="So many items have a positive score.")
    proposed: bool = Field(description="Whether the source made the item a candidate.")


class FeatureModel(BaseModel):
    """What the ranker knows of the item."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    value: Rounded | None
    contribution: Rounded = Field(description="How much it adds to ranker_score.")


class PurchaseModel(BaseModel):
    """A purchase that speaks for the item; or something else the shopper looks at or showed interest in."""

    item_id: str
    title: str | None
    share: Rounded = Field(description="Part of all that speaks for the item.")
    orders: int | None = Field(description="0 for interest without an order, null for the context.")
    last_days_ago: int | None = Field(
        description="Days from the last order with it to the newest known; null without dates and for the context."
    )


class ExplainResponse(BaseModel):
    """Why the item is at its place in the list, or what kept it out."""

    user_id: str | None
    item_id: str
    title: str | None = Field(description="From the catalogue, else from the order history.")
    placement: str
    model_version: str
    strategy: Strategy = Field(description="Of the list.")
    shopper: Standing = Field(
        description="Whom the list is made for: anybody where it is the same for all; someone erased is answered like "
        "someone unknown."
    )
    shown: bool
    rank: int | None = Field(description="As in the list; null when not shown.")
    sentence: str = Field(description="The answer in words that can be read to the shopper.")
    kept_out_by: KeptOutModel | None = Field(description="Null when shown.")
    candidate_rank: int | None = Field(description="Among all candidates for the list; null when it is none.")
    candidates: int = Field(description="How many there are.")
    score: float | None = Field(description="As in the list; null when not shown.")
    reason: ReasonModel | None = Field(description="As in the list; null when not shown.")
    sources: list[SourceModel] = Field(description="Those that took part in the list.")
    ranker_score: Rounded | None = Field(
        description="base_value and all contributions added up, also of what is no candidate; null without a ranker."
    )
    base_value: Rounded | None = Field(description="What the ranker gives every item.")
    features: list[FeatureModel] = Field(description="Largest contribution, up or down, first.")
    due_within_week: Rounded | None = Field(
        description="buy_again: the probability that the shopper buys it again within a week."
    )
    because_of: list[PurchaseModel] = Field(description="What speaks for the item, strongest first.")

    @field_serializer("reason")
    def _without_what_is_not_known(self, reason: ReasonModel | None) -> dict[str, Any] | None:
        return None if reason is None else reason.model_dump(mode="json", exclude_defaults=True)
