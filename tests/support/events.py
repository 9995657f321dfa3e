"""Events and items that say no more than a test needs."""

from typing import Any

from recsvc.store.event import Event, EventType

SECOND_US = 1_000_000


def event(item_id: str = "tea", at: int = 0, type: str = "purchase", **fields: Any) -> Event:  # noqa: A002 - its name
    """Return an event ``at`` seconds after 1970; ada's, unless ``fields`` say whose."""
    whose = {} if fields.keys() & {"user_id", "session_id"} else {"user_id": "ada"}
    return Event(EventType(type), item_id, at * SECOND_US, at * SECOND_US, **whose, **fields)
