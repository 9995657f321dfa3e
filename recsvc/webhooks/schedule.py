"""When to try again, and when no more: pure decisions about a receiver and a notice."""

from dataclasses import dataclass, replace
from enum import StrEnum

from recsvc.store.event import DAY_US
from recsvc.store.webhook_sender import Receiver

SECOND_US = 1_000_000
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 5.0, 300.0
"""Of all webhooks, after a round in which nothing was taken: doubled with each one more."""

LONGEST_RETRY_AFTER_SECONDS = 3600.0
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 30.0, 4 * 3600.0
"""Of one webhook: four times as long after each try."""

GIVEN_UP_AFTER_US = 3 * DAY_US
"""What was not taken until then is no news any more."""

DEAD_AFTER_US = 5 * DAY_US
"""A receiver that took nothing for so long is switched off."""

LULL_US = DAY_US
"""Where nothing was tried for so long, as while the service itself was away, its failures count anew from then on."""

JITTER = 0.2
"""Waiting times are this part longer or shorter, so that senders do not ask in step."""

GONE = 410


class Verdict(StrEnum):
    """What an answer means."""

    TAKEN = "taken"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True)
class Answer:
    """What became of one try.

    Attributes:
        status: of HTTP; None where there was no answer.
        error: why there was none, in a word.
        retry_after_seconds: that the receiver asked for; None where it asked for none.
    """

    status: int | None
    error: str = ""
    retry_after_seconds: float | None = None

    @property
    def verdict(self) -> Verdict:
        """What it means: redirects are not followed, so that they are refusals."""
        if self.status is not None and 200 <= self.status < 300:
            return Verdict.TAKEN
        return Verdict.GONE if self.status == GONE else Verdict.REFUSED

    @property
    def words(self) -> str:
        """What is told people of a refusal; the receiver is its subject."""
        if self.status is None:
            return f"gave no answer ({self.error})"
        told = f"answered {self.status}"
        return (
            f"{told}: it redirects; set RECSVC_WEBHOOKS_URL to where it leads"
            if 300 <= self.status < 400
            else told
        )


def after_round(receiver: Receiver, answers: list[Answer], now_us: int, chance: float) -> Receiver:
    """Return how a receiver is after a round of tries; ``chance`` is drawn from 0..1."""
    if not answers:
        return receiver
    verdicts = {one.verdict for one in answers}
    if Verdict.GONE in verdicts:
        said = "the receiver answered 410: it wants no webhooks any more"
        return replace(receiver, disabled_at_us=now_us, disabled_because=said, last_error="answered 410")
    asked = max((one.retry_after_seconds or 0.0 for one in answers), default=0.0)
    refusal = next((one.words for one in answers if one.verdict is not Verdict.TAKEN), "")
    if Verdict.TAKEN in verdicts:
        wait = min(asked, LONGEST_RETRY_AFTER_SECONDS)
        return replace(
            receiver, n_failures=0, failing_since_us=None, last_sent_at_us=now_us,
            paused_until_us=now_us + round(wait * SECOND_US), last_error=refusal or receiver.last_error,
        )  # fmt: skip
    since_us = receiver.failing_since_us
    if since_us is None or since_us > now_us or now_us - receiver.paused_until_us > LULL_US:
        since_us = now_us
    if now_us - since_us >= DEAD_AFTER_US:
        said = f"the receiver took nothing for {(now_us - since_us) // DAY_US} days; at last it {refusal}"
        return replace(receiver, disabled_at_us=now_us, disabled_because=said, last_error=refusal)
    pause = min(FIRST_PAUSE_SECONDS * 2.0 ** min(receiver.n_failures, 20), LONGEST_PAUSE_SECONDS)
    wait = max(_spread(pause, chance), min(asked, LONGEST_RETRY_AFTER_SECONDS))
    return replace(
        receiver, n_failures=receiver.n_failures + 1, failing_since_us=since_us,
        paused_until_us=now_us + round(wait * SECOND_US), last_error=refusal,
    )  # fmt: skip


def is_paused(receiver: Receiver, now_us: int) -> bool:
    """Return whether nothing is to be sent yet; one that is far longer than any was begun by a clock that was wrong."""
    left_us = receiver.paused_until_us - now_us
    return 0 < left_us <= round(2 * LONGEST_RETRY_AFTER_SECONDS * SECOND_US)


def next_try_us(attempts: int, now_us: int, chance: float) -> int:
    """Return when a notice that was tried ``attempts`` times is tried again; ``chance`` is drawn from 0..1."""
    wait = min(FIRST_RETRY_SECONDS * 4.0 ** min(attempts - 1, 10), LONGEST_RETRY_SECONDS)
    return now_us + round(_spread(wait, chance) * SECOND_US)


def _spread(seconds: float, chance: float) -> float:
    return seconds * (1 + JITTER * (2 * chance - 1))
