"""Whose an address is, and what is asked for with it, in the shop of a try."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from journey import say
from plugin_events import deliver
from trial import PluginShop, Service, must
from visitor import PASSWORD, Visitor, products_in, sections


def check_persons(shop: PluginShop, service: Service, key: str) -> None:
    """See whose data an order opens, and whose an erasure forgets."""
    check_proof(shop)
    check_two_addresses(shop, service, key)


def check_proof(shop: PluginShop) -> None:
    """Try to open Anna's lists by orders that cost next to nothing."""
    say("what proves an address")
    shop("customer", "mallory", PASSWORD, 0, 0)
    for how in ("cod", "coupon"):
        must(shop("order_for", "mallory", "anna@shop.example", how, "SK-050"), f"{how}: it counts as paid")
        mallory = Visitor(shop.url).sign_in("mallory")
        must(mallory.lists("buy_again") == [[]], f"{how}: Mallory sees nothing of Anna's")
    erased = shop("privacy", "erasers", "mallory@shop.example")
    must(
        erased["items_retained"] and "anna@shop.example" in erased["messages"][0],
        f"Mallory's eraser leaves Anna's data, and says it: {erased['messages']}",
    )
    found = shop("privacy", "exporters", "mallory@shop.example")["data"]
    must(found == [], "Mallory's export has none of them")


def check_two_addresses(shop: PluginShop, service: Service, key: str) -> None:
    """Erase a customer whose orders are for another address than the account's."""
    say("an account and orders of two addresses")
    shop("customer", "dora", PASSWORD, 0, 0)
    must(shop("order_for", "dora", "Dora@home.example", "card", "SK-031"), "Dora pays for an order")
    dora = Visitor(shop.url)
    dora.lists(viewed=int(shop("find", "SK-034")["SK-034"][0]))
    dora.sign_in("dora")  # joins the visit
    deliver(shop)
    must(service.user("dora@home.example", key), "the service knows Dora by the address of the order")
    exported = {
        one["value"]
        for row in shop("privacy", "exporters", "dora@shop.example")["data"]
        for one in row["data"]
    }
    must({"SK-031", "SK-034"} <= exported, "the export for the account's address has it")
    erased = shop("privacy", "erasers", "dora@shop.example")
    must(erased["items_removed"] and not erased["items_retained"], f"the eraser says so: {erased}")
    must(service.user("dora@home.example", key) == {}, "nothing is held under the order's address")
    left = shop("traces", "dora@home.example")
    must(not any(left.values()), f"nor does the plug-in keep it: {left}")
    must(shop("erasers")[0] == "recsvc", "the eraser goes before WooCommerce takes addresses out of orders")


@contextmanager
def slow(port: int, seconds: float) -> Iterator[tuple[str, list[str]]]:
    """Yield the address of what passes requests on to a service after some time, and what it was asked."""
    arrived: list[str] = []

    class Slow(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            arrived.append(self.path)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(seconds)
            onward = HTTPConnection("127.0.0.1", port, timeout=30)
            onward.request("POST", self.path, body, dict(self.headers))
            answer = onward.getresponse()
            text = answer.read()
            onward.close()
            try:
                self.send_response(answer.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
            except OSError:
                pass  # the page went without it

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Slow) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", arrived
        server.shutdown()


def check_budget(shop: PluginShop, service: Service, guest: Visitor) -> None:
    """Open a page of six lists while each answer takes most of what a page may wait for all."""
    say("a service that is slow, and a page of six lists")
    shop("set", "timeout_ms", 1000)
    with slow(service.port, 0.7) as (address, arrived):
        shop("set", "address", address)
        page = guest.get("/many-lists/").text
    shop("set", "address", service.url)
    must(0 < len(arrived) <= 2, f"0.7 s each, 1 s a page: the page asks {len(arrived)} times")
    shown = [len(products_in(one)) for one in sections(page)]
    must(shown == [4] * 6, f"each place is filled: {shown}")
