from concurrent.futures import Future

import numpy as np
import polars as pl
from support.orders import order_lines

from recsvc.model.model import Model
from training.fit.als_choice import AlsSettings
from training.fit.counts import Counts
from training.fit.model import fit_model
from training.history.interactions import Interactions
from training.history.split import OrderLines, split_orders
from training.learning import CountedWhole, LastFit, learn
from training.progress import Silent
from training.ranker.keeping import Before
from training.settings import TrainingSettings

SETTINGS = TrainingSettings(factors=3, iterations=3, trees=5, windows=2, threads=1)
LINES = order_lines(
    *(
        (f"u{user}", f"i{(user + visit) % 8}", age, f"{user}-{age}")
        for user in range(30)
        for visit, age in enumerate(range(100, -1, -14))
    )
)
NO_LINES = LINES.clear()


def counts_of(lines: pl.DataFrame) -> Counts:
    return Counts.of(Interactions.of(lines, NO_LINES), SETTINGS)


def last_fit(before: Before | None) -> Model:
    split = split_orders(OrderLines(LINES, NO_LINES), SETTINGS.window_days, SETTINGS.seed)
    known = Interactions.of(split.train_lines, split.train_guest_lines)
    learned = learn(split.training_part, known, SETTINGS, Silent())
    counted: Future[Counts] = Future()
    counted.set_result(counts_of(LINES))
    return LastFit(CountedWhole(counted), SETTINGS, Silent(), before).learn_on(learned, split).model


def before(lines: pl.DataFrame) -> Before:
    return Before(fit_model(counts_of(lines), SETTINGS, Silent()), AlsSettings.of(SETTINGS))


def test_als_goes_on_from_the_live_version_unless_that_knows_few_of_the_items() -> None:
    anew = last_fit(None).item_factors
    of_a_sample = before(LINES.filter(pl.col("item_id").is_in(["i0", "i1", "i2"])))
    of_another_shop = before(LINES.with_columns(item_id=pl.format("x{}", "item_id")))
    for strange in (of_a_sample, of_another_shop):
        assert np.array_equal(last_fit(strange).item_factors, anew)
    assert not np.array_equal(last_fit(before(LINES)).item_factors, anew)
