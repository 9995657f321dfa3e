"""The sections of the page: each has a function here or in a file of its own, and a line in the list."""

from collections.abc import Callable

from markupsafe import Markup

from training.evaluation import metrics
from training.report.run import Run
from training.report.sections.lists import lists_section
from training.report.sections.moments import moments_section
from training.report.sections.orders import orders_section
from training.report.sections.ranking import ranking_section
from training.report.sections.versions import versions_section
from training.report.templating import rendered


def shoppers_section(run: Run) -> Markup:
    """Show a few shoppers, what was suggested to them and what they bought."""
    return rendered("shoppers.html.j2", run=run, weeks=run.facts.weeks)


def words_section(_run: Run) -> Markup:
    """Explain the words and figures of the page."""
    return rendered("words.html.j2", measures=(*metrics.METRICS, *metrics.FIGURES))


SECTIONS: tuple[Callable[[Run], Markup], ...] = (
    lists_section,
    versions_section,
    ranking_section,
    moments_section,
    orders_section,
    shoppers_section,
    words_section,
)
"""All sections, in the order of the page; one that has nothing to say returns nothing."""
