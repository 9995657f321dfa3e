"""What jobs and forms of the shop ask: each call waits for its answer, and raises RecsvcError where there is none."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

from recsvc_client.errors import RequestRefused, ServiceAway
from recsvc_client.outbox import MAX_BATCH, identified
from recsvc_client.schemas import (
    AudienceResponse,
    CatalogueItem,
    EventFields,
    EventsResponse,
    ItemEntry,
    ItemFields,
    ItemPatch,
    ItemsResponse,
    MergeResponse,
    MomentResponse,
    ProfilingAnswer,
    Receipt,
    Rejected,
    TakenResponse,
    UserResponse,
)
from recsvc_client.service import Service, given

N_TRIES, FIRST_WAIT_SECONDS = 4, 0.5
_NOT_FOUND = 404


class PlainCalls:
    """Calls that may be sent several times, and are, until there is an answer or the fourth try had none.

    Args:
        service: that is asked.
        timeout_seconds: of each try.
    """

    def __init__(self, service: Service, timeout_seconds: float) -> None:
        self._service, self._timeout_seconds = service, timeout_seconds

    def post_events(self, events: Iterable[EventFields]) -> EventsResponse:
        """Send events and wait until they are stored, for jobs; sends again what had no answer. Raises RecsvcError."""
        found = EventsResponse(accepted=0, duplicates=0, ignored=0, rejected=[])
        for start, answer in self._in_parts("/v1/events", "events", [identified(event) for event in events]):
            for name in ("accepted", "duplicates", "ignored"):
                found[name] += answer.get(name, 0)
            found["rejected"] += _moved(answer["rejected"], start)
        return found

    def export_user(self, user_id: str) -> UserResponse | None:
        """Return everything held on a shopper; None where that is nothing."""
        return cast("UserResponse | None", self._find("/v1/users", {"user_id": user_id}))

    def erase_user(self, user_id: str) -> Receipt:
        """Erase a shopper under all their ids, for good."""
        return cast("Receipt", self._insist("DELETE", "/v1/users", query={"user_id": user_id}))

    def merge_user(
        self, user_id: str, *, from_session_id: str | None = None, from_user_id: str | None = None
    ) -> MergeResponse:
        """Join a visit, or a second account, to the shopper who signed in."""
        body = given({"from_session_id": from_session_id, "from_user_id": from_user_id})
        return cast("MergeResponse", self._insist("POST", f"{_user_path(user_id)}/merge", body))

    def allow_profiling(self, user_id: str, *, allowed: bool) -> ProfilingAnswer:
        """Keep whether a shopper may be profiled."""
        path = f"{_user_path(user_id)}/profiling"
        return cast("ProfilingAnswer", self._insist("PUT", path, {"allowed": allowed}))

    def moment(self, user_id: str, at: str | None = None) -> MomentResponse | None:
        """Return when a shopper orders next, None where no dated order is known; ``at``, as RFC 3339, counts as now."""
        return cast("MomentResponse | None", self._find(f"{_user_path(user_id)}/moment", given({"at": at})))

    def put_item(self, item_id: str, fields: ItemFields) -> CatalogueItem:
        """Store an item, replacing all that was known of it."""
        return cast("CatalogueItem", self._insist("PUT", f"/v1/items/{quote(item_id, safe='')}", fields))

    def patch_item(self, item_id: str, fields: ItemPatch) -> CatalogueItem:
        """Change some fields of an item, such as ``{"in_stock": False}``."""
        return cast("CatalogueItem", self._insist("PATCH", f"/v1/items/{quote(item_id, safe='')}", fields))

    def withdraw_item(self, item_id: str) -> None:
        """Show an item no more."""
        self._insist("DELETE", "/v1/items", query={"item_id": item_id})

    def put_items(self, items: Iterable[ItemEntry]) -> ItemsResponse:
        """Store many items, each as ``put_item`` does; ``rejected`` says which are not as they should be."""
        found = ItemsResponse(accepted=0, rejected=[])
        for start, answer in self._in_parts("/v1/items", "items", list(items)):
            found["accepted"] += answer.get("accepted", 0)
            found["rejected"] += _moved(answer["rejected"], start)
        return found

    def audience(
        self,
        item_ids: Sequence[str] = (),
        *,
        category: str | None = None,
        n: int = 1000,
        precision: float | None = None,
    ) -> AudienceResponse:
        """Return who is most likely to buy one of some items, or of a category."""
        body = given(
            {"item_ids": list(item_ids) or None, "category": category, "n": n, "precision": precision}
        )
        return cast("AudienceResponse", self._insist("POST", "/v1/audiences", body))

    def take_offer(self, offer_id: str, cost: float | None = None) -> TakenResponse:
        """Note that an offer was taken, and what it cost; twice counts once."""
        return cast(
            "TakenResponse",
            self._insist("POST", f"/v1/offers/{quote(offer_id, safe='')}/taken", {"cost": cost}),
        )

    def _in_parts(
        self, path: str, name: str, entries: Sequence[object]
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Yield where each part begins, and the answer to it; raises RecsvcError.

        A part none of whose entries is as it should be keeps no other part from being sent: it is told as rejected. It
        raises RequestRefused, once all parts were sent, where nothing was taken of any of them.
        """
        refusal: RequestRefused | None = None
        is_taken = False
        for start in range(0, len(entries), MAX_BATCH):
            part = entries[start : start + MAX_BATCH]
            try:
                answer = self._insist("POST", path, {name: part})
            except RequestRefused as error:
                if not is_of_entries(error, name):
                    raise
                refusal = error
                yield start, {"rejected": rejected_of(error, len(part))}
            else:
                is_taken = True
                yield start, answer
        if refusal is not None and not is_taken:
            raise refusal

    def _call(
        self, method: str, path: str, body: object = None, query: Mapping[str, object] | None = None
    ) -> Any:  # noqa: ANN401 - JSON
        return self._service.call(method, path, self._timeout_seconds, body, query)

    def _insist(
        self, method: str, path: str, body: object = None, query: Mapping[str, object] | None = None
    ) -> Any:  # noqa: ANN401 - JSON
        """Return the answer to what may be sent several times, as all that the service takes; raises RecsvcError."""
        for n_tries in range(1, N_TRIES):
            try:
                return self._call(method, path, body, query)
            except ServiceAway as error:  # noqa: PERF203 - it waits between the tries
                wait = FIRST_WAIT_SECONDS * 2.0 ** (n_tries - 1)
                time.sleep(max(wait, min(error.retry_after_seconds or 0.0, self._timeout_seconds)))
        return self._call(method, path, body, query)

    def _find(self, path: str, query: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        try:
            return self._insist("GET", path, query=query)
        except RequestRefused as refusal:
            if refusal.status == _NOT_FOUND:
                return None
            raise


def is_of_entries(refusal: RequestRefused, name: str) -> bool:
    """Return whether the service refused each entry of the batch ``name``, and not the batch."""
    fields = [str(one.get("field")).split(".") for one in refusal.errors]
    return bool(fields) and all(len(one) == 2 and one[0] == name and one[1].isdecimal() for one in fields)


def rejected_of(refusal: RequestRefused, n: int) -> list[Rejected]:
    """Return why each of ``n`` entries was refused; of those beyond the first some, what was said of all."""
    said = {int(str(one["field"]).split(".")[1]): str(one.get("message")) for one in refusal.errors}
    return [Rejected(index=place, detail=said.get(place, refusal.detail)) for place in range(n)]


def _moved(rejected: Iterable[Rejected], start: int) -> list[Rejected]:
    """Return what was rejected of a part that begins at ``start`` of the whole."""
    return [Rejected(index=one["index"] + start, detail=one["detail"]) for one in rejected]


def _user_path(user_id: str) -> str:
    return f"/v1/users/{quote(user_id, safe='')}"
