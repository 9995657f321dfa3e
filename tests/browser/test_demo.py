"""The demo shop in a browser, from the address that ``recsvc demo`` prints to a list that changed."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect
from support.processes import free_port

from training.sample import SampleShop, write_sample_shop

SHOP = SampleShop(users=120, items=60, order_lines=2400, days=180, end=date(2026, 6, 30))
"""So small that a model is trained in seconds."""

FOR_YOU = "section[aria-labelledby=list-for_you]"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What ``recsvc demo`` prints as the address of the demo shop, while it serves."""
    directory = tmp_path_factory.mktemp("demo")
    orders = write_sample_shop(SHOP, directory / "shop").orders
    options = ["--directory", str(directory), "--port", str(free_port()), "--no-browser"]
    command = [sys.executable, "-m", "recsvc", "demo", "--orders", str(orders), *options]
    log = directory / "log"
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        assert process.stdout is not None
        printed = []
        for line in process.stdout:
            printed.append(line)
            if line.startswith("Serving until"):
                break
        try:
            found = re.search(r"^Demo shop +(http://127\.0\.0\.1:\d+/demo)$", "".join(printed), re.MULTILINE)
            assert found is not None, "".join(printed) + log.read_text()
            yield found[1]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)
            process.stdout.close()


def cards_of(page: Page, section: str = FOR_YOU) -> list[str]:
    """Return what the cards of a list say, their reasons included."""
    return page.locator(f"{section} .card").all_inner_texts()


def go_shopping(page: Page, address: str) -> tuple[list[str], str]:
    """Be a returning shopper and buy something new; return the list before, and what was bought."""
    page.goto(address)
    page.get_by_role("button", name="Shopper").first.click()
    expect(page.get_by_role("heading", name="Welcome back")).to_be_visible()
    before = cards_of(page)
    page.locator("section[aria-labelledby=list-discover] .card a").first.click()
    title = page.locator("h1").inner_text()
    page.get_by_role("button", name="Put into the cart").click()
    expect(page.get_by_role("heading", name="Cart")).to_be_visible()
    page.get_by_role("button", name="Buy it").click()
    expect(page.get_by_role("heading", name="Bought")).to_be_visible()
    return before, title


def test_an_order_changes_the_lists_and_the_console_knows_of_it(page: Page, address: str) -> None:
    before, title = go_shopping(page, address)
    page.get_by_role("link", name="On to the home page").click()
    after = cards_of(page)
    assert len(after) == 6
    assert after != before
    page.get_by_role("link", name="Open this shopper in the console").click()
    expect(page.get_by_role("main")).to_contain_text(title)


def test_it_works_without_scripts(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    before, _ = go_shopping(page, address)
    page.goto(address)
    assert cards_of(page) != before
    context.close()


def test_cards_in_view_are_told(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="A new customer").click()
    with page.expect_request("**/demo/seen") as told:
        page.wait_for_load_state()
    fields = told.value.post_data or ""
    assert fields.count("item=") >= 2
    assert "rank=1" in fields


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways(browser: Browser, address: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page, seen = context.new_page(), set[str]()

    def check() -> None:
        page.wait_for_load_state()
        seen.add(page.url.partition("?")[0].rpartition("/")[2])
        sizes = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert sizes[0] <= sizes[1], page.url

    page.goto(address)
    check()
    page.get_by_role("button", name="Shopper").first.click()
    check()
    page.locator(".card a").first.click()
    check()
    page.get_by_role("button", name="Put into the cart").click()
    check()
    page.get_by_role("button", name="Buy it").click()
    check()
    assert seen == {"shoppers", "demo", "item", "cart", "thanks"}
    context.close()


def test_a_keyboard_is_enough(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.get_by_role("button", name="A guest").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    page.locator(".card a").first.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Pieces").fill("2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Cart")).to_be_visible()
    expect(page.get_by_role("navigation")).to_contain_text("2 pieces")


def test_every_picture_and_list_has_a_name_or_is_passed_over(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Shopper").first.click()
    for picture in page.locator("img").all():
        assert picture.get_attribute("alt") == ""  # its link says the title
    headings = page.get_by_role("heading", level=2).all_inner_texts()
    assert len(headings) == len(set(headings)) >= 3
    assert page.evaluate("[...document.images].every((one) => !one.complete || one.naturalWidth > 0)")
