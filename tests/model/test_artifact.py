import json
import shutil
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.audiences import with_audience
from support.models import release, small_model, with_heads

from recsvc.errors import DamagedModelError
from recsvc.model.arrays import ITEM_TABLES, OPTIONAL
from recsvc.model.artifact import DTYPES, HEAD_DTYPES, MANIFEST, TEXTS, Manifest
from recsvc.model.model import Model
from recsvc.model.registry import Registry

LEARNED = {
    "item_appeal": np.linspace(-1, 1, 7, dtype=np.float32),
    "user_rhythm": np.arange(24, dtype=np.float32).reshape(4, 6),
    "moments": '{"repeat_buyers": 3}',
    "audience": with_audience().audience,
}
"""What a version holds only where there was enough to learn it from."""

FILES = [*(f"{name}.npy" for name in DTYPES), *(f"{name}.txt" for name in TEXTS)]


@pytest.fixture
def model() -> Model:
    """The small model, which learned all that can be learned, so that it has all files."""
    return replace(small_model(), **LEARNED)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A models directory whose live version, 1, is that model."""
    directory = tmp_path_factory.mktemp("published")
    Registry(directory).publish(replace(small_model(), **LEARNED), release("1"))
    return directory


def version(registry: Registry) -> Path:
    return registry.directory / "1"


def test_a_published_model_comes_back_as_it_was(registry: Registry, model: Model) -> None:
    loaded = registry.load().model
    assert list(loaded.users.ids) == list(model.users.ids)
    assert list(loaded.titles) == list(model.titles)
    for field in fields(Model):
        saved = getattr(model, field.name)
        if isinstance(saved, np.ndarray):
            np.testing.assert_array_equal(getattr(loaded, field.name), saved)
    for name, saved in model.history_columns.items():
        np.testing.assert_array_equal(loaded.history_columns[name], saved)
    assert (loaded.ranker_all, loaded.ranker_new) == (model.ranker_all, model.ranker_new)
    assert loaded.audience == model.audience
    for name in ("history", "item_neighbours", "basket_neighbours", "item_categories", "category_items"):
        np.testing.assert_array_equal(getattr(loaded, name).values, getattr(model, name).values)
        np.testing.assert_array_equal(getattr(loaded, name).indices, getattr(model, name).indices)


def test_arrays_are_mapped_not_read(registry: Registry) -> None:
    factors = registry.load().model.item_factors
    assert isinstance(factors.base, np.memmap)
    assert not factors.flags.writeable


def test_no_file_is_a_pickle(registry: Registry) -> None:
    for path in version(registry).glob("*.npy"):
        assert np.load(path, allow_pickle=False).dtype != object


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_by_name(registry: Registry, name: str) -> None:
    (version(registry) / name).unlink()
    with pytest.raises(DamagedModelError, match=name):
        registry.load()


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused_by_name(registry: Registry, name: str) -> None:
    path = version(registry) / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedModelError, match=f"{name} is truncated or altered"):
        registry.load()


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_single_changed_byte_is_noticed(
    data: st.DataObject, published: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    registry = Registry(Path(shutil.copytree(published, tmp_path_factory.mktemp("altered") / "models")))
    path = version(registry) / data.draw(st.sampled_from(FILES))
    content = bytearray(path.read_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    with pytest.raises(DamagedModelError, match=path.name):
        registry.load()


def without_lines(registry: Registry, stems: Iterable[str], texts: Iterable[str] = ()) -> None:
    """Make the manifest list none of these files, and remove them."""
    path = version(registry) / MANIFEST
    manifest = json.loads(path.read_text())
    for name in (*(f"{stem}.npy" for stem in stems), *(f"{text}.txt" for text in texts)):
        del manifest["sha256"][name]
        (version(registry) / name).unlink()
    path.write_text(json.dumps(manifest))


def test_a_version_of_before_lacks_optional_files_and_is_read(registry: Registry) -> None:
    assert {
        "item_appeal",
        "product_digests",
        "user_rhythm",
        "variant_word_text",
        "variant_word_offsets",
    } == OPTIONAL
    without_lines(registry, OPTIONAL, ["moments"])
    loaded = registry.load().model
    assert loaded.product_digests.tolist() == [0] * 7
    assert list(loaded.variant_words.ids) == []
    assert loaded.item_appeal is None
    assert (loaded.user_rhythm, loaded.moments) == (None, "")


def test_half_of_an_optional_field_is_refused_by_name(registry: Registry) -> None:
    without_lines(registry, ["variant_word_offsets"])
    with pytest.raises(DamagedModelError, match=r"variant_word_offsets\.npy, which belongs to"):
        registry.load()


@pytest.fixture
def large(tmp_path: Path) -> Registry:
    """A registry whose live version, 1, has heads, as those of large catalogues have."""
    registry = Registry(tmp_path / "large")
    registry.publish(with_heads(small_model(), n=3), release("1"))
    return registry


def test_a_model_that_did_not_learn_from_clicks_has_no_file_of_it(large: Registry) -> None:
    assert not list(version(large).glob("item_appeal*"))
    assert large.load().model.item_appeal is None


def test_a_model_without_heads_has_no_files_of_them(registry: Registry) -> None:
    assert not list(version(registry).glob("*_head*"))
    assert registry.load().model.heads == {}


def test_heads_come_back_as_they_were_mapped_not_read(large: Registry) -> None:
    saved, loaded = with_heads(small_model(), n=3).heads, large.load().model.heads
    assert loaded.keys() == saved.keys() == {table.name for table in ITEM_TABLES}
    for name, head in saved.items():
        assert isinstance(loaded[name].rows.base, np.memmap)
        np.testing.assert_array_equal(loaded[name].items, head.items)
        np.testing.assert_array_equal(loaded[name].rows, head.rows)


@pytest.mark.parametrize("name", HEAD_DTYPES)
def test_a_damaged_or_missing_file_of_a_head_is_refused_by_name(large: Registry, name: str) -> None:
    path = version(large) / f"{name}.npy"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedModelError, match=f"{name}.npy is truncated or altered"):
        large.load()
    path.unlink()
    with pytest.raises(DamagedModelError, match=f"{name}.npy cannot be read"):
        large.load()


@pytest.mark.parametrize("name", HEAD_DTYPES)
def test_half_a_head_is_refused_by_name(large: Registry, name: str) -> None:
    path = version(large) / MANIFEST
    manifest = json.loads(path.read_text())
    del manifest["sha256"][f"{name}.npy"]
    path.write_text(json.dumps(manifest))
    with pytest.raises(DamagedModelError, match=f"the manifest lists no {name}.npy"):
        large.load()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format_version": 1}', "\xff"])
def test_a_manifest_that_is_none_is_refused(registry: Registry, text: str) -> None:
    (version(registry) / MANIFEST).write_text(text, encoding="latin-1")
    with pytest.raises(DamagedModelError, match=r"manifest\.json cannot be read"):
        registry.load()


@pytest.mark.parametrize(("field", "value"), [("sha256", None), ("created", 3), ("counts", [])])
def test_a_manifest_with_a_field_of_another_type_is_refused(
    registry: Registry, field: str, value: object
) -> None:
    path = version(registry) / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(DamagedModelError, match="is of another kind than it should be"):
        registry.load()


def test_another_format_version_is_refused_with_the_remedy(registry: Registry) -> None:
    path = version(registry) / MANIFEST
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "format_version": 99}))
    with pytest.raises(DamagedModelError, match=r"format version 99; this program reads 6\. Train again"):
        registry.load()


def test_a_copied_version_does_not_pass_under_another_name(registry: Registry) -> None:
    version(registry).rename(registry.directory / "2")
    with pytest.raises(DamagedModelError, match="holds version 1"):
        registry.load("2")


def test_what_a_version_was_fitted_with_is_what_its_run_chose() -> None:
    given = Manifest(6, "v", "2026-01-01T00:00:00+00:00", None, {}, {"alpha": 3.0, "seed": 1}, {}, {})
    assert given.fitted_with == {"alpha": 3.0, "seed": 1}
    chosen = replace(given, metrics={"als": {"settings": {"alpha": 10.0}}})
    assert chosen.fitted_with == {"alpha": 10.0, "seed": 1}


@pytest.mark.parametrize("said", [None, [], {"settings": None}, {"settings": {"alpha": "ten"}}])
def test_what_no_release_wrote_of_the_choice_is_passed_over(said: object) -> None:
    manifest = Manifest(6, "v", "2026-01-01T00:00:00+00:00", None, {}, {"alpha": 3.0}, {"als": said}, {})
    assert manifest.fitted_with == {"alpha": 3.0}


def test_a_version_without_likelihoods_is_read_and_has_none(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.publish(small_model(), release("1"))
    assert not (tmp_path / "1" / "audience.txt").exists()
    assert registry.load().model.audience == ""
