"""Which worker gives a sign of life, and when."""

from pathlib import Path
from threading import Event, Thread

import pytest

from recsvc.processes.heartbeats import Heart, Heartbeats
from recsvc.serving.waiting_line import WaitingLine


@pytest.fixture
def heartbeats(tmp_path: Path) -> Heartbeats:
    Heartbeats.create(tmp_path / "heartbeats", n_places=2)
    return Heartbeats(tmp_path / "heartbeats")


def test_a_place_is_taken_over_from_a_worker_that_is_gone(heartbeats: Heartbeats) -> None:
    assert [heartbeats.claim(lambda _pid: True) for _ in range(3)] == [0, 1, None]
    assert heartbeats.claim(lambda _pid: False) == 0


def test_a_worker_whose_lists_never_come_gives_no_sign_of_life(heartbeats: Heartbeats) -> None:
    line, release = WaitingLine(slots=1, max_waiting=1, wait_seconds=1), Event()
    heart = Heart(heartbeats, 0)
    heart.watch([line])

    def beats() -> int:
        before = heartbeats.all()[0].number
        for _ in range(3):
            heart.beat()
        return heartbeats.all()[0].number - before

    def hold() -> None:
        with line.turn():
            release.wait(10)

    assert beats() == 3
    thread = Thread(target=hold)
    thread.start()
    while not line.is_full:
        pass
    assert beats() == 1  # the first look cannot know how long it has been so
    release.set()
    thread.join()
    assert beats() == 3


def test_a_full_line_that_moves_is_a_sign_of_life(heartbeats: Heartbeats) -> None:
    line, heart = WaitingLine(slots=1, max_waiting=1, wait_seconds=1), Heart(heartbeats, 0)
    heart.watch([line])
    for _ in range(5):
        with line.turn():
            heart.beat()
    assert heartbeats.all()[0].number == 5
