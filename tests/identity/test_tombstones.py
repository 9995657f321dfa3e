import pytest

from recsvc.identity.spelling import canonical_user_id, likely_spellings
from recsvc.identity.tombstones import Tombstones, tombstone

SALT = b"salt"


def test_an_erased_user_is_known_by_the_hash_alone() -> None:
    erased = Tombstones(SALT, frozenset({tombstone(SALT, "user", "ada")}))
    assert erased.holds("ada")
    assert erased.mask(["bob", "ada", None, "Ada"]).tolist() == [False, True, False, False]


def test_a_session_of_the_same_name_is_another_id() -> None:
    assert not Tombstones(SALT, frozenset({tombstone(SALT, "session", "ada")})).holds("ada")


def test_another_salt_makes_other_hashes() -> None:
    assert tombstone(SALT, "user", "ada") != tombstone(b"pepper", "user", "ada")


def test_without_tombstones_nobody_was_erased() -> None:
    assert Tombstones(SALT, frozenset()).mask(["ada", None]).tolist() == [False, False]


@pytest.mark.parametrize(
    ("erased_as", "named"),
    [
        ("Anna@X.test", "anna@x.test"),
        ("ANNA@X.TEST", "anna@x.test"),
        ("Anna.Smith@x.test", "anna.smith@x.test"),
        ("Anna@x.test", "ANNA@X.test"),
        ("8.0", "8"),
        ("Zoe\u0308", "Zo\xeb"),
    ],
)
def test_who_was_erased_before_ids_had_one_spelling_stays_erased(erased_as: str, named: str) -> None:
    erased = Tombstones(SALT, frozenset({tombstone(SALT, "user", erased_as)}))
    assert erased.holds(named)
    assert erased.mask([named, f"b{named}"]).tolist() == [True, False]


@pytest.mark.parametrize(
    "user_id", ["anna@x.test", "8", "Zo\xeb", "ada", "stra\xdfe@x.test", "\u0130@x.test"]
)
def test_likely_spellings_are_those_of_one_shopper(user_id: str) -> None:
    assert {canonical_user_id(one) for one in likely_spellings(user_id)} == {canonical_user_id(user_id)}
