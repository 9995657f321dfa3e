"""The shop and the service of ``try-plugin.sh``."""

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import requests
from journey import PROGRAMS, Recsvc, Shop, say
from visitor import Visitor

SETTINGS = "/wp-admin/admin.php?page=wc-settings&tab=integration&section=recsvc"
DEBUG = """
define( 'WP_ACCESSIBLE_HOSTS', '*.invalid' );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', '{log}' );
"""


class PluginShop(Shop):
    """A shop into which the plug-in is put."""

    program, scheme = "plugin_shop.php", "http"


class Service(Recsvc):
    """A service that can be put away."""

    def run(self, *words: str) -> str:
        """Run a program of recsvc."""
        done = subprocess.run(  # noqa: S603 - our own program
            [str(PROGRAMS / words[0]), *words[1:]],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in (0, 4):
            raise SystemExit(
                f"{words}: status {done.returncode}: {done.stdout[-1000:]} {done.stderr[-2000:]}"
            )
        return done.stdout

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def user(self, user_id: str, key: str) -> Any:  # noqa: ANN401 - JSON
        """Return what it holds on a shopper; empty where nothing is held."""
        answer = requests.get(
            f"{self.url}/v1/users", {"user_id": user_id}, headers={"X-API-Key": key}, timeout=10
        )
        return answer.json() if answer.ok else {}


@contextmanager
def hanging() -> Iterator[str]:
    """Yield the address of a service that takes requests and never answers."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen(64)
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def must(holds: object, text: str) -> None:
    """End where something does not hold, else say it."""
    if not holds:
        raise SystemExit(f"FAILED: {text}")
    say(f"  {text}")


def save_settings(owner: Visitor, **fields: str) -> str:
    """Fill in the form of the settings and save it; return the page."""
    page = owner.get(SETTINGS).text
    nonce = re.search(r'name="_wpnonce" value="(\w+)"', page)
    if nonce is None:
        raise SystemExit(f"there is no form of settings: {page[:3000]}")
    filled = {"address": "", "api_key": "", "timeout_ms": "300", "recognise": "everybody", "user_by": "email"}
    filled |= {"item_by": "sku", "related": "1", "cross_sells": "1", **fields}
    form = {f"woocommerce_recsvc_{name}": value for name, value in filled.items()}
    return owner.post(SETTINGS, {**form, "_wpnonce": nonce[1], "save": "1"}).text


def test_button(owner: Visitor) -> list[str]:
    """Press the test button; return what it says."""
    page = owner.get(SETTINGS).text
    nonce = re.search(r'id="recsvc-test"[^>]*data-nonce="(\w+)"', page)
    form = {"action": "recsvc_test", "_ajax_nonce": nonce[1] if nonce else ""}
    results = owner.post("/wp-admin/admin-ajax.php", form).json()["data"]
    return [f"{'good' if one['good'] else 'BAD'}: {one['text']}" for one in results]
