"""``/v1/explain``: why an item is at its place in a list, or what kept it out."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, TypeAlias

from flask import Response, request
from flask_openapi3 import Tag
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_serializer, field_validator

from recsvc.api.problems import documented, refuse_repeated
from recsvc.api.routes import Routes
from recsvc.api.schemas import ContextItems, ListRequest, ReasonModel, items_where_needed
from recsvc.identity.external_id import StoredId
from recsvc.ranking.explain.explanation import Obstacle, Standing
from recsvc.ranking.explain.languages.all import LANGUAGES, MAX_TAG_LENGTH, language_of
from recsvc.ranking.explain.languages.language import Language
from recsvc.ranking.explain.sentence import sentence
from recsvc.ranking.explain.told import Told
from recsvc.ranking.query import Query, Strategy
from recsvc.serving.explaining import Explained, Explaining
from recsvc.serving.rules_in_force import RulesInForce

_TAGS = ", ".join(language.tag for language in LANGUAGES)
_IN_ANY_CASE = "|".join("".join(f"[{c}{c.upper()}]" for c in language.tag) for language in LANGUAGES)
_LANG_PATTERN = f"^({_IN_ANY_CASE})([-_][A-Za-z0-9]{{1,8}})*$"
"""A language that there is, alone or with a script, a region and the like."""

Rounded = Annotated[float, AfterValidator(lambda value: round(value, 6))]


class ExplainRequest(ListRequest):
    """Which item, in which list: the fields of the list, with its context in ``context_item_id``."""

    model_config = ConfigDict(json_schema_extra=items_where_needed("context_item_id"))

    item_id: StoredId = Field(description="The item in question.")
    context_item_id: ContextItems = Field(default_factory=list)
    lang: str | None = Field(
        None,
        max_length=MAX_TAG_LENGTH,
        description=f"Language of the sentence: {_TAGS}, or one of these with a region, like de-AT. Without it, what "
        "Accept-Language prefers of them, else the setting language.",
        json_schema_extra={"pattern": _LANG_PATTERN},
    )

    @field_validator("lang")
    @classmethod
    def _known_language(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(_LANG_PATTERN, value):
            raise ValueError(f"must be one of {_TAGS}, or one of these with a region, like de-AT")
        return value

    def language(self, otherwise: Language) -> Language:
        """Return the language to answer in."""
        if self.lang is not None:
            return language_of(self.lang) or otherwise
        preferred = (language_of(tag) for tag, quality in request.accept_languages if quality > 0)
        return next((language for language in preferred if language is not None), otherwise)

    def to_query(self, rules: RulesInForce) -> Query:
        """Return the query for the list; raises QueryError where fields do not go together."""
        return self.query_of(rules, self.user_id, self.context_item_id)


class KeptOutModel(BaseModel):
    """What kept the item out."""

    model_config = ConfigDict(from_attributes=True)

    what: Obstacle
    detail: str = Field(description="The particulars, for people.")


class SourceModel(BaseModel):
    """What one source of candidates thinks of the item."""

    model_config = ConfigDict(from_attributes=True)

    source: str
    score: Rounded = Field(description="Compares only within the source.")
    rank: int | None = Field(description="Among the items with a positive score; null without one.")
    n_scored: int = Field(description="So many items have a positive score.")
    proposed: bool = Field(description="Whether the source made the item a candidate.")


class FeatureModel(BaseModel):
    """What the ranker knows of the item."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    value: Rounded | None
    contribution: Rounded = Field(description="How much it adds to ranker_score.")


class PurchaseModel(BaseModel):
    """A purchase that speaks for the item; or something else the shopper looks at or showed interest in."""

    item_id: str
    title: str | None
    share: Rounded = Field(description="Part of all that speaks for the item.")
    orders: int | None = Field(description="0 for interest without an order, null for the context.")
    last_days_ago: int | None = Field(
        description="Days from the last order with it to the newest known; null without dates and for the context."
    )


class ExplainResponse(BaseModel):
    """Why the item is at its place in the list, or what kept it out."""

    user_id: str | None
    item_id: str
    title: str | None = Field(description="From the catalogue, else from the order history.")
    placement: str
    model_version: str
    strategy: Strategy = Field(description="Of the list.")
    shopper: Standing = Field(
        description="Whom the list is made for: anybody where it is the same for all; someone erased is answered like "
        "someone unknown."
    )
    variant: str | None = Field(
        description="experiment:variant that the shopper is in at this placement; null outside of experiments."
    )
    shown: bool
    rank: int | None = Field(description="As in the list; null when not shown.")
    sentence: str = Field(description="The answer in words that can be read to the shopper.")
    lang: str = Field(description="The language of the sentence.")
    kept_out_by: KeptOutModel | None = Field(description="Null when shown.")
    candidate_rank: int | None = Field(description="Among all candidates for the list; null when it is none.")
    candidates: int = Field(description="How many there are.")
    score: float | None = Field(description="As in the list; null when not shown.")
    reason: ReasonModel | None = Field(description="As in the list; null when not shown.")
    sources: list[SourceModel] = Field(description="Those that took part in the list.")
    ranker_score: Rounded | None = Field(
        description="base_value and all contributions added up, also of what is no candidate; null without a ranker."
    )
    base_value: Rounded | None = Field(description="What the ranker gives every item.")
    features: list[FeatureModel] = Field(description="Largest contribution, up or down, first.")
    due_within_week: Rounded | None = Field(
        description="buy_again: the probability that the shopper buys it again within a week."
    )
    because_of: list[PurchaseModel] = Field(description="What speaks for the item, strongest first.")

    @field_serializer("reason")
    def _without_what_is_not_known(self, reason: ReasonModel | None) -> dict[str, Any] | None:
        return None if reason is None else reason.model_dump(mode="json", exclude_defaults=True)


TitlesOf: TypeAlias = Callable[[Collection[str]], Mapping[str, str]]
"""Returns the titles of items, by id, as far as they are known."""


def blueprint(explaining: Explaining, titles_of: TitlesOf, language: Language) -> Routes:
    """Return the route that explains lists, in ``language`` where a request prefers no other that there is."""
    api = Routes(
        "explain", __name__, abp_tags=[Tag(name="explain", description="Why this item, or why not?")]
    )

    @api.get(
        "/v1/explain",
        operation_id="explain",
        summary="Why is this item at its place in this shopper's list, or what kept it out?",
        responses={200: ExplainResponse, **documented(400, 404, 422, 503)},
    )
    def _explain(query: ExplainRequest) -> Response:
        asked = query.to_query(explaining.shop.rules)
        explained = explaining.explain(asked, query.item_id)
        titles = titles_of(_named(query, explained))
        told = Told(
            explained.explanation, query.item_id, explained.standing, titles, query.language(language)
        )
        answer = _answer(query, explained, told)
        headers = {"Cache-Control": "private, no-store", "Content-Language": told.language.tag}
        return Response(answer.model_dump_json(), mimetype="application/json", headers=headers)

    api.before_request(partial(refuse_repeated, ExplainRequest))
    return api


def _named(query: ExplainRequest, explained: Explained) -> set[str]:
    """Return the items that the answer names."""
    explanation = explained.explanation
    reason = explanation.reason.item_ids if explanation.reason else ()
    return {query.item_id, *reason, *(purchase.item_id for purchase in explanation.because_of)}


def _answer(query: ExplainRequest, explained: Explained, told: Told) -> ExplainResponse:
    explanation = explained.explanation
    kept_out, reason, judgement = explanation.kept_out_by, explanation.reason, explanation.judgement
    return ExplainResponse(
        user_id=explained.user_id,
        item_id=query.item_id,
        title=told.titles.get(query.item_id),
        placement=query.placement,
        model_version=explained.model_version,
        strategy=explanation.strategy,
        shopper=explained.standing,
        variant=explained.variant or None,
        shown=kept_out is None,
        rank=explanation.rank,
        sentence=sentence(told),
        lang=told.language.tag,
        kept_out_by=KeptOutModel.model_validate(kept_out) if kept_out else None,
        candidate_rank=explanation.candidate_rank,
        candidates=explanation.n_candidates,
        score=explanation.score,
        reason=ReasonModel.model_validate(asdict(reason)) if reason else None,
        sources=[SourceModel.model_validate(source) for source in explanation.sources],
        ranker_score=judgement.score if judgement else None,
        base_value=judgement.base if judgement else None,
        features=[FeatureModel.model_validate(feature) for feature in judgement.features]
        if judgement
        else [],
        due_within_week=explanation.due_within_week,
        because_of=[
            PurchaseModel(title=told.titles.get(purchase.item_id), **asdict(purchase))
            for purchase in explanation.because_of
        ],
    )
