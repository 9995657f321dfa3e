"""Each snippet of the guide, run as it stands there but for addresses and keys: with the service, and without it."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode
from urllib.request import urlopen

import liquid
import pytest
from playwright.sync_api import Page, expect
from support.fake_shopify import SECRET, SHOP
from support.keys import add_key
from support.processes import becomes_true, free_port
from support.shop_site import Shop

from recsvc.connect.shopify.app_proxy import proxy_signature
from recsvc.store.api_keys import Scope
from recsvc.store.store import open_store

SNIPPETS = Path(__file__).parents[2] / "docs" / "guides" / "snippets"
SERVICE, KEY, SHOPPER = "https://recommend.shop.example", "rk_…", "17850"
FALLBACK = "See what others like"
PROGRAMS = {
    "list.php": ("php",),
    "list.py": (sys.executable,),
    "client.py": (sys.executable,),
    "client.mjs": ("node",),
}
CLIENTS = SNIPPETS.parents[2] / "integrations"


PATIENT = {
    "list.js": ("= 500;", "= 8000;"),
    "list.php": ("= 0.5)", "= 8.0)"),
    "list.py": ("= 0.5)", "= 8.0)"),
    "client.py": ("=0.2)", "=8.0)"),
    "client.mjs": ("timeoutMs: 200", "timeoutMs: 8000"),
}
"""What a snippet says of its time limit, and what it is to say where a list is to come from a busy machine."""


def read(name: str, *, is_patient: bool) -> str:
    text = (SNIPPETS / name).read_text()
    said, instead = PATIENT.get(name, (' n="6"', ' n="6" timeout="8000"'))
    assert text.count(said) == 1
    return text.replace(said, instead) if is_patient else text


def snippet(name: str, shop: Shop, base: str) -> str:
    """Return the snippet with the service at ``base``; it waits long for that of ``shop``."""
    text = read(name, is_patient=base == shop.service.base)
    assert SHOPPER in text
    for placeholder, value in ((SERVICE, base), (KEY, str(shop.key)), (SHOPPER, "ada")):
        text = text.replace(placeholder, value)
    return text


@pytest.fixture
def hanging() -> Iterator[str]:
    """The address of a service that takes requests and never answers."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_there_is_a_test_for_each_snippet() -> None:
    assert {path.name for path in SNIPPETS.iterdir()} == {
        "widget.html",
        "list.js",
        "widget.liquid",
        "shopify.liquid",
        "mail.html",  # tests/browser/test_mail_block.py
        "webhook.py",  # tests/docs/test_webhook_guide.py
        "webhook.php",
        *PROGRAMS,
    }


def test_the_widget_in_plain_html(page: Page, shop: Shop) -> None:
    page.goto(shop.site.page(snippet("widget.html", shop, shop.service.base)))
    expect(
        page.get_by_role("list", name="For you").get_by_role("link").filter(has_text="Darjeeling")
    ).to_be_visible()
    # Without its module, which comes from the service, an element shows what is in it.
    page.goto(shop.site.page(snippet("widget.html", shop, f"http://127.0.0.1:{free_port()}")))
    expect(page.get_by_text(FALLBACK)).to_be_visible()


def test_a_list_in_javascript(page: Page, shop: Shop, hanging: str) -> None:
    def body(base: str) -> str:
        script = f"<script type='module'>{snippet('list.js', shop, base)}</script>"
        return f"<ul id='for-you'><li>{FALLBACK}</li></ul>{script}"

    with page.expect_response("**/v1/events?key=*") as told:
        page.goto(shop.site.page(body(shop.service.base)))
    assert told.value.json()["accepted"] == 6
    shop.site.page("<h1>milk</h1>", "/p/milk")
    with page.expect_request("**/v1/events?key=*") as click:
        page.get_by_role("link", name="Milk").click()
    assert [one["type"] for one in click.value.post_data_json["events"]] == ["click"]
    expect(page.get_by_role("heading")).to_have_text("milk")
    for base in (hanging, f"http://127.0.0.1:{free_port()}"):
        with page.expect_event("requestfailed"):
            page.goto(shop.site.page(body(base)))
        expect(page.get_by_text(FALLBACK)).to_be_visible()


CUSTOMER = {"id": "ada"}
PRODUCTS = [{"url": "/p/jam", "title": '"Jam" <b>best</b>'}, {"url": "/p/tea", "title": "Tea"}]


@pytest.mark.parametrize("customer", [CUSTOMER, None])
def test_the_widget_in_liquid(page: Page, shop: Shop, customer: dict[str, str] | None) -> None:
    def body(base: str) -> str:
        return liquid.render(
            read("widget.liquid", is_patient=True),
            settings={"recsvc_url": base, "recsvc_key": str(shop.key)},
            cart={"currency": {"iso_code": "EUR"}},
            request={"locale": {"iso_code": "de"}},
            collections={"best-sellers": {"products": PRODUCTS}},
            customer=customer,
        )

    page.goto(shop.site.page(body(shop.service.base)))
    cards = page.get_by_role("list", name="For you").get_by_role("link")
    expect(cards).to_have_count(6)
    if customer:
        expect(cards.filter(has_text="Darjeeling")).to_contain_text("12,50\xa0€")
    assert page.locator("recsvc-list").get_attribute("user") == (customer["id"] if customer else None)
    page.goto(shop.site.page(body(f"http://127.0.0.1:{free_port()}")))
    expect(page.get_by_role("link", name='"Jam" <b>best</b>')).to_be_visible()


def through_shopify(base: str, customer: str) -> Callable[[str], tuple[str, str]]:
    """Return what answers a query string as Shopify's app proxy does, for a customer who is signed in."""

    def answer(query: str) -> tuple[str, str]:
        values = parse_qs(query) | {
            "shop": [SHOP], "logged_in_customer_id": [customer], "path_prefix": ["/apps/recs"],
            "timestamp": [str(int(time.time()))],
        }  # fmt: skip
        signed = {**values, "signature": [proxy_signature(values, SECRET)]}
        with urlopen(f"{base}/v1/proxy/shopify?{urlencode(signed, doseq=True)}", timeout=10) as found:
            return "application/json", found.read().decode()

    return answer


def test_a_section_of_a_theme_shows_the_list_of_who_is_signed_in(page: Page, shop: Shop) -> None:
    text, _, schema = (
        (SNIPPETS / "shopify.liquid").read_text().replace("(2000)", "(9000)").partition("{% schema %}")
    )
    assert json.loads(schema.replace("{% endschema %}", ""))["presets"]
    body = liquid.render(
        text,
        shop={"currency": "EUR"},
        request={"locale": {"iso_code": "de"}},
        section={"settings": {"heading": "For <you>", "collection": {"products": PRODUCTS}}},
    )
    bought = {"type": "purchase", "user_id": "99001", "item_id": "nails", "event_id": "n"}
    shop.ask("/v1/events", bought)
    mine = [one["title"] for one in shop.ask("/v1/recommend?user_id=99001&n=6&fields=title")["items"]]
    assert mine != [one["title"] for one in shop.ask("/v1/recommend?n=6&fields=title")["items"]]
    shop.site.apps["/apps/recs"] = through_shopify(shop.service.base, "99001")
    address = shop.site.page(body, "/theme")
    page.goto(address)
    expect(page.locator(".recs h2")).to_have_text("For <you>")
    expect(page.locator(".recs img").first).to_be_visible()
    links = page.locator(".recs a")
    shown = [link.inner_text() for link in links.all()]
    assert [title for title, text in zip(mine, shown, strict=True) if title not in text] == []
    expect(links.filter(has_text="Milk")).to_have_attribute("href", f"{shop.site.origin}/p/milk")
    expect(links.filter(has_text="Milk")).to_contain_text("1,20\xa0€")
    shop.site.apps["/apps/recs"] = lambda _query: ("text/html", "<h1>There was an error</h1>")
    page.goto(address)
    expect(page.get_by_role("link", name='"Jam" <b>best</b>')).to_be_visible()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_list_made_on_the_server_of_the_shop(name: str, shop: Shop, hanging: str, tmp_path: Path) -> None:
    if shutil.which(PROGRAMS[name][0]) is None:
        pytest.skip(f"needs {PROGRAMS[name][0]} on the PATH")
    with closing(open_store(f"sqlite:///{shop.models}/recsvc.db")) as store:
        key = add_key(store.keys, Scope.READ)
    program = tmp_path / name
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "recsvc-client").symlink_to(CLIENTS / "javascript")

    def run(base: str, sent: Any = key) -> str:
        program.write_text(snippet(name, shop, base))
        installed = {"PYTHONPATH": str(CLIENTS / "python")}
        variables = {**os.environ, **installed, "RECSVC_URL": base, "RECSVC_KEY": str(sent)}
        done = subprocess.run(
            [*PROGRAMS[name], str(program)],
            env=variables,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        assert not [line for line in done.stderr.splitlines() if not line.startswith("recsvc: ")]
        return done.stdout

    assert becomes_true(lambda: FALLBACK not in run(shop.service.base)), "a new key is known within a second"
    shown = run(shop.service.base)
    assert '<li><a href="/p/milk">Milk</a></li>' in shown
    assert "<img" not in shown
    assert "img src=x onerror=" in shown
    assert FALLBACK not in shown
    for printed in (run(hanging), run(f"http://127.0.0.1:{free_port()}"), run(shop.service.base, "no-key")):
        assert FALLBACK in printed
        assert "<li>" not in printed
