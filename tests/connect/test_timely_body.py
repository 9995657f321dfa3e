import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from urllib3.util.retry import Retry

from recsvc.connect.rest_client import ApiKeys, RestClient
from recsvc.connect.shopify import bulk
from recsvc.errors import PlatformAwayError

N_BYTES, PAUSE_SECONDS = 40, 0.05


class Trickle(BaseHTTPRequestHandler):
    """Answers with a byte each twentieth of a second; in part where the path says so."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(N_BYTES))
        self.end_headers()
        for number in range(5 if self.path == "/part" else N_BYTES):
            try:
                self.wfile.write(b"[" if not number else b"]" if number == N_BYTES - 1 else b" ")
            except OSError:
                return
            time.sleep(PAUSE_SECONDS)

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Trickle)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def ask(url: str, path: str) -> object:
    client = RestClient(url, ApiKeys("k", "s"), pace_seconds=0, retry=Retry(total=0))
    try:
        return client.get(path).value
    finally:
        client.close()


def test_an_answer_that_drips_is_given_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsvc.connect.rest_client.WHOLE_SECONDS", 0.2)
    begun = time.monotonic()
    with pytest.raises(PlatformAwayError, match="Timeout"):
        ask(url, "/")
    assert time.monotonic() - begun < N_BYTES * PAUSE_SECONDS / 2


def test_an_answer_that_is_slow_but_whole_is_read_and_one_in_part_is_not(url: str) -> None:
    assert ask(url, "/") == []
    with pytest.raises(PlatformAwayError, match="ConnectionError"):
        ask(url, "/part")


def test_a_file_that_drips_is_given_up(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recsvc.connect.shopify.bulk.GRACE_SECONDS", 0.1)
    operation = bulk.Operation("1", "COMPLETED", 0, url=f"{url}/file", n_bytes=N_BYTES)
    begun = time.monotonic()
    with pytest.raises(PlatformAwayError, match=r"does not come as a whole \(Timeout\)"):
        bulk.download(operation, tmp_path / "file")
    assert time.monotonic() - begun < N_BYTES * PAUSE_SECONDS
