"""Ids in a path: whatever a shop may call its items and shoppers, slashes included."""

from flask import Flask
from pydantic import BaseModel, Field
from werkzeug.routing import PathConverter

from recsvc.api.fields import StoredId

EXTERNAL_ID, USER_ID = "external_id", "user_id"
"""Under these names ``init_app`` makes the converters known to the application."""


def init_app(app: Flask) -> None:
    """Let routes take ids from their paths."""
    app.url_map.converters |= {EXTERNAL_ID: ExternalIdConverter, USER_ID: UserIdConverter}


class ExternalIdConverter(PathConverter):
    """Takes the rest of the path as it is; percent-encoding is undone by then."""

    regex = r"[\s\S]+?"
    part_isolating = False  # it may go across slashes, and begin with one


class UserIdConverter(ExternalIdConverter):
    """The same, but leaves ``…/merge`` to the route of that name."""

    regex = r"(?![\s\S]+/merge\Z)[\s\S]+?"
    part_isolating = False


class ItemPath(BaseModel):
    """Names an item."""

    item_id: StoredId = Field(description="Percent-encoded; may contain slashes.")


class UserPath(BaseModel):
    """Names a shopper."""

    user_id: StoredId = Field(description="Percent-encoded; may contain slashes.")
