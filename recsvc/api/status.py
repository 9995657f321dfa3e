"""``/v1/model``, ``/health`` and ``/metrics``: what is live, and how the service is."""

from collections.abc import Callable, Sequence
from typing import Literal

from flask import Response, jsonify
from flask_openapi3 import Tag
from prometheus_client import CONTENT_TYPE_LATEST

from recsvc.api.problems import documented
from recsvc.api.routes import Routes
from recsvc.api.schemas import HealthResponse, ModelResponse
from recsvc.errors import NoModelError
from recsvc.metrics import Metrics
from recsvc.serving.caches import Check
from recsvc.serving.live_model import LiveModel

STOPPING = "the service is about to be stopped: send new requests to another one"


def health_of(
    live_model: LiveModel, checks: Sequence[Check], is_stopping: Callable[[], bool] = lambda: False
) -> tuple[HealthResponse, int]:
    """Return how a service is, and the HTTP status that says so: 503 until a model is loaded, and before the end."""
    problems = [found for found in (live_model.problem, *(check() for check in checks)) if found]
    if is_stopping():
        return HealthResponse(status="unavailable", problems=[STOPPING, *problems]), 503
    try:
        version = live_model.current().manifest.model_version
    except NoModelError:
        return HealthResponse(status="unavailable", problems=problems), 503
    # A newer version that cannot be loaded or a lost Redis is for the operator to see; shoppers are served.
    status: Literal["ok", "degraded"] = "degraded" if problems else "ok"
    return HealthResponse(status=status, model_version=version, problems=problems), 200


def blueprint(live_model: LiveModel, health: Callable[[], tuple[HealthResponse, int]]) -> Routes:
    """Return the routes that describe ``live_model`` and say how the service is."""
    api = Routes(
        "status", __name__, abp_tags=[Tag(name="status", description="What is live, and how the service is.")]
    )

    @api.get(
        "/v1/model",
        operation_id="model",
        summary="The live version",
        responses={200: ModelResponse, **documented(503)},
    )
    def _model() -> Response:
        manifest = live_model.current().manifest
        return jsonify({name: getattr(manifest, name) for name in ModelResponse.model_fields})

    @api.get(
        "/health/live",
        operation_id="live",
        summary="Does the process run?",
        responses={200: HealthResponse},
    )
    def _live() -> Response:
        return jsonify(HealthResponse(status="ok").model_dump())

    @api.get(
        "/health/ready",
        operation_id="ready",
        summary="Can requests be answered? 503 until a model is loaded, and while the service is about to be stopped",
        responses={200: HealthResponse, 503: HealthResponse},
    )
    def _ready() -> tuple[Response, int]:
        found, status = health()
        return jsonify(found.model_dump()), status

    return api


def metrics_page(metrics: Metrics) -> Response:
    """Return the metrics of all workers, as Prometheus reads them."""
    return Response(metrics.page(), content_type=CONTENT_TYPE_LATEST)
