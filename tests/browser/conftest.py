"""A real browser, for the tests of pages."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from support.shop_site import Shop, open_shop, shop_site

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT_MS = 10_000
expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of pages."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("needs Chromium on the PATH")
    with sync_playwright() as playwright:
        # Its sandbox needs rights that containers do not have; the pages are our own.
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of 1280 by 900 pixels in a profile of its own; what it logs as an error fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    opened, errors = context.new_page(), list[str]()
    opened.set_default_timeout(TIMEOUT_MS)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert not errors


@pytest.fixture(scope="session")
def start_shop(tmp_path_factory: pytest.TempPathFactory, published: Path) -> Iterator[Callable[[], Shop]]:
    """Starts shops, each with a service of its own, all with pages of one origin."""
    shops: list[Shop] = []
    with shop_site() as site:

        def start() -> Shop:
            shops.append(open_shop(site, tmp_path_factory.mktemp("shop"), published))
            return shops[-1]

        yield start
        for shop in shops:
            shop.service.stop()


@pytest.fixture(scope="session")
def shop(start_shop: Callable[[], Shop]) -> Shop:
    """One shop for all tests that do not harm it."""
    return start_shop()
