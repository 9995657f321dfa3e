"""The service desk: what a shopper bought and is offered, why, and what they may ask for."""

import json
from urllib.parse import urlencode

from flask import Response, abort, render_template, request

from recsvc.clock import now_us
from recsvc.connect.privacy_requests import PrivacyRequests
from recsvc.connect.shopify.fields import PLATFORM as SHOPIFY
from recsvc.errors import PlatformError
from recsvc.identity.spelling import canonical_user_id
from recsvc.ranking.explain.sentence import sentence
from recsvc.ranking.explain.told import Told
from recsvc.serving.explaining import Explained
from recsvc.web.asked import id_in, needed_id
from recsvc.web.cards import cards_of, titles_of
from recsvc.web.console.data import EVENT_WORDS
from recsvc.web.entry.abilities import Ability
from recsvc.web.page import Page, Routes, see_other
from recsvc.web.shopper import shopper_of
from recsvc.web.words import percent

A_SHOPPER, AN_ITEM = "the shopper's id", "the item's id"
MANY_EVENTS = 500
LISTS = {
    "for_you": "For you",
    "discover": "Something new",
    "buy_again": "Buy again",
    "similar": "Alternatives",
    "bought_together": "Goes with it",
    "trending": "Popular now",
}
"""What the built-in placements are called on pages."""


def _add(routes: Routes) -> None:
    _add_looks(routes)
    _add_why(routes)
    _add_merge(routes)
    _add_export(routes)
    _add_erasure(routes)
    _add_answered(routes)


def _add_looks(routes: Routes) -> None:
    site = routes.site

    @routes.show()
    def shopper() -> str:
        user_id = id_in(request.args, "id")
        if not user_id:
            requests = PrivacyRequests(SHOPIFY, site.service.store.platform).open()
            return render_template("console/shoppers.html", wanted="", requests=requests)
        found = shopper_of(site, user_id)
        changes = site.service.store.audit.newest(5, subject=_pseudonym(routes, user_id))
        return render_template(
            "console/shopper.html",
            shopper=found,
            titles=titles_of(site, {event.item_id for event in found.events}),
            placements=_placements(routes),
            lists=LISTS,
            event_words=EVENT_WORDS,
            changes=changes,
            lang=site.settings.explanation_language.tag,
        )

    @routes.show("/events")
    def events() -> str:
        user_id = canonical_user_id(needed_id(request.args, "id", A_SHOPPER))
        found = site.service.store.events.history_of(user_id, MANY_EVENTS)
        return render_template(
            "console/shopper_events.html",
            user_id=user_id,
            events=found,
            titles=titles_of(site, {event.item_id for event in found}),
            event_words=EVENT_WORDS,
            most=MANY_EVENTS,
        )


def _placements(routes: Routes) -> list[str]:
    """Return the placements that a shopper sees without looking at an item."""
    rules = routes.site.service.shop.rules
    return [name for name in rules.book.all() if not rules.base_of(name).needs_items]


def _add_why(routes: Routes) -> None:
    site = routes.site

    @routes.show("/why")
    def why() -> str:
        user_id = needed_id(request.args, "id", A_SHOPPER)
        item_id = needed_id(request.args, "item", AN_ITEM)
        placement = request.args.get("placement", "for_you")
        query = site.service.shop.rules.query_for(placement, n=10, user_id=user_id)
        explained = site.service.explaining.explain(query, item_id)
        told = _told(routes, explained, item_id)
        causes = explained.explanation.because_of[:6]
        shares = {cause.item_id: cause.share for cause in causes}
        return render_template(
            "console/why.html",
            user_id=user_id,
            item_id=item_id,
            placement=placement,
            placements=_placements(routes),
            lists=LISTS,
            sentence=sentence(told),
            lang=told.language.tag,
            explanation=explained.explanation,
            item=cards_of(site, {item_id: ""})[0],
            causes=cards_of(site, {one: f"{percent(share, 0)} of it" for one, share in shares.items()}),
        )


def _told(routes: Routes, explained: Explained, item_id: str) -> Told:
    explanation = explained.explanation
    reason = explanation.reason.item_ids if explanation.reason else ()
    named = {item_id, *reason, *(purchase.item_id for purchase in explanation.because_of)}
    titles = titles_of(routes.site, named)
    language = routes.site.settings.explanation_language
    return Told(explanation, item_id, explained.standing, titles, language)


def _add_merge(routes: Routes) -> None:
    service = routes.site.service

    @routes.show("/merge", needs=Ability.CHANGE_SHOPPERS)
    def confirm_merge() -> str:
        user_id = needed_id(request.args, "id", A_SHOPPER)
        from_id = needed_id(request.args, "from", "the account or visit to be joined")
        kind = "session" if request.args.get("kind") == "session" else "user"
        log = service.store.events
        found = log.history_of_session(from_id, 5) if kind == "session" else log.history_of(from_id, 5)
        return render_template(
            "console/merge.html", user_id=user_id, from_id=from_id, kind=kind, n_events=len(found)
        )

    @routes.act("/merge", needs=Ability.CHANGE_SHOPPERS)
    def merge() -> Response:
        user_id = needed_id(request.form, "id", A_SHOPPER)
        from_id = needed_id(request.form, "from", "the account or visit to be joined")
        is_session = request.form.get("kind") == "session"
        moved = service.store.users.merge(
            "session" if is_session else "user", from_id, user_id, now_us(), service.live_model.guests()
        )
        users = {canonical_user_id(user_id), *(() if is_session else (canonical_user_id(from_id),))}
        service.on_shoppers(frozenset(users), frozenset({from_id} if is_session else ()))
        routes.note("shopper-merged", _pseudonym(routes, user_id), {"events": moved})
        return see_other(f"{PAGE.address}?{_named(user_id)}&done=merged")


def _add_export(routes: Routes) -> None:
    @routes.act("/export", needs=Ability.CHANGE_SHOPPERS)
    def export() -> Response:
        user_id = needed_id(request.form, "id", A_SHOPPER)
        held = routes.site.export(user_id)
        if held is None:
            abort(404, "Nothing is held on this shopper.")
        routes.note("shopper-exported", _pseudonym(routes, user_id))
        body = json.dumps(held, indent=2, ensure_ascii=False)
        response = Response(body.encode("utf-8", "replace"), mimetype="application/json")
        response.headers["Content-Disposition"] = 'attachment; filename="shopper.json"'
        return response


def _add_erasure(routes: Routes) -> None:
    audit = routes.site.service.store.audit

    @routes.show("/erase", needs=Ability.CHANGE_SHOPPERS)
    def confirm_erasure() -> str:
        return render_template(
            "console/erase.html", user_id=needed_id(request.args, "id", A_SHOPPER), problem=""
        )

    @routes.act("/erase", needs=Ability.CHANGE_SHOPPERS)
    def erase() -> Response:
        user_id = needed_id(request.form, "id", A_SHOPPER)
        if canonical_user_id(id_in(request.form, "again")) != canonical_user_id(user_id):
            problem = "The two ids are not the same, so nothing was erased."
            return Response(render_template("console/erase.html", user_id=user_id, problem=problem), 422)
        receipt = routes.site.erase(user_id)
        number = routes.note("shopper-erased", _pseudonym(routes, user_id), receipt)
        return see_other(f"{PAGE.address}/receipt/{number}")

    @routes.show("/receipt/<int:number>", needs=Ability.CHANGE_SHOPPERS)
    def receipt(number: int) -> str:
        entry = audit.get(number)
        if entry is None or entry.action != "shopper-erased" or not entry.body:
            abort(404, "There is no receipt of that number. Receipts are kept for a year.")
        return render_template("console/receipt.html", entry=entry, receipt=entry.body)


def _add_answered(routes: Routes) -> None:
    @routes.act("/answered", needs=Ability.CHANGE_SHOPPERS)
    def answered() -> Response:
        number = id_in(request.form, "number")
        requests = PrivacyRequests(SHOPIFY, routes.site.service.store.platform)
        try:
            requests.close(number, now_us())
        except PlatformError as error:
            abort(404, str(error))
        routes.note("request-answered", number)
        return see_other(PAGE.address)


def _pseudonym(routes: Routes, user_id: str) -> str:
    return routes.site.sessions.pseudonym(canonical_user_id(user_id))


def _named(user_id: str) -> str:
    return urlencode({"id": user_id})


PAGE = Page("shoppers", "Shopper", Ability.SEE_SHOPPERS, _add)
