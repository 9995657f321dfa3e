"""Threads that read bodies end with the application."""

import threading
import time

from recsvc.api.request_threads import CLOSE_SECONDS, _Readers


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
