import polars as pl
import pytest
from support.orders import DAY, NEWEST, order_lines

from recsvc.model.model import Model
from training.fit.alternative_choice import CHOICES, ChosenAlternatives, choose_weights
from training.fit.counts import Counts
from training.fit.item_content import ItemContent
from training.fit.model import fit_model
from training.history.interactions import Interactions
from training.progress import Silent
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(factors=4, neighbours=10, threads=1)
HITS = [f"hit{letter}" for letter in "abcdefghij"]


def chairs(n_shoppers: int) -> pl.DataFrame:
    """Who bought the plain chair turns to one of ten that sell at another price; fifteen dull ones cost the same."""
    lines: list[tuple] = [(f"other{letter}", f"dul{letter}", 200) for letter in "abcdefghijklmno"]
    lines += [(f"other{i}", hit, 200) for i in range(40) for hit in HITS]
    for i in range(n_shoppers):
        lines += [(f"u{i}", "big", 100), (f"u{i}", HITS[i % len(HITS)], 3)]
    is_hit = pl.col("item_id").str.starts_with("hit")
    return order_lines(*lines).with_columns(
        pl.concat_str(pl.lit("Folding wooden garden chair with padded arms "), pl.col("item_id")).alias(
            "title"
        ),
        pl.when(is_hit).then(1.65 * 3).otherwise(3.0).alias("unit_price"),
    )


def known(lines: pl.DataFrame) -> Interactions:
    return Interactions.of(lines, lines.clear())


def chosen(lines: pl.DataFrame, earlier: Model | None) -> ChosenAlternatives:
    counts = Counts.of(known(lines), SETTINGS)
    content = ItemContent.of(counts.interactions, counts.arrays, 1)
    return choose_weights(earlier, counts, content)


def before(lines: pl.DataFrame) -> Model:
    earlier = known(lines.filter(pl.col("ordered_at") <= NEWEST - 28 * DAY))
    return fit_model(Counts.of(earlier, SETTINGS), SETTINGS, Silent())


def test_what_shoppers_turned_to_decides() -> None:
    lines = chairs(150)
    made = chosen(lines, before(lines))
    assert made.weights.sales > CHOICES[0].sales
    assert made.turns == 150
    assert len(made.as_dict()["shares"]) == len(CHOICES)
    assert max(made.shares.values()) == pytest.approx(1)


def test_without_an_earlier_moment_or_with_few_turns_the_usual_weights_stay() -> None:
    lines = chairs(150)
    assert chosen(lines, None).weights == CHOICES[0]
    few = chairs(5)
    assert chosen(few, before(few)) == ChosenAlternatives()
