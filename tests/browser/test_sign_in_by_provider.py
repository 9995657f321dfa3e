"""Signing in by an OpenID provider of another site, in a real browser."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect
from support.oidc import CLIENT, SECRET, real_provider
from support.processes import free_port
from werkzeug.serving import make_server

from recsvc.app import EXTENSION, create_app
from recsvc.settings.settings import Settings

ADA = {"sub": "ada-1", "email": "ada@shop.example", "email_verified": True, "groups": ["buyers"]}
BOB = {"sub": "bob-2", "email": "bob@shop.example", "email_verified": True, "groups": ["visitors"]}


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a console whose people a provider of another site knows."""
    with real_provider(ADA, BOB) as issuer:
        port = free_port()
        address = f"http://localhost:{port}"
        directory = tmp_path_factory.mktemp("by-provider")
        settings = Settings(
            models_dir=directory,
            log_level="error",
            public_url=address,
            oidc_issuer=issuer,
            oidc_client_id=CLIENT,
            oidc_client_secret=SECRET,
            oidc_label="Shop login",
            oidc_merchandise="buyers",
        )
        app = create_app(settings)
        server = make_server("127.0.0.1", port, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        # What reads bodies begins with the first one, and goes on until the server ends.
        with suppress(HTTPError):
            urlopen(Request(f"{address}/console/sign-out", b"token="), timeout=10)
        yield address
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions[EXTENSION].close()


def enter(page: Page, console: str, who: str, wanted: str = "/console") -> None:
    page.goto(f"{console}{wanted}")
    page.get_by_role("link", name="Sign in with Shop login").click()
    page.get_by_role("button", name=who).click()


@pytest.mark.parametrize("scripts", [True, False])
def test_somebody_comes_in_by_the_provider_and_goes_out_again(
    browser: Browser, console: str, scripts: bool
) -> None:
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    enter(page, console, "ada-1", "/console/experiments")
    expect(page).to_have_url(f"{console}/console/experiments")
    expect(page.get_by_text("ada@shop.example")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed out here.")
    page.goto(f"{console}/console")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    context.close()


def test_somebody_without_a_role_is_told_so(page: Page, console: str) -> None:
    enter(page, console, "bob-2")
    expect(page.get_by_role("alert")).to_contain_text("You have no role here")
    expect(page.get_by_role("link", name="Sign in with Shop login")).to_be_visible()
    expect(page.get_by_role("link", name="sign out of Shop login")).to_be_visible()


def test_a_key_is_a_second_way_for_the_keyboard(page: Page, console: str) -> None:
    page.goto(f"{console}/console/sign-in")
    expect(page.get_by_label("Your key")).to_be_hidden()
    page.get_by_text("Sign in with a key").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your key")).to_be_visible()


@pytest.mark.parametrize("width", [375, 1280])
def test_the_page_fits_its_width(page: Page, console: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{console}/console/sign-in?signed-out")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
