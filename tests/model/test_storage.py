"""What an object store and the disk of a copy do to whoever publishes and follows, against a real server."""

import socket
import threading
import time
from contextlib import suppress
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from support.models import release
from support.object_store import S3Server, StorageProxy, set_variables
from support.tcp_proxy import end

from recsvc.errors import DamagedModelError, ModelError
from recsvc.model import storage
from recsvc.model.artifact import MANIFEST
from recsvc.model.mirror import MirroredRegistry, open_current
from recsvc.model.model import Model
from recsvc.model.registry import CURRENT
from recsvc.model.storage import Storage, StorageError, check_url


@pytest.fixture
def url(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty place."""
    set_variables(monkeypatch, s3.port)
    return s3.new_url()


@pytest.fixture
def job(url: str, tmp_path: Path) -> MirroredRegistry:
    """Where versions are published."""
    return MirroredRegistry(tmp_path / "job", Storage(url))


@pytest.fixture
def copy(url: str, tmp_path: Path) -> MirroredRegistry:
    """Where they are served."""
    return MirroredRegistry(tmp_path / "copy", Storage(url))


def test_what_a_killed_job_left_is_deleted_once_it_is_old_and_nothing_else(
    job: MirroredRegistry, model: Model, s3: S3Server, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.write(url, "1/user_ids.npy", b"half")
    s3.write(url, "24h-shop/CURRENT", b"7")  # another shop, whose name is like that of a version
    s3.write(url, "24h-shop/7/user_ids.npy", b"half")
    job.publish(model, release("2"))
    job.prune(5)  # the other job may be writing still
    assert "1/user_ids.npy" in s3.objects(url)
    monkeypatch.setattr(storage, "LEFT_FOR", timedelta(0))
    time.sleep(1.1)  # moto tells whole seconds
    job.publish(model, release("3"))
    job.prune(5)
    left = s3.objects(url)
    assert "1/user_ids.npy" not in left
    assert {"24h-shop/CURRENT", "24h-shop/7/user_ids.npy", f"2/{MANIFEST}", f"3/{MANIFEST}"} <= set(left)


def test_what_was_damaged_is_brought_again_only_where_that_is_asked_for(
    job: MirroredRegistry, model: Model, copy: MirroredRegistry, s3: S3Server, url: str
) -> None:
    job.publish(model, release("1"))
    whole = s3.read(url, "1/user_factors.npy")
    s3.write(url, "1/user_factors.npy", b"damaged")
    with pytest.raises(DamagedModelError):
        copy.refresh()
    s3.write(url, "1/user_factors.npy", whole)
    with pytest.raises(DamagedModelError, match=r"1/user_factors\.npy"):
        copy.refresh(again=False)
    copy.refresh(again=True)
    assert copy.current_version() == "1"


def test_what_is_gone_makes_room_before_anything_is_brought(
    job: MirroredRegistry, model: Model, copy: MirroredRegistry, s3: S3Server, url: str
) -> None:
    for version in ("1", "2"):
        job.publish(model, release(version))
    copy.refresh()
    job.publish(model, release("3"))
    job.discard({"1"})
    (copy.directory / ".pulling-3").write_text("in the way")  # it cannot be brought
    with pytest.raises(ModelError):
        copy.refresh()
    assert [entry.model_version for entry in copy.versions()] == ["2"]


@pytest.mark.parametrize("way", ["a file", "a directory that cannot be written"])
def test_a_place_where_no_copy_can_be_is_named(
    job: MirroredRegistry, model: Model, url: str, tmp_path: Path, way: str
) -> None:
    job.publish(model, release("1"))
    place = tmp_path / "place"
    place.write_text("") if way == "a file" else place.symlink_to("/proc/self")
    with pytest.raises(
        ModelError, match=f"{place}/copy, which is to hold the copy of {url}, cannot be written"
    ):
        open_current(place / "copy", url)


class LosingProxy(StorageProxy):
    """Loses the answer to the first request that writes ``name``, which the store has done by then."""

    def __init__(self, port: int, name: str) -> None:
        self._lost = f"/{name} ".encode()
        self._has_lost = False
        super().__init__(port)

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := client.recv(65536):
                if (
                    not self._has_lost
                    and piece.startswith(b"PUT")
                    and self._lost in piece.partition(b"\r\n")[0]
                ):
                    self._has_lost, self.cut_after = True, 0
                server.sendall(piece)
        end(client, server)

    def _answer(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while piece := server.recv(65536):
                if self.cut_after == 0:
                    self.cut_after = None
                    break
                client.sendall(piece)
        end(client, server)


@pytest.mark.parametrize(("name", "retry_seconds"), [(CURRENT, 0), (f"1/{MANIFEST}", None)])
def test_a_write_whose_answer_is_lost_was_done(
    s3: S3Server,
    url: str,
    model: Model,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    retry_seconds: float | None,
) -> None:
    proxy = LosingProxy(s3.port, name)
    try:
        set_variables(monkeypatch, proxy.port)
        MirroredRegistry(tmp_path / "job", Storage(url, retry_seconds)).publish(model, release("1"))
        assert proxy._has_lost
    finally:
        proxy.close()
    assert s3.read(url, CURRENT) == b"1\n"


class Refusing(BaseHTTPRequestHandler):
    """Answers as S3 does where a session of a role is over."""

    def do_GET(self) -> None:
        body = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>ExpiredToken</Code></Error>'
        self.send_response(403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_a_refusal_says_why_and_names_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        set_variables(monkeypatch, server.server_address[1])
        storage_refused = Storage("s3://models/x", retry_seconds=0)
        for ask in (storage_refused.current, storage_refused.versions):
            with pytest.raises(
                StorageError, match=r"403 Forbidden \(ExpiredToken\); .* may list and read there"
            ):
                ask()
        server.shutdown()


@pytest.mark.parametrize("url", ["s3://bucket", "s3://bucket/a/b", "gs://bucket/x", "az://container/x"])
def test_addresses_of_object_stores(url: str) -> None:
    check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "s3://",
        "s3:///",
        "ftp://host/x",
        "file:///models",
        "s3://key:secret@bucket/x",
        "bucket",
        "az://container/x?sig=secret",
        "s3://bucket/x?region=eu-north-1",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(
        ValueError, match="must be the address of an object store without keys and options"
    ) as raised:
        check_url(url)
    assert "secret" not in str(raised.value)
