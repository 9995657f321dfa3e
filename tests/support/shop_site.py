"""A shop's web site on a port of its own: whatever pages a test gives it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: auto; padding: 1rem; }
recsvc-list { display: block; min-height: 22rem; margin: 1rem 0; }
"""
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">
<circle cx="4.5" cy="4.5" r="3" fill="#0a6c74"/></svg>"""


class ShopSite:
    """Its pages, by path; each may be changed at any time."""

    def __init__(self, port: int) -> None:
        self.origin = f"http://127.0.0.1:{port}"
        self.headers: dict[str, str] = {}
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

    def answer(self, path: str) -> tuple[str, str] | None:
        """Return type and text of what is there."""
        return self._pages.get(path)


@contextmanager
def shop_site() -> Iterator[ShopSite]:
    """Serve a shop without pages."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = site.answer(self.path.partition("?")[0])
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
