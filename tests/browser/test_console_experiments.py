"""Experiments and performance in a real browser: phone and desktop, light and dark, without scripts."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect
from support.events import event
from support.models import release, small_model
from werkzeug.serving import make_server

from recsvc.app import EXTENSION, create_app
from recsvc.clock import now_us
from recsvc.model.registry import Registry
from recsvc.outcomes.experiment import Assignment, Experiment, Variant, VariantKind
from recsvc.outcomes.recommendation_id import ListOrigin, RecommendationIds
from recsvc.ranking.query import UserKey
from recsvc.serving.described_experiments import as_json
from recsvc.settings.settings import Settings
from recsvc.store.event import DAY_US
from recsvc.store.experiments import StoredExperiment
from recsvc.store.store import Store, open_store

LONG = "a-name-as-long-as-a-name-may-be-35c"
TWO = (Variant("control", 0.5, VariantKind.CONTROL), Variant("B", 0.5, VariantKind.RULES, rules={}))
NONE = (Variant("control", 0.9, VariantKind.CONTROL), Variant("none", 0.1, VariantKind.HOLD_OUT))


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service with experiments of all kinds, whose figures are counted."""
    directory = tmp_path_factory.mktemp("console")
    Registry(directory).publish(small_model(), release("1"))
    store = open_store(f"sqlite:///{directory}/recsvc.db")
    fill(store)
    store.close()
    app = create_app(Settings(models_dir=directory, log_level="error"))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    with suppress(
        HTTPError
    ):  # what reads bodies begins with the first one, and goes on until the server ends
        urlopen(Request(f"{address}/console/sign-out", b"token="), timeout=10)
    yield address
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions[EXTENSION].close()


def fill(store: Store) -> None:
    now = now_us()
    running = Experiment(LONG, "for_you", TWO, now - 9 * DAY_US)
    for one in (
        running,
        Experiment("planned", "similar", NONE, now + 9 * DAY_US),
        Experiment("ended", "trending", NONE, now - 9 * DAY_US, now - DAY_US),
    ):
        store.experiments.put(StoredExperiment(one.name, as_json(one), now), lambda _: None)
    assignment, ids = Assignment(running), RecommendationIds(store.secret("recsvc lists"))
    start, events = running.start_us // 1_000_000 + 1, []
    for n in range(300):
        user = f"u{n}"
        variant = assignment.variant_of(UserKey("user", user))
        origin = ListOrigin("for_you", running.label(variant), "1", start // 86_400)
        shown = ids.write(origin, user.encode(), [("als", "your_taste")])
        price = 1000.0 + n % 300 + (900.0 if variant.name == "B" else 0.0)
        at = start + 1000 * n
        events += [
            event("tea", at, "impression", user_id=user, recommendation_id=shown, position=1, seen=True),
            event("tea", at + 1, "click", user_id=user, recommendation_id=shown, position=1),
            event("tea", at + 2, user_id=user, unit_price=price, order_id=f"o{n}"),
        ]
    store.events.append(events)


def _counted(page: Page, address: str) -> None:
    """Open a page, and go on once it reloads no more by itself."""
    page.goto(address)
    expect(page.locator("[data-waiting]")).to_have_count(0, timeout=20_000)


def test_figures_that_are_being_counted_come_by_themselves(page: Page, console: str) -> None:
    _counted(page, f"{console}/console/experiments")
    expect(page.locator("main")).to_contain_text("There is a better one")
    _counted(page, f"{console}/console/experiments/{LONG}")
    drawing = page.get_by_role("img", name="Revenue per shopper beside control")
    expect(drawing).to_be_visible()
    box = drawing.bounding_box()
    assert box is not None
    assert box["width"] > 300
    assert box["height"] < 200


def test_words_in_columns_are_not_broken_on_a_phone(page: Page, console: str) -> None:
    page.set_viewport_size({"width": 375, "height": 900})
    _counted(page, f"{console}/console/experiments/{LONG}")
    assert page.get_by_role("rowheader", name="control").first.evaluate("cell => cell.clientHeight") < 60


def test_an_experiment_is_made_and_stopped_without_scripts(browser: Browser, console: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 375, "height": 800})
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{console}/console")
    page.get_by_role("link", name="Experiments").click()
    page.get_by_role("link", name="Start an experiment").click()
    page.get_by_role("button", name="Start it").click()
    expect(page.get_by_role("alert")).to_contain_text("It was not started")
    field = page.get_by_label("Name", exact=True).first
    expect(field).to_have_attribute("aria-invalid", "true")
    page.get_by_role("link", name="Name", exact=True).click()
    assert page.url.endswith("#name")
    field.fill("cart")
    page.get_by_label("Placement").select_option("bought_together")
    second = page.get_by_role("group", name="Variant 2")
    second.get_by_label("They see").select_option(label="Nothing (hold-out)")
    page.get_by_role("button", name="More variants").click()
    expect(page.get_by_role("group", name="Variant 4")).to_be_visible()
    expect(second.get_by_label("They see")).to_have_value("hold_out")
    page.get_by_role("button", name="Start it").click()
    expect(page.get_by_role("status").first).to_contain_text("It runs")
    page.get_by_role("link", name="Stop it now").click()
    page.get_by_role("button", name="Stop it now").click()
    expect(page.get_by_role("status").first).to_contain_text("It is stopped")
    page.get_by_role("link", name="Changes").click()
    expect(page.locator("main")).to_contain_text("stopped the experiment cart")
    context.close()


def test_the_keyboard_makes_an_experiment(page: Page, console: str) -> None:
    page.goto(f"{console}/console/experiments/new?kind=hold_out")
    page.get_by_label("Name", exact=True).first.focus()
    page.keyboard.press("Control+A")  # a name is there already
    page.keyboard.type("by-keys")
    page.keyboard.press("Tab")
    page.keyboard.type("Buy again")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.get_by_role("button", name="Start it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("by-keys")
