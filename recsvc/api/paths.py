"""Ids in a path: whatever a shop may call its items and shoppers, slashes included."""

from pydantic import BaseModel, Field
from werkzeug.routing import PathConverter

from recsvc.api.fields import StoredId

EXTERNAL_ID = "external_id"
"""Under this name the converter is known to the application."""


class ExternalIdConverter(PathConverter):
    """Takes the rest of the path as it is; percent-encoding is undone by then."""

    regex = ".+?"
    part_isolating = False  # it may go across slashes, and begin with one


class ItemPath(BaseModel):
    """Names an item."""

    item_id: StoredId = Field(description="Percent-encoded; may contain slashes.")


class UserPath(BaseModel):
    """Names a shopper."""

    user_id: StoredId = Field(description="Percent-encoded; may contain slashes.")
