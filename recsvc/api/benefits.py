"""``/v1/benefits``: what the shop may offer, and what came of it."""

from http import HTTPStatus

from flask import Response
from flask_openapi3 import Tag
from pydantic import BaseModel, Field
from werkzeug.exceptions import NotFound

from recsvc.api.bodies import answer_json, json_object_of
from recsvc.api.problems import documented
from recsvc.api.routes import Routes
from recsvc.moments.benefit import NAME_PATTERN, Benefit
from recsvc.moments.offer_results import Sums
from recsvc.serving.offer_desk import BenefitResults, OfferDesk

_PATH = "/v1/benefits/<name>"
_NOT_THERE = "there is no benefit {!r}; GET /v1/benefits shows all"


class BenefitPath(BaseModel):
    """Names a benefit."""

    name: str = Field(description="Of the shop's own choice.", pattern=NAME_PATTERN)


class SumsModel(BaseModel):
    """What came of decisions whose time is over."""

    shoppers: int = Field(description="Decisions: a shopper may have several, one after the other.")
    taken: int
    ordered: int = Field(description="Shoppers who ordered within the time that a decision stands.")
    revenue: float = Field(description="Of these orders, net of returns.")
    cost: float = Field(description="Of what was taken.")

    @classmethod
    def of(cls, sums: Sums) -> "SumsModel":
        """Return ``sums`` as answers show them."""
        return cls(
            shoppers=sums.n,
            taken=sums.taken,
            ordered=sums.ordered,
            revenue=round(sums.revenue, 2),
            cost=round(sums.cost, 2),
        )


class BenefitModel(BaseModel):
    """A benefit, and what came of it."""

    name: str
    benefit: Benefit | None = Field(description="As it was PUT; null of one that was deleted.")
    committed: float = Field(description="Of the budget: what was taken, and what may still be taken.")
    results: SumsModel

    @classmethod
    def of(cls, name: str, benefit: Benefit | None, found: BenefitResults) -> "BenefitModel":
        """Return a benefit as answers show it."""
        return cls(
            name=name,
            benefit=benefit,
            committed=round(found.committed, 2),
            results=SumsModel.of(found.sums),
        )


class UpliftModel(BaseModel):
    """Margin less cost of a shopper above those who are offered nothing, with a 95 % interval."""

    mean: float
    low: float
    high: float


class BenefitsResponse(BaseModel):
    """All benefits, and what offers gained."""

    currency: str
    benefits: list[BenefitModel]
    decided: SumsModel = Field(description="Shoppers who could be offered something.")
    held_out: SumsModel = Field(description="Shoppers who are never offered anything.")
    uplift: UpliftModel | None = Field(
        description="What offers gained a shopper; null while there are fewer than 30 on either side."
    )


def blueprint(desk: OfferDesk, currency: str, max_bytes: int) -> Routes:
    """Return the routes that store, delete and show benefits; money is in ``currency``."""
    api = Routes(
        "benefits",
        __name__,
        abp_tags=[Tag(name="offers", description="What brings shoppers back: docs/guides/offers.md.")],
        abp_responses=documented(503),
    )
    api.before_request(json_object_of(max_bytes))

    @api.get(
        "/v1/benefits",
        operation_id="list_benefits",
        summary="What may be offered, and what came of it in the last year",
        responses={200: BenefitsResponse},
    )
    def _all() -> Response:
        benefits, found = desk.benefits(), desk.results()
        gained = found.uplift
        answer = BenefitsResponse(
            currency=currency,
            benefits=[BenefitModel.of(name, benefits.get(name), one) for name, one in found.benefits.items()],
            decided=SumsModel.of(found.decided),
            held_out=SumsModel.of(found.held_out),
            uplift=gained and UpliftModel(**{name: round(value, 4) for name, value in vars(gained).items()}),
        )
        response = answer_json(answer)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @api.put(
        _PATH,
        operation_id="put_benefit",
        summary="Store a benefit, replacing the one of its name; decisions from then on are made with it",
        responses={200: Benefit, 201: Benefit, **documented(400, 409, 413, 415, 422)},
    )
    def _put(path: BenefitPath, body: Benefit) -> Response:
        is_new = desk.put(path.name, body)
        return answer_json(body, HTTPStatus.CREATED if is_new else HTTPStatus.OK)

    @api.get(
        _PATH,
        operation_id="get_benefit",
        summary="A benefit",
        responses={200: Benefit, **documented(404, 422)},
    )
    def _get(path: BenefitPath) -> Response:
        found = desk.benefits().get(path.name)
        if found is None:
            raise NotFound(_NOT_THERE.format(path.name))
        return answer_json(found)

    @api.delete(
        _PATH,
        operation_id="delete_benefit",
        summary="Offer a benefit to nobody any more; what came of it stays",
        responses={204: None, **documented(404, 422)},
    )
    def _delete(path: BenefitPath) -> tuple[str, int]:
        if not desk.delete(path.name):
            raise NotFound(_NOT_THERE.format(path.name))
        return "", 204

    return api
