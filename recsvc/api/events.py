"""``/v1/events``: what shoppers do."""

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from recsvc.api.batches import refuse_all, split
from recsvc.api.body import json_object_of
from recsvc.api.event_schemas import EventsResponse, PostedEvents
from recsvc.api.fields import now_us
from recsvc.api.listeners import OnShoppers, tell
from recsvc.api.problems import documented
from recsvc.store.event import Appended
from recsvc.store.store import EventLog

NOTHING_APPENDED = Appended(0, 0, 0, frozenset(), frozenset())


def blueprint(log: EventLog, on_events: OnShoppers, max_bytes: int) -> APIBlueprint:
    """Return the route that appends to ``log`` and then tells ``on_events``."""
    api = APIBlueprint(
        "events",
        __name__,
        abp_tags=[Tag(name="events", description="What shoppers do.")],
        abp_responses=documented(400, 413, 415, 422, 503),
    )
    api.before_request(json_object_of(max_bytes))

    @api.post(
        "/v1/events",
        operation_id="post_events",
        summary="Store one event, or up to 1,000",
        description="202 when all are on the disk; 207 when some are not as they should be: the others are stored.",
        responses={202: EventsResponse, 207: EventsResponse},
    )
    def _post(body: PostedEvents) -> Response:
        received_at_us = now_us()
        good, rejected = split(body.entries())
        if not good:
            return refuse_all("events", rejected)
        kept = [one.to_event(received_at_us) for one in good if one.consent]
        appended = log.append(kept) if kept else NOTHING_APPENDED
        tell(on_events, appended.user_ids, appended.session_ids)
        answer = EventsResponse(
            accepted=appended.accepted,
            duplicates=appended.duplicates,
            ignored=appended.ignored + len(good) - len(kept),
            rejected=rejected,
        )
        return Response(answer.model_dump_json(), 207 if rejected else 202, mimetype="application/json")

    return api
