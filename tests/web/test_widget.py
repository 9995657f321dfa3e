"""The module of the widget as a file; tests/browser/test_widget.py runs it."""

import gzip
from collections.abc import Iterator
from contextlib import closing

import pytest
from flask.testing import FlaskClient
from support.keys import add_key

from recsvc.app import EXTENSION, create_app
from recsvc.model.registry import Registry
from recsvc.settings.settings import Settings
from recsvc.store.api_keys import Scope
from recsvc.store.store import open_store
from recsvc.web.widget import source

SHOP = "https://shop.example"


@pytest.fixture
def client(registry: Registry) -> Iterator[FlaskClient]:
    """A client of an application with a key, which it does not send."""
    with closing(open_store(f"sqlite:///{registry.directory}/recsvc.db")) as store:
        add_key(store.keys, Scope.WIDGET, origins=(SHOP,))
    app = create_app(Settings(models_dir=registry.directory, log_level="error", cors_origins=(SHOP,)))
    yield app.test_client()
    app.extensions[EXTENSION].close()


@pytest.mark.parametrize(("module", "max_bytes"), [("widget.js", 5_000), ("offer.js", 2_000)])
def test_it_takes_few_kilobytes_on_the_wire(client: FlaskClient, module: str, max_bytes: int) -> None:
    answer = client.get(f"/{module}", headers={"Accept-Encoding": "gzip, br"})
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) < max_bytes
    assert gzip.decompress(answer.data) == source(module)


@pytest.mark.parametrize("coding", [None, "identity", "gzip;q=0", "br"])
def test_who_takes_no_gzip_gets_none(client: FlaskClient, coding: str | None) -> None:
    answer = client.get("/widget.js", headers={"Accept-Encoding": coding} if coding else {})
    assert "Content-Encoding" not in answer.headers
    assert answer.data == source("widget.js")


def test_the_pages_of_any_site_may_run_it_without_a_key(client: FlaskClient) -> None:
    for origin in (SHOP, "https://other.example"):
        answer = client.get("/widget.js", headers={"Origin": origin})
        assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
        assert answer.headers.getlist("Access-Control-Allow-Origin") == ["*"]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_it_is_kept_for_long_and_asked_about_without_being_sent_again(client: FlaskClient) -> None:
    for headers in ({}, {"Accept-Encoding": "gzip"}):
        first = client.get("/widget.js", headers=headers)
        assert first.headers["Cache-Control"] == "public, max-age=86400, stale-while-revalidate=604800"
        again = client.get("/widget.js", headers=headers | {"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data) == (304, b"")
    assert client.get("/widget.js", headers={"If-None-Match": '"other"'}).status_code == 200
