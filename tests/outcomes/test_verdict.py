from datetime import date

import pytest

from recsvc.outcomes.comparison import NOTHING_YET, Comparison, Interval
from recsvc.outcomes.verdict import Alarms, Conclusion, Progress, Words, stopped, verdict_on, whole_verdict

TODAY = date(2026, 5, 1)
RUNNING = Progress(TODAY, 11)


def compared(low, high, further=2.0):
    relative = Interval((low + high) / 2, low, high)
    return Comparison(Interval((low + high) * 5, low * 10, high * 10), relative, 0.5, further)


def told(low, high, further=2.0, progress=RUNNING):
    return verdict_on(Words("B"), compared(low, high, further), 0.05, progress)


def test_a_better_variant_is_kept():
    found = told(0.04, 0.09)
    assert found.text == "Variant B earns 4 to 9 % more per shopper: keep it."
    assert found.conclusion is Conclusion.KEEP_VARIANT


def test_a_worse_variant_is_dropped():
    found = told(-0.09, -0.04)
    assert found.text == "Variant B earns 4 to 9 % less per shopper: keep the control."
    assert found.conclusion is Conclusion.DROP_VARIANT


@pytest.mark.parametrize(
    ("low", "high", "span"),
    [(0.051, 0.064, "5.1 to 6.4 %"), (0.004, 0.11, "0.4 to 11 %"), (0.0001, 0.11, "up to 11 %")],
)
def test_narrow_and_low_spans_are_told_exactly(low, high, span):
    assert told(low, high).text == f"Variant B earns {span} more per shopper: keep it."


def test_other_figures_than_money_are_named():
    found = [
        verdict_on(Words("B", "the hold-out", "has", "orders"), compared(*interval), 0.05, RUNNING).text
        for interval in ((0.04, 0.09), (-0.09, -0.04), (-0.02, 0.06), (-0.03, 0.04))
    ]
    assert found[:2] == [
        "Variant B has 4 to 9 % more orders per shopper: keep it.",
        "Variant B has 4 to 9 % fewer orders per shopper: keep the hold-out.",
    ]
    assert "(B has between 2 % fewer and 6 % more orders per shopper)" in found[2]
    assert (
        found[3] == "Variant B has neither 5 % more nor 5 % fewer orders per shopper: keep the simpler one."
    )


def test_without_a_difference_it_goes_on_until_about_a_day():
    found = told(-0.02, 0.06)
    assert found.text == (
        "No difference seen so far between B and the control (B earns between 2 % less and 6 % more per shopper); "
        "keep it running until about 12 May to see one of 5 %."
    )
    assert (found.conclusion, found.until) == (Conclusion.KEEP_RUNNING, date(2026, 5, 12))


def test_an_end_before_that_day_is_said():
    found = told(-0.02, 0.06, progress=Progress(TODAY, 11, end=date(2026, 5, 4)))
    assert "until about 12 May, longer than its end on 4 May, to see one of 5 %." in found.text


def test_another_year_is_named():
    assert "until about 18 March 2027" in told(-0.02, 0.06, further=30.2).text


def test_a_small_shop_is_told_that_it_would_take_years():
    assert "within ten years" in told(-0.5, 0.6, further=5000.0).text


def test_what_would_have_been_seen_may_be_stopped():
    assert "most likely have been seen by now" in told(-0.01, 0.052, further=0.9).text


def test_variants_that_are_alike_are_no_difference():
    found = told(-0.03, 0.04)
    assert found.text == "Variant B earns neither 5 % more nor 5 % less per shopper: keep the simpler one."


def test_an_experiment_that_has_ended_is_not_to_be_kept_running():
    found = told(-0.02, 0.06, progress=Progress(TODAY, 28, TODAY, has_ended=True))
    assert found.conclusion is Conclusion.NO_DIFFERENCE
    assert "too small for a difference of 5 %" in found.text


def test_nothing_is_said_before_the_start_and_of_a_few_shoppers():
    early = verdict_on(Words("B"), NOTHING_YET, 0.05, RUNNING)
    before = verdict_on(Words("B"), NOTHING_YET, 0.05, Progress(TODAY, -1))
    assert [early.conclusion, before.conclusion] == [Conclusion.TOO_EARLY, Conclusion.NOT_STARTED]


def test_uneven_groups_stop_it():
    found = stopped(Alarms(sample_ratio_p=0.00012))
    assert found.conclusion is Conclusion.STOPPED
    assert found.text.startswith("Stopped: the groups are not of the size they should be")
    assert "p = 0.0001" in found.text


def test_shoppers_in_two_variants_stop_it_unless_they_are_a_handful():
    assert stopped(Alarms(strayed=4, shoppers=20)) is None
    assert stopped(Alarms(strayed=9, shoppers=1000)) is None
    assert "11 of 1000 shoppers" in stopped(Alarms(strayed=11, shoppers=1000)).text


def test_no_alarm_stops_nothing():
    assert stopped(Alarms()) is None


def test_of_several_variants_each_is_told():
    found = whole_verdict([told(-0.02, 0.06), verdict_on(Words("C"), compared(0.04, 0.09), 0.05, RUNNING)])
    assert found.conclusion is Conclusion.KEEP_VARIANT
    assert found.text.startswith("No difference seen so far between B")
    assert found.text.endswith("Variant C earns 4 to 9 % more per shopper: keep it.")
