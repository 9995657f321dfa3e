"""What is answered about a shopper."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recsvc.api.fields import StoredId, to_text
from recsvc.api.schemas import RequestModel
from recsvc.store.event import Event, EventType
from recsvc.store.shopper import Export, Kind, Merge


class MergeFields(RequestModel):
    """What is joined to the shopper: a session or a second account."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": [name], "properties": {name: {"type": "string"}}}
                for name in ("from_user_id", "from_session_id")
            ]
        }
    )

    from_user_id: StoredId | None = None
    from_session_id: StoredId | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "MergeFields":
        if (self.from_user_id is None) == (self.from_session_id is None):
            raise ValueError("one of from_user_id and from_session_id is needed")
        return self

    def source(self) -> tuple[Kind, str]:
        """Return what kind it is, and its id."""
        return ("user", self.from_user_id) if self.from_user_id else ("session", self.from_session_id or "")


class MergeResponse(BaseModel):
    """What was joined."""

    user_id: str
    events: int = Field(description="So many events became the shopper's.")


class StoredEvent(BaseModel):
    """An event as it is stored."""

    type: EventType
    item_id: str
    occurred_at: str
    received_at: str
    user_id: str | None
    session_id: str | None
    quantity: float
    unit_price: float | None
    order_id: str | None
    channel: str | None
    event_id: str | None
    recommendation_id: str | None

    @classmethod
    def of(cls, event: Event) -> "StoredEvent":
        """Return ``event`` as it is answered."""
        return cls(
            **{name: getattr(event, name) for name in cls.model_fields if hasattr(event, name)},
            occurred_at=to_text(event.occurred_at_us),
            received_at=to_text(event.received_at_us),
        )


class MergedId(BaseModel):
    """A session or account that was joined to the shopper."""

    user_id: str | None = None
    session_id: str | None = None
    merged_at: str

    @classmethod
    def of(cls, merge: Merge) -> "MergedId":
        """Return ``merge`` as it is answered."""
        return cls(**{f"{merge.kind}_id": merge.from_id}, merged_at=to_text(merge.merged_at_us))


class UserResponse(BaseModel):
    """Everything held on a shopper."""

    user_id: str
    events: list[StoredEvent] = Field(description="Oldest first.")
    merged: list[MergedId]
    elsewhere: dict[str, Any] = Field(
        description="What is held outside the store, by the name of the holder."
    )

    @classmethod
    def of(cls, export: Export, elsewhere: dict[str, Any]) -> "UserResponse":
        """Return ``export`` as it is answered."""
        return cls(
            user_id=export.user_id,
            events=[StoredEvent.of(event) for event in export.events],
            merged=[MergedId.of(merge) for merge in export.merges],
            elsewhere=elsewhere,
        )


class Receipt(BaseModel):
    """Says that a shopper was erased, and names nobody."""

    receipt_id: str
    erased_at: str
    events: int = Field(description="So many events were deleted.")
    merged: int = Field(description="So many sessions and accounts that had been joined were forgotten.")
