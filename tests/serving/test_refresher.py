from threading import Event

from structlog.testing import capture_logs

from recsvc.serving.refresher import MAX_QUEUED, Refresher


def test_a_key_that_is_queued_is_not_queued_again() -> None:
    refresher, go_on, done = Refresher(), Event(), []
    refresher.submit("first", go_on.wait)
    for _ in range(5):
        refresher.submit("key", lambda: done.append(1))
    refresher.submit("last", lambda: done.append(2))
    go_on.set()
    while 2 not in done:
        pass
    refresher.close()
    assert done == [1, 2]


def test_what_does_not_fit_is_left_out() -> None:
    refresher, go_on, done = Refresher(), Event(), []
    refresher.submit("first", go_on.wait)
    for number in range(MAX_QUEUED + 50):
        refresher.submit(number, lambda: done.append(1))
    refresher._executor.submit(go_on.set)
    go_on.set()
    refresher._executor.shutdown(wait=True)
    assert len(done) == MAX_QUEUED - 1


def test_a_failure_is_logged_and_the_next_is_done() -> None:
    refresher, done = Refresher(), []
    with capture_logs() as lines:
        refresher.submit("bad", lambda: 1 / 0)
        refresher.submit("good", lambda: done.append(1))
        refresher._executor.shutdown(wait=True)
    assert done == [1]
    assert [(line["event"], line["error"]) for line in lines] == [("refresh_failed", "ZeroDivisionError")]
