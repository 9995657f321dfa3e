import pytest
from pydantic import TypeAdapter, ValidationError

from recsvc.identity.external_id import MAX_ID_LENGTH, StoredId, is_storable

ID: TypeAdapter[str] = TypeAdapter(StoredId)


@pytest.mark.parametrize("external_id", ["17850", " ", "té ☕", "a/b\n", "x" * MAX_ID_LENGTH])
def test_an_id_may_be_any_text(external_id: str) -> None:
    assert ID.validate_python(external_id) == external_id
    assert is_storable(external_id)


@pytest.mark.parametrize("external_id", ["", "x" * (MAX_ID_LENGTH + 1), "a\0b", "\ud800", 17850, None])
def test_what_a_store_would_not_keep_is_no_id(external_id: object) -> None:
    with pytest.raises(ValidationError):
        ID.validate_python(external_id)


@pytest.mark.parametrize("external_id", ["a\0b", "\ud800"])
def test_text_that_no_store_keeps_is_told_apart(external_id: str) -> None:
    assert not is_storable(external_id)
