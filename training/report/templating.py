"""Templates of the page, and how they write numbers and days."""

import math
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from training.evaluation.evaluation import decimal, label_of

EN_DASH = "\N{EN DASH}"


def rendered(template: str, **variables: object) -> Markup:
    """Return the template of that file name, filled with ``variables``; its macros are those of ``parts.html.j2``."""
    return Markup(_environment().get_template(template).render(variables))  # noqa: S704  the template escapes


def day_text(moment: datetime) -> str:
    """Return the day as the page writes it."""
    return f"{moment.day} {moment:%b %Y}"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("training.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "figure": lambda figure, value: (
            EN_DASH if value is None or math.isnan(value) else figure.as_text(value)
        ),
        "count": lambda number: f"{number:,}",
        "percent": lambda share: f"{share:.0%}" if share >= 0.1 or share == 0 else f"{share:.1%}",
        "decimal": decimal,
        "signed": lambda value: decimal(value, signed=True),
        "label": label_of,
        "day": day_text,
    }
    environment.filters.update(filters)
    return environment
