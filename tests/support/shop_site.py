"""A shop's web site on a port of its own, whatever pages a test gives it, and the service that it asks."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import Request, urlopen

from recsvc.store.api_keys import Scope, Token
from recsvc.store.store import open_store
from support.fake_shopify import SECRET, SHOP
from support.keys import add_key
from support.processes import Service

STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: auto; padding: 1rem; }
recsvc-list { display: block; min-height: 22rem; margin: 1rem 0; }
"""
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">
<circle cx="4.5" cy="4.5" r="3" fill="#0a6c74"/></svg>"""


class ShopSite:
    """Its pages, by path; each may be changed at any time.

    ``apps`` are paths below which a program answers a query string, with type and text.
    """

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.headers: dict[str, str] = {}
        self.apps: dict[str, Callable[[str], tuple[str, str]]] = {}
        self._pages = {"/shop.css": ("text/css", STYLE), "/picture.svg": ("image/svg+xml", PICTURE)}

    def page(self, body: str, path: str = "/", head: str = "") -> str:
        """Put a page with ``body`` there; return its address."""
        self._pages[path] = (
            "text/html; charset=utf-8",
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<link rel="stylesheet" href="/shop.css">{head}</head><body><main>{body}</main></body></html>',
        )
        return self.origin + path

    def answer(self, address: str) -> tuple[str, str] | None:
        """Return type and text of what is there."""
        path, _, query = address.partition("?")
        return self.apps[path](query) if path in self.apps else self._pages.get(path)


@contextmanager
def shop_site() -> Iterator[ShopSite]:
    """Serve a shop without pages."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = site.answer(self.path)
            self.send_response(200 if found else 404)
            kind, text = found or ("text/plain", "")
            for name, value in {"Content-Type": kind, **site.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site = ShopSite(server.server_address[1])
    thread = Thread(target=server.serve_forever, args=(0.05,), name="shop-site", daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


HOSTILE = '<img src=x onerror="window.hacked=1"><b>Jam</b>'
ITEMS: dict[str, dict[str, Any]] = {
    "tea": {"title": "Fine Darjeeling tea, first flush, 250 g in a tin with a lid", "price": 12.5},
    "milk": {"title": "Milk", "price": 1.2},
    "cake": {"title": "Carrot cake", "price": 4.5},
    "jam": {"title": HOSTILE, "price": 3},
    "saw": {"title": "Saw", "price": 1234.5},
    "nails": {"title": "Nails", "price": 2.5, "attributes": {"size": "4 cm"}},
    "hammer": {"title": "Hammer"},
}
FALLBACK = "Our best sellers"


@dataclass
class Shop:
    """A shop, the service that it asks, and its keys."""

    site: ShopSite
    service: Service
    key: Token
    admin: Token
    models: Path

    def ask(self, path: str, body: object = None) -> Any:
        """Ask the service as its operator."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "X-API-Key": str(self.admin)}
        with urlopen(Request(self.service.base + path, data, headers), timeout=10) as answer:
            return json.load(answer)

    def list(self, inner: str = f"<p>{FALLBACK}</p>", **attributes: object) -> str:
        """Return an element; an attribute that is None is left out.

        It waits for longer than it does by itself: the machine may be busy.
        """
        given = {
            "placement": "for_you",
            "user": "ada",
            "n": 3,
            "api_key": self.key,
            "currency": "EUR",
            "timeout": 8000,
        } | attributes
        written = (
            f'{name.replace("_", "-")}="{value}"' for name, value in given.items() if value is not None
        )
        return f"<recsvc-list {' '.join(written)}>{inner}</recsvc-list>"

    def page(self, *lists: str, path: str = "/", head: str = "") -> str:
        """Put a page with ``lists`` there; return its address."""
        script = f'<script type="module" src="{self.service.base}/widget.js"></script>'
        return self.site.page("<h1>Shop</h1>" + "<p>More</p>".join(lists) + "<p>End</p>", path, head + script)


def open_shop(site: ShopSite, directory: Path, published: Path, **settings: object) -> Shop:
    """Start a service for the shop ``site``, which has a key; its files are in ``directory``."""
    models = Path(shutil.copytree(published, directory / "models"))
    with closing(open_store(f"sqlite:///{models}/recsvc.db")) as store:
        admin = add_key(store.keys, Scope.ADMIN)
        key = add_key(store.keys, Scope.WIDGET, origins=(site.origin,))
    settings |= {"shopify_shop": SHOP, "shopify_client_secret": SECRET, "shopify_user_id": "customer_id"}
    service = Service(models, directory / "log", workers=1, widget_rate_limit="none", **settings)
    shop = Shop(site, service, key, admin, models)
    fields = {"image_url": f"{site.origin}/picture.svg"}
    items = [{"item_id": one, "url": f"/p/{one}", **fields, **more} for one, more in ITEMS.items()]
    assert not shop.ask("/v1/items", {"items": items})["rejected"]
    return shop
