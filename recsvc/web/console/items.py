"""Items: what the catalogue says, what is shown beside each, and where it must or must not be shown."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from flask import Response, abort, render_template, request

from recsvc.catalogue.item import Item
from recsvc.clock import now_us
from recsvc.errors import NoModelError, OverloadedError, QueryError, UnknownItemError
from recsvc.ranking.query import Placement
from recsvc.rules.placement_rules import read_placement
from recsvc.web.asked import id_in, needed_id
from recsvc.web.cards import CardList, cards_of, list_of
from recsvc.web.console.shoppers import AN_ITEM, LISTS
from recsvc.web.entry.abilities import Ability
from recsvc.web.page import Page, Routes, see_other
from recsvc.web.rules import rule_book
from recsvc.web.rules.rule_form import PinRow, RuleForm

A_PAGE, NEIGHBOURS, DAYS = 24, 6, 30
EVERYWHERE = "everywhere"
MAX_SOUGHT = 100


def _add(routes: Routes) -> None:
    _add_looks(routes)
    _add_wishes(routes)


def _add_looks(routes: Routes) -> None:
    site = routes.site

    @routes.show()
    def items() -> str:
        sought = request.args.get("q", "").strip()[:MAX_SOUGHT].replace("\0", "")
        search = site.service.store.search
        after = id_in(request.args, "after")
        found = search.find(sought, A_PAGE) if sought else search.page(after, A_PAGE + 1)
        if sought and not found and _learned(routes, sought):
            found = [sought]
        return render_template(
            "console/items.html",
            sought=sought,
            cards=cards_of(site, dict.fromkeys(found[:A_PAGE], "")),
            has_more=not sought and len(found) > A_PAGE,
            is_cut=bool(sought) and len(found) == A_PAGE,
            after=after,
        )

    @routes.show("/item")
    def item() -> str:
        item_id = needed_id(request.args, "id", AN_ITEM)
        found = site.service.store.catalogue.get(item_id)
        known_as = found.item_id if found is not None else item_id
        is_learned = _learned(routes, item_id)
        if found is None and not is_learned and site.service.shop.catalogue.restricted(item_id) is None:
            abort(404, "Neither the catalogue nor the live version knows an item of that id.")
        today = datetime.now(UTC).date()
        return render_template(
            "console/item.html",
            card=cards_of(site, {known_as: ""})[0],
            item=found,
            state=_state(found, now_us()),
            is_learned=is_learned,
            lists=[
                one
                for one in (
                    _beside(routes, name, known_as) for name in (Placement.SIMILAR, Placement.BOUGHT_TOGETHER)
                )
                if one
            ],
            titles=LISTS,
            figures=site.service.performance.of_item(known_as, today - timedelta(days=DAYS - 1), today),
            days=DAYS,
            rules=_rules(routes, known_as),
            placements=list(site.service.shop.rules.book.all()),
            everywhere=EVERYWHERE,
        )


def _learned(routes: Routes, item_id: str) -> bool:
    live = routes.site.service.live_model.version
    return live is not None and live.recommender.model.items.index_of(item_id) is not None


def _state(item: Item | None, at_us: int) -> str:
    """Return in words whether an item may be shown at a moment."""
    if item is None:
        return "The catalogue does not know it, or it was withdrawn."
    if item.is_sold_at(at_us):
        return "For sale."
    if not item.in_stock:
        return "Out of stock: it is in no list."
    if item.available_from_us is not None and item.available_from_us > at_us:
        return "Not for sale yet: it is in no list."
    return "No longer for sale: it is in no list."


def _beside(routes: Routes, placement: Placement, item_id: str) -> CardList | None:
    """Return what is shown on the page of an item; None where nothing can be."""
    service, language = routes.site.service, routes.site.settings.explanation_language
    try:
        query = service.shop.rules.query_for(placement, n=NEIGHBOURS, item_ids=(item_id,))
        return list_of(routes.site, query, language)
    except (NoModelError, OverloadedError, UnknownItemError, QueryError):
        return None


def _rules(routes: Routes, item_id: str) -> list[dict[str, object]]:
    """Return where rules name an item: never shown, or pinned."""
    found: list[dict[str, object]] = []
    for name, rules in routes.site.service.shop.rules.book.all().items():
        form = RuleForm.of_rules(rule_book.written(rules))
        if item_id in form.never:
            found.append({"placement": name, "kind": "never", "words": "never shown"})
        for pin in form.pins:
            if pin.item_id == item_id:
                words = f"pinned at position {pin.position}{_times(pin)}"
                found.append({"placement": name, "kind": "pin", "words": words})
    return found


def _times(pin: PinRow) -> str:
    times = [f"{word} {at} UTC" for word, at in (("from", pin.begin), ("until", pin.until)) if at]
    return f", {' '.join(times)}" if times else ""


def _add_wishes(routes: Routes) -> None:
    """Add what is wanted of an item: that it is never shown, or pinned; or not any more."""

    @routes.act("/never", needs=Ability.CHANGE_RULES)
    def never() -> Response:
        item_id = needed_id(request.form, "id", AN_ITEM)
        forms = {name: _form_of(routes, name).with_never(item_id) for name in _chosen(routes)}
        for form in forms.values():
            form.to_rules()  # refuses one too many before anything is saved
        for name, form in forms.items():
            _change(routes, name, form)
        return _back(item_id, "never")

    @routes.act("/pin", needs=Ability.CHANGE_RULES)
    def pin() -> Response:
        item_id = needed_id(request.form, "id", AN_ITEM)
        fields = (request.form.get(name, "").strip() for name in ("position", "from", "until"))
        [name] = _chosen(routes, may_be_all=False)
        _change(routes, name, _form_of(routes, name).with_pin(PinRow(item_id, *fields)))
        return _back(item_id, "pinned")

    @routes.act("/release", needs=Ability.CHANGE_RULES)
    def release() -> Response:
        item_id = needed_id(request.form, "id", AN_ITEM)
        for name in _chosen(routes, may_be_all=False):
            form = _form_of(routes, name)
            is_never = request.form.get("kind") == "never"
            _change(routes, name, form.without_never(item_id) if is_never else form.without_pin(item_id))
        return _back(item_id, "released")


def _chosen(routes: Routes, *, may_be_all: bool = True) -> list[str]:
    name = request.form.get("placement", "")
    known = list(routes.site.service.shop.rules.book.all())
    if may_be_all and name == EVERYWHERE:
        return known
    if name not in known:
        abort(422, "Choose a placement.")
    return [name]


def _form_of(routes: Routes, name: str) -> RuleForm:
    return RuleForm.of_rules(rule_book.written(rule_book.rules_of(routes, name)))


def _change(routes: Routes, name: str, form: RuleForm) -> None:
    """Save the rules of a placement, unless that changes nothing."""
    rules = read_placement(name, form.to_rules())
    if rule_book.written(rules) != rule_book.written(rule_book.rules_of(routes, name)):
        rule_book.save(routes, name, rules)


def _back(item_id: str, done: str) -> Response:
    return see_other(f"{PAGE.address}/item?{urlencode({'id': item_id, 'done': done})}")


PAGE = Page("items", "Items", Ability.SEE_ITEMS, _add)
