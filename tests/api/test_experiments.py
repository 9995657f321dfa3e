import time
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from support.keys import key_for

from recsvc.model.registry import Registry
from recsvc.outcomes.recommendation_id import RecommendationIds
from recsvc.store.store import Store

HALVES = [
    {"name": "control", "share": 0.5, "kind": "control"},
    {"name": "off", "share": 0.5, "kind": "hold_out"},
]
DISCOVER = [HALVES[0], {"name": "B", "share": 0.5, "kind": "placement", "placement": "trending"}]


def put(client: FlaskClient, name: str = "first", variants: Any = HALVES, **fields: Any) -> Any:
    return client.put(
        f"/v1/experiments/{name}", json={"placement": "for_you", "variants": variants, **fields}
    )


def shown(client: FlaskClient, **query: Any) -> Any:
    return client.get("/v1/recommend", query_string={"n": 3, **query}).json
