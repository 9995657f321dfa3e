"""A browser without a window: what a shopper's browser asks of the shop of a try."""

import json
import re
from html import unescape
from typing import Any

import requests

PASSWORD = "a password of the try alone"  # noqa: S105 - of a shop that is gone afterwards


class Visitor:
    """Somebody with cookies of their own."""

    def __init__(self, url: str) -> None:
        self.url, self.session = url, requests.Session()

    def sign_in(self, name: str) -> "Visitor":
        """Sign in as WordPress' own page does it."""
        form = {"log": name, "pwd": PASSWORD, "testcookie": "1", "redirect_to": f"{self.url}/my-account/"}
        self.session.cookies.set("wordpress_test_cookie", "WP Cookie check")
        self.post("/wp-login.php", form, allow_redirects=False)
        if not any(name.startswith("wordpress_logged_in") for name in self.session.cookies.keys()):  # noqa: SIM118
            raise SystemExit(f"{name} cannot sign in")
        return self

    def get(self, path: str) -> requests.Response:
        """Return a page, which must be a good one."""
        answer = self.session.get(path if path.startswith("http") else self.url + path, timeout=60)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code}: {answer.text[:2000]}")
        return answer

    def post(self, path: str, form: dict[str, str], **options: Any) -> requests.Response:  # noqa: ANN401
        """Send a form."""
        return self.session.post(self.url + path, form, timeout=60, **options)

    def call(self, endpoint: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """Ask what the script of a page asks."""
        answer = self.session.post(
            f"{self.url}/?wc-ajax={endpoint}", json=body, headers={"Origin": self.url}, timeout=60
        )
        if "no-store" not in answer.headers["Cache-Control"]:
            raise SystemExit(f"{endpoint} could be kept by a cache: {answer.headers}")
        return answer.json()

    def lists(self, *placements: str, viewed: int | None = None, n: int = 6) -> list[list[int]]:
        """Return the products in the shopper's own lists; none for a list that stays as the page has it."""
        wishes = [{"placement": one, "n": n} for one in placements]
        body: dict[str, Any] = {"lists": wishes, **({"viewed": viewed} if viewed else {})}
        return [products_in(one["html"]) if one else [] for one in self.call("recsvc_lists", body)["lists"]]

    def store(self, path: str, body: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Ask WooCommerce's Store API, as the blocks of cart and checkout do."""
        address = f"{self.url}/wp-json/wc/store/v1/{path}"
        if body is None:
            answer = self.session.get(address, timeout=60)
        else:
            answer = self.session.post(address, json=body, headers={"Nonce": self.nonce}, timeout=60)
        if answer.status_code >= 400:
            raise SystemExit(f"{path}: {answer.status_code}: {answer.text[:2000]}")
        self.nonce = answer.headers.get("Nonce", "")
        return answer.json()


def sections(page: str) -> list[str]:
    """Return the lists in a page, each as HTML."""
    return re.findall(r"<section [^>]*recsvc-list.*?</section>", page, re.DOTALL)


def products_in(html: str) -> list[int]:
    """Return the numbers of the products that a list shows."""
    return [int(number) for number in re.findall(r"<li class=\"[^\"]*\bpost-(\d+)\b", html)]


def heading_of(section: str) -> str:
    """Return what stands above a list."""
    found = re.search(r"<h2[^>]*>(.*?)</h2>", section, re.DOTALL)
    return unescape(found[1]) if found else ""


def shown_in(section: str) -> Any:  # noqa: ANN401 - JSON
    """Return what a list says that it shows."""
    found = re.search(r'data-recsvc-shown="([^"]*)"', section)
    return json.loads(unescape(found[1])) if found else None
