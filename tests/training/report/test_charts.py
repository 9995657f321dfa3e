"""Drawings as the page holds them."""

import re

import numpy as np
import pytest

from training.evaluation.bootstrap import Estimate
from training.report import charts
from training.report.order_facts import Weeks
from training.report.svg import inline_svg

ROWS = (
    charts.ChartRow("recsvc", Estimate(0.4, 0.35, 0.45), is_ours=True),
    charts.ChartRow("popular", Estimate(0.1, 0.08, 0.12), is_ours=False),
)


def weeks(*orders: int, repeat_share: float = 0.5) -> Weeks:
    starts = np.datetime64("2026-01-05", "s") + 7 * np.timedelta64(1, "D") * np.arange(len(orders))
    return Weeks(starts, np.asarray(orders), np.full(len(orders), repeat_share))


def texts(drawing: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", drawing)


def test_letters_stay_letters_in_the_font_and_the_colours_of_the_page() -> None:
    drawing = inline_svg(charts.estimates(ROWS), "one", "Recall")
    assert {"recsvc", ".400", "popular", ".100", "0", ".2", ".4"} == set(texts(drawing))
    assert "font-size: 12px" in drawing
    assert "DejaVu" not in drawing
    assert "var(--accent)" in drawing
    assert re.findall(r"#[0-9a-f]{6}\b", drawing) == []


def test_differences_have_signs() -> None:
    rows = [charts.ChartRow("1 order", Estimate(-0.02, -0.05, 0.01), is_ours=True)]
    shown = texts(inline_svg(charts.estimates(rows, signed=True), "one", "Difference"))
    assert "-.020" in shown
    assert "0" in shown


def test_the_same_drawing_gives_the_same_text() -> None:
    assert len({inline_svg(charts.estimates(ROWS), "one", "Recall") for _ in range(2)}) == 1


def test_a_description_with_markup_is_escaped() -> None:
    assert 'aria-label="&lt;b&gt; &#34;x&#34;"' in inline_svg(charts.estimates(ROWS), "one", '<b> "x"')


@pytest.mark.parametrize("n_weeks", [1, 2, 60, 1900])
def test_any_number_of_weeks_can_be_drawn(n_weeks: int) -> None:
    history = weeks(*range(n_weeks))
    for figure in (charts.orders_a_week(history, None), charts.repeat_share(history)):
        drawing = inline_svg(figure, "weeks", "Weeks")
        assert len(drawing) < 200_000
        assert any("20" in text or text in {"Jan", "Feb"} or text.isdigit() for text in texts(drawing))


def test_weeks_of_guests_alone_can_be_drawn() -> None:
    drawing = inline_svg(charts.repeat_share(weeks(3, 4, repeat_share=np.nan)), "weeks", "Weeks")
    assert "0%" in texts(drawing)
