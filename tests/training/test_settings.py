from pathlib import Path

import pytest

from recsvc.errors import SettingsError
from training.settings import load_training_settings


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_the_file_is_read_and_the_command_line_wins(tmp_path: Path) -> None:
    config = write(
        tmp_path / "recsvc.toml",
        "[service]\nport = 1\n[training]\nfactors = 32\nseed = 1\n"
        '[training.columns]\nuser_id = "Kunde"\nitem_id = "A"\n',
    )
    settings = load_training_settings(config, {"seed": 7, "date_format": None}, {"item_id": "Artikel"})
    assert (settings.factors, settings.seed, settings.alpha) == (32, 7, 3.0)
    assert settings.columns == {"user_id": "Kunde", "item_id": "Artikel"}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("factors = 0", r"\[training\] factors"),
        ("factor = 10", r"\[training\] factor: there is no field of this name; did you mean factors"),
        ('non_product_pattern = "("', "non_product_pattern: is not a regular expression"),
        ("max_rejected_share = 2", "max_rejected_share"),
    ],
)
def test_a_bad_value_is_refused_by_name(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_training_settings(write(tmp_path / "recsvc.toml", f"[training]\n{text}\n"), {}, {})


@pytest.mark.parametrize(
    ("text", "said"), [("[training", "cannot be read"), ("training = 1", "must be a table")]
)
def test_a_file_that_is_no_settings_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load_training_settings(write(tmp_path / "recsvc.toml", text), {}, {})


def test_what_a_shop_says_wins_over_what_holds_for_all(tmp_path: Path) -> None:
    text = "[training]\nfactors = 32\nseed = 1\n[shops.a]\n[shops.b.training]\nfactors = 16\n"
    config = write(tmp_path / "recsvc.toml", text)
    of = {shop: load_training_settings(config, {}, {}, shop) for shop in ("a", "b")}
    assert [(one.factors, one.seed) for one in of.values()] == [(32, 1), (16, 1)]


def test_a_bad_value_of_a_shop_is_refused_by_shop_and_name(tmp_path: Path) -> None:
    config = write(tmp_path / "recsvc.toml", "[shops.b.training]\nfactors = 0\n")
    with pytest.raises(SettingsError, match=r"\[shops.b.training\] factors"):
        load_training_settings(config, {}, {}, "b")
