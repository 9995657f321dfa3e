"""The report of a run, for the people who look after it."""

from training.report.files import prune_reports, write_report
from training.report.opening import opening_of, unsaid
from training.report.order_facts import OrderFacts
from training.report.page import write_page
from training.report.run import Run
from training.report.shoppers import SampleShopper, sample_shoppers

__all__ = [
    "OrderFacts",
    "Run",
    "SampleShopper",
    "opening_of",
    "prune_reports",
    "sample_shoppers",
    "unsaid",
    "write_page",
    "write_report",
]
