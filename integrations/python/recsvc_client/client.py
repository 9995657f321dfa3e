"""The client: one for a process, made where the shop's program begins, and used by all its threads."""

import logging
import os
import ssl
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, cast

from recsvc_client.breaker import Breaker
from recsvc_client.errors import BreakerOpen, RecsvcError, RequestRefused, ServiceAway
from recsvc_client.outbox import Outbox, Rejected
from recsvc_client.plain_calls import PlainCalls
from recsvc_client.schemas import EventFields, OfferModel, PageListRequest
from recsvc_client.service import Service, given, query_of
from recsvc_client.shown import Fallback, Page, Ranked, Shown

PAGE_SECONDS, OTHER_SECONDS, EVENTS_SECONDS, CLOSE_SECONDS = 0.2, 30.0, 10.0, 5.0
SAID_AGAIN_SECONDS = 60.0
MAX_QUERY = 2000
"""A longer question is asked with POST."""

_NOT_FOUND = 404
_log = logging.getLogger("recsvc_client")


class Client(PlainCalls):
    """Asks a service of recsvc, and tells it what shoppers do.

    What a page waits for (``recommend``, ``page``, ``rank``, ``offer``) takes ``timeout_seconds`` at most, all steps
    together, and with something to show instead it never raises RecsvcError. ``tell`` never raises and never waits.
    All other calls raise RecsvcError where there is no answer.

    Args:
        base_url: where the service is, such as ``http://127.0.0.1:8000`` or ``https://recs.example/shops/north``.
        key: with the scopes that the calls need.
        timeout_seconds: for what a page waits for.
        other_timeout_seconds: for everything else.
        max_waiting_events: so many events wait for the service at most.
        on_rejected: is told of events that the service did not take, and why.
        ssl_context: for a service whose certificate is of the shop's own authority.
    """

    def __init__(  # noqa: PLR0913 - each has a default
        self,
        base_url: str,
        *,
        key: str | None = None,
        timeout_seconds: float = PAGE_SECONDS,
        other_timeout_seconds: float = OTHER_SECONDS,
        max_waiting_events: int = 10_000,
        on_rejected: Rejected | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(Service(base_url, key, ssl_context), other_timeout_seconds)
        self._page_seconds = timeout_seconds
        self._breaker = Breaker()
        self._said: dict[str, float] = {}
        self._outbox = Outbox(self._post_batch, max_waiting_events, on_rejected)
        itself = weakref.ref(self)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: _after_fork(itself()))

    def __repr__(self) -> str:
        return f"Client({self._service.base_url!r})"

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def recommend(  # noqa: PLR0913 - the fields of a request
        self,
        user_id: str | None = None,
        *,
        placement: str = "for_you",
        n: int = 10,
        session_id: str | None = None,
        item_ids: Sequence[str] = (),
        exclude: Sequence[str] = (),
        category: str | None = None,
        fields: Sequence[str] = (),
        consent: bool = True,
        fallback: Fallback | None = None,
        timeout_seconds: float | None = None,
    ) -> Shown:
        """Return a list for a shopper at a placement, or ``fallback``; without one, raises RecsvcError.

        Args:
            user_id, session_id: of the shopper and of the visit; neither for a guest of whom nothing is known.
            placement: a built-in one, or one of the shop's own.
            n: at most so many items.
            item_ids: the product page or the cart; needed for ``similar`` and ``bought_together``.
            exclude: items that must not be in the list.
            category: to whose items the list keeps.
            fields: what the catalogue says of each item, such as ``("title", "url")``.
            consent: False: the shopper is not recognised.
            fallback: what to show where the service is away: ids, or mappings with an ``item_id``.
            timeout_seconds: for this list alone.
        """
        asked = {
            "user_id": user_id, "session_id": session_id, "placement": placement, "n": n, "item_id": list(item_ids),
            "exclude": list(exclude), "category": category, "fields": ",".join(fields) or None,
            "consent": None if consent else "false",
        }  # fmt: skip
        query = given(asked)
        try:
            if len(query_of(query)) <= MAX_QUERY:
                answer = self._wait_for("GET", "/v1/recommend", "items", timeout_seconds, query=query)
            else:
                body = {
                    **query,
                    **_texts(query, "user_id", "session_id", "item_id", "exclude"),
                    "consent": consent,
                }
                answer = self._wait_for("POST", "/v1/recommend", "items", timeout_seconds, body)
            return Shown.of(answer)
        except RecsvcError as trouble:
            if fallback is None:
                raise
            return Shown.instead(fallback, n, (*item_ids, *exclude), trouble)

    def page(  # noqa: PLR0913 - the fields of a request
        self,
        lists: Sequence[PageListRequest],
        user_id: str | None = None,
        *,
        session_id: str | None = None,
        exclude: Sequence[str] = (),
        fields: Sequence[str] = (),
        consent: bool = True,
        fallback: Mapping[str, Fallback] | None = None,
        timeout_seconds: float | None = None,
    ) -> Page:
        """Return the lists of a page, no item twice, or those of ``fallback`` by name; raises RecsvcError without."""
        body = given({
            "user_id": user_id, "session_id": session_id, "placements": list(lists), "exclude": list(exclude),
            "fields": ",".join(fields) or None, "consent": consent,
        })  # fmt: skip
        try:
            answer = self._wait_for("POST", "/v1/recommend/page", "lists", timeout_seconds, body)
            return Page({one["name"]: Shown.of(one) for one in answer["lists"]})
        except RecsvcError as trouble:
            if fallback is None:
                raise
            return _page_instead(lists, fallback, exclude, trouble)

    def rank(  # noqa: PLR0913 - the fields of a request
        self,
        item_ids: Sequence[str],
        user_id: str | None = None,
        *,
        session_id: str | None = None,
        own_weight: float = 0.0,
        consent: bool = True,
        timeout_seconds: float | None = None,
    ) -> Ranked:
        """Return the shop's own list in the order that suits a shopper, or as it is; never raises RecsvcError."""
        body = given({
            "user_id": user_id, "session_id": session_id, "item_ids": list(item_ids), "own_weight": own_weight,
            "consent": consent,
        })  # fmt: skip
        try:
            answer = self._wait_for("POST", "/v1/rank", "item_ids", timeout_seconds, body)
            return Ranked(tuple(answer["item_ids"]), answer["recommendation_id"], answer)
        except RecsvcError as trouble:
            return Ranked(tuple(dict.fromkeys(item_ids)), None, None, trouble)

    def offer(self, user_id: str, timeout_seconds: float | None = None) -> OfferModel | None:
        """Return what to offer to a shopper now; None for nothing, also where the service is away."""
        try:
            answer = self._wait_for("GET", "/v1/offers", "offer", timeout_seconds, query={"user_id": user_id})
            return cast("OfferModel | None", answer["offer"])
        except RecsvcError:
            return None

    def tell(self, event: EventFields) -> str:
        """Take an event for the service, and return its ``event_id``; never raises, and waits for nothing.

        An event without one is given an ``event_id``; for orders give your own, such as ``536365/1``. It is sent within
        a second, with others, and again until the service has it.
        """
        return self._outbox.add(event)

    @property
    def n_waiting_events(self) -> int:
        """Events that this process was told and the service does not have yet."""
        return self._outbox.n_waiting

    @property
    def n_lost_events(self) -> int:
        """Events that will not be sent: too many waited, or the process ended."""
        return self._outbox.n_lost

    def flush(self, timeout_seconds: float = CLOSE_SECONDS) -> bool:
        """Wait until the service has all events; return whether it has. For programs that end without notice."""
        return self._outbox.flush(timeout_seconds)

    def close(self, timeout_seconds: float = CLOSE_SECONDS) -> bool:
        """Send what waits and end; return whether all was sent. A program that ends by itself does it, in 2 s."""
        done = self._outbox.close(timeout_seconds)
        self._service.connections.close()
        return done

    def _wait_for(  # noqa: PLR0913, PLR0917 - a request
        self,
        method: str,
        path: str,
        member: str,
        timeout_seconds: float | None,
        body: object = None,
        query: Mapping[str, object] | None = None,
    ) -> Any:  # noqa: ANN401 - JSON
        """Return what a page waits for, an object with ``member``; raises RecsvcError in time."""
        ticket = self._breaker.enter()
        if ticket is None:
            raise BreakerOpen("not asked: several requests in a row had no answer")
        try:
            answer = self._service.call(method, path, timeout_seconds or self._page_seconds, body, query)
            if not isinstance(answer, dict) or member not in answer:
                raise ServiceAway(f"the answer has no {member}")
        except RequestRefused as refusal:
            self._breaker.succeeded(ticket)
            if refusal.status != _NOT_FOUND:
                self._say(f"{path} {refusal}")
            raise
        except ServiceAway as error:
            self._say(f"{path}: {error}")
            if self._breaker.failed(ticket, error.retry_after_seconds):
                _log.error("recsvc: the service is away; pages go without until it answers again")
            raise
        if self._breaker.succeeded(ticket):
            _log.warning("recsvc: the service answers again")
        return answer

    def _say(self, text: str) -> None:
        """Log what went wrong, but the same not again and again."""
        now = time.monotonic()
        if now - self._said.get(text, -SAID_AGAIN_SECONDS) >= SAID_AGAIN_SECONDS:
            if len(self._said) >= 100:
                self._said.clear()
            self._said[text] = now
            _log.warning("recsvc: %s", text)

    def _post_batch(self, body: bytes) -> Mapping[str, Any]:
        answer = self._service.call("POST", "/v1/events", EVENTS_SECONDS, body)
        if not isinstance(answer, dict) or "accepted" not in answer:
            raise ServiceAway("the answer has no accepted")
        return answer


def _texts(query: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return ids as a query string has them, whatever they were: a long question is understood as a short one is."""
    return {
        name: [str(one) for one in query[name]] if isinstance(query[name], list) else str(query[name])
        for name in names
        if name in query
    }


def _page_instead(
    lists: Sequence[PageListRequest],
    fallback: Mapping[str, Fallback],
    exclude: Iterable[str],
    trouble: RecsvcError,
) -> Page:
    """Return the shop's own lists, no item twice."""
    shown, hidden = dict[str, Shown](), set(exclude)
    for one in lists:
        without = hidden | set(one.get("item_ids", ()))
        made = Shown.instead(fallback.get(one["name"], ()), one.get("n", 10), without, trouble)
        hidden |= {item["item_id"] for item in made.items}
        shown[one["name"]] = made
    return Page(shown, trouble)


def _after_fork(client: Client | None) -> None:
    if client is not None:
        client._service.connections.forget()
        client._breaker.renew_lock()
