"""The widget in pages of another origin, in a real browser, with a real service behind it."""

import re
import shutil
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.processes import Service, becomes_true, free_port
from support.shop_site import FALLBACK, HOSTILE, ITEMS, Shop
from support.slow_proxy import SlowProxy
from support.tcp_proxy import TcpProxy, passed_on

WIDTHS = (375, 1280)
LOOKED = "new Promise((done) => new IntersectionObserver(done).observe(document.body))"
"""Is over when the browser has told every such observer what is in view."""


@dataclass
class Wire:
    """What a page asks the service for, and how often it tells it something."""

    pages: list[dict[str, Any]] = field(default_factory=list)
    n_told: int = 0


@pytest.fixture
def wire(page: Page) -> Wire:
    wire = Wire()

    def note(request: Any) -> None:
        if request.method == "POST" and "/v1/recommend/page" in request.url:
            wire.pages.append(request.post_data_json)
        wire.n_told += "/v1/events" in request.url

    page.on("request", note)
    return wire


def ready(page: Page, n: int = 1) -> Locator:
    """Wait for ``n`` lists; return the cards of all."""
    expect(page.locator("recsvc-list[state=ready]")).to_have_count(n)
    return page.locator("recsvc-list [part=item]")


def shown_ids(page: Page) -> list[str]:
    return [
        href.rpartition("/")[2]
        for href in page.locator("recsvc-list a[part=card]").evaluate_all("all => all.map((one) => one.href)")
    ]


def test_a_list_is_shown_as_cards_of_the_catalogue(page: Page, shop: Shop) -> None:
    page.goto(shop.page(shop.list('<h2 slot="heading">For you</h2><p>Our best sellers</p>')))
    assert ready(page).count() == 3
    cards = page.get_by_role("list", name="For you").get_by_role("listitem")
    expect(cards).to_have_count(3)
    tea = cards.filter(has_text="Darjeeling").get_by_role("link")
    assert tea.get_attribute("href") == f"{shop.site.origin}/p/tea"
    expect(tea).to_contain_text("€12.50")
    assert tea.locator("img").evaluate(
        "image => image.complete && image.naturalWidth > 0 && image.alt === ''"
    )
    expect(page.get_by_role("heading", name="For you")).to_be_visible()
    expect(page.get_by_text("Our best sellers")).to_be_hidden()


@pytest.mark.parametrize(
    ("lang", "currency", "price"),
    [
        ("de", "EUR", "12,50\xa0€"),
        ("en", None, "12.50"),
        ("en", "nonsense", "12.5"),
        ("no such", "EUR", "12.5"),
    ],
)
def test_prices_are_written_as_the_page_writes_them(
    page: Page, shop: Shop, lang: str, currency: str | None, price: str
) -> None:
    page.goto(shop.page(shop.list(lang=lang, currency=currency)))
    ready(page)
    assert page.locator("[part=card]", has_text="Darjeeling").locator("[part=price]").text_content() == price


def test_lists_of_a_page_share_one_request_and_no_item(page: Page, shop: Shop, wire: Wire) -> None:
    page.goto(shop.page(shop.list(), shop.list(placement="trending"), head="<style>h2{margin:0}</style>"))
    assert ready(page, 2).count() == 6
    assert [[one["placement"] for one in asked["placements"]] for asked in wire.pages] == [
        ["for_you", "trending"]
    ]
    titles = page.locator("recsvc-list [part=title]").all_text_contents()
    assert len(set(titles)) == 6


def test_a_list_below_the_fold_is_asked_for_when_it_comes_near(page: Page, shop: Shop, wire: Wire) -> None:
    far = '<div style="height: 3000px"></div>'
    page.goto(shop.page(shop.list(), far + shop.list(placement="trending")))
    ready(page)
    page.wait_for_timeout(200)
    assert len(wire.pages) == 1
    page.mouse.wheel(0, 2800)
    ready(page, 2)
    assert len(wire.pages) == 2
    assert sorted(wire.pages[1]["exclude"]) == ["cake", "milk", "tea"]


def test_what_cannot_be_answered_takes_no_other_list_with_it(page: Page, shop: Shop) -> None:
    page.goto(shop.page(shop.list(), shop.list(placement="similar", items="no-such-item")))
    ready(page)
    expect(page.locator("recsvc-list[state=fallback]").get_by_text(FALLBACK)).to_be_visible()


def test_titles_are_text_and_addresses_are_of_the_web(page: Page, shop: Shop) -> None:
    def poison(route: Any) -> None:
        """Answer what the catalogue of the service would refuse."""
        answer = route.fetch()
        document = answer.json()
        for item in document["lists"][0]["items"]:
            item |= {
                "url": "javascript:window.hacked=1",
                "image_url": "data:image/svg+xml,<svg onload='hacked=1'/>",
            }
        route.fulfill(response=answer, json=document)

    page.route("**/v1/recommend/page", poison)
    template = (
        '<template><a data-field="url"><img data-field="image_url"><i data-field="title"></i></a></template>'
    )
    for inner in ("", template):
        page.goto(shop.page(shop.list(inner, placement="trending", n=4)))
        ready(page)
        card = page.locator("div[slot]" if inner else "[part=card]", has_text="onerror")
        expect(card).to_have_count(1)
        expect(card).to_contain_text(HOSTILE)
        assert page.locator("recsvc-list").locator("[href], [src], b").count() == 0
        card.click()
        assert page.evaluate("window.hacked") is None


def test_the_template_of_the_shop_is_filled_in_the_page_itself(page: Page, shop: Shop) -> None:
    template = (
        '<template><article class="mine"><a data-field="url"><b data-field="title"></b></a><i data-field="price"></i>'
        '<u data-field="attributes.size"></u><img data-field="image_url" alt=""></article></template>'
    )
    style = "<style>.mine b { color: rgb(1, 2, 3); }</style>"
    page.goto(shop.page(shop.list(template, user="bob"), head=style))
    ready(page)
    nails = page.locator("recsvc-list .mine", has_text="Nails")
    expect(nails.locator("u")).to_have_text("4 cm")
    expect(nails.locator("i")).to_have_text("€2.50")
    expect(nails.locator("b")).to_have_css("color", "rgb(1, 2, 3)")
    assert nails.locator("a").get_attribute("href") == f"{shop.site.origin}/p/nails"
    assert nails.locator("img").get_attribute("src") == f"{shop.site.origin}/picture.svg"
    hammer = page.locator("recsvc-list .mine", has_text="Hammer")
    expect(hammer.locator("u")).to_have_attribute("hidden", "")
    expect(page.get_by_role("listitem")).to_have_count(3)


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_moves_and_the_page_does_not_scroll_sideways(page: Page, shop: Shop, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver((all) => all.getEntries().forEach((one) => shift += one.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    tall = '<p style="height: 30rem">Best sellers</p>'
    page.goto(shop.page(shop.list(n=6), shop.list(tall, placement="trending", n=6)))
    ready(page, 2)
    page.wait_for_timeout(500)
    assert page.evaluate("shift") == 0
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.evaluate("document.querySelector('h1').style.paddingTop = '100px'")  # the measure itself can fail
    page.wait_for_timeout(200)
    assert page.evaluate("shift") > 0


def test_lists_are_reached_by_keyboard(page: Page, shop: Shop) -> None:
    page.goto(shop.page(shop.list()))
    ready(page)
    page.keyboard.press("Tab")
    first = page.locator("a[part=card]").nth(0)
    expect(first).to_be_focused()
    assert first.evaluate("card => getComputedStyle(card).outlineStyle") != "none"


def test_without_javascript_the_page_shows_what_the_shop_put_there(browser: Browser, shop: Shop) -> None:
    for width in WIDTHS:
        context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": 900})
        page = context.new_page()
        page.goto(shop.page(shop.list()))
        expect(page.get_by_text(FALLBACK)).to_be_visible()
        context.close()


def test_a_service_that_is_away_or_slow_leaves_what_the_shop_put_there(page: Page, shop: Shop) -> None:
    page.set_viewport_size({"width": 1280, "height": 3000})
    with closing(socket.socket()) as hanging:
        hanging.bind(("127.0.0.1", 0))
        hanging.listen()  # takes connections, and never answers
        slow, away = (f"http://127.0.0.1:{port}/" for port in (hanging.getsockname()[1], free_port()))
        page.goto(
            shop.page(
                shop.list(src=slow, timeout=300),
                shop.list(src=slow, user="bob", timeout=None),
                shop.list(src=away),
                shop.list("", src=away),
                shop.list(),
            )
        )
        expect(page.locator("recsvc-list[state=fallback]")).to_have_count(3)
        for one in page.locator("recsvc-list[state=fallback]").get_by_text(FALLBACK).all():
            expect(one).to_be_visible()
        expect(page.locator("recsvc-list[state=empty]")).to_be_hidden()
        ready(page)


@pytest.mark.parametrize(
    "answer", ["no JSON", "[]", '{"lists": 1}', '{"lists": [{}]}', '{"lists": [{"items": []}]}']
)
def test_an_answer_that_is_none_of_ours_leaves_what_the_shop_put_there(
    page: Page, shop: Shop, answer: str
) -> None:
    allow = {"Access-Control-Allow-Origin": "*"}
    page.route("**/v1/recommend/page", lambda route: route.fulfill(body=answer, headers=allow))
    page.goto(shop.page(shop.list()))
    expect(page.locator("recsvc-list[state=fallback]").get_by_text(FALLBACK)).to_be_visible()


def test_a_shop_goes_on_when_the_service_dies(page: Page, start_shop: Callable[[], Shop]) -> None:
    shop = start_shop()
    for item_id in ITEMS:
        shop.site.page(f"<h1>{item_id}</h1>", f"/p/{item_id}")
    page.goto(shop.page(shop.list()))
    ready(page)
    shop.service.kill()
    expect(page.locator("a[part=card]").nth(0)).to_be_visible()
    page.locator("recsvc-list").evaluate("list => list.setAttribute('user', 'bob')")
    expect(page.get_by_text(FALLBACK)).to_be_visible()
    page.goto(shop.page(shop.list()))
    expect(page.get_by_text(FALLBACK)).to_be_visible()
    shop.service.start()
    page.goto(shop.page(shop.list()))
    ready(page)
    shop.service.kill()
    page.locator("a[part=card]").nth(0).click()
    expect(page.get_by_role("heading")).to_have_text(re.compile("tea|milk|cake"))


def test_a_page_of_an_open_service_itself_needs_no_key(page: Page, published: Path, tmp_path: Path) -> None:
    models = Path(shutil.copytree(published, tmp_path / "models"))
    service = Service(models, tmp_path / "log", workers=1)
    try:
        html = '<script type="module" src="/widget.js"></script><recsvc-list user="ada"></recsvc-list>'
        page.route(f"{service.base}/shop", lambda route: route.fulfill(body=html, content_type="text/html"))
        with page.expect_response("**/v1/events") as told:
            page.goto(f"{service.base}/shop")
        assert told.value.json()["accepted"] == 6
        assert ready(page).count() == 6
    finally:
        service.stop()


def test_a_strict_policy_of_the_shop_is_enough(page: Page, shop: Shop) -> None:
    refused: list[str] = []
    page.on(
        "console",
        lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None,
    )
    base = shop.service.base
    policy = f"default-src 'none'; script-src {base}; connect-src {base}; style-src 'self'; img-src 'self'"
    shop.site.headers["Content-Security-Policy"] = policy + "; require-trusted-types-for 'script'"
    try:
        page.goto(shop.page(shop.list()))
        ready(page)
        expect(page.locator("[part=card]").nth(0)).to_have_css("display", "block")
    finally:
        shop.site.headers.clear()
    assert not refused


def stored(shop: Shop) -> list[dict[str, Any]]:
    """Return all events of the store, oldest first."""
    with closing(sqlite3.connect(f"file:{shop.models}/recsvc.db?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("SELECT * FROM events ORDER BY number")]


@pytest.fixture
def arrived(page: Page, shop: Shop) -> "Arrived":
    """Waits for so many events of a type to be stored that the page of this test sent; returns them."""
    mine = f"{uuid4()} "
    page.add_init_script(
        f"const uuid = crypto.randomUUID(); let n = 0; crypto.randomUUID = () => `{mine}${{n++}} ${{uuid}}`"
    )

    def wait(kind: str, n: int, *, seen: bool = False) -> list[dict[str, Any]]:
        def found() -> list[dict[str, Any]]:
            events = (one for one in stored(shop) if one["event_id"].startswith(mine))
            return [one for one in events if (one["type"], bool(one["seen"])) == (kind, seen)]

        becomes_true(lambda: len(found()) >= n)
        assert len(found()) == n, found()
        return found()

    return wait


Arrived = Callable[..., list[dict[str, Any]]]


def test_what_is_shown_and_seen_is_told_once_with_its_place_in_the_list(
    page: Page, shop: Shop, arrived: Arrived
) -> None:
    page.goto(shop.page(shop.list()))
    ready(page)
    shown = arrived("impression", 3)
    assert [(one["item_id"], one["position"]) for one in shown] == list(
        zip(shown_ids(page), (1, 2, 3), strict=True)
    )
    seen = arrived("impression", 3, seen=True)
    assert {one["item_id"] for one in seen} == {one["item_id"] for one in shown}
    answer = shop.ask("/v1/recommend?user_id=ada&n=3")
    assert {one["recommendation_id"] for one in (*shown, *seen)} == {answer["recommendation_id"]}
    assert {one["user_id"] for one in (*shown, *seen)} == {"ada"}
    assert len({one["event_id"] for one in (*shown, *seen)}) == 6
    page.set_viewport_size({"width": 1280, "height": 100})  # out of view, and into it again
    page.evaluate(LOOKED)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.wait_for_timeout(2500)
    arrived("impression", 3, seen=True)


def test_seen_is_what_was_half_in_view_for_a_second(page: Page, shop: Shop, arrived: Arrived) -> None:
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.set_viewport_size({"width": 230, "height": 900})  # one card and a bit of the next
    page.goto(shop.page(shop.list()))
    ready(page)
    page.evaluate(LOOKED)
    page.clock.run_for(950)
    page.locator("[part=list]").evaluate("list => list.scrollLeft = 1000")  # the last one comes instead
    page.evaluate(LOOKED)
    page.clock.run_for(1050)  # seen after a second
    page.clock.run_for(1000)  # and told a second later
    assert [one["position"] for one in arrived("impression", 1, seen=True)] == [3]


@pytest.mark.parametrize("policy", ["strict-origin-when-cross-origin", "no-referrer", "same-origin"])
def test_a_click_arrives_although_the_page_is_left(
    page: Page, shop: Shop, arrived: Arrived, policy: str
) -> None:
    shop.site.page("<h1>milk</h1>", "/p/milk")
    page.goto(shop.page(shop.list(), head=f'<meta name="referrer" content="{policy}">'))
    ready(page)
    page.get_by_role("link", name="Milk").click()
    expect(page.get_by_role("heading")).to_have_text("milk")
    [click] = arrived("click", 1)
    assert (click["item_id"], click["user_id"]) == ("milk", "ada")
    assert click["position"] in (1, 2, 3)


def test_what_waits_to_be_told_arrives_although_the_page_is_left(
    page: Page, shop: Shop, arrived: Arrived
) -> None:
    page.clock.install(time=0)
    page.clock.pause_at(1000)  # the second after which it would be told anyway is never over
    page.goto(shop.page(shop.list()))
    ready(page)
    arrived("impression", 0)
    page.goto(shop.site.page("<h1>milk</h1>", "/p/milk"))
    arrived("impression", 3)


class Recorder(TcpProxy):
    """Keeps what it passes on to the server."""

    def __init__(self, port: int) -> None:
        self.sent: list[bytes] = []
        super().__init__(port)

    def connected(self, client: socket.socket, server: socket.socket) -> tuple[Callable[[], None], ...]:
        def pass_on() -> None:
            while piece := client.recv(65536):
                self.sent.append(piece)
                server.sendall(piece)

        return pass_on, partial(passed_on, server, client)


def test_the_service_gets_no_cookies(page: Page, shop: Shop, arrived: Arrived) -> None:
    shop.site.page("<h1>milk</h1>", "/p/milk")
    with closing(Recorder(shop.service.port)) as way:
        base = f"http://127.0.0.1:{way.port}"
        page.context.add_cookies([{"name": "signed-in", "value": "x", "url": base}])
        page.goto(shop.page(shop.list(src=base)))
        ready(page)
        page.get_by_role("link", name="Milk").click()
        arrived("click", 1)
        sent = b"".join(way.sent).lower()
    assert sent.count(b"post /v1/") >= 2
    assert b"cookie" not in sent


def test_a_click_arrives_that_could_not_even_be_sent_before_the_page_was_left(
    page: Page, shop: Shop, arrived: Arrived
) -> None:
    shop.site.page("<h1>milk</h1>", "/p/milk")
    with closing(SlowProxy(shop.service.port)) as way:
        page.goto(shop.page(shop.list(src=f"http://127.0.0.1:{way.port}/")))
        ready(page)
        way.delay_seconds = 2.0
        # As many connections as a browser has for one server are busy.
        page.evaluate(
            "address => { for (let n = 0; n < 6; n++) fetch(`${address}/health/live?${n}`, {mode: 'no-cors'}) }",
            f"http://127.0.0.1:{way.port}",
        )
        page.get_by_role("link", name="Milk").click()
        expect(page.get_by_role("heading")).to_have_text("milk")
        assert [one["item_id"] for one in arrived("click", 1)] == ["milk"]


def test_what_a_button_of_the_template_does_is_told(page: Page, shop: Shop, arrived: Arrived) -> None:
    template = '<template><b data-field="title"></b><button data-event="add_to_cart">Buy</button></template>'
    page.goto(shop.page(shop.list(template)))
    ready(page)
    page.locator("div[slot]", has_text="Milk").get_by_role("button").click()
    page.locator("div[slot]", has_text="Milk").locator("b").click()
    assert [one["item_id"] for one in arrived("add_to_cart", 1)] == ["milk"]
    arrived("click", 0)


def kept_in(page: Page) -> list[str]:
    """Return what the browser keeps for the pages of the shop."""
    kept: list[str] = page.evaluate("[...Object.keys(sessionStorage), ...Object.keys(localStorage)]")
    return kept + [cookie["name"] for cookie in page.context.cookies()]


def test_without_consent_nothing_is_stored_in_the_browser(page: Page, shop: Shop, arrived: Arrived) -> None:
    page.goto(shop.page(shop.list(user=None), shop.list(user="ada", placement="trending")))
    ready(page, 2)
    events = arrived("impression", 6)
    assert kept_in(page) == []
    visits = {one["session_id"] for one in events if one["user_id"] is None}
    assert len(visits) == 1
    assert {one["session_id"] for one in events if one["user_id"] == "ada"} == {None}


def test_with_consent_the_visit_is_the_same_on_the_next_page(
    page: Page, shop: Shop, arrived: Arrived
) -> None:
    for path in ("/", "/next"):
        page.goto(shop.page(shop.list(user=None, consent="true"), path=path))
        ready(page)
    assert kept_in(page) == ["recsvc-visit"]
    assert len({one["session_id"] for one in arrived("impression", 6)}) == 1


def test_refused_consent_names_nobody_and_tells_nothing(page: Page, shop: Shop, wire: Wire) -> None:
    shop.site.page("<h1>milk</h1>", "/p/milk")
    for consent in ("false", "true"):
        page.goto(shop.page(shop.list(session="visit", consent=consent, placement="trending", n=7)))
        ready(page)
        page.get_by_role("link", name="Milk").click()
        expect(page.get_by_role("heading")).to_have_text("milk")
        assert wire.n_told == 0 if consent == "false" else becomes_true(lambda: wire.n_told > 0)
    refused, given = wire.pages
    assert refused["consent"] is False
    assert not {"user_id", "session_id"} & refused.keys()
    assert (given["user_id"], given["session_id"]) == ("ada", "visit")


def test_another_shopper_gets_another_list(page: Page, shop: Shop) -> None:
    page.goto(shop.page(shop.list()))
    ready(page)
    mine = shown_ids(page)
    page.locator("recsvc-list").evaluate("list => list.setAttribute('user', 'bob')")
    expect(page.locator("[part=card]", has_text="Saw")).to_be_visible()
    assert set(shown_ids(page)).isdisjoint(mine)
