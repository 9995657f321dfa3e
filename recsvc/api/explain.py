"""``/v1/explain``: why an item is at its place in a list, or what kept it out."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from typing import TypeAlias

from flask import Response
from flask_openapi3 import APIBlueprint, Tag

from recsvc.api.explain_schemas import (
    ExplainRequest,
    ExplainResponse,
    FeatureModel,
    KeptOutModel,
    PurchaseModel,
    SourceModel,
)
from recsvc.api.problems import documented
from recsvc.api.schemas import ReasonModel
from recsvc.ranking.sentence import Told, sentence
from recsvc.serving.explaining import Explained, Explaining

TitlesOf: TypeAlias = Callable[[Collection[str]], Mapping[str, str]]
"""Returns the titles of items, by id, as far as they are known."""


def blueprint(explaining: Explaining, titles_of: TitlesOf) -> APIBlueprint:
    """Return the route that explains lists."""
    api = APIBlueprint(
        "explain", __name__, abp_tags=[Tag(name="explain", description="Why this item, or why not?")]
    )

    @api.get(
        "/v1/explain",
        operation_id="explain",
        summary="Why is this item at its place in this shopper's list, or what kept it out?",
        responses={200: ExplainResponse, **documented(400, 404, 422, 503)},
    )
    def _explain(query: ExplainRequest) -> Response:
        asked = query.to_query(explaining.placements)
        explained = explaining.explain(asked, query.item_id)
        titles = titles_of(_named(query, explained))
        told = Told(explained.explanation, query.item_id, asked.placement, explained.standing, titles)
        answer = _answer(query, explained, told)
        headers = {"Cache-Control": "private, no-store"}
        return Response(answer.model_dump_json(), mimetype="application/json", headers=headers)

    return api


def _named(query: ExplainRequest, explained: Explained) -> set[str]:
    """Return the items that the answer names."""
    explanation = explained.explanation
    reason = explanation.reason.item_ids if explanation.reason else ()
    return {query.item_id, *reason, *(one.item_id for one in explanation.because_of)}


def _answer(query: ExplainRequest, explained: Explained, told: Told) -> ExplainResponse:
    explanation = explained.explanation
    kept_out, reason, judgement = explanation.kept_out_by, explanation.reason, explanation.judgement
    return ExplainResponse(
        user_id=query.user_id,
        item_id=query.item_id,
        title=told.titles.get(query.item_id),
        placement=query.placement,
        model_version=explained.model_version,
        strategy=explanation.strategy,
        shopper=explained.standing,
        shown=kept_out is None,
        rank=explanation.rank,
        sentence=sentence(told),
        kept_out_by=KeptOutModel.model_validate(kept_out) if kept_out else None,
        candidate_rank=explanation.candidate_rank,
        candidates=explanation.n_candidates,
        score=explanation.score,
        reason=ReasonModel.model_validate(asdict(reason)) if reason else None,
        sources=[SourceModel.model_validate(one) for one in explanation.sources],
        ranker_score=judgement.score if judgement else None,
        base_value=judgement.base if judgement else None,
        features=[FeatureModel.model_validate(one) for one in judgement.features] if judgement else [],
        due_within_week=explanation.due_within_week,
        because_of=[
            PurchaseModel(title=told.titles.get(one.item_id), **asdict(one)) for one in explanation.because_of
        ],
    )
