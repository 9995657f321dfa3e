"""The demo shop, without a browser: ada buys what goes with tea."""

import re
import time
from collections.abc import Callable
from datetime import date
from html import unescape
from pathlib import Path
from secrets import token_hex

import pytest
from flask.testing import FlaskClient
from support.keys import add_key
from werkzeug.test import TestResponse

from recsvc.catalogue.item import Item
from recsvc.errors import SettingsError
from recsvc.model.registry import Registry
from recsvc.outcomes.experiment import Experiment, Variant, VariantKind
from recsvc.serving.described_experiments import as_json
from recsvc.settings.settings import Settings, load_settings
from recsvc.store.api_keys import Scope
from recsvc.store.event import Event, EventType
from recsvc.store.experiments import StoredExperiment
from recsvc.store.store import Store
from recsvc.web.demo.simulated import mark_simulated
from recsvc.web.demo.visit import MAX_COOKIE_LENGTH, MAX_LINES, NOBODY, Visit, Visits

ClientOf = Callable[..., FlaskClient]
SECTION = re.compile(r'<section class="shelf" aria-labelledby="list-(\w+)">(.*?)</section>', re.DOTALL)
ITEM = re.compile(r'data-item="([^"]+)"')
LINK = re.compile(r'href="(/demo/item\?[^"]+)"')


@pytest.fixture
def shop(client_of: ClientOf, registry: Registry) -> FlaskClient:
    """A browser at the demo shop."""
    return client_of(registry.directory, demo="on")


def be(browser: FlaskClient, user_id: str) -> None:
    assert browser.post("/demo/shoppers", data={"who": "shopper", "id": user_id}).status_code == 303


def shelves_of(page: TestResponse) -> dict[str, list[str]]:
    """Return the items of each list of a page."""
    assert page.status_code == 200, page.text
    return {name: ITEM.findall(inside) for name, inside in SECTION.findall(page.text)}


def link_to(page: TestResponse, item_id: str) -> str:
    links = map(unescape, LINK.findall(page.text))
    return next(link for link in links if f"id={item_id}&" in link)


def fields_of(page: TestResponse, address: str) -> dict[str, str]:
    """Return the hidden fields of the form that is sent to ``address``."""
    form = re.search(rf'<form[^>]* action="{address}">(.*?)</form>', page.text, re.DOTALL)
    assert form is not None, page.text
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[1]))


def done_by(stored: Store, user_id: str, kind: EventType) -> list[Event]:
    return stored.events.history_of(user_id, types={kind})


class TestWhoMayOpenIt:
    def test_there_is_no_demo_shop_unless_it_is_turned_on(
        self, client_of: ClientOf, registry: Registry
    ) -> None:
        assert client_of(registry.directory).get("/demo").status_code == 404

    def test_a_closed_one_says_so_and_takes_nothing(
        self, client_of: ClientOf, registry: Registry, stored: Store
    ) -> None:
        add_key(stored.keys, Scope.READ)
        closed = client_of(registry.directory, demo="on")
        assert closed.get("/demo/shoppers").status_code == 403
        assert "RECSVC_DEMO=public" in closed.get("/demo/shoppers").text
        assert closed.post("/demo/buy").status_code == 403

    def test_the_setting_opens_it_beside_keys(
        self, client_of: ClientOf, registry: Registry, stored: Store
    ) -> None:
        add_key(stored.keys, Scope.READ)
        assert client_of(registry.directory, demo="public").get("/demo/shoppers").status_code == 200

    def test_it_is_not_started_for_other_machines_unless_the_setting_says_so(self) -> None:
        with pytest.raises(SettingsError, match=r"RECSVC_DEMO.*0\.0\.0\.0.*public"):
            load_settings(None, {"host": "0.0.0.0", "demo": "true"})
        assert load_settings(None, {"host": "0.0.0.0", "demo": "public"}).demo == "public"
        assert Settings(demo=True).demo == "on"  # type: ignore[arg-type] - as a settings file says it

    def test_a_name_that_leads_to_this_machine_is_not_enough(self, shop: FlaskClient) -> None:
        assert shop.get("/demo/shoppers", base_url="http://rebound.example").status_code == 421

    def test_a_form_of_another_site_is_refused(self, shop: FlaskClient) -> None:
        sent = shop.post("/demo/shoppers", data={"who": "guest"}, headers={"Sec-Fetch-Site": "cross-site"})
        assert sent.status_code == 403
        assert "Set-Cookie" not in sent.headers

    def test_its_pages_carry_the_headers_of_the_console(self, shop: FlaskClient) -> None:
        policy = shop.get("/demo/shoppers").headers["Content-Security-Policy"]
        assert "default-src 'none'; script-src 'self'" in policy
        assert "unsafe" not in policy

    def test_the_first_page_leads_to_it(self, shop: FlaskClient) -> None:
        assert 'href="/demo"' in shop.get("/").text


class TestBeingSomebody:
    def test_a_few_returning_shoppers_a_newcomer_and_a_guest_are_offered(self, shop: FlaskClient) -> None:
        page = shop.get("/demo", follow_redirects=True)
        assert "Shopper ada" in page.text
        assert "A new customer" in page.text
        assert "A guest" in page.text

    def test_each_sees_lists_of_their_own(self, shop: FlaskClient) -> None:
        be(shop, "ada")
        hers = shelves_of(shop.get("/demo"))["for_you"]
        be(shop, "bob")
        his = shelves_of(shop.get("/demo"))["for_you"]
        assert hers[:2] == ["tea", "milk"]
        assert his[:2] == ["hammer", "nails"]

    def test_no_item_is_on_a_page_twice(self, shop: FlaskClient) -> None:
        be(shop, "ada")
        shown = [item_id for shelf in shelves_of(shop.get("/demo")).values() for item_id in shelf]
        assert len(shown) == len(set(shown))

    @pytest.mark.parametrize("who", ["guest", "newcomer"])
    def test_whom_nobody_knows_gets_what_sells(self, shop: FlaskClient, who: str) -> None:
        shop.post("/demo/shoppers", data={"who": who})
        page = shop.get("/demo")
        assert shelves_of(page)["for_you"][0] == "jam"
        assert "nothing is known of the shopper yet" in page.text
        assert "Nothing yet" in page.text

    def test_a_list_that_is_held_out_says_so(self, shop: FlaskClient, stored: Store) -> None:
        variants = (
            Variant("control", 0.0001, VariantKind.CONTROL),
            Variant("none", 0.9999, VariantKind.HOLD_OUT),
        )
        body = as_json(Experiment("spring", "for_you", variants, 0))
        stored.experiments.put(StoredExperiment("spring", body, 0), lambda _: None)
        be(shop, "ada")
        deadline = time.monotonic() + 10
        while "in the hold-out" not in (page := shop.get("/demo").text):
            assert time.monotonic() < deadline, page
            time.sleep(0.1)
        assert '<a href="/console/experiments/spring">' in page
        assert shelves_of(shop.get("/demo"))["for_you"] == []

    def test_a_guest_is_not_looked_up_in_the_console(self, shop: FlaskClient) -> None:
        shop.post("/demo/shoppers", data={"who": "guest"})
        assert "/console/shoppers?id" not in shop.get("/demo").text

    def test_a_shopper_is_opened_in_the_console(self, shop: FlaskClient) -> None:
        be(shop, "ada")
        assert "/console/shoppers?id=ada" in shop.get("/demo").text
        assert shop.get("/console/shoppers?id=ada").status_code == 200

    def test_a_forged_cookie_is_nobody(self, shop: FlaskClient) -> None:
        shop.set_cookie("recsvc_demo", "eyJ1IjoiYWRhIn0.forged", path="/demo")
        assert shop.get("/demo").headers["Location"] == "/demo/shoppers"


class TestShopping:
    def test_reasons_are_in_words(self, shop: FlaskClient) -> None:
        be(shop, "ada")
        assert "“Tea”" in shop.get("/demo").text

    def test_an_order_changes_the_next_page(self, shop: FlaskClient) -> None:
        be(shop, "ada")
        before = shelves_of(shop.get("/demo"))["for_you"]
        assert before[:2] == ["tea", "milk"]
        shop.post("/demo/cart", data={"id": "hammer", "quantity": "2"})
        thanks = shop.post(
            "/demo/buy", data=fields_of(shop.get("/demo/cart"), "/demo/buy"), follow_redirects=True
        )
        after = shelves_of(thanks)["for_you"]
        assert after[:2] == ["hammer", "nails"]
        assert set(after) - set(before) == {"saw"}
        assert (
            thanks.text.count('<span class="new">New</span>') == 2
        )  # the saw, and the jam that it made room for
        assert "“Hammer”" in thanks.text
        assert "The cart is empty" in shop.get("/demo/cart").text

    def test_what_was_shown_opened_carted_and_bought_is_told_with_its_list(
        self, shop: FlaskClient, stored: Store
    ) -> None:
        stored.catalogue.put([Item("cake", price=4.5)])
        be(shop, "ada")
        home = shop.get("/demo")
        item = shop.get(link_to(home, "cake"))
        shop.post("/demo/cart", data={**fields_of(item, "/demo/cart"), "quantity": "3"})
        shop.post("/demo/buy", data=fields_of(shop.get("/demo/cart"), "/demo/buy"))
        shown = {event.item_id: event for event in done_by(stored, "ada", EventType.IMPRESSION)}
        click, cart, bought = (
            done_by(stored, "ada", kind)[0]
            for kind in (EventType.CLICK, EventType.ADD_TO_CART, EventType.PURCHASE)
        )
        assert click.recommendation_id == cart.recommendation_id == shown["cake"].recommendation_id
        assert click.position == cart.position == shown["cake"].position
        assert (bought.item_id, bought.quantity, bought.unit_price) == ("cake", 3.0, 4.5)
        assert bought.order_id is not None

    def test_what_is_opened_or_bought_twice_counts_once(self, shop: FlaskClient, stored: Store) -> None:
        be(shop, "ada")
        address = link_to(shop.get("/demo"), "cake")
        shop.get(address)
        shop.get(address)
        shop.post("/demo/cart", data={"id": "cake"})
        order = fields_of(shop.get("/demo/cart"), "/demo/buy")
        shop.post("/demo/buy", data=order)
        shop.post("/demo/cart", data={"id": "cake"})
        shop.post("/demo/buy", data=order)
        assert len(done_by(stored, "ada", EventType.CLICK)) == 1
        assert len(done_by(stored, "ada", EventType.PURCHASE)) == 1

    def test_a_page_of_another_site_opens_no_item_for_the_shopper(
        self, shop: FlaskClient, stored: Store
    ) -> None:
        be(shop, "ada")
        address = link_to(shop.get("/demo"), "cake")
        shop.get(address, headers={"Sec-Fetch-Site": "cross-site"})
        assert not done_by(stored, "ada", EventType.CLICK)

    def test_a_list_of_another_shop_is_not_believed(self, shop: FlaskClient, stored: Store) -> None:
        be(shop, "ada")
        assert shop.get("/demo/item?id=cake&list=made-up&rank=1").status_code == 200
        assert not done_by(stored, "ada", EventType.CLICK)
        assert done_by(stored, "ada", EventType.VIEW)

    def test_cards_in_view_are_told(self, shop: FlaskClient, stored: Store) -> None:
        be(shop, "ada")
        page = shop.get("/demo")
        name = re.findall(r'data-list="([^"]+)"', page.text)[0]
        told = shop.post(
            "/demo/seen", data={"list": [name, name], "rank": ["1", "x"], "item": ["cake", "jam"]}
        )
        assert told.status_code == 204
        seen = [event for event in done_by(stored, "ada", EventType.IMPRESSION) if event.seen]
        assert [(event.item_id, event.position) for event in seen] == [("cake", 1)]

    def test_an_item_of_no_shop_is_a_page_that_says_so(self, shop: FlaskClient) -> None:
        be(shop, "ada")
        missing = shop.get("/demo/item?id=unicorn")
        assert missing.status_code == 404
        assert "unicorn" in missing.text
        assert 'href="/demo"' in missing.text

    def test_something_is_taken_out_of_the_cart(self, shop: FlaskClient) -> None:
        be(shop, "ada")
        shop.post("/demo/cart", data={"id": "cake"})
        shop.post("/demo/cart/out", data={"id": "cake"})
        assert "The cart is empty" in shop.get("/demo/cart").text
        assert shop.post("/demo/buy", data={"order": "one"}).status_code == 422

    def test_titles_and_prices_are_the_catalogues(self, shop: FlaskClient, stored: Store) -> None:
        stored.catalogue.put([Item("cake", title="Lemon <Cake>", price=4.5, categories=("Food",))])
        be(shop, "ada")
        page = shop.get("/demo/item?id=cake")
        assert "Lemon &lt;Cake&gt;" in page.text
        assert "4.50 EUR" in page.text
        assert "Food" in page.text
        picture = shop.get("/demo/picture/cake.svg")
        assert picture.mimetype == "image/svg+xml"
        assert "Lemon &lt;Cake&gt;" in picture.text

    def test_without_a_model_the_page_says_so(self, client_of: ClientOf, tmp_path: Path) -> None:
        empty = client_of(tmp_path, demo="on").get("/demo/shoppers")
        assert empty.status_code == 503
        assert "no model yet" in empty.text


class TestTheMarkOfMadeUpVisits:
    def test_made_up_figures_are_marked_everywhere(self, client_of: ClientOf, registry: Registry) -> None:
        mark_simulated(registry.directory, date(2026, 6, 30))
        shop = client_of(registry.directory, demo="on")
        for address in ("/demo/shoppers", "/console"):
            assert "Simulated" in shop.get(address).text
            assert "30 June 2026" in shop.get(address).text

    def test_real_ones_are_not(self, shop: FlaskClient) -> None:
        assert "Simulated" not in shop.get("/demo/shoppers").text
        assert "Simulated" not in shop.get("/console").text


class TestTheCookie:
    def test_it_is_read_as_it_was_written(self) -> None:
        visits = Visits(lambda: b"secret")
        visit = Visit(user_id="ada", cart=(("cake", 2),), before=(("for_you", ("tea",)),))
        assert visits.read(visits.write(visit)) == visit

    def test_one_of_another_shop_is_nobody(self) -> None:
        assert Visits(lambda: b"ours").read(Visits(lambda: b"theirs").write(Visit(user_id="ada"))) == NOBODY

    def test_a_cart_that_a_browser_would_not_keep_is_refused(self) -> None:
        cart = tuple((f"{number}{token_hex(120)}", 1) for number in range(MAX_LINES))
        assert Visits(lambda: b"secret").write(Visit(user_id="ada", cart=cart)) is None
        few = Visits(lambda: b"secret").write(Visit(user_id="ada", cart=cart[:5]))
        assert few is not None
        assert len(few) <= MAX_COOKIE_LENGTH

    def test_a_cart_holds_so_many_lines_and_pieces(self) -> None:
        visit = Visit(user_id="ada")
        for number in range(MAX_LINES + 5):
            visit = visit.with_more(str(number), 60).with_more(str(number), 60)
        assert len(visit.cart) == MAX_LINES
        assert {quantity for _, quantity in visit.cart} == {99}
