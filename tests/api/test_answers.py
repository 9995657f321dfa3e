import math
import time

from recsvc.api.answers import ENTRY_OVERHEAD_BYTES, STRANGERS_SHARE, ListResponse, ReadyAnswers
from recsvc.cache.cache import Lease
from recsvc.cache.epochs import Epochs
from recsvc.model.registry import Registry
from recsvc.ranking.query import Placement
from recsvc.serving.lists import Answer, Reuse
from recsvc.serving.live_model import LiveModel

BODY = b"x" * 100
SIZE = 1 + len(BODY) + ENTRY_OVERHEAD_BYTES


def room_for(n: int) -> int:
    return math.ceil(n * SIZE / (1 - STRANGERS_SHARE)) + 1


def answers_of(registry: Registry, max_bytes: int) -> tuple[ReadyAnswers, Epochs]:
    live_model, epochs = LiveModel(registry, poll_seconds=60), Epochs()
    live_model.refresh()
    return ReadyAnswers(max_bytes, epochs, live_model), epochs


def ready(epochs: Epochs, bucket: int = 1, version: str = "1") -> ListResponse:
    reuse = Reuse(Lease(bucket, epochs.stamp(bucket), time.monotonic() + 60), familiar=True)
    return ListResponse.of(Answer(BODY, "near", version, reuse), Placement.FOR_YOU, 0)


def test_when_room_is_needed_an_answer_that_was_used_gets_another_turn(registry: Registry) -> None:
    answers, epochs = answers_of(registry, room_for(2))
    answers.put("a", ready(epochs))
    answers.put("b", ready(epochs))
    answers.get("a")
    answers.put("c", ready(epochs))
    assert [answers.get(one) is not None for one in "abc"] == [True, False, True]
    assert answers.size_bytes == 2 * SIZE


def test_the_same_question_is_remembered_once(registry: Registry) -> None:
    answers, epochs = answers_of(registry, 10 * SIZE)
    for _ in range(5):
        answers.put("a", ready(epochs))
    assert (len(answers), answers.size_bytes) == (1, SIZE)


def test_an_answer_larger_than_the_room_is_not_remembered(registry: Registry) -> None:
    answers, epochs = answers_of(registry, SIZE)
    answers.put("a", ready(epochs))
    assert len(answers) == 0


def test_an_answer_of_another_version_or_to_a_dropped_shopper_is_not_given(registry: Registry) -> None:
    answers, epochs = answers_of(registry, 10 * SIZE)
    answers.put("a", ready(epochs, version="0"))
    answers.put("b", ready(epochs, bucket=5))
    epochs.drop(5)
    assert (answers.get("a"), answers.get("b")) == (None, None)
