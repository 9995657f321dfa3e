"""What a shopper was offered, as a sentence for the service desk."""

from recsvc.moments.benefit import NOTHING, Benefit
from recsvc.store.offers import Decision
from recsvc.web.words import day


def offer_sentence(decision: Decision, benefit: Benefit | None, moment_us: int) -> str:
    """Return what is offered, or was taken, as one sentence; "" where nothing is, or not any more.

    ``benefit`` is that of the decision, None where it was withdrawn; ``moment_us`` is now, in microseconds since 1970.
    """
    if decision.is_held_out or decision.benefit == NOTHING:
        return ""
    title = decision.benefit if benefit is None else benefit.title
    if decision.taken_at_us is not None:
        return (
            f"Offered on {day(decision.decided_at_us)} and taken on {day(decision.taken_at_us)}: “{title}”."
        )
    if benefit is None or decision.expires_at_us <= moment_us:
        return ""
    code = f", with the code {benefit.code}" if benefit.code else ""
    return f"Offered until {day(decision.expires_at_us)}: “{title}”{code}."
