"""``/v1/proxy/shopify``: a list for the shopper whom Shopify's app proxy says is signed in."""

import time
from collections.abc import Callable

import structlog
from flask import Response, request
from flask_openapi3 import Tag
from pydantic import ConfigDict, Field

from recsvc.api.catalogue_fields import Describe
from recsvc.api.problems import documented, problem, refuse, refuse_repeated
from recsvc.api.recommend import make_list
from recsvc.api.routes import Routes
from recsvc.api.schemas import RecommendQuery, RecommendResponse
from recsvc.connect.shopify.app_proxy import AppProxy
from recsvc.errors import PlatformError
from recsvc.serving.lists import Lists

PATH = "/v1/proxy/shopify"
_NEEDED = (
    "the app proxy is not set up here: set RECSVC_SHOPIFY_SHOP, RECSVC_SHOPIFY_CLIENT_SECRET and "
    "RECSVC_SHOPIFY_USER_ID=customer_id, because Shopify names shoppers by their number"
)
_log = structlog.get_logger(__name__)


class ProxyQuery(RecommendQuery):
    """Which list, and what Shopify adds; it may add more one day, and signs that, too."""

    model_config = ConfigDict(extra="ignore")

    shop: str = Field("", description="Added by Shopify: the shop's own name.")
    logged_in_customer_id: str = Field(
        "", description="Added by Shopify: who is signed in; blank for a guest."
    )
    path_prefix: str = Field("", description="Added by Shopify: the path in the shop.")
    timestamp: str = Field("", description="Added by Shopify: when, in seconds since 1970.")
    signature: str = Field(
        "", description="Added by Shopify: HMAC-SHA256 of all others under the app's client secret."
    )


def blueprint(
    lists: Lists, describe: Describe, proxy: AppProxy | None, clock: Callable[[], float] = time.time
) -> Routes:
    """Return the route that answers shoppers through Shopify; without ``proxy`` it answers nobody."""
    api = Routes(
        "shopify_proxy",
        __name__,
        abp_tags=[Tag(name="proxy", description="Lists through a path of the shop itself.")],
        abp_responses={200: RecommendResponse, **documented(400, 401, 404, 422, 503)},
    )

    @api.get(
        PATH,
        operation_id="recommend_by_shopify",
        summary="A list for the shopper who is signed in at a Shopify shop",
        description="Shopify's app proxy sends it. `signature` admits it, and no key. The answer does not say who the "
        "shopper is.",
    )
    def _get(query: ProxyQuery) -> Response:
        if proxy is None:
            return problem(404, _NEEDED)
        if query.user_id is not None or query.session_id is not None:
            fields = [{"field": "user_id", "message": "must not be there: Shopify says who the shopper is"}]
            return refuse(fields)
        try:
            customer = proxy.customer_of(request.args.items(multi=True), clock())
        except PlatformError as error:
            _log.warning("proxy_refused", platform="shopify")
            return problem(401, str(error), "urn:recsvc:problem:unauthorized")
        asked = query.model_copy(update={"user_id": customer})
        made = make_list(lists, describe, asked, is_named=False)
        response = Response(made.body, headers=made.headers)
        response.headers["Cache-Control"] = (
            "private, no-store"  # one address in the shop, and a list for each shopper
        )
        del response.headers["ETag"]
        return response

    @api.before_request
    def _check_shape() -> Response | None:
        return refuse_repeated(ProxyQuery)

    return api
