from threading import Event

from recsvc.repeating import Repeating


def test_work_is_done_again_although_it_failed() -> None:
    done = Event()
    outcomes = iter([ValueError("unexpected")])

    def work() -> None:
        for error in outcomes:
            raise error
        done.set()

    repeating = Repeating("test", 0.01, work)
    repeating.start()
    assert done.wait(5)
    repeating.stop()


def test_after_the_stop_nothing_is_done_any_more() -> None:
    times: list[int] = []
    repeating = Repeating("test", 0.01, lambda: times.append(1))
    repeating.start()
    repeating.stop()
    n = len(times)
    assert not Event().wait(0.05)
    assert len(times) == n


def test_what_never_began_can_be_stopped() -> None:
    Repeating("test", 1, lambda: None).stop()
