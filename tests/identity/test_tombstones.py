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
