"""Experiments: which there are and what each says, a new one by a form, its figures, and its end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from flask import Response, abort, render_template, request

from recsvc.clock import now_us
from recsvc.outcomes.experiment import Experiment, Metric, Variant, VariantKind
from recsvc.outcomes.experiment_results import (
    ExperimentResults,
    MetricResult,
    VariantResult,
    population_of,
)
from recsvc.outcomes.performance import Figures, GroupBy
from recsvc.outcomes.verdict import Conclusion
from recsvc.ranking.query import Placement
from recsvc.serving.described_experiments import as_json
from recsvc.serving.performance import MAX_DAYS
from recsvc.serving.results_board import Posted, ResultsBoard
from recsvc.web.chart import Difference, Intervals, intervals_of, signed
from recsvc.web.console.shoppers import LISTS
from recsvc.web.entry.abilities import Ability
from recsvc.web.experiment_form import (
    MOST_ROWS,
    NO_RULES,
    REFUSALS,
    ROWS,
    ExperimentForm,
    Problems,
    plain_percent,
    read,
    refused,
)
from recsvc.web.page import Page, Routes, see_other
from recsvc.web.rules import rule_book
from recsvc.web.rules.rule_words import in_words
from recsvc.web.words import money, number

STARTED, STOPPED, CALLED_OFF = "experiment-started", "experiment-stopped", "experiment-called-off"
PATIENCE_SECONDS = 0.05
"""So long, a page waits for figures that nobody has counted yet."""

VERDICTS_OF_ENDED = 20
"""Of so many that ended last, the list says the verdict."""

MOST_VERSIONS = 20
METRICS = {Metric.REVENUE: "Revenue", Metric.ORDERS: "Orders", Metric.CLICKS: "Clicks"}
CONCLUSIONS = {
    Conclusion.NOT_STARTED: ("Not started", ""),
    Conclusion.TOO_EARLY: ("Not yet", ""),
    Conclusion.KEEP_RUNNING: ("Keep it running", ""),
    Conclusion.KEEP_VARIANT: ("There is a better one", "good"),
    Conclusion.DROP_VARIANT: ("There is a worse one", "warn"),
    Conclusion.NO_DIFFERENCE: ("No difference", ""),
    Conclusion.STOPPED: ("Do not trust it", "bad"),
}
"""What a verdict comes to in few words, and how that is coloured."""


@dataclass(frozen=True)
class Listed:
    """An experiment, and what it says where that was counted; ``posted`` is None where nobody asked."""

    experiment: Experiment
    posted: Posted | None = None


@dataclass(frozen=True)
class MetricFigures:
    """What shoppers did by variant: in a table, and as a drawing.

    Attributes:
        key: what, as the address of its part of the page.
        title: the same for people.
        is_decisive: whether the experiment is decided by it.
        rows: a variant, per shopper and in sum, and its difference from the one that all are compared with.
        drawing: of the differences; None where none is known yet.
    """

    key: str
    title: str
    is_decisive: bool
    rows: tuple[tuple[VariantResult, str, str, Difference | None], ...]
    drawing: Intervals | None


def shows(variant: Variant) -> str:
    """Return in words what the shoppers of a variant see."""
    if variant.kind is VariantKind.CONTROL:
        return "the list as it is"
    if variant.kind is VariantKind.HOLD_OUT:
        return "nothing: the hold-out"
    if variant.placement is not None:
        return f"what “{LISTS[variant.placement]}” ranks"
    if variant.model_version is not None:
        return f"lists of version {variant.model_version}"
    rules = {name: value for name, value in (variant.rules or {}).items() if value not in (None, [])}
    return f"the list with other rules: {in_words(rules)}" if rules else "the list without rules"


def figures_of(found: ExperimentResults, currency: str) -> list[MetricFigures]:
    """Return what came of an experiment by metric, that which decides first."""
    metrics = sorted(Metric, key=lambda one: one is not found.experiment.metric)
    figures = []
    for metric in metrics:
        results = [(one, one.metrics[metric]) for one in found.variants]
        figures.append(_metric_figures(found, results, metric, currency))
        if metric is Metric.REVENUE and found.tail.is_heavy and found.tail.cap is not None:
            capped = [(one, one.capped) for one in found.variants if one.capped is not None]
            title = f"Revenue, at most {money(found.tail.cap, currency)} of each,"
            told = replace(
                _metric_figures(found, capped, metric, currency), key="capped", title=title, is_decisive=False
            )
            figures.append(told)
    return figures


def _metric_figures(
    found: ExperimentResults,
    results: Sequence[tuple[VariantResult, MetricResult]],
    metric: Metric,
    currency: str,
) -> MetricFigures:
    rows: list[tuple[VariantResult, str, str, Difference | None]] = []
    in_money: Callable[[float], str] = lambda amount: money(amount, currency)  # noqa: E731 - one of two words
    for result, one in results:
        relative = None if one.compared is None else one.compared.relative
        difference = (
            None
            if relative is None
            else Difference(result.variant.name, relative.mean, relative.low, relative.high)
        )
        is_money = metric is Metric.REVENUE
        each = in_money(one.adjusted) if is_money else f"{one.adjusted:.3f}"
        rows.append((result, each, in_money(one.total) if is_money else number(one.total), difference))
    differences = [row[3] for row in rows if row[3] is not None]
    is_known = any(one.low is not None for one in differences)
    return MetricFigures(
        str(metric),
        METRICS[metric],
        metric is found.experiment.metric,
        tuple(rows),
        intervals_of(differences, found.experiment.min_effect) if is_known else None,
    )


def _listed(routes: Routes, board: ResultsBoard) -> dict[str, list[Listed]]:
    """Return the experiments that run, are planned and ended, each as people look for them."""
    moment = now_us()
    found: dict[str, list[Listed]] = {"running": [], "planned": [], "ended": []}
    everything = routes.site.service.experiments.all()
    for one in sorted(everything, key=lambda one: (-one.start_us, one.name)):
        if one.runs_at(moment):
            found["running"].append(Listed(one, board.look(one)))
        elif not one.is_over_at(moment):
            found["planned"].insert(0, Listed(one))
        else:
            found["ended"].append(Listed(one))
    found["ended"].sort(key=lambda one: -(one.experiment.end_us or 0))
    for place, ended in enumerate(found["ended"][:VERDICTS_OF_ENDED]):
        found["ended"][place] = replace(ended, posted=board.look(ended.experiment, has_ended=True))
    return found


def _named(routes: Routes, name: str) -> Experiment:
    found = routes.site.service.experiments.get(name)
    if found is None:
        abort(404, "There is no experiment of that name: it was deleted, or the address is mistyped.")
    return found


def _status(experiment: Experiment) -> str:
    moment = now_us()
    return (
        "running" if experiment.runs_at(moment) else "ended" if experiment.is_over_at(moment) else "planned"
    )


def _add(routes: Routes) -> None:
    board = routes.site.service.results_board
    _add_list(routes, board)
    _add_form(routes)
    _add_look(routes, board)
    _add_end(routes)


def _add_list(routes: Routes, board: ResultsBoard) -> None:
    @routes.show()
    def all_experiments() -> str:
        listed = _listed(routes, board)
        posted = [one.posted for one in (*listed["running"], *listed["ended"]) if one.posted is not None]
        return render_template(
            "console/experiments.html",
            listed=listed,
            is_waiting=any(one.results is None and not one.has_failed for one in posted),
            conclusions=CONCLUSIONS,
            lists=LISTS,
            shows=shows,
        )


def _add_look(routes: Routes, board: ResultsBoard) -> None:
    currency = routes.site.settings.currency

    @routes.show("/<name>")
    def experiment(name: str) -> str:
        found = _named(routes, name)
        status = _status(found)
        posted = None
        if status != "planned":
            posted = board.look(found, has_ended=status == "ended", wait_seconds=PATIENCE_SECONDS)
        results = None if posted is None else posted.results
        return render_template(
            "console/experiment.html",
            experiment=found,
            status=status,
            posted=posted,
            results=results,
            conclusion=None if results is None else CONCLUSIONS[results.verdict.conclusion],
            alarms=[] if results is None else results.alarms.texts(),
            metrics=[] if results is None else figures_of(results, currency),
            clicks=_click_rates(routes, found) if status != "planned" else {},
            is_waiting=posted is not None and posted.results is None and not posted.has_failed,
            population=population_of(found),
            lists=LISTS,
            names=METRICS,
            shows=shows,
            signed=signed,
            plain_percent=plain_percent,
        )


def _click_rates(routes: Routes, experiment: Experiment) -> dict[str, Figures]:
    """Return what lists of each variant led to since the start, by the name of the variant; raises StoreError."""
    last = datetime.now(UTC).date()
    if experiment.end_us is not None:
        last = min(last, _date(experiment.end_us))
    first = max(_date(experiment.start_us), last - timedelta(days=MAX_DAYS - 1))
    rows = {row.key: row for row in routes.site.service.performance.of(first, last, GroupBy.VARIANT).rows}
    labels = {variant.name: experiment.label(variant) for variant in experiment.variants}
    return {name: rows[label] for name, label in labels.items() if label in rows}


def _date(moment_us: int) -> date:
    return datetime.fromtimestamp(moment_us / 1_000_000, UTC).date()


def _add_form(routes: Routes) -> None:
    desk, shop = routes.site.service.experiments, routes.site.service.shop

    @routes.show("/new", needs=Ability.CHANGE_EXPERIMENTS)
    def new() -> str:
        wanted = request.args.get("placement", "")
        placement = wanted if wanted in shop.rules.book.all() else str(Placement.FOR_YOU)
        if request.args.get("kind") != VariantKind.HOLD_OUT:
            return _form(routes, ExperimentForm.blank(placement), {})
        return _form(routes, ExperimentForm.hold_out(placement, [one.name for one in desk.all()]), {})

    @routes.act("/new", needs=Ability.CHANGE_EXPERIMENTS)
    def make() -> Response:
        form = ExperimentForm.of_fields(request.form)
        if "more" in request.form:
            return Response(_form(routes, form.with_rows(len(form.variants) + 2), {}))
        taken = [one.name for one in desk.all()]
        experiment, problems = read(form, shop.rules.book.all(), taken, now_us())
        if experiment is None:
            return Response(_form(routes, form, problems), 422)
        try:
            desk.put(experiment)
        except REFUSALS as error:
            return Response(_form(routes, form, refused(error, form)), 422)
        routes.note(STARTED, experiment.name, {"before": None, "after": as_json(experiment)})
        return see_other(f"{PAGE.address}/{experiment.name}?done=made")


def _form(routes: Routes, form: ExperimentForm, problems: Problems) -> str:
    service = routes.site.service
    placements = service.shop.rules.book.all()
    live = service.live_model.version
    with_rules = [name for name, rules in placements.items() if rule_book.written(rules).keys() - {"base"}]
    names = sorted(service.live_model.versions(), reverse=True)
    return render_template(
        "console/experiment_new.html",
        form=form.with_rows(ROWS),
        most_rows=MOST_ROWS,
        problems=problems,
        placements=placements,
        with_rules=with_rules,
        no_rules=NO_RULES,
        built_in=list(Placement),
        versions=[one for one in names if live is None or one != live.manifest.model_version][:MOST_VERSIONS],
        lists=LISTS,
        metrics=METRICS,
        fields=FIELDS,
    )


FIELDS = {
    "": "The experiment",
    "name": "Name",
    "placement": "Placement",
    "variants": "Variants",
    "start": "Start",
    "end": "End",
    "min_effect": "Difference to look for",
    "metric": "Decided by",
    "variant": "Name of variant",
    "share": "Share of variant",
    "shows": "What is shown by variant",
}
"""What fields are called where problems are summed up; those of a row are followed by its number."""


def _add_end(routes: Routes) -> None:
    desk = routes.site.service.experiments

    @routes.show("/<name>/stop", needs=Ability.CHANGE_EXPERIMENTS)
    def confirm(name: str) -> str | Response:
        found = _named(routes, name)
        if _status(found) == "ended":
            return see_other(f"{PAGE.address}/{name}")
        return render_template("console/experiment_stop.html", experiment=found, status=_status(found))

    @routes.act("/<name>/stop", needs=Ability.CHANGE_EXPERIMENTS)
    def stop(name: str) -> Response:
        found = _named(routes, name)
        status = _status(found)
        if status == "ended":  # by somebody else, or by a second click
            return see_other(f"{PAGE.address}/{name}")
        if status == "planned":
            desk.delete(name)
            routes.note(CALLED_OFF, name, {"before": as_json(found), "after": None})
            return see_other(f"{PAGE.address}?done=called-off")
        stopped = replace(found, end_us=max(now_us(), found.start_us + 1))
        desk.put(stopped)
        routes.note(STOPPED, name, {"before": as_json(found), "after": as_json(stopped)})
        return see_other(f"{PAGE.address}/{name}?done=stopped")


PAGE = Page("experiments", "Experiments", Ability.SEE_EXPERIMENTS, _add)
