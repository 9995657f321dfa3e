"""How well the next order of each shopper is foreseen."""

from collections.abc import Mapping

from markupsafe import Markup

from training.evaluation.bootstrap import Estimate
from training.evaluation.evaluation import decimal
from training.evaluation.moments import Calibration, MomentsMeasured
from training.report import charts
from training.report.run import Run
from training.report.svg import Chart, inline_svg
from training.report.templating import rendered


def moments_section(run: Run) -> Markup:
    """Show whether chances come true, and what simpler ways to foresee orders are worth."""
    found = None if run.evaluation is None else run.evaluation.moments
    if found is None:
        return Markup("")
    return rendered(
        "moments.html.j2",
        moments=found,
        charts=[*(_calibration_chart(one) for one in found.calibration), _gains_chart(found.gains)],
        sentence=sentence_of(found),
    )


def sentence_of(found: MomentsMeasured) -> str:
    """Return what was measured as one sentence."""
    errors = ", ".join(f"{decimal(one.error)} within {one.days} days" for one in found.calibration)
    gains = ", ".join(
        f"{decimal(gain.mean, signed=True)} ±{decimal(gain.half_width)} over {rival}"
        for rival, gain in found.gains.items()
    )
    return (
        f"Next orders of {found.n_users:,} shoppers, of whom {found.n_ordered:,} ordered in the "
        f"{found.window_days:.3g} days held back: calibration error {errors}; "
        f"log-likelihood a shopper {found.log_likelihood.mean:.3f}: {gains}."
    )


def _calibration_chart(found: Calibration) -> Chart:
    heading = f"An order within {found.days} days"
    spoken = "; ".join(f"{part.foreseen:.0%} foreseen, {part.came:.0%} came" for part in found.bins)
    caption = (
        "Tenths of the shoppers by their chance; on the dashed line it comes true. "
        f"Mean distance: {decimal(found.error)}."
    )
    drawn = charts.calibration([(part.foreseen, part.came) for part in found.bins])
    return Chart(heading, inline_svg(drawn, f"calibration {found.days}", f"{heading}: {spoken}"), caption)


def _gains_chart(gains: Mapping[str, Estimate]) -> Chart:
    heading = "Log-likelihood ahead of"
    rows = [charts.ChartRow(rival, gain, is_ours=True) for rival, gain in gains.items()]
    spoken = "; ".join(f"{row.label} {decimal(row.estimate.mean, signed=True)}" for row in rows)
    return Chart(heading, inline_svg(charts.estimates(rows, signed=True), "gains", f"{heading}: {spoken}"))
