"""``/v1/performance``: what lists led to."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from flask import Response, request
from flask_openapi3 import Tag
from pydantic import BaseModel, BeforeValidator, Field

from recsvc.api.bodies import answer_json
from recsvc.api.problems import documented, refuse_repeated
from recsvc.api.routes import Routes
from recsvc.catalogue.fields import RequestModel
from recsvc.clock import to_text
from recsvc.outcomes.performance import Estimate, Figures, GroupBy
from recsvc.serving.performance import MAX_DAYS, Performance, Performances

DEFAULT_DAYS = 30
_EPOCH = date(1970, 1, 1)
_EARLIEST = date.min + timedelta(days=DEFAULT_DAYS - 1)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _plain_date(value: object) -> object:
    """Refuse what pydantic would read as a date as well: numbers, and dates with a time."""
    if isinstance(value, str) and not _DATE.fullmatch(value):
        raise ValueError("must be a date like 2026-05-01")
    return value


Day = Annotated[date, BeforeValidator(_plain_date)]


class PerformanceQuery(RequestModel):
    """Which days, and what the rows are told apart by."""

    first: Day | None = Field(
        None, alias="from", description=f"First day, in UTC; by default {DEFAULT_DAYS} days with the last."
    )
    last: Day | None = Field(None, alias="to", description="Last day, in UTC; by default today.")
    group_by: GroupBy = Field(GroupBy.PLACEMENT, description="What the rows are told apart by.")

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day."""
        last = self.last or today
        return self.first or max(last, _EARLIEST) - timedelta(days=DEFAULT_DAYS - 1), last


class EstimateModel(BaseModel):
    """A figure and its 95 % interval; without one where too few shoppers are behind it."""

    mean: float
    low: float | None
    high: float | None
    is_rough: bool = Field(
        description="A few shoppers make more than half of it: the interval says less than it seems to."
    )

    @classmethod
    def of(cls, estimate: Estimate) -> "EstimateModel":
        """Return ``estimate`` as answers show it."""
        low, high = (
            None if end is None else round(max(0.0, end), 6) for end in (estimate.low, estimate.high)
        )
        return cls(mean=round(estimate.mean, 6), low=low, high=high, is_rough=estimate.is_rough)


class OrdersModel(BaseModel):
    """Orders, and what they brought."""

    orders: int
    units: float = Field(description="Pieces, net of those that came back.")
    revenue: float = Field(description="Net of what came back.")
    revenue_returned: float = Field(description="What came back.")


class ShownModel(BaseModel):
    """What was shown, and what shoppers did with it."""

    key: str = Field(description="unknown where an event did not say.")
    impressions: int = Field(description="Items shown, each once a list.")
    seen: int = Field(description="Of these, in view.")
    clicks: int = Field(description="Items clicked, each once a list.")
    carts: int = Field(description="Items put into the cart, each once a list.")


class PerformanceRow(OrdersModel, ShownModel):
    """What was shown, and what came of it after a click within the window."""

    after_seen: OrdersModel = Field(
        description="Orders that no click led to, but an impression in view did: not among the others."
    )
    revenue_interval: EstimateModel
    rates: dict[str, EstimateModel] = Field(
        description="seen_rate, click_rate, cart_rate, order_rate and revenue_per_impression, each of an impression."
    )

    @classmethod
    def of(cls, figures: Figures, group_by: GroupBy) -> "PerformanceRow":
        """Return a row as answers show it."""
        counts: dict[str, Any] = dict(figures.counts)
        after_seen = {name: counts.pop(f"seen_{name}") for name in OrdersModel.model_fields}
        key = figures.key
        if group_by is GroupBy.DAY:
            key = (_EPOCH + timedelta(days=int(key))).isoformat()
        return cls(
            key=key or "total",
            **counts,
            after_seen=OrdersModel(**after_seen),
            revenue_interval=EstimateModel.of(figures.revenue),
            rates={name: EstimateModel.of(rate) for name, rate in figures.rates.items()},
        )


class PerformanceResponse(BaseModel):
    """What lists led to over some days."""

    first: str = Field(alias="from")
    last: str = Field(alias="to")
    currency: str
    group_by: GroupBy
    rows: list[PerformanceRow]
    shop: OrdersModel = Field(description="All orders of these days, wherever they came from.")
    pending_events: int = Field(
        description="Events that are stored and not in the figures yet, and shoppers who are being counted anew."
    )
    pending_since: str | None = Field(
        description="When the oldest of these events was received; null where whose they are is known already."
    )

    @classmethod
    def of(cls, found: Performance, group_by: GroupBy) -> "PerformanceResponse":
        """Return what was found as answers show it."""
        return cls(
            **{"from": found.first.isoformat(), "to": found.last.isoformat()},
            currency=found.currency,
            group_by=group_by,
            rows=[PerformanceRow.of(row, group_by) for row in found.rows],
            shop=OrdersModel(**found.shop),
            pending_events=found.pending,
            pending_since=None if found.pending_since_us is None else to_text(found.pending_since_us),
        )


def _today() -> date:
    return datetime.now(UTC).date()


def blueprint(performances: Performances, today: Callable[[], date] = _today) -> Routes:
    """Return the route that answers from ``performances``."""
    api = Routes(
        "performance",
        __name__,
        abp_tags=[Tag(name="performance", description="What lists led to.")],
        abp_responses=documented(422, 503),
    )

    @api.before_request
    def _refuse_repeated() -> Response | None:
        return refuse_repeated(PerformanceQuery) if request.method == "GET" else None

    @api.get(
        "/v1/performance",
        operation_id="performance",
        summary="What was shown, seen, clicked, bought and earned",
        description=f"At most {MAX_DAYS} days. An order line belongs to the last click on its item in the window "
        "before it; where there was none, to the last impression of it that was in view: these stand apart, in "
        "after_seen.",
        responses={200: PerformanceResponse},
    )
    def _get(query: PerformanceQuery) -> Response:
        found = performances.of(*query.days(today()), query.group_by)
        response = answer_json(PerformanceResponse.of(found, query.group_by))
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return api
