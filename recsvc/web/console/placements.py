"""Placements: which there are, and the rules of each, as a form and as text, with a look before they go live."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from flask import Response, abort, render_template, request

from recsvc.errors import NoModelError, RulesError
from recsvc.outcomes.performance import Figures
from recsvc.ranking.query import Placement
from recsvc.rules.placement_rules import PlacementRules, read_placement
from recsvc.serving.rule_preview import KEPT_BYTES, RulePreview
from recsvc.web.cards import Card, cards_of
from recsvc.web.console.shoppers import LISTS
from recsvc.web.earnings import DAYS, earnings_of
from recsvc.web.entry.abilities import Ability
from recsvc.web.page import Page, Routes, see_other, visitor
from recsvc.web.rules import rule_book
from recsvc.web.rules.rule_form import BoostRow, PinRow, RuleForm, with_spare
from recsvc.web.rules.rule_text import as_text, read_text
from recsvc.web.rules.rule_words import in_words

PREVIEWED, A_LIST = 4, 6
BASE_WORDS = {
    Placement.FOR_YOU: "What suits the shopper best, from all that they like",
    Placement.DISCOVER: "What suits them and is new to them",
    Placement.BUY_AGAIN: "What they may want to buy again now",
    Placement.SIMILAR: "Alternatives to the item of the page",
    Placement.BOUGHT_TOGETHER: "What goes with the item of the page, or the cart",
    Placement.TRENDING: "What sells more and more",
}


_BUILT_IN = {str(placement): placement for placement in Placement}


def _add(routes: Routes) -> None:
    _add_list(routes)
    _add_editor(routes)
    _add_preview(routes)
    _add_writers(routes)


def _add_list(routes: Routes) -> None:
    rules = routes.site.service.shop.rules

    @routes.show()
    def all_placements() -> str:
        book = rules.book
        rows = [
            {
                "name": name,
                "title": LISTS.get(name, name),
                "base": found.base_of(name),
                "origin": book.origin_of(name).value,
                "words": in_words(rule_book.written(found)),
                "problem": rules.problem_of(name),
            }
            for name, found in book.all().items()
        ]
        return render_template("console/placements.html", rows=rows, bases=BASE_WORDS, lists=LISTS)

    @routes.show("/new", needs=Ability.CHANGE_RULES)
    def new() -> Response | str:
        if "name" not in request.args:  # a placement may be called so
            return _editor(routes, "new", rule_book.written(_rules_or_new(routes, "new")))
        name = request.args.get("name", "").strip().lower().replace(" ", "-")
        base = request.args.get("base", Placement.FOR_YOU)
        read_placement(name, {"base": base} if name not in set(Placement) else {})
        return see_other(f"{PAGE.address}/{name}?base={base}")


def _add_editor(routes: Routes) -> None:
    @routes.show("/<name>")
    def placement(name: str) -> str:
        return _editor(routes, name, rule_book.written(_rules_or_new(routes, name)))


def _rules_or_new(routes: Routes, name: str) -> PlacementRules:
    """Return the rules of a placement, or those that a new one begins with."""
    found = rule_book.rules_of(routes, name)
    base = request.args.get("base") or request.form.get("base")
    if found is None and base in set(Placement):
        found = read_placement(name, {"base": base})
    if found is None:
        abort(404, "There is no placement of that name.")
    return found


def _editor(  # noqa: PLR0913 - what a form was sent with
    routes: Routes,
    name: str,
    rules: dict[str, Any],
    *,
    form: RuleForm | None = None,
    text: str | None = None,
    problem: str = "",
) -> str:
    service, book = routes.site.service, routes.site.service.shop.rules.book
    form = form or RuleForm.of_rules(rules)
    entries = [
        entry
        for entry in service.store.audit.newest(20, subject=name)
        if entry.action.startswith("rules-") and entry.body is not None
    ]
    base = _BUILT_IN.get(name) or _BUILT_IN[rules.get("base") or form.base or "for_you"]
    return render_template(
        "console/placement.html",
        name=name,
        title=LISTS.get(name, name),
        base=base,
        base_words=BASE_WORDS[base],
        is_new=book.get(name) is None,
        is_built_in=name in set(Placement),
        origin=book.origin_of(name).value,
        refused=service.shop.rules.problem_of(name),
        form=form,
        pins=with_spare(form.pins, PinRow()),
        boosts=with_spare(form.boosts, BoostRow()),
        expressions=with_spare(form.expressions, ("", "")),
        caps=with_spare(form.caps, ("", "")),
        text=as_text(rules) if text is None else text,
        as_text=request.args.get("as") == "text" or text is not None,
        problem=problem,
        stamp=_stamp(rule_book.written(book.get(name))),
        entries=entries,
        can_take_back=name in book.in_store,
        lists=LISTS,
        host=request.root_url.rstrip("/"),
        figures=_figures(routes, name),
        days=DAYS,
    )


def _figures(routes: Routes, name: str) -> Figures | None:
    """Return what a placement earned lately; None where nothing is known, or not to be known."""
    if not visitor().may(Ability.SEE_EARNINGS):
        return None
    rows = earnings_of(routes.site.service.performance, datetime.now(UTC).date()).placements
    return next((row for row in rows if row.key == name), None)


def _stamp(rules: dict[str, Any]) -> str:
    """Return what tells rules from those that somebody else made of them in the meantime."""
    return hashlib.sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:16]


def _add_preview(routes: Routes) -> None:
    service = routes.site.service
    previews = RulePreview(
        service.live_model,
        service.shop,
        service.store.catalogue,
        A_LIST,
        min(KEPT_BYTES, routes.site.settings.max_rules_bytes // 4),
    )

    @routes.act("/<name>/preview", needs=Ability.CHANGE_RULES)
    def look(name: str) -> str | Response:
        is_text, sent = "rules" in request.form, request.form.get("seed", "")
        seed = int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 9 else 1
        form, text = None, request.form.get("rules")
        try:
            if is_text:
                rules = read_text(name, text or "")
            else:
                form = RuleForm.of_fields(request.form)
                rules = read_placement(name, form.to_rules())
            routes.site.rule_changes.in_force.check(name, rules)
            found = previews.of(name, rules, seed)
        except RulesError as error:
            now = rule_book.written(_rules_or_new(routes, name))
            return Response(_editor(routes, name, now, form=form, text=text, problem=str(error)), 422)
        except NoModelError:
            found = None
        changes = [] if found is None else found.changes[:PREVIEWED]
        cards = _cards(routes, {item for _, change in changes for item in (*change.before, *change.after)})
        return render_template(
            "console/preview.html",
            name=name,
            title=LISTS.get(name, name),
            found=found,
            changes=changes,
            cards=cards,
            text=as_text(rule_book.written(rules)),
            words=in_words(rule_book.written(rules)),
            stamp=request.form.get("stamp", ""),
            seed=seed + 1,
            base=rules.base or "",
        )


def _cards(routes: Routes, item_ids: set[str]) -> dict[str, Card]:
    return {card.item_id: card for card in cards_of(routes.site, dict.fromkeys(sorted(item_ids), ""))}


def _add_writers(routes: Routes) -> None:
    @routes.act("/<name>/save", needs=Ability.CHANGE_RULES)
    def save(name: str) -> Response | str:
        rules = read_text(name, request.form.get("rules", ""))
        now = rule_book.written(rule_book.rules_of(routes, name))
        if request.form.get("stamp") != _stamp(now):
            problem = "Somebody else changed these rules in the meantime. Yours are below as text."
            text = as_text(rule_book.written(rules))
            return Response(_editor(routes, name, now, text=text, problem=problem), 409)
        rule_book.save(routes, name, rules)
        return see_other(f"{PAGE.address}/{name}?done=saved")

    @routes.act("/<name>/take-back", needs=Ability.CHANGE_RULES)
    def take_back(name: str) -> Response:
        rule_book.take_back(routes, name)
        is_left = rule_book.rules_of(routes, name) is not None
        return see_other(f"{PAGE.address}/{name}?done=undone" if is_left else PAGE.address)

    @routes.act("/<name>/undo", needs=Ability.CHANGE_RULES)
    def undo(name: str) -> Response:
        number = request.form.get("number", "")
        if not (number.isascii() and number.isdecimal() and len(number) < 19):
            abort(404, "There is no such change.")
        rule_book.undo(routes, name, int(number))
        is_left = rule_book.rules_of(routes, name) is not None
        return see_other(f"{PAGE.address}/{name}?done=undone" if is_left else PAGE.address)


PAGE = Page("placements", "Placements", Ability.SEE_PLACEMENTS, _add)
