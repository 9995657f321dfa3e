"""A deployment of two shops that know nothing of each other, and requests to it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from recsvc.model.model import Model
from recsvc.model.registry import Registry
from recsvc.model.vocabulary import ItemVocabulary, TextColumn, Vocabulary
from recsvc.store.api_keys import Scope, Token
from recsvc.store.store import Store, open_store
from support.keys import add_key
from support.models import ITEMS, USERS, release, small_model
from support.processes import Service

GARDEN, BOOKS = "garden", "books"
HOSTS = {GARDEN: "garden.example", BOOKS: "books.example"}
OPERATOR_KEY = "operator-key-of-the-tests"
PAGES_OF = "https://pages.example"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class TwoShops:
    """The garden shop, in SQLite, and the book shop, in a schema of PostgreSQL: two workers, one Redis."""

    service: Service
    keys: dict[str, dict[Scope, Token]]
    database_urls: dict[str, str]
    _connections: list[HTTPConnection] = field(default_factory=list)
    _turn: int = 0

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        host: str | None = None,
        key: object = None,
        **headers: str,
    ) -> Answer:
        """Ask one of the workers; ``body`` is sent as JSON unless it is a text."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if host is not None:
            sent["Host"] = host
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        if body is not None and not isinstance(body, str):
            body, sent["Content-Type"] = json.dumps(body), "application/json"
        if not self._connections:
            self._connections = [HTTPConnection("127.0.0.1", self.service.port, timeout=30) for _ in range(4)]
        self._turn += 1
        connection = self._connections[self._turn % len(self._connections)]
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
        except (OSError, HTTPException):  # a request before it was refused before its body was read
            connection.close()
            connection.request(method, path, body, sent)
            response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read().decode(errors="replace"))

    def of(self, shop: str, method: str, path: str, body: object = None, **more: Any) -> Answer:
        """Ask a shop with its admin key, at its host."""
        return self.ask(
            method, path, body, **{"host": HOSTS[shop], "key": self.keys[shop][Scope.ADMIN], **more}
        )

    @contextmanager
    def store(self, shop: str) -> Iterator[Store]:
        with closing(open_store(self.database_urls[shop])) as store:
            yield store

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


def model_of_books() -> Model:
    """Return the small model with ids that the garden shop does not have."""
    return replace(
        small_model(),
        users=Vocabulary.of([f"b-{one}" for one in USERS]),
        items=ItemVocabulary.of([f"b-{one}" for one in ITEMS]),
        titles=TextColumn.of([f"Book of {one}" for one in ITEMS]),
    )


@contextmanager
def two_shops(directory: Path, postgres_url: str, redis_url: str, more: str = "") -> Iterator[TwoShops]:
    """Serve both; ``postgres_url`` is of a database in which the book shop gets a schema of its own."""
    models = directory / "models"
    Registry(models / GARDEN).publish(small_model(), release("1"))
    Registry(models / BOOKS).publish(model_of_books(), release("7"))
    config = directory / "recsvc.toml"
    config.write_text(
        f"[service]\nredis_url = '{redis_url}'\noperator_key = '{OPERATOR_KEY}'\nredis_timeout_seconds = 1\n"
        f"[shops.{GARDEN}]\nhosts = ['{HOSTS[GARDEN]}']\n"
        f"[shops.{BOOKS}]\nhosts = ['{HOSTS[BOOKS]}']\ndatabase_url = '{postgres_url}'\ndatabase_schema = 'books'\n"
        f"currency = 'SEK'\n[shops.{BOOKS}.placements.b-shelf]\nbase = 'discover'\n{more}"
    )
    urls = {
        GARDEN: f"sqlite:///{models / GARDEN}/recsvc.db",
        BOOKS: f"{postgres_url}?options=-csearch_path%3Dbooks",
    }
    keys: dict[str, dict[Scope, Token]] = {}
    for shop, url in urls.items():
        with closing(open_store(url)) as store:
            store.prepare()
            origins = {Scope.WIDGET: (PAGES_OF,)}
            keys[shop] = {one: add_key(store.keys, one, origins=origins.get(one, ())) for one in Scope}
    service = Service(models, directory / "log", workers=2, start_seconds=90, config=config)
    shops = TwoShops(service, keys, urls)
    try:
        yield shops
    finally:
        shops.close()
        service.stop()
