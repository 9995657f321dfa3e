"""``/v1/users/{user_id}/moment``: when a shopper orders next, how likely that is, and what is due."""

import math
from collections.abc import Callable

from flask import Response
from flask_openapi3 import Tag
from pydantic import BaseModel, Field
from werkzeug.exceptions import NotFound

from recsvc.api.bodies import answer_json
from recsvc.api.paths import EXTERNAL_ID
from recsvc.api.problems import documented
from recsvc.api.routes import Routes
from recsvc.api.users import UserPath
from recsvc.catalogue.fields import RequestModel
from recsvc.clock import Timestamp, now_us, to_text, to_us
from recsvc.moments.moments import CHANCE_DAYS, QUANTILES, Moments
from recsvc.moments.states import RULES, STATES, State
from recsvc.serving.moments import ShopperMoment, ShopperMoments
from recsvc.store.event import DAY_US

_FORESEEN = (
    "usual_gap_days", "state", "state_since", "next_state", "next_state_at", "next_order", "chances",
)  # fmt: skip
"""Fields that need the shop's rhythm."""

_PATH = f"/v1/users/<{EXTERNAL_ID}:user_id>/moment"


class MomentQuery(RequestModel):
    """The moment to answer for."""

    at: Timestamp | None = Field(
        None,
        description="What counts as now; left out: the clock. Later orders in the store are not looked at.",
    )


class NextOrder(BaseModel):
    """By when the next order comes; a bound is null where it is not to be expected within two years."""

    p10: str | None = Field(description="Has come by then with probability .1.")
    p50: str | None = Field(description="The same with probability .5.")
    p90: str | None = Field(description="The same with probability .9.")


class Due(BaseModel):
    """An item that the shopper may soon buy again."""

    item_id: str
    chance_7_days: float = Field(description="Probability that it is bought again within a week.")
    orders: int = Field(description="In how many orders of the shopper it was.")
    last_ordered_at: str


class MomentResponse(BaseModel):
    """When a shopper orders next."""

    user_id: str
    model_version: str
    at: str = Field(description="The moment that is called now.")
    orders: int = Field(description="Days with an order.")
    last_order_at: str
    is_learned: bool = Field(
        description="Whether the shop's rhythm is known; else all that follows is null but due."
    )
    not_learned: str | None = Field(description="Why not.")
    usual_gap_days: float | None = Field(description="Days between two orders of this shopper.")
    state: State | None = Field(description="; ".join(f"{state}: {RULES[state]}" for state in STATES))
    state_since: str | None
    next_state: State | None = Field(description="What follows if no order comes.")
    next_state_at: str | None = Field(description="null: never.")
    next_order: NextOrder | None
    chances: dict[str, float] | None = Field(description="Of an order within so many days: 7, 30, 90.")
    due: list[Due] = Field(description="Items they bought, likeliest to be bought again first.")

    @classmethod
    def of(cls, found: ShopperMoment) -> "MomentResponse":
        """Return ``found`` as answers show it."""
        return cls(
            user_id=found.user_id,
            model_version=found.model_version,
            at=to_text(found.at_us),
            orders=found.orders,
            last_order_at=to_text(found.last_order_us),
            is_learned=found.moments is not None,
            not_learned=found.not_learned or None,
            due=[
                Due(
                    item_id=item.item_id,
                    chance_7_days=round(item.chance_7_days, 4),
                    orders=item.orders,
                    last_ordered_at=to_text(item.last_ordered_us),
                )
                for item in found.due
            ],
            **_foreseen(found.moments, found.at_us),
        )


def blueprint(moments: ShopperMoments, now: Callable[[], int] = now_us) -> Routes:
    """Return the route that answers from ``moments``; ``now`` returns microseconds since 1970."""
    api = Routes("moment", __name__, abp_tags=[Tag(name="users")])

    @api.get(
        _PATH,
        operation_id="moment_of_user",
        summary="When a shopper orders next, and what is due",
        responses={200: MomentResponse, **documented(404, 422, 503)},
    )
    def _get(path: UserPath, query: MomentQuery) -> Response:
        at_us = now() if query.at is None else to_us(query.at)
        found = moments.moment_of(path.user_id, at_us)
        if found is None:
            raise NotFound("no dated order of this user_id is known, or the shopper asked not to be profiled")
        response = answer_json(MomentResponse.of(found))
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return api


def _foreseen(moments: Moments | None, at_us: int) -> dict[str, object]:
    """Return the fields that need the shop's rhythm."""
    if moments is None:
        return dict.fromkeys(_FORESEEN)
    state, follows = STATES[int(moments.states[0])], STATES[int(moments.next_states[0])]
    bounds = [_moment(days, at_us) for days in moments.next_order_days[0].tolist()]
    names = [f"p{round(100 * quantile)}" for quantile in QUANTILES]
    return {
        "usual_gap_days": round(float(moments.usual_gap_days[0]), 2),
        "state": state,
        "state_since": _moment(-float(moments.state_since_days[0]), at_us),
        "next_state": None if follows is state else follows,
        "next_state_at": _moment(float(moments.next_state_days[0]), at_us),
        "next_order": NextOrder(**dict(zip(names, bounds, strict=True))),
        "chances": {
            str(days): round(chance, 4)
            for days, chance in zip(CHANCE_DAYS, moments.chances[0].tolist(), strict=True)
        },
    }


def _moment(days: float, at_us: int) -> str | None:
    """Return the moment so many days after ``at_us``, to the second; None for NaN."""
    return None if math.isnan(days) else to_text(round((at_us + days * DAY_US) / 1e6) * 1_000_000)
