"""A receiver of webhooks on loopback that checks each signature, and a shop that sends to it."""

import base64
import json
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook as StandardWebhook

from recsvc.catalogue.item import Item
from recsvc.clock import now_us
from recsvc.settings.webhooks import KINDS
from recsvc.store.event import DAY_US, Event, EventType
from recsvc.store.store import Store
from recsvc.webhooks.checking import Check, Words
from recsvc.webhooks.delivery import Courier
from recsvc.webhooks.entered_states import EnteredStates
from recsvc.webhooks.gathering import Gathering
from recsvc.webhooks.occasion import Limits
from recsvc.webhooks.sender import Makers, Manner, Sender, endpoint_of
from support.models import small_model

SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, as it").decode()
KEY = base64.b64decode(SECRET.removeprefix("whsec_"))
SECOND_US, HOUR_US = 1_000_000, 3_600_000_000


@dataclass(frozen=True)
class Received:
    """One webhook as it came in; its signature was right for the time that it said, which a test may have moved."""

    webhook_id: str
    type: str
    data: dict[str, Any]
    timestamp: str


class WebhookReceiver:
    """Takes webhooks; ``answers`` are given first, as status and headers, and 204 then."""

    def __init__(self, secret: str = SECRET) -> None:
        self.received: list[Received] = []
        self.answers: deque[tuple[int, Mapping[str, str]]] = deque()
        self.on_post: Callable[[], None] = lambda: None
        receiver, standard = self, StandardWebhook(secret)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                moment = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)
                signed = standard.sign(self.headers["webhook-id"], moment, body.decode())
                assert signed in self.headers["webhook-signature"].split(" ")
                told = json.loads(body)
                receiver.received.append(
                    Received(self.headers["webhook-id"], told["type"], told["data"], told["timestamp"])
                )
                receiver.on_post()
                status, headers = receiver.answers.popleft() if receiver.answers else (204, {})
                self.send_response(status)
                for name, value in {**headers, "Content-Length": "0"}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as http.server has it
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def told(self) -> list[tuple[str, str, str]]:
        """Return type, user and item of all that came in, sorted."""
        return sorted(
            (one.type, one.data["user_id"], one.data.get("item", {}).get("item_id", ""))
            for one in self.received
        )

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class TellingShop:
    """A shop with a store, whose sender is asked to look; ``offset_us`` moves its clock."""

    def __init__(
        self,
        store: Store,
        url: str,
        *,
        per_week: int = 3,
        settle_seconds: float = 0,
        kinds: Sequence[str] = KINDS,
        per_minute: int = 60_000,
        look_days: int = 30,
        currency: str = "EUR",
    ) -> None:
        self.store = store
        self.offset_us = 0
        store.catalogue._clock = self.now
        limits = Limits(0.05, look_days * DAY_US, round(settle_seconds * SECOND_US), per_week)
        words, told = Words(None, currency, small_model), frozenset(kinds)
        self.makers = Makers(
            Gathering(store, limits, told),
            EnteredStates(store, limits, told, lambda: None),
            Check(store, limits, told, words, lambda _user, _at: None),
        )
        manner = Manner(currency, per_minute, limits.look_us)
        self.sender = Sender(
            store, Courier(url, [KEY]), endpoint_of(url), self.makers, manner, clock=self.now
        )

    def now(self) -> int:
        return now_us() + self.offset_us

    def listen_since(self, hours_ago: float) -> None:
        """Have noted all changes for so long."""
        found = self.store.sender.listening()
        assert found is not None
        since_us = self.now() - round(hours_ago * HOUR_US)
        self.store.sender.keep_listening(replace(found, since_us=since_us))

    def look(self, later_seconds: float = 0) -> bool:
        self.offset_us += round(later_seconds * SECOND_US)
        return self.sender.look()

    def looks(
        self,
        user_id: str | None,
        item_id: str = "tea",
        kind: str = "view",
        hours_ago: float = 1,
        **fields: Any,
    ) -> None:
        at_us = self.now() - round(hours_ago * HOUR_US)
        event = Event(EventType(kind), item_id, at_us, at_us, user_id=user_id, **fields)
        self.store.events.append([event])

    def put(self, item_id: str = "tea", **fields: Any) -> None:
        self.store.catalogue.put([Item(item_id, **fields)])

    def outcomes(self) -> dict[str, int]:
        found: Counter[str] = Counter()
        for (_, outcome), n in self.store.notices.counts().items():
            found[outcome] += n
        return found
