"""Two services on machines of their own, as far as files go, with one PostgreSQL and one Redis, behind two proxies."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from recsvc.store.api_keys import Scope, Token
from recsvc.store.store import Store, open_store
from support.keys import add_key
from support.processes import RedisServer, Service
from support.proxies import KINDS, Proxy

DRAIN_SECONDS = 2.5
WIDGET_LIMIT = 60
SHOP = "https://shop.example"


@dataclass(frozen=True)
class Answer:
    """What was answered; ``body`` is JSON, or the text."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class Replicas:
    """The services, what they share, and what stands before them.

    Attributes:
        models: each service's own copy of the versions.
    """

    services: list[Service]
    proxies: dict[str, Proxy]
    models: list[Path]
    redis: RedisServer
    database_url: str
    admin: Token
    widget: Token

    @contextmanager
    def store(self) -> Iterator[Store]:
        with closing(open_store(self.database_url)) as store:
            yield store

    def ask(
        self,
        at: Service | Proxy,
        path: str,
        body: object = None,
        *,
        method: str | None = None,
        **headers: str,
    ) -> Answer:
        """Ask as the shop does, or with other headers; an underscore in a name is a dash."""
        given = {"X-API-Key": str(self.admin)} | {
            name.replace("_", "-"): one for name, one in headers.items()
        }
        data = None if body is None else json.dumps(body).encode()
        request = Request(at.base + path, data, {"Content-Type": "application/json", **given}, method=method)
        try:
            with urlopen(request, timeout=15) as answer:
                return _read(answer, answer.status)
        except HTTPError as error:
            with error:
                return _read(error, error.code)

    def items(self, at: Service | Proxy, user_id: str, placement: str = "for_you") -> list[str]:
        """Return the list of a shopper."""
        answer = self.ask(at, f"/v1/recommend?user_id={user_id}&placement={placement}&n=7")
        assert answer.status == 200, answer
        return [item["item_id"] for item in answer.body["items"]]

    def buy(self, at: Service | Proxy, user_id: str, item_id: str) -> None:
        event = {"type": "purchase", "user_id": user_id, "item_id": item_id}
        answer = self.ask(at, "/v1/events", event)
        assert answer.status == 202, answer


def _read(answer: Any, status: int) -> Answer:
    text = answer.read().decode()
    headers = {name.lower(): value for name, value in answer.headers.items()}
    is_json = "json" in headers.get("content-type", "")
    return Answer(status, json.loads(text) if is_json else text, headers)


@contextmanager
def replicas_behind(
    published: Path, database_url: str, redis: RedisServer, directory: Path, **settings: object
) -> Iterator[Replicas]:
    """Start two services at once on an empty database, and both proxies."""
    with ExitStack() as stack:
        services: dict[int, Service] = {}
        models = [Path(shutil.copytree(published, directory / f"models-{number}")) for number in range(2)]

        def start(number: int) -> None:
            shared = directory / f"shared-{number}"
            shared.mkdir()
            services[number] = Service(
                models[number], directory / f"log-{number}", redis_url=redis.url, database_url=database_url,
                **{
                    "shared_dir": shared, "drain_seconds": DRAIN_SECONDS, "trusted_proxies": 1, "stale_seconds": 0,
                    "redis_timeout_seconds": 0.5,  # on a busy machine too, Redis is what counts
                    "widget_rate_limit": f"{WIDGET_LIMIT}/minute", "workers": 2, **settings,
                },
            )  # fmt: skip

        threads = [threading.Thread(target=start, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for service in services.values():
            stack.callback(service.stop)
        assert len(services) == 2, "a service did not start"
        with closing(open_store(database_url)) as store:
            admin, widget = (
                add_key(store.keys, Scope.ADMIN),
                add_key(store.keys, Scope.WIDGET, origins=(SHOP,)),
            )
        ports = [services[number].port for number in range(2)]
        proxies = {kind: stack.enter_context(Proxy(kind, ports, directory / kind)) for kind in KINDS}
        yield Replicas([services[0], services[1]], proxies, models, redis, database_url, admin, widget)
