import pytest

from training.evaluation.evaluation import decimal, label_of


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (0.38, False, ".380"),
        (0.045, True, "+.045"),
        (-0.0126, True, "-.013"),
        (1.0, False, "1.000"),
        (1.0, True, "+1.000"),
        (-0.9999, True, "-1.000"),
    ],
)
def test_shares_have_three_places_and_no_zero_before_the_point(value: float, signed: bool, text: str) -> None:
    assert decimal(value, signed=signed) == text


def test_baselines_are_called_by_words_and_recsvc_by_its_name() -> None:
    assert label_of("own_frequency") == "own frequency"
    assert label_of("recsvc") == "recsvc"
