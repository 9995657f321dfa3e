"""``/r/{token}``: the links of mails, which lead to what is in stock when they are opened."""

from flask import Response, request
from flask_openapi3 import Tag
from pydantic import BaseModel, Field
from werkzeug.exceptions import NotFound

from recsvc.api.paths import EXTERNAL_ID
from recsvc.api.problems import documented
from recsvc.api.routes import Routes
from recsvc.mailing.machines import is_machine
from recsvc.mailing.opened_links import OpenedLinks
from recsvc.mailing.shop_addresses import with_parameters

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}


class LinkPath(BaseModel):
    """Names a link."""

    token: str = Field(description="As the export wrote it.")


def blueprint(links: OpenedLinks) -> Routes:
    """Return the route that leads shoppers on."""
    api = Routes(
        "links",
        __name__,
        abp_tags=[Tag(name="links", description="Where the links of mails lead.")],
        abp_responses=documented(404, 429),
    )

    @api.get(
        f"/r/<{EXTERNAL_ID}:token>",
        operation_id="open_link",
        summary="Lead a shopper from a mail to the item, or to a spare one where it is sold out",
        description="The click is counted once; HEAD and programs that look at links are not. A link that is not known "
        "leads to the front page of the shop. Parameters that a mail tool added to the link, such as `utm_source`, are "
        "passed on. 404 where no `shop_url` is set.",
        responses={302: {"description": "Location is a page of the shop."}},
    )
    def _open(path: LinkPath) -> Response:
        address = links.open(path.token, is_person=not is_machine(request.environ))
        if address is None:
            raise NotFound("there are no links here: RECSVC_SHOP_URL says which shop they would lead to")
        address = with_parameters(address, request.query_string)
        response = Response(status=302, headers={**HEADERS, "Location": address})
        response.autocorrect_location_header = False
        return response

    return api
