"""What clicks say of the order of lists."""

import numpy as np
import polars as pl
import pytest
from support.models import ITEMS, USERS, small_model

from training.history.exposures import LIST_SCHEMA, SCHEMA, Exposures
from training.history.interactions import DAY_SECONDS
from training.ranker.click_choice import MIN_CHOICES, Candidates, Choices, choices_of, fit_choices

PLACES = np.log(1 / np.arange(1, 11))
DAY = 20_000


def clicked(
    by_score: float, by_appeal: float, n: int = 3000, seed: int = 1
) -> tuple[Choices, np.ndarray, np.ndarray]:
    """Return clicks in lists of ten, in the order of their scores, and scores and appeal of all candidates."""
    rng = np.random.default_rng(seed)
    scores = -np.sort(-rng.normal(size=(n, 10)), axis=1)
    appeal = rng.normal(0, 0.5, size=(n, 10))
    odds = np.exp(by_score * scores + by_appeal * appeal + PLACES)
    chosen = (odds.cumsum(axis=1) < rng.random((n, 1)) * odds.sum(axis=1, keepdims=True)).sum(axis=1)
    order = np.argsort(np.arange(10) != chosen[:, np.newaxis], axis=1, kind="stable")
    rows = (np.arange(n)[:, np.newaxis] * 10 + order).ravel()
    choices = Choices(rows, np.arange(n) * 10, PLACES[order].ravel(), np.arange(n) // 3)
    return choices, scores.ravel().astype(np.float32), appeal.ravel().astype(np.float32)


def test_what_scores_and_appeal_count_is_found_whatever_the_places() -> None:
    fit = fit_choices(*clicked(by_score=0.5, by_appeal=0.8))
    assert fit is not None
    assert fit.by_score == pytest.approx(0.5, abs=0.1)
    assert fit.by_appeal == pytest.approx(0.8, abs=2.5 * fit.error)
    assert 0.02 < fit.error < 0.08


def test_places_alone_do_not_pass_for_taste() -> None:
    """Lists stand in the order of scores, and their first places are clicked most: that says nothing of scores."""
    fit = fit_choices(*clicked(by_score=0.0, by_appeal=0.0))
    assert fit is not None
    assert abs(fit.by_score) < 0.1
    assert abs(fit.by_appeal) < 3 * fit.error


def test_clicks_of_one_shopper_are_hardly_more_than_one() -> None:
    choices, scores, appeal = clicked(by_score=0.0, by_appeal=0.8)
    # Each click ten times over, which is what a shopper does who clicks the same again and again.
    lengths, times = len(choices.rows), 10
    again = Choices(
        np.tile(choices.rows, times),
        (choices.starts + lengths * np.arange(times)[:, np.newaxis]).ravel(),
        np.tile(choices.looked_at, times),
        np.tile(choices.shoppers, times),
    )
    once, often = fit_choices(choices, scores, appeal), fit_choices(again, scores, appeal)
    assert once is not None
    assert often is not None
    assert often.by_appeal == pytest.approx(once.by_appeal)
    assert often.error == pytest.approx(once.error, rel=0.1)
    same = Choices(choices.rows, choices.starts, choices.looked_at, np.zeros_like(choices.shoppers))
    assert fit_choices(same, scores, appeal) is None


def test_too_few_clicks_decide_nothing() -> None:
    assert fit_choices(*clicked(0.5, 0.8, n=MIN_CHOICES - 1)) is None


def test_choices_are_numbered_among_what_is_kept() -> None:
    choices = Choices(np.asarray([2, 1, 0, 4, 5]), np.asarray([0, 3]), np.arange(5.0), np.asarray([7, 8]))
    kept = choices.among(np.asarray([True, True, False, False, True, True]))
    assert kept.rows.tolist() == [2, 3]
    assert (kept.starts.tolist(), kept.looked_at.tolist(), kept.shoppers.tolist()) == ([0], [3.0, 4.0], [8])
    assert len(choices.among(np.zeros(6, dtype=bool))) == 0


def test_a_click_is_chosen_from_the_candidates_of_its_list_that_were_not_clicked() -> None:
    """Ada clicked milk, and then tea, of a list of cake, milk, tea and saw; of these, saw is none of her candidates."""
    index = {item: place for place, item in enumerate(ITEMS)}
    shown = [("cake", False), ("milk", True), ("tea", True), ("saw", False)]
    lists = [(DAY + 1, 0, 0, 0, place, index[item], click) for place, (item, click) in enumerate(shown, 1)]
    before = [(DAY, 1, 0, 0, place, index[item], click) for place, (item, click) in enumerate(shown, 1)]
    counts = [(DAY - 1, 0, place, place, 100, 0, 100 / place) for place in (1, 2, 3, 4)]
    exposures = Exposures(
        pl.DataFrame(counts, schema=SCHEMA, orient="row"),
        ("for_you",),
        ITEMS,
        clicked_lists=pl.DataFrame(lists + before, schema=LIST_SCHEMA, orient="row"),
        shopper_ids=("ada",),
    )
    model = small_model()
    users = np.asarray([USERS.index("ann"), USERS.index("ada")], dtype=np.int32)
    items = np.asarray([index["tea"], *(index[item] for item in ("cake", "milk", "tea"))], dtype=np.int32)
    found = choices_of(exposures, model, Candidates(users, np.asarray([1, 3]), items), DAY * DAY_SECONDS)
    # Rows 1 to 3 are Ada's: cake, milk and tea.
    assert found.rows.tolist() == [2, 1, 3, 1]
    assert found.starts.tolist() == [0, 2]
    assert found.looked_at[1] > found.looked_at[0] > found.looked_at[2]
