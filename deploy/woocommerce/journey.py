"""The journey of ``try.sh``: a real shop, a real service, and between them a gate that fails and loses webhooks."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import urlopen

from recsvc.store.event import EventType
from recsvc.store.store import open_store

ROOM = Path(__file__).parent
PROGRAMS = Path(sys.executable).parent
HOOK_SECRET = "a secret of the try alone"  # noqa: S105 - of a shop that is gone afterwards
LOSES_EACH = 10

CONFIG = """<?php
define( 'DB_NAME', 'shop' );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:{socket}' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
define( 'WP_HOME', '{scheme}://{host}' );
define( 'WP_SITEURL', '{scheme}://{host}' );
define( 'DISABLE_WP_CRON', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_MEMORY_LIMIT', '512M' );
// As behind a proxy that ends TLS; WooCommerce takes keys in a header over https alone.
if ( '{scheme}' === 'https' || isset( $_SERVER['HTTP_AUTHORIZATION'] ) ) {{
	$_SERVER['HTTPS'] = 'on';
}}
{more}
$table_prefix = 'wp_';
defined( 'ABSPATH' ) || define( 'ABSPATH', __DIR__ . '/' );
require_once ABSPATH . 'wp-settings.php';
"""
PLUGIN = """<?php
// WordPress sends nothing to other ports of this machine by itself, and there is no mail here.
add_filter( 'http_allowed_safe_ports', function ( $ports ) { return array_merge( $ports, array( {port} ) ); } );
add_filter( 'pre_wp_mail', '__return_true' );
"""


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: list[str], log: Path, environment: dict[str, str], folder: Path | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a server until the block ends, with all that it started."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own programs
            command, stdout=output, stderr=output, start_new_session=True, env=environment, cwd=folder
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


class Shop:
    """The WordPress of the try.

    Attributes:
        folder: where it is installed.
        host, url: where it answers.
    """

    program = "shop.php"
    scheme = "https"
    more_config = ""

    def __init__(self, work: Path, port: int, gate_port: int) -> None:
        self.folder, self.host = work / "wordpress", f"127.0.0.1:{port}"
        self.url, self._work = f"http://{self.host}", work
        config = CONFIG.format(
            socket=work / "socket", host=self.host, scheme=self.scheme, more=self.more_config
        )
        (self.folder / "wp-config.php").write_text(config)
        plugins = self.folder / "wp-content" / "mu-plugins"
        plugins.mkdir(exist_ok=True)
        (plugins / "try.php").write_text(PLUGIN.replace("{port}", str(gate_port)))

    def __call__(self, *words: object) -> Any:  # noqa: ANN401 - JSON
        """Run a command of ``program``."""
        done = subprocess.run(  # noqa: S603 - our own program
            [  # noqa: S607
                "php",
                "-d",
                "memory_limit=1G",
                "-d",
                "display_errors=0",
                str(ROOM / self.program),
                *map(str, words),
            ],
            cwd=self.folder,
            env={**os.environ, "SHOP_HOST": self.host},
            capture_output=True,
            check=False,
        )
        try:
            return json.loads(done.stdout.splitlines()[-1])
        except (ValueError, IndexError):
            raise SystemExit(
                f"{self.program} {words}: {done.stdout[-2000:]!r} {done.stderr[-2000:]!r}"
            ) from None

    def serve(self) -> Any:  # noqa: ANN401 - a context
        """Run PHP's own server, with several workers."""
        command = ["php", "-d", "memory_limit=1G", "-d", "display_errors=0", "-S", self.host, "-t", "."]
        environment = {**os.environ, "PHP_CLI_SERVER_WORKERS": "4"}
        return running([*command, str(ROOM / "router.php")], self._work / "php.log", environment, self.folder)


class Gate(BaseHTTPRequestHandler):
    """What webhooks go through: open, down (503), or losing each tenth while the shop hears that all is well."""

    state = "open"
    target = 0
    n_seen = n_lost = n_refused = 0

    def do_POST(self) -> None:
        """Take one delivery."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        type(self).n_seen += 1
        if self.state == "down":
            type(self).n_refused += 1
            self._answer(503)
            return
        if self.state == "losing" and self.n_seen % LOSES_EACH == 0:
            type(self).n_lost += 1
            self._answer(200)
            return
        with closing(HTTPConnection("127.0.0.1", self.target, timeout=30)) as onward:
            onward.request("POST", self.path, body, dict(self.headers))
            self._answer(onward.getresponse().status)

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


class Recsvc:
    """The service of the try, and its commands."""

    def __init__(self, work: Path, shop: Shop, keys: dict[str, str]) -> None:
        self.models, self._work, self.port = work / "models", work, free_port()
        self.models.mkdir()
        self.environment = {
            **os.environ,
            "RECSVC_MODELS_DIR": str(self.models),
            "RECSVC_WOOCOMMERCE_URL": shop.url,
            "RECSVC_WOOCOMMERCE_KEY": keys["key"],
            "RECSVC_WOOCOMMERCE_SECRET": keys["secret"],
            "RECSVC_WOOCOMMERCE_HOOK_SECRET": HOOK_SECRET,
        }

    def connect(self, *options: str, status: int = 0, killed_when: Callable[[], bool] | None = None) -> str:
        """Run ``recsvc connect woocommerce``; return what it said."""
        command = [str(PROGRAMS / "recsvc"), "connect", "woocommerce", "--per-second", "50", *options]
        with subprocess.Popen(  # noqa: S603 - our own program
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            if killed_when is not None:
                while process.poll() is None and not killed_when():
                    time.sleep(0.2)
                process.kill()
            said = process.communicate()[0]
        if killed_when is None and process.returncode != status:
            raise SystemExit(f"connect {options}: status {process.returncode}, not {status}: {said}")
        return said

    def serve(self) -> Any:  # noqa: ANN401 - a context
        """Run ``recsvc serve``."""
        command = [str(PROGRAMS / "recsvc"), "serve", "--port", str(self.port), "--workers", "2"]
        return running(command, self._work / "recsvc.log", self.environment)

    def bought(self) -> dict[str, float]:
        """Return what the store says was bought and kept: order|shopper|item -> pieces."""
        net: defaultdict[str, float] = defaultdict(float)
        if not (self.models / "recsvc.db").exists():
            return {}
        with closing(open_store(f"sqlite:///{self.models}/recsvc.db")) as store:
            for batch in store.events.batches(types=(EventType.PURCHASE, EventType.RETURN)):
                for kind, order, user, item, pieces in zip(
                    batch.types, batch.order_ids, batch.user_ids, batch.item_ids, batch.quantity, strict=True
                ):
                    net[f"{order}|{user}|{item}"] += pieces if kind == EventType.PURCHASE else -pieces
        return {name: pieces for name, pieces in net.items() if pieces > 0}

    def item(self, item_id: str) -> Any:  # noqa: ANN401 - an item
        """Return what the catalogue has of an item."""
        with closing(open_store(f"sqlite:///{self.models}/recsvc.db")) as store:
            return store.catalogue.get(item_id)


def compare(what: str, shop: Shop, service: Recsvc, *, must: bool = True) -> int:
    """Say how many lines of orders differ between the shop and the store; end where none may."""
    truth, stored = shop("truth"), service.bought()
    different = {name for name in truth.keys() | stored.keys() if truth.get(name) != stored.get(name)}
    print(f"{what}: {len(truth):,} lines in the shop, {len(different):,} differ in the store", flush=True)  # noqa: T201
    if must and different:
        shown = {name: (truth.get(name), stored.get(name)) for name in sorted(different)[:10]}
        raise SystemExit(f"lines differ (shop, store): {shown}")
    return len(different)


def say(text: str) -> None:
    """Tell how far the journey is."""
    print(text, flush=True)  # noqa: T201


def wait_for(url: str, fits: Callable[[int], bool] = lambda status: status == 200) -> None:
    """Wait until a server answers."""
    for _ in range(300):
        with suppress(OSError), urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
            if fits(answer.status):
                return
        time.sleep(0.2)
    raise SystemExit(f"{url} does not answer")


def fill(shop: Shop) -> list[int]:
    """Make the history of the shop: some of it came back, some was never paid."""
    shop("products", 60)
    orders = shop("orders", 500, 300, 1)
    for order in orders[:20]:
        shop("refund", order)
    for order in orders[20:25]:
        shop("refund", order, 1)
    shop("orders", 15, 100, 2, "cancelled")
    shop("orders", 15, 100, 3, "on-hold")
    return list(orders)


def lose(shop: Shop, service: Recsvc, old: list[int]) -> None:
    """Lose a tenth of the webhooks, then let the service be away, while the shop goes on; then find what is lost."""
    Gate.state = "losing"
    there = shop("orders", 100, 0, 6)
    for order in there[:10]:
        shop("refund", order)
    for order in there[10:20]:
        shop("change", "status", order, "cancelled")
    say(f"losing: {shop('deliver')} jobs of the shop, {Gate.n_lost} deliveries lost and called well")
    Gate.state = "down"
    away = shop("orders", 40, 0, 5)
    for order in (*away[:4], *old[30:34]):
        shop("refund", order)
    shop("change", "trash", away[5])
    shop("change", "delete", old[40])
    shop("change", "status", old[41], "cancelled")
    say(f"outage: {shop('deliver')} jobs of the shop, {Gate.n_refused} deliveries refused")
    if not compare("after both", shop, service, must=False):
        raise SystemExit("nothing was lost, so that the reconciliation cannot show what it finds")
    Gate.state = "open"
    started = time.monotonic()
    say(service.connect("--reconcile", status=4).rstrip())
    say(f"reconciled in {time.monotonic() - started:.0f} s")
    compare("after the reconciliation", shop, service)


def journey(work: Path, storage: str) -> None:
    """Go all the way."""
    gate_port = free_port()
    shop = Shop(work, free_port(), gate_port)
    say(f"WordPress {shop('install')['wordpress']}")
    keys = shop("prepare", storage)
    keys = shop("prepare", storage)  # the second time with the storage of orders that was chosen
    say(f"WooCommerce {keys['woocommerce']}, orders in {'tables' if keys['hpos'] else 'posts'}")
    if keys["hpos"] != (storage == "tables"):
        raise SystemExit(f"orders are not in {storage}")
    old = fill(shop)
    service = Recsvc(work, shop, keys)
    Gate.target = service.port
    gate = ThreadingHTTPServer(("127.0.0.1", gate_port), Gate)
    Thread(target=gate.serve_forever, daemon=True).start()
    with shop.serve():
        wait_for(f"{shop.url}/wp-json/")
        service.connect(killed_when=lambda: len(service.bought()) >= 200)
        say(f"killed while it read: {len(service.bought())} lines stored")
        say(service.connect(status=4).rstrip())
        compare("after the backfill", shop, service)
        with service.serve():
            wait_for(f"http://127.0.0.1:{service.port}/health/live")
            follow(shop, service, gate_port, old)
    gate.shutdown()


def follow(shop: Shop, service: Recsvc, gate_port: int, old: list[int]) -> None:
    """Let webhooks in, and break them; then train and ask for a list."""
    say(service.connect("--hooks-at", f"http://127.0.0.1:{gate_port}").rstrip())
    fresh = shop("orders", 30, 0, 4, "processing")
    shop("change", "status", fresh[0], "cancelled")
    shop("change", "trash", fresh[1])
    shop("change", "trash", fresh[2])
    shop("change", "untrash", fresh[2])
    say(f"webhooks: {shop('deliver')} jobs of the shop, {Gate.n_seen} deliveries")
    compare("by webhooks alone", shop, service)
    lose(shop, service, old)
    say(service.connect("--reconcile", "--hooks-at", f"http://127.0.0.1:{gate_port}").rstrip())
    train = [str(PROGRAMS / "recsvc-train"), "run", "--from-store", "--models-dir", str(service.models)]
    done = subprocess.run(train, env=service.environment, capture_output=True, text=True, check=False)  # noqa: S603
    say(done.stdout[-600:].rstrip())
    if done.returncode not in (0, 4):
        raise SystemExit(f"recsvc-train: status {done.returncode}: {done.stderr[-2000:]}")
    address = f"http://127.0.0.1:{service.port}"
    wait_for(f"{address}/health/ready")
    with urlopen(f"{address}/v1/recommend?user_id=shopper7@shop.example&n=4&fields=title") as answer:  # noqa: S310 - loopback
        given = json.load(answer)
    say(f"a list: {given['strategy']}, {[one['item_id'] for one in given['items']]}")
    if not given["items"]:
        raise SystemExit("the list is empty")


if __name__ == "__main__":
    journey(Path(sys.argv[1]), sys.argv[2])
