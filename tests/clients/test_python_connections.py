"""Threads share the connections of the Python client, and TLS is within the same deadline."""

import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from clients.conftest import Known
from clients.test_python_deadlines import SLACK, TIMEOUT, hang, serving
from recsvc_client import Client, ServiceAway
from recsvc_client.connections import MAX_IDLE
from support.certificates import Authority


def test_threads_have_each_their_own_answer(known: Known) -> None:
    def ask(n: int) -> bool:
        user = f"thread-{n}"
        shown = client.recommend(user, n=2)
        return shown.answer is not None and shown.answer["user_id"] == user

    with (
        Client(known.service.base, key=known.key, timeout_seconds=20) as client,
        ThreadPoolExecutor(12) as pool,
    ):
        assert all(pool.map(ask, range(120)))
        n_idle = len(client._service.connections._idle)
    assert 1 <= n_idle <= MAX_IDLE


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"item_ids": ["tea"], "recommendation_id": "r"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def test_a_certificate_is_checked_against_the_shops_own_authority(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("server", "DNS:localhost"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that does not trust it goes away
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    port, trusting = server.server_address[1], ssl.create_default_context(cafile=str(authority.ca))
    try:
        with Client(f"https://localhost:{port}", ssl_context=trusting, timeout_seconds=10) as client:
            for _ in range(2):
                assert not client.rank(["tea"]).is_fallback
        for base, context in (("localhost", None), ("127.0.0.1", trusting)):
            with Client(f"https://{base}:{port}", ssl_context=context, timeout_seconds=10) as client:
                trouble = client.rank(["tea"]).trouble
                assert isinstance(trouble, ServiceAway)
                assert "CERTIFICATE_VERIFY_FAILED" in str(trouble)
    finally:
        server.shutdown()
        with suppress(OSError):
            server.server_close()
        thread.join()


def test_a_handshake_that_hangs_is_given_up_in_time() -> None:
    with serving(hang) as base, Client(base.replace("http:", "https:"), timeout_seconds=TIMEOUT) as client:
        started = time.monotonic()
        with pytest.raises(ServiceAway, match="timed out"):
            client.recommend("ada")
        assert time.monotonic() - started < TIMEOUT + SLACK
