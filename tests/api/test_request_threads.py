"""Threads that read bodies end with the application."""

import io
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from recsvc.api import request_threads
from recsvc.api.request_threads import CLOSE_SECONDS, Bodies, RequestThreads, _Readers


def test_a_thread_that_has_just_read_a_body_ends_with_the_application() -> None:
    before = set(threading.enumerate())
    for _ in range(200):
        readers = _Readers()
        assert readers.submit(lambda: b"body").result(1) == b"body"
        readers.close()
        assert not set(threading.enumerate()) - before


def test_a_thread_whose_body_never_comes_is_not_waited_for() -> None:
    readers, comes = _Readers(), threading.Event()
    future = readers.submit(lambda: bytes(comes.wait(10)))
    started = time.monotonic()
    readers.close()
    assert time.monotonic() - started < CLOSE_SECONDS + 2
    comes.set()
    assert future.result(5) == b"\0"


class Slow(io.BytesIO):
    """A body of which nothing more comes until somebody says so."""

    def __init__(self, content: bytes = b"file") -> None:
        super().__init__(content)
        self.comes, self.is_asked = threading.Event(), threading.Event()

    def read(self, size: int | None = -1) -> bytes:
        self.is_asked.set()
        self.comes.wait(10)
        return super().read(size)


@pytest.fixture
def uploads() -> Iterator[Callable[[io.BytesIO], Response]]:
    """Sends files to an application that reads them itself."""

    @Request.application
    def app(request: Request) -> Response:
        try:
            return Response(request.environ["wsgi.input"].read(4))
        except HTTPException as error:
            return Response(error.description, error.code)

    threads = RequestThreads(app, lambda _: None, 8, Bodies(10, frozenset({"/file"})), lambda: None)
    client = Client(threads)
    yield lambda body, **more: client.post("/file", input_stream=body, **more)
    threads.close()


def test_a_file_that_does_not_come_is_given_up(
    uploads: Callable[..., Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_threads, "UPLOAD_SECONDS", 0.05)
    stuck = Slow()
    assert uploads(stuck).status_code == 408
    stuck.comes.set()
    assert uploads(io.BytesIO(b"file")).text == "file", "its place is free again"


def test_two_files_are_not_sent_at_once(uploads: Callable[..., Response]) -> None:
    slow, answers = Slow(), list[Response]()
    first = threading.Thread(target=lambda: answers.append(uploads(slow)))
    first.start()
    assert slow.is_asked.wait(5)
    second = uploads(io.BytesIO(b"file"))
    slow.comes.set()
    first.join()
    assert (second.status_code, answers[0].text) == (503, "file")


def test_a_file_of_unknown_length_is_refused(uploads: Callable[..., Response]) -> None:
    unknown = {"HTTP_TRANSFER_ENCODING": "chunked"}
    assert uploads(io.BytesIO(b"file"), environ_overrides=unknown).status_code == 411
