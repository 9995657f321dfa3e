"""What a webhook says: the bodies, which describe themselves as JSON schemas."""

from typing import Literal

from pydantic import BaseModel, Field

from recsvc.webhooks.occasion import PING, Kind


class ToldItem(BaseModel):
    """An item as the shop describes it."""

    item_id: str
    title: str | None
    url: str | None = Field(
        description="The page of the item on the shop's own site, whole where RECSVC_SHOP_URL is set."
    )
    image_url: str | None
    price: float | None
    currency: str = Field(description="As ISO 4217 names it.")


class BackInStock(BaseModel):
    """An item that a shopper looked at or wished for is there again."""

    user_id: str
    item: ToldItem
    looked_at: str = Field(description="When the shopper looked at it or wished for it last.")


class PriceDrop(BaseModel):
    """An item that a shopper looked at or wished for costs less than they saw."""

    user_id: str
    item: ToldItem
    was_price: float = Field(description="What it cost when the shopper looked last.")
    looked_at: str = Field(description="When the shopper looked at it or wished for it last.")


class DueItem(ToldItem):
    """An item that a shopper may soon buy again."""

    chance_7_days: float = Field(description="The probability that it is bought again within a week.")


class InState(BaseModel):
    """A shopper entered a state: no order came until now."""

    user_id: str
    state: Literal["due", "late", "gone"] = Field(description="As /v1/users/{user_id}/moment names it.")
    state_since: str
    last_order_at: str
    orders: int = Field(description="Days with an order.")
    due: list[DueItem] = Field(description="Those in stock, likeliest first.")


class Trial(BaseModel):
    """Somebody tries whether webhooks arrive."""

    message: str


Data = BackInStock | PriceDrop | InState | Trial

DATA: dict[str, type[BaseModel]] = {
    Kind.BACK_IN_STOCK: BackInStock,
    Kind.PRICE_DROP: PriceDrop,
    Kind.DUE: InState,
    Kind.LATE: InState,
    Kind.LOST: InState,
    PING: Trial,
}
"""Kind -> what its ``data`` is."""


class Webhook(BaseModel):
    """The body of each webhook."""

    type: str
    timestamp: str = Field(
        description="When it happened; that of the try is in the header webhook-timestamp."
    )
    data: Data

    def to_bytes(self) -> bytes:
        """Return the body as it is signed and sent."""
        return self.model_dump_json().encode()
