"""``/v1/experiments``: several ways to fill a placement, shown at the same time, and what came of each."""

from http import HTTPStatus
from typing import Annotated, Any, Literal

from flask import Response
from flask_openapi3 import Tag
from pydantic import BaseModel, Field, Strict
from werkzeug.exceptions import NotFound

from recsvc.api.bodies import answer_json, json_object_of
from recsvc.api.problems import documented
from recsvc.api.routes import Routes
from recsvc.catalogue.fields import RequestModel
from recsvc.clock import Timestamp, now_us, to_text, to_us
from recsvc.outcomes.comparison import Comparison, Interval
from recsvc.outcomes.experiment import (
    MAX_VARIANTS,
    NAME_PATTERN,
    VARIANT_PATTERN,
    Experiment,
    Metric,
    Variant,
    VariantKind,
)
from recsvc.outcomes.experiment_results import ExperimentResults, MetricResult, VariantResult, population_of
from recsvc.outcomes.verdict import Conclusion
from recsvc.ranking.query import Placement
from recsvc.rules.placement_rules import NAME_PATTERN as PLACEMENT_PATTERN
from recsvc.rules.placement_rules import PlacementRules
from recsvc.serving.experiment_desk import ExperimentDesk

_PATH = "/v1/experiments/<name>"
_NOT_THERE = "there is no experiment {!r}; GET /v1/experiments shows all"

Share = Annotated[float, Strict(), Field(gt=0, le=1, allow_inf_nan=False)]


class ExperimentPath(BaseModel):
    """Names an experiment."""

    name: str = Field(description="Of the shop's own choice.", pattern=NAME_PATTERN)


class VariantFields(RequestModel):
    """A side of an experiment."""

    name: str = Field(pattern=VARIANT_PATTERN, examples=["B"])
    share: Share = Field(description="Of the shoppers; all shares together are 1.", examples=[0.5])
    kind: VariantKind = Field(
        description="control: the list as it is; rules: other rules; placement: another built-in placement ranks it; "
        "model_version: another version makes it; hold_out: an empty list."
    )
    rules: PlacementRules | None = Field(
        None, description="Of kind rules: in place of those of the placement."
    )
    placement: Placement | None = Field(None, description="Of kind placement: the one that ranks the list.")
    model_version: Annotated[str, Field(min_length=1, max_length=64)] | None = Field(
        None, description="Of kind model_version."
    )

    def to_variant(self) -> Variant:
        """Return the variant; raises ExperimentError where it makes no sense."""
        rules = None if self.rules is None else self.rules.as_json()
        return Variant(self.name, self.share, self.kind, rules, self.placement, self.model_version)


class ExperimentFields(RequestModel):
    """An experiment; docs/guides/experiments.md says how to read it."""

    placement: str = Field(pattern=PLACEMENT_PATTERN, description="Where lists differ.", examples=["for_you"])
    variants: list[VariantFields] = Field(min_length=2, max_length=MAX_VARIANTS)
    start: Timestamp | None = Field(None, description="Left out: now, or as it was.")
    end: Timestamp | None = Field(None, description="Left out: until another end is PUT.")
    min_effect: Annotated[float, Strict(), Field(ge=0.001, le=10, allow_inf_nan=False)] = Field(
        0.05, description="The relative effect that is looked for: .05 is 5 %."
    )
    metric: Metric = Field(Metric.REVENUE, description="What it is decided by, of each shopper.")

    def to_experiment(self, name: str, default_start_us: int) -> Experiment:
        """Return the experiment; raises ExperimentError where it makes no sense."""
        return Experiment(
            name,
            self.placement,
            tuple(variant.to_variant() for variant in self.variants),
            default_start_us if self.start is None else to_us(self.start),
            None if self.end is None else to_us(self.end),
            self.min_effect,
            self.metric,
        )


class VariantModel(BaseModel):
    """A side of an experiment, as it was PUT."""

    name: str
    share: float
    kind: VariantKind
    rules: dict[str, Any] | None = None
    placement: Placement | None = None
    model_version: str | None = None

    @classmethod
    def of(cls, variant: Variant) -> "VariantModel":
        """Return ``variant`` as answers show it."""
        return cls(**vars(variant))


class ExperimentModel(BaseModel):
    """An experiment."""

    name: str
    status: Literal["planned", "running", "ended"]
    placement: str
    variants: list[VariantModel]
    start: str
    end: str | None
    min_effect: float
    metric: Metric

    @classmethod
    def of(cls, experiment: Experiment, moment_us: int) -> "ExperimentModel":
        """Return ``experiment`` as answers show it."""
        status: Literal["planned", "running", "ended"] = "planned"
        if experiment.runs_at(moment_us):
            status = "running"
        elif experiment.is_over_at(moment_us):
            status = "ended"
        return cls(
            name=experiment.name,
            status=status,
            placement=experiment.placement,
            variants=[VariantModel.of(variant) for variant in experiment.variants],
            start=to_text(experiment.start_us),
            end=None if experiment.end_us is None else to_text(experiment.end_us),
            min_effect=experiment.min_effect,
            metric=experiment.metric,
        )


class ExperimentsResponse(BaseModel):
    """All experiments."""

    experiments: list[ExperimentModel]


class IntervalModel(BaseModel):
    """A figure and its interval; null where nothing is known yet."""

    mean: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, interval: Interval) -> "IntervalModel":
        """Return ``interval`` as answers show it."""
        return cls(mean=interval.mean, low=interval.low, high=interval.high)


class ComparisonModel(BaseModel):
    """A figure beside that of the control; intervals hold however often they are looked at."""

    difference: IntervalModel
    relative: IntervalModel = Field(description="In relation to the control: .05 is 5 % more.")
    p_value: float | None = Field(description="Always valid.")

    @classmethod
    def of(cls, compared: Comparison) -> "ComparisonModel":
        """Return ``compared`` as answers show it."""
        return cls(
            difference=IntervalModel.of(compared.difference),
            relative=IntervalModel.of(compared.relative),
            p_value=compared.p_value,
        )


class MetricModel(BaseModel):
    """A figure of a variant."""

    total: float
    per_shopper: float
    adjusted: float = Field(description="Per shopper, as if all variants had the same shoppers (CUPED).")
    compared: ComparisonModel | None = Field(description="null of the one that the others are compared with.")

    @classmethod
    def of(cls, result: MetricResult) -> "MetricModel":
        """Return ``result`` as answers show it."""
        compared = None if result.compared is None else ComparisonModel.of(result.compared)
        return cls(
            total=round(result.total, 4),
            per_shopper=result.per_shopper,
            adjusted=result.adjusted,
            compared=compared,
        )


class VariantResultModel(BaseModel):
    """What came of a variant."""

    name: str
    kind: VariantKind
    share: float
    shoppers: int
    expected_shoppers: float = Field(description="Of all shoppers, by the share.")
    revenue: MetricModel = Field(description="Of orders since the start, net of what came back.")
    orders: MetricModel
    clicks: MetricModel
    revenue_capped: MetricModel | None = Field(
        description="Of revenue, so much of each shopper counts at most as revenue_tail says; null without a cap."
    )

    @classmethod
    def of(cls, result: VariantResult) -> "VariantResultModel":
        """Return ``result`` as answers show it."""
        return cls(
            name=result.variant.name,
            kind=result.variant.kind,
            share=result.variant.share,
            shoppers=result.shoppers,
            expected_shoppers=round(result.expected, 2),
            revenue_capped=None if result.capped is None else MetricModel.of(result.capped),
            **{str(metric): MetricModel.of(one) for metric, one in result.metrics.items()},
        )


class VerdictModel(BaseModel):
    """What to do, and why."""

    conclusion: Conclusion
    text: str
    until: str | None = Field(description="About when more is known: a date, or null.")


class AlarmsModel(BaseModel):
    """What makes the figures worthless."""

    sample_ratio_p: float = Field(description="Always-valid p-value of the sizes of the groups.")
    is_uneven: bool = Field(description="The groups are not of the size that they should be.")
    strayed_shoppers: int = Field(
        description="They did something with a list of a variant that is not theirs."
    )
    is_mixed: bool = Field(description="More than 1 % of the shoppers strayed.")


class TailModel(BaseModel):
    """What the shoppers make who spend most, whichever variants they are in."""

    shoppers: int = Field(description="1 % of all, ten at least; 0 where nobody spent anything.")
    share: float = Field(description="Of the revenue.")
    is_heavy: bool = Field(description="They make so much of it that chance decides over it for long.")
    cap: float | None = Field(
        description="So much of a shopper counts at most in revenue_capped: what 1 % of the shoppers of the 28 days "
        "before spent more than. null where too little is known of these."
    )


class ResultsResponse(BaseModel):
    """What came of an experiment, until a minute ago at most."""

    experiment: ExperimentModel
    currency: str
    verdict: VerdictModel
    alarms: AlarmsModel
    population: str
    shoppers: int
    explained: float = Field(
        description="Of the variance of the metric, the share that the 28 days before explain."
    )
    revenue_tail: TailModel
    variants: list[VariantResultModel]

    @classmethod
    def of(cls, found: ExperimentResults, currency: str, moment_us: int) -> "ResultsResponse":
        """Return ``found`` as answers show it."""
        alarms, until = found.alarms, found.verdict.until
        return cls(
            experiment=ExperimentModel.of(found.experiment, moment_us),
            currency=currency,
            verdict=VerdictModel(
                conclusion=found.verdict.conclusion,
                text=found.verdict.text,
                until=None if until is None else until.isoformat(),
            ),
            alarms=AlarmsModel(
                sample_ratio_p=alarms.sample_ratio_p,
                is_uneven=alarms.is_uneven,
                strayed_shoppers=alarms.strayed,
                is_mixed=alarms.is_mixed,
            ),
            population=population_of(found.experiment),
            shoppers=found.shoppers,
            explained=round(found.explained, 4),
            revenue_tail=TailModel(
                shoppers=found.tail.n,
                share=round(found.tail.share, 4),
                is_heavy=found.tail.is_heavy,
                cap=found.tail.cap,
            ),
            variants=[VariantResultModel.of(one) for one in found.variants],
        )


def blueprint(desk: ExperimentDesk, currency: str, max_bytes: int) -> Routes:
    """Return the routes that make, change, end and show experiments; money is in ``currency``."""
    api = Routes(
        "experiments",
        __name__,
        abp_tags=[Tag(name="experiments", description="What earns more: docs/guides/experiments.md.")],
        abp_responses=documented(503),
    )
    api.before_request(json_object_of(max_bytes))
    _add_readers(api, desk, currency)
    _add_writers(api, desk)
    return api


def _add_readers(api: Routes, desk: ExperimentDesk, currency: str) -> None:
    @api.get(
        "/v1/experiments",
        operation_id="list_experiments",
        summary="All experiments",
        responses={200: ExperimentsResponse},
    )
    def _all() -> Response:
        moment_us = now_us()
        return answer_json(
            ExperimentsResponse(experiments=[ExperimentModel.of(one, moment_us) for one in desk.all()])
        )

    @api.get(
        _PATH,
        operation_id="get_experiment",
        summary="An experiment",
        responses={200: ExperimentModel, **documented(404, 422)},
    )
    def _get(path: ExperimentPath) -> Response:
        found = desk.get(path.name)
        if found is None:
            raise NotFound(_NOT_THERE.format(path.name))
        return answer_json(ExperimentModel.of(found, now_us()))

    @api.get(
        f"{_PATH}/results",
        operation_id="get_experiment_results",
        summary="What came of an experiment: figures by variant with always-valid intervals, and a verdict in words",
        responses={200: ResultsResponse, **documented(404, 422)},
    )
    def _results(path: ExperimentPath) -> Response:
        found = desk.results(path.name)
        if found is None:
            raise NotFound(_NOT_THERE.format(path.name))
        response = answer_json(ResultsResponse.of(found, currency, now_us()))
        response.headers["Cache-Control"] = "private, no-store"
        return response


def _add_writers(api: Routes, desk: ExperimentDesk) -> None:
    @api.put(
        _PATH,
        operation_id="put_experiment",
        summary="Plan or start an experiment, or end one; in force everywhere within a second",
        description="Of one that has begun, the end alone may change: its shoppers keep their variants.",
        responses={
            200: ExperimentModel,
            201: ExperimentModel,
            **documented(400, 409, 413, 415, 422),
        },
    )
    def _put(path: ExperimentPath, body: ExperimentFields) -> Response:
        before = desk.get(path.name)
        start_us = now_us() if before is None else before.start_us
        experiment = body.to_experiment(path.name, start_us)
        is_new = desk.put(experiment)
        status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
        return answer_json(ExperimentModel.of(experiment, now_us()), status)

    @api.delete(
        _PATH,
        operation_id="delete_experiment",
        summary="Delete an experiment and its results; to end one and keep these, PUT an end",
        responses={204: None, **documented(404, 422)},
    )
    def _delete(path: ExperimentPath) -> tuple[str, int]:
        if not desk.delete(path.name):
            raise NotFound(_NOT_THERE.format(path.name))
        return "", 204
