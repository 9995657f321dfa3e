"""The rules of the cleaning, as far as a shop may change them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from recsvc.errors import SettingsError
from training.settings import TrainingSettings

DATE_DIRECTIVES = "YyCmbBhdejaAuwHkIlMSfpPzZ+sDFTRrxXcvtn%"


@dataclass(frozen=True)
class CleaningRules:
    """How order lines are cleaned.

    `non_product_pattern` is a regular expression that the whole item id of a non-product matches (None: names and
    sales tell, see `training.orders.non_products`).
    `max_rejected_share` is how much of the rows may be damaged, 0 to 1. `date_format` is a strptime
    format that overrides the recognition of dates, `decimal_mark` the one of numbers. `statuses` says of a status
    whether it is "bought" or "not_bought"; `products`, `not_products`, `guests` and `shoppers` are ids that
    are said to be such.

    Raises SettingsError for values that cannot be used.
    """

    non_product_pattern: str | None = None
    max_rejected_share: float = 0.2
    date_format: str | None = None
    decimal_mark: str | None = None
    statuses: Mapping[str, str] = field(default_factory=dict)
    products: frozenset[str] = frozenset()
    not_products: frozenset[str] = frozenset()
    guests: frozenset[str] = frozenset()
    shoppers: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: TrainingSettings) -> "CleaningRules":
        """Return the part of ``settings`` that is about cleaning."""
        return cls(
            settings.non_product_pattern,
            settings.max_rejected_share,
            settings.date_format,
            settings.decimal_mark,
            settings.statuses,
            frozenset(settings.products),
            frozenset(settings.not_products),
            frozenset(settings.guests),
            frozenset(settings.shoppers),
        )

    def __post_init__(self) -> None:
        """Check each value once."""
        if not 0 <= self.max_rejected_share <= 1:
            raise SettingsError(f"max_rejected_share must be between 0 and 1, got {self.max_rejected_share}")
        try:
            re.compile(self.non_product_pattern or "")
        except re.error as exc:
            raise SettingsError(
                f"non_product_pattern {self.non_product_pattern!r} is no regular expression ({exc})"
            ) from exc
        if self.date_format is not None:
            check_date_format(self.date_format)


def check_date_format(date_format: str) -> None:
    """Raise SettingsError for what is no strptime format."""
    directives = re.findall(r"%[-_0.]?[369]?(.)", date_format)
    unknown = [directive for directive in directives if directive not in DATE_DIRECTIVES]
    if unknown or not directives:
        what = f"has the unknown directive %{unknown[0]}" if unknown else "has no directive"
        raise SettingsError(f"date_format must be a strptime format such as %d/%m/%Y; {date_format!r} {what}")
