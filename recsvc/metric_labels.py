"""The label of metrics that says which of several shops they are about."""

from dataclasses import dataclass
from typing import Any, TypeVar, cast

from prometheus_client import Counter, Gauge, Histogram

SHOP_LABEL = "shop"

M = TypeVar("M", Counter, Histogram, Gauge)


@dataclass(frozen=True)
class ShopLabels:
    """Puts the shop before the labels of each metric, where there are several: the library has no constant labels.

    Attributes:
        shop: its name; None where there is one shop alone, whose metrics do not name it.
    """

    shop: str | None

    def names(self, *names: str) -> tuple[str, ...]:
        """Return the names of all labels."""
        return names if self.shop is None else (SHOP_LABEL, *names)

    def plain(self, metric: M) -> M:
        """Return what is to be changed of a metric without other labels."""
        return metric if self.shop is None else metric.labels(self.shop)

    def labelled(self, metric: M) -> M:
        """Return a metric whose ``labels`` takes the values of the other labels."""
        return metric if self.shop is None else cast("M", _OfShop(metric, self.shop))


class _OfShop:
    """A metric whose first label is known."""

    def __init__(self, metric: Counter | Histogram | Gauge, shop: str) -> None:
        self._metric = metric
        self._shop = shop

    def labels(self, *values: str) -> Any:  # noqa: ANN401 - the metric's own child
        """Return the child of these values."""
        return self._metric.labels(self._shop, *values)
