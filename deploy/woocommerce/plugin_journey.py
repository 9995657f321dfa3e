"""The journey of ``try-plugin.sh``: the plug-in in a real shop, with a real service."""

import os
import re
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from zipfile import ZipFile

from journey import ROOM, free_port, say, wait_for
from plugin_browser import look
from plugin_events import check_delay, check_events, check_privacy
from plugin_persons import check_budget, check_persons
from trial import DEBUG, PluginShop, Service, hanging, must, save_settings, test_button
from visitor import PASSWORD, Visitor, heading_of, products_in, sections, shown_in

PACK = ROOM.parents[1] / "integrations" / "pack_plugin.py"
PLACED = ("for_you", "discover", "buy_again", "bought_together", "trending")


def settle(owner: Visitor, service: Service, key: str) -> None:
    """Go through what can be wrong with the settings, as the test button tells it."""
    say("the test button")
    wrong = "http://127.0.0.1:9"
    reader = service.run("recsvc", "keys", "create", "--scope", "read").strip()
    cases: list[tuple[dict[str, str], str]] = [
        ({}, "no address yet"),
        ({"address": wrong, "api_key": key}, "Nothing listens there"),
        ({"address": "https://recsvc.invalid"}, "DNS"),
        ({"address": service.url.replace("http", "https")}, "TLS"),
        ({"address": service.url, "api_key": "rk_wrong"}, "key is not valid"),
        ({"address": service.url, "api_key": reader}, "events"),
    ]  # fmt: skip
    for fields, expected in cases:
        save_settings(owner, **fields)
        time.sleep(1)  # a new key is known within a second
        said = " | ".join(test_button(owner))
        must("BAD" in said and expected in said, f"{fields.get('address') or 'nothing entered'}: {said}")
    page = save_settings(owner, address="http://recsvc.example")
    must("would cross the network in the clear" in page, "http to elsewhere is refused")
    page = save_settings(owner, address=service.url, api_key=key)
    must(key not in page, "the key is not in the page of settings")
    page = save_settings(owner, address=service.url, timeout_ms="1000")
    said = " | ".join(test_button(owner))
    must("BAD" not in said, f"an empty field keeps the key: {said}")


def check_pages(shop: PluginShop, guest: Visitor) -> None:
    """Look at each list in a page that anybody gets."""
    say("pages")
    for placement in PLACED:
        page = guest.get(f"/list-{placement}/")
        block, short = sections(page.text)
        is_hidden = placement in {"buy_again", "bought_together"}
        shown = [products_in(block), products_in(short)]
        must(
            not any(shown) if is_hidden else [len(one) for one in shown] == [4, 3],
            f"{placement}: {heading_of(block) or 'hidden for a stranger'}: {shown}",
        )
        if not is_hidden:
            must(shown_in(block)["list"], f"{placement}: it is the service's: {shown_in(block)['list'][:8]}…")
            must(heading_of(short) == f"Short {placement}", f"{placement}: the shop's own heading stands")
        must("recsvc" not in page.headers.get("Set-Cookie", ""), f"{placement}: the page sets no cookie")
    number, address = shop("find", "SK-010")["SK-010"]
    page = guest.get(address).text
    related = page.partition("Related products")[2]
    sku_of_it = shop("clash", number)
    must(
        sku_of_it == ["SK-010"], f"the number of a product is no item where it is a draft's SKU: {sku_of_it}"
    )
    must(number not in products_in(related) and products_in(related), f"related: {products_in(related)[:5]}")


def check_shoppers(shop: PluginShop, guest: Visitor) -> None:
    """Compare the lists of two customers and of a guest."""
    say("two shoppers")
    anna, ben = (Visitor(shop.url).sign_in(name) for name in ("anna", "ben"))
    lists = {name: one.lists("for_you", "buy_again") for name, one in (("anna", anna), ("ben", ben))}
    must(lists["anna"] != lists["ben"] and all(map(all, lists.values())), f"different lists: {lists}")
    bought = {int(shop("find", sku)[sku][0]) for sku in ("SK-011", "SK-012", "SK-013")}
    must(set(lists["anna"][1]) <= bought, f"Anna's 'buy again' has only what Anna bought, {bought}")
    ours = [sections(one.get("/list-for_you/").text)[0] for one in (anna, ben, guest)]
    must(len(set(ours)) == 1, "the page itself is the same for Anna, Ben and a guest")
    shop("set", "in_page", "yes")
    page = anna.get("/list-for_you/")
    must("no-store" in page.headers["Cache-Control"], "without a page cache: the page is not to be kept")
    must(
        products_in(sections(page.text)[0]) == anna.lists("for_you", n=4)[0], "and has Anna's own list in it"
    )
    shop("set", "in_page", "no")
    must(
        shop("own_address", "carla", "anna@shop.example"),
        "Carla, who never ordered, writes Anna's address into her account",
    )
    thief = Visitor(shop.url).sign_in("carla")
    must(thief.lists("buy_again") == [[]], "and sees nothing that Anna bought")


def measured(visitor: Visitor, path: str, n: int = 15) -> str:
    """Return how long a page takes: the median and the longest, in milliseconds."""
    visitor.get(path)
    taken = []
    for _ in range(n):
        started = time.perf_counter()
        visitor.get(path)
        taken.append(1000 * (time.perf_counter() - started))
    return f"{statistics.median(taken):.0f} ms, at most {max(taken):.0f} ms"


def check_absence(shop: PluginShop, service: Service, guest: Visitor) -> None:
    """Let the service hang, then be gone."""
    say("a service that hangs, and one that is gone")
    path = "/list-for_you/"
    shop("set", "timeout_ms", 300)
    with service.serve():
        wait_for(f"{service.url}/health/ready")
        say(f"  with the service: {measured(guest, path)}")
    with hanging() as address:
        shop("set", "address", address)
        started = time.perf_counter()
        page = guest.get(path).text
        taken = 1000 * (time.perf_counter() - started)
        must(
            len(products_in(sections(page)[0])) == 4,
            f"it hangs: the shop's own products after {taken:.0f} ms",
        )
        must(not shown_in(sections(page)[0])["list"], "which say of no list that they were it")
        say(f"  it hangs, the following pages: {measured(guest, path)}")
    shop("set", "address", service.url)
    started = time.perf_counter()
    page = guest.get(path).text
    taken = 1000 * (time.perf_counter() - started)
    must(
        heading_of(sections(page)[0]) == "Popular right now",
        f"it is gone: {taken:.0f} ms, under an honest heading",
    )
    say(f"  it is gone, the following pages: {measured(guest, path)}")


def journey(work: Path, storage: str) -> None:
    """Go all the way."""
    log = work / "debug.log"
    PluginShop.more_config = DEBUG.format(log=log)
    port = free_port()
    shop = PluginShop(work, free_port(), port)
    say(f"WordPress {shop('install')['wordpress']}")
    keys = (shop("prepare", storage), shop("prepare", storage))[1]
    log.unlink(missing_ok=True)  # WordPress looked for tables before they were made
    say(f"WooCommerce {keys['woocommerce']}, orders in {'tables' if keys['hpos'] else 'posts'}")
    shop("products", 60)
    shop("orders", 250, 300, 1)
    shop("open", PASSWORD)
    for name, first, n_orders in (("anna", 10, 6), ("ben", 40, 6), ("carla", 0, 0)):
        shop("customer", name, PASSWORD, first, n_orders)
    service = Service(work, shop, keys)
    service.port = port
    archive = work / "recsvc.zip"
    subprocess.run([sys.executable, str(PACK), str(archive)], check=True, capture_output=True)  # noqa: S603 - our own
    ZipFile(archive).extractall(shop.folder / "wp-content" / "plugins")
    must(shop("activate") is True, "the plug-in is active")
    with ExitStack() as stack:
        stack.enter_context(shop.serve())
        wait_for(f"{shop.url}/wp-json/")
        service.connect(status=4)
        scopes = [word for scope in ("read", "events", "admin") for word in ("--scope", scope)]
        key = service.run("recsvc", "keys", "create", *scopes).strip()
        owner, guest = Visitor(shop.url).sign_in("admin"), Visitor(shop.url)
        with service.serve():
            wait_for(f"{service.url}/health/live")
            save_settings(owner, address=service.url, api_key=key)
            must(
                "no model yet" in " ".join(test_button(owner)),
                "the test button says that there is no model yet",
            )
            service.run("recsvc-train", "run", "--from-store", "--models-dir", str(service.models))
            wait_for(f"{service.url}/health/ready")
            service.connect("--hooks-at", service.url)
            settle(owner, service, key)
            check_pages(shop, guest)
            check_shoppers(shop, guest)
            check_events(shop, service, key)
            check_persons(shop, service, key)
            check_budget(shop, service, guest)
            look(shop, service, key, os.environ.get("PICTURES"))
            check_privacy(shop, service, key)
        check_absence(shop, service, Visitor(shop.url))
        check_delay(shop, service, key)
    left = shop("uninstall")
    must(not any(left.values()), f"nothing is left of the plug-in: {left}")
    lines = log.read_text().splitlines() if log.exists() else []
    notices = [one for one in lines if not re.search("wp_version_check|wp_update_(plugins|themes)", one)]
    must(not notices, f"the log of WordPress is empty but for updates that it cannot look for {notices[:9]}")
    printed = re.findall(r".*PHP (?:Warning|Notice|Fatal|Deprecated|Parse).*", (work / "php.log").read_text())
    must(not printed, f"PHP complained of nothing {printed[:5]}")


if __name__ == "__main__":
    journey(Path(sys.argv[1]), sys.argv[2])
