"""What of shoppers reaches the service by the plug-in and by webhooks, and what shoppers may ask."""

import re
import time
from collections import Counter
from typing import Any

from journey import say, wait_for
from trial import PluginShop, Service, must
from visitor import Visitor

BUYER = {
    "first_name": "G",
    "last_name": "Guest",
    "country": "DE",
    "address_1": "Street 1",
    "city": "Berlin",
    "postcode": "10115",
    "phone": "030123",
}


def order_by_form(guest: Visitor, product: int, address: str) -> None:
    """Order by the old checkout."""
    guest.get(f"/?add-to-cart={product}")
    page = guest.get("/classic-checkout/").text
    nonce = re.search(r'name="woocommerce-process-checkout-nonce" value="(\w+)"', page)
    form = {f"billing_{name}": value for name, value in {**BUYER, "email": address}.items()}
    form |= {"payment_method": "cod", "woocommerce-process-checkout-nonce": nonce[1] if nonce else ""}
    answer = guest.post("/?wc-ajax=checkout", form).json()
    must(answer["result"] == "success", f"the old checkout takes the order of {address}")


def order_by_blocks(guest: Visitor, product: int, address: str) -> None:
    """Order by the checkout of blocks."""
    guest.store("cart")
    guest.store("cart/add-item", {"id": product, "quantity": 2})
    body = {"billing_address": {**BUYER, "email": address}, "payment_method": "cod"}
    answer = guest.store("checkout", body)
    must(
        answer["payment_result"]["payment_status"] == "success",
        f"the checkout of blocks takes that of {address}",
    )


def deliver(shop: PluginShop) -> None:
    """Let all jobs of the shop run."""
    must(shop("send") == 0, f"no event waits any more; {shop('deliver')} jobs of the shop ran")


def kinds(held: dict[str, Any]) -> Counter[tuple[str, str]]:
    """Return how often a shopper did what with which item."""
    return Counter((one["type"], one["item_id"]) for one in held.get("events", ()))


def check_events(shop: PluginShop, service: Service, key: str) -> None:
    """Look at products, fill carts, and order by both checkouts."""
    say("events")
    products = {sku: int(found[0]) for sku, found in shop("find", "SK-020", "SK-021", "SK-030").items()}
    for order, address in ((order_by_form, "form@shop.example"), (order_by_blocks, "blocks@shop.example")):
        guest = Visitor(shop.url)
        shown = guest.call(
            "recsvc_lists", {"lists": [{"placement": "for_you"}], "viewed": products["SK-030"]}
        )
        must("recsvc_visit" in guest.session.cookies, "a guest has a visit of their own")
        shown = shown["lists"][0]["shown"]
        item, position = next(iter(shown["items"].values()))
        event = {"type": "click", "item": item, "list": shown["list"], "position": position}
        must(guest.call("recsvc_tell", {"events": [event]}) == {"taken": 1}, "a click is taken")
        old = dict(guest.session.cookies)
        order(guest, products["SK-020"], address)
        left = [one.value for one in guest.session.cookies if one.name == "recsvc_visit"]
        must(old["recsvc_visit"] not in left, "who ordered has the cookie of that visit no more")
        deliver(shop)
        held = service.user(address, key)
        expected = {("view", "SK-030"), ("click", item), ("add_to_cart", "SK-020"), ("purchase", "SK-020")}
        found = kinds(held)
        must(set(found) == expected, f"{address}: {dict(found)}")
        must(
            found["purchase", "SK-020"] == 1,
            "the order is there once, with the name that the connector gives it",
        )
        names = [one["event_id"] for one in held["events"] if one["type"] == "purchase"]
        must(re.fullmatch(r"woocommerce/\d+/\d+/1", names[0]), names[0])
        must(len(held["merged"]) == 1, "the visit is the buyer's")
        must(shop("lose_cache"), "the object cache is emptied")
        thief = Visitor(shop.url)
        thief.session.cookies.update(old)
        must(thief.lists("buy_again") == [[]], "its old cookie does not open the buyer's lists")
        visits = {one.value for one in thief.session.cookies if one.name == "recsvc_visit"}
        must(len(visits - {old["recsvc_visit"]}) == 1, "who has it begins a visit of their own")
    anna = Visitor(shop.url).sign_in("anna")
    anna.lists(viewed=products["SK-021"])
    anna.store("cart")
    anna.store("cart/add-item", {"id": products["SK-021"], "quantity": 1})
    deliver(shop)
    found = kinds(service.user("anna@shop.example", key))
    must(
        {("view", "SK-021"), ("add_to_cart", "SK-021")} <= set(found),
        "what Anna does is stored under her address",
    )


def check_privacy(shop: PluginShop, service: Service, key: str) -> None:
    """Export and erase a shopper by the tools of WordPress."""
    say("exporter and eraser")
    address = "form@shop.example"
    found = shop("privacy", "exporters", address)
    values = {pair["value"] for row in found["data"] for pair in row["data"]}
    must(
        {"view", "purchase", "SK-020"} <= values and found["done"], f"{len(found['data'])} rows are exported"
    )
    erased = shop("privacy", "erasers", address)
    must(erased["items_removed"] and not erased["items_retained"], f"erased: {erased}")
    must(service.user(address, key) == {}, "the service holds nothing any more")
    again = shop("privacy", "exporters", address)
    must(again["data"] == [], "and nothing is exported")
    left = shop("traces", address)
    must(not any(left.values()), f"the plug-in keeps neither the address nor the visits: {left}")


def check_delay(shop: PluginShop, service: Service, key: str) -> None:
    """Do something while the service is gone, and start it again."""
    say("events while the service is gone")
    number = int(shop("find", "SK-030")["SK-030"][0])
    anna = Visitor(shop.url).sign_in("anna")
    started = time.perf_counter()
    anna.lists(viewed=number)
    taken = 1000 * (time.perf_counter() - started)
    must(shop("send") == 1, f"what Anna views waits; telling it took {taken:.0f} ms")
    refused = shop("privacy", "erasers", "blocks@shop.example")
    must(
        refused["items_retained"] and refused["messages"],
        f"the eraser says that it could not: {refused['messages']}",
    )
    with service.serve():
        wait_for(f"{service.url}/health/ready")
        deliver(shop)
        must(("view", "SK-030") in kinds(service.user("anna@shop.example", key)), "it arrives afterwards")
