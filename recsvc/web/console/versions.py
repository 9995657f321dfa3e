"""Model versions: what each is worth, what the gate said, and which one is live."""

import re
from dataclasses import dataclass
from pathlib import Path

from flask import Response, abort, render_template, request

from recsvc.errors import ModelError, UnknownVersionError
from recsvc.model.registry import REPORTS, Registry, VersionEntry
from recsvc.plain_file import read_plain_text
from recsvc.serving.compared_versions import VersionComparison, counts_of, differences_of, figures_of
from recsvc.web.asked import whole_in
from recsvc.web.cards import cards_of
from recsvc.web.console.shoppers import LISTS
from recsvc.web.entry.abilities import Ability
from recsvc.web.page import Page, Routes, see_other
from recsvc.web.quality import Gate, Measured, gate_of, in_words, measured_of

REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'none'; base-uri 'none'; sandbox"
)
"""A report brings its style along, runs nothing and loads nothing."""

A_LIST = 8
"""Items of each list that is compared."""

MAX_REPORT_BYTES = 8 * 2**20
_NAME = re.compile(r"[0-9][0-9A-Za-z._-]{0,63}")


@dataclass(frozen=True)
class Version:
    """A version as the pages show it."""

    entry: VersionEntry
    gate: Gate | None
    measured: list[Measured]
    has_report: bool

    @property
    def name(self) -> str:
        """Its name."""
        return self.entry.model_version


def report_of(registry: Registry, version: str) -> Path:
    """Return where the training report of a version lies, if there is one."""
    return registry.directory / REPORTS / version / "report.html"


def _version(registry: Registry, entry: VersionEntry) -> Version:
    manifest = entry.manifest
    return Version(
        entry,
        None if manifest is None else gate_of(manifest),
        [] if manifest is None else measured_of(manifest),
        report_of(registry, entry.model_version).is_file(),
    )


def _named(registry: Registry, name: str) -> Version:
    entry = next((one for one in registry.versions() if one.model_version == name), None)
    if entry is None:
        abort(404, "There is no version of that name: it was deleted, as old versions are.")
    return _version(registry, entry)


def _compare(routes: Routes, registry: Registry, comparison: VersionComparison) -> str | Response:
    """Return two versions side by side, and lists of them where a placement is asked for."""
    entries = [entry for entry in registry.versions() if entry.manifest is not None]
    chosen = [
        next((entry for entry in entries if entry.model_version == request.args.get(name)), None)
        for name in ("a", "b")
    ]
    first, second = chosen
    if first is None or second is None or first.manifest is None or second.manifest is None:
        abort(404, "There is no version of that name: it was deleted, as old versions are, or it is damaged.")
    lists, problem, seed = None, "", whole_in("seed", 1) or 1
    placement, names = request.args.get("placement"), (first.model_version, second.model_version)
    if placement and first is not second:
        try:
            lists = comparison.lists(names, placement, n=A_LIST, seed=seed)
        except ModelError as error:
            problem = routes.site.service.live_model.in_public(str(error))
    shown = {item for pair in lists.pairs for item in (*pair.first, *pair.second)} if lists else set()
    body = render_template(
        "console/version_compare.html",
        entries=entries,
        first=first,
        second=second,
        figures=figures_of(first.manifest, second.manifest),
        counts=counts_of(first.manifest, second.manifest),
        differences=differences_of(first.manifest, second.manifest),
        load_bytes=sum(_bytes_of(registry, entry) for entry in (first, second) if not entry.is_live),
        placements=list(routes.site.service.shop.rules.book.all()),
        titles=LISTS,
        lists=lists,
        cards={card.item_id: card for card in cards_of(routes.site, dict.fromkeys(sorted(shown), ""))},
        problem=problem,
        seed=seed,
    )
    return Response(body, 422 if problem else 200)


def _bytes_of(registry: Registry, entry: VersionEntry) -> int:
    files = (registry.directory / entry.model_version).glob("*.npy")
    return sum(file.stat().st_size for file in files)


def _add(routes: Routes) -> None:
    registry = routes.site.service.registry
    live_model = routes.site.service.live_model

    @routes.show()
    def all_versions() -> str:
        versions = [_version(registry, entry) for entry in registry.versions()]
        older = [one for one in versions if one.entry.manifest and not _is_newer(one, versions)]
        return render_template(
            "console/versions.html",
            versions=versions,
            comparable=[version for version in versions if version.entry.manifest],
            before=older[0] if older else None,
            problem=live_model.problem,
        )

    comparison = VersionComparison(live_model, routes.site.service.shop)

    @routes.show("/compare")
    def compare() -> str | Response:
        return _compare(routes, registry, comparison)

    _add_one(routes, registry)
    _add_switches(routes, registry)


def _add_one(routes: Routes, registry: Registry) -> None:
    @routes.show("/<name>")
    def version(name: str) -> str:
        found = _named(registry, name)
        return render_template("console/version.html", version=found, in_words=in_words)

    @routes.show("/<name>/report", needs=Ability.SEE_DATA)
    def report(name: str) -> Response:
        path = report_of(registry, name) if _NAME.fullmatch(name) else None
        if path is None or not path.is_file() or path.stat().st_size > MAX_REPORT_BYTES:
            abort(404, "The training left no report of that version, or it was deleted since.")
        response = Response(read_plain_text(path), mimetype="text/html")
        response.headers["Content-Security-Policy"] = REPORT_POLICY
        return response


def _add_switches(routes: Routes, registry: Registry) -> None:
    live_model = routes.site.service.live_model

    @routes.show("/<name>/activate", needs=Ability.CHANGE_VERSIONS)
    def confirm(name: str) -> str:
        return render_template("console/version_activate.html", version=_named(registry, name))

    @routes.act("/<name>/activate", needs=Ability.CHANGE_VERSIONS)
    def activate(name: str) -> Response:
        before = _live(registry)
        try:
            registry.activate(name)
        except UnknownVersionError:
            abort(404, "There is no version of that name.")
        live_model.refresh()
        routes.note("version-activated", name, {"before": before})
        return see_other(f"{PAGE.address}?done=activated")

    @routes.act("/roll-back", needs=Ability.CHANGE_VERSIONS)
    def roll_back() -> Response:
        before = _live(registry)
        if before != request.form.get("from"):
            abort(
                409,
                "Another version went live in the meantime, so nothing was changed. Look at the list again.",
            )
        name = registry.rollback()
        live_model.refresh()
        routes.note("version-rolled-back", name, {"before": before})
        return see_other(f"{PAGE.address}?done=rolled-back")


def _is_newer(one: Version, versions: list[Version]) -> bool:
    """Return whether ``one`` is the live version, or newer; without a live one, nothing can be rolled back."""
    live = next((version.name for version in versions if version.entry.is_live), "")
    return one.name >= live


def _live(registry: Registry) -> str | None:
    return next((entry.model_version for entry in registry.versions() if entry.is_live), None)


PAGE = Page("versions", "Versions", Ability.SEE_VERSIONS, _add)
