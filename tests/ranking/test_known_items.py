import pytest

from recsvc.model.vocabulary import Vocabulary
from recsvc.ranking.known_items import KnownItems

KNOWN = KnownItems(Vocabulary.of(["milk", "tea"]), Vocabulary.of(["coffee", "zest"]))


def test_newcomers_follow_the_items_of_the_model() -> None:
    assert [KNOWN.id_of(index) for index in range(len(KNOWN))] == ["milk", "tea", "coffee", "zest"]
    assert KNOWN.indices_of(["zest", "soup", "milk", "coffee"]) == [3, 0, 2]


def test_what_neither_knows_has_no_index_and_no_name() -> None:
    assert KNOWN.index_of("soup") is None
    assert KnownItems(KNOWN.learned, Vocabulary.of([])).index_of("zest") is None
    for index in (4, -1):
        with pytest.raises(IndexError):
            KNOWN.id_of(index)
