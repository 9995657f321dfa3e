from support.models import release

from recsvc.identity.tombstones import Tombstones, tombstone
from recsvc.model.model import Model
from recsvc.model.registry import Registry
from training.publish import forget

SALT = b"salt"


def erased(*user_ids: str) -> Tombstones:
    return Tombstones(SALT, frozenset(tombstone(SALT, "user", one) for one in user_ids))


def names(registry: Registry) -> list[str]:
    return [entry.model_version for entry in registry.versions()]


def test_versions_that_know_an_erased_shopper_are_deleted_but_the_live_one(
    registry: Registry, model: Model
) -> None:
    registry.publish(model, release("2"))
    assert forget(registry, erased(model.users.id_of(0))) == ["1"]
    assert names(registry) == ["2"]


def test_versions_that_know_no_erased_shopper_stay(registry: Registry, model: Model) -> None:
    registry.publish(model, release("2"))
    assert forget(registry, erased("nobody")) == []
    assert forget(registry, erased()) == []
    assert names(registry) == ["2", "1"]


def test_a_version_that_cannot_be_read_might_know_anybody(registry: Registry, model: Model) -> None:
    registry.publish(model, release("2"))
    (registry.directory / "1" / "manifest.json").write_text("{")
    assert forget(registry, erased("nobody")) == ["1"]
