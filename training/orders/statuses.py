"""What the status of an order means: bought, or not."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import polars as pl

from training.orders.status_words import BOUGHT, NOT_BOUGHT, WAITING
from training.questions import Question, quoted
from training.sources.identifiers import MISSING_WORDS, tidy_text
from training.sources.raw_orders import Coded

Meaning: TypeAlias = Literal["bought", "not_bought"]

NEGATIVE_STEMS = re.compile(
    r"\b(?:(?:auto)?cancel|cancl|storn|(?:ge)?annul|anul|refund|rembours|reembols|rimbors|rückerst|erstattet|terugbet|hyvit|återbet|"
    r"returned|retour|devuel|devoluc|palaut|denied|declin|reject|refus|rechaz|rifiut|abgelehnt|geweiger|hylä|nekad|void|"
    r"fail|fehlgeschl|échou|échec|fallid|fallit|mislukt|epäonn|misslyck|expired|abgelaufen|scadut|caducad|verlopen|"
    r"fraud|betrug|frode|chargeback|draft|entwurf|brouillon|borrador|bozza|luonnos|utkast|trash|abandon|"
    r"unpaid|unbezahlt|impay|impagad|onbetaald|maksamat|obetal|gelöscht|deleted|"
    r"(?:not|nicht|non|no|niet|ei|ej|inte) (?:yet )?(?:paid|bezahlt|payé|pagad|pagat|betaald|maksettu|betald)|"
    r"(?:awaiting|waiting|pending|wart|en attente|en espera|pendiente|in attesa|wacht|in afwachting|odottaa|väntar|"
    r"inväntar).*(?:pay|zahl|scheck|paiement|virement|chèque|pago|transferencia|pagamento|bonifico|assegno|betaling|maksu|betalning))"
)
"""How words begin that say that nothing was bought, in statuses that the table lacks."""

PART_OF_IT = re.compile(r"\b(?:partial|partly|partiel|parcial|parzial|teil|gedeelt|deels|osit|delvis)")
"""What happened to a part of an order leaves a purchase."""

CAME_BACK = re.compile(
    r"refund|return|cancel|storn|retour|erstatt|gutgeschr|rembours|annul|reembols|devuel|devoluc|anulad|rimbors|reso\b|"
    r"terugbet|hyvit|palaut|perut|återbet|retur|credited|chargeback|zwr[oó]c"
)
"""Parts of the words for what came back."""

MANY = 0.01
"""Share of the lines with a status from which unknown statuses stop a run."""

NUMBER_BEFORE = re.compile(r"^\[?\(?\d{1,4}\)?\]?\s*[-–:.)_]\s*(?=\D{3})")  # noqa: RUF001  dash
"""The number before a status: “90 - Cancelled”, “(6) Versendet”."""

JOINED = re.compile(r"(?:^| )/(?: |$)")


@dataclass(frozen=True)
class StatusReading:
    """Which distinct statuses say that nothing was bought (Boolean), what is open, and what "closed" means here."""

    not_bought: pl.Series
    questions: tuple[Question, ...]
    closed_is_bought: bool


def plain_status(status: str) -> str:
    """Return a status as the table has it: wc-on-hold and On_Hold are on hold."""
    text = unicodedata.normalize("NFKC", status).lower().strip().removeprefix("wc-")
    text = NUMBER_BEFORE.sub("", text)
    return re.sub(r"[\s_-]+", " ", text).strip(" .")


def _table(meanings: Iterable[tuple[Meaning, Iterable[str]]]) -> dict[str, Meaning]:
    return {
        plain_status(status): meaning
        for meaning, lists in meanings
        for statuses in lists
        for status in statuses.split("|")
    }


STATUSES = _table((("bought", BOUGHT.values()), ("not_bought", NOT_BOUGHT.values())))
WAITING_STATUSES = _table((("bought", [WAITING["bought"]]), ("not_bought", [WAITING["not_bought"]])))


CLOSED = "closed"
MOSTLY = 0.5
"""A till and an invoice are closed when they are paid: where more than this share of the rows is, it means that."""


@dataclass(frozen=True)
class CountedStatuses:
    """The distinct statuses of a history, and on how many rows each stands, as ``Coded`` has them of rows."""

    values: pl.Series
    n_rows: pl.Series

    def counts(self) -> pl.Series:
        """Return how many rows have each value."""
        return self.n_rows


def read_statuses(
    coded: Coded | CountedStatuses, said: Mapping[str, str], closed_is_bought: bool | None = None
) -> StatusReading:
    """Read each distinct status; ``said`` says of some whether they are "bought" or "not_bought".

    ``closed_is_bought`` is what "closed" means in a column of which these are a part; None: the rows tell.
    Of several statuses joined by " / " (of the order, the payment, the parcel) each one has to be of a purchase.
    """
    decided: dict[str, Meaning] = {
        plain_status(status): "bought" if meaning == "bought" else "not_bought"
        for status, meaning in said.items()
    }
    texts = tidy_text(coded.values)
    parts = [parts_of(text, decided) for text in texts.to_list()]
    meanings = {part: meaning_of(part, decided) for several in parts for part in several}
    counts = coded.counts().to_list()
    rows = rows_of_parts(parts, counts)
    n_rows = sum(count for several, count in zip(parts, counts, strict=True) if several)
    if closed_is_bought is None:
        closed_is_bought = CLOSED not in decided and rows.get(CLOSED, 0) > MOSTLY * n_rows
    if closed_is_bought:
        meanings[CLOSED] = "bought"
    not_bought = [any(meanings[part] == "not_bought" for part in several) for several in parts]
    # A part beside one that was cancelled changes nothing.
    open_parts = [() if no else several for no, several in zip(not_bought, parts, strict=True)]
    open_rows = rows_of_parts(open_parts, counts)
    unknown = {part: count for part, count in open_rows.items() if meanings[part] is None}
    waiting = {
        part: count
        for part, count in rows.items()
        if part not in decided and (part in WAITING_STATUSES or (part not in STATUSES and meanings[part]))
    }
    partly = {part: count for part, count in rows.items() if part not in decided and came_back_in_part(part)}
    waiting = {part: count for part, count in waiting.items() if part not in partly}
    questions = (
        *([tell_partly(partly)] if partly else []),
        *([ask_for_statuses(unknown, stops=sum(unknown.values()) >= MANY * n_rows)] if unknown else []),
        *([tell_statuses(waiting, meanings)] if waiting else []),
    )
    return StatusReading(pl.Series(not_bought, dtype=pl.Boolean), questions, closed_is_bought)


def parts_of(text: str | None, decided: Mapping[str, Meaning]) -> tuple[str, ...]:
    """Return the statuses that are joined in one text; a text that is known as a whole is one."""
    if text is None:
        return ()
    whole = plain_status(text)
    parts = (
        [whole]
        if whole in decided or whole in STATUSES
        else [plain_status(part) for part in JOINED.split(text)]
    )
    return tuple(part for part in parts if part not in MISSING_WORDS)


def meaning_of(status: str, decided: Mapping[str, Meaning]) -> Meaning | None:
    """Return what a plain status means: as somebody said, by the table, by how its words begin; else None."""
    known = decided.get(status) or STATUSES.get(status) or WAITING_STATUSES.get(status)
    if known:
        return known
    if came_back_in_part(status) or (PART_OF_IT.search(status) and NEGATIVE_STEMS.search(status)):
        return "bought"
    if NEGATIVE_STEMS.search(status):
        return "not_bought"
    return "bought" if all(STATUSES.get(word) == "bought" for word in status.split()) else None


def came_back_in_part(status: str) -> bool:
    """Return whether a plain status says that a part of the order came back, which is none that was not bought."""
    in_part = PART_OF_IT.search(status) or re.search(r"\b(?:part|partially|partly)\b", status)
    return bool(in_part and CAME_BACK.search(status) and STATUSES.get(status) != "not_bought")


def rows_of_parts(parts: Iterable[tuple[str, ...]], counts: Iterable[int]) -> dict[str, int]:
    """Return how many rows have each status, the most frequent first."""
    rows: dict[str, int] = {}
    for several, count in zip(parts, counts, strict=True):
        for part in several:
            rows[part] = rows.get(part, 0) + count
    return dict(sorted(rows.items(), key=lambda row: -row[1]))


def in_rows(counted: Mapping[str, int]) -> str:
    """Say how many rows these are together."""
    n_rows = sum(counted.values())
    return "1 row" if n_rows == 1 else f"{n_rows:,} rows"


def tell_partly(partly: Mapping[str, int]) -> Question:
    """Say that orders of which a part came back are kept whole."""
    named = list(partly)
    return Question(
        "partly_returned",
        f"The status {quoted(named, 6)} ({in_rows(partly)}) says that a part of an order came back, but not which one: "
        "all lines of these orders were kept.",
        "If the export has a column with the pieces that came back, add it; or leave these orders out under [training] "
        f'of recsvc.toml: statuses = {{ "{named[0]}" = "not_bought" }}.',
        stops=False,
    )


def ask_for_statuses(unknown: Mapping[str, int], *, stops: bool) -> Question:
    """Ask what unknown statuses mean; they were taken for purchases."""
    named = list(unknown)
    one = len(named) == 1
    what = f"{'status' if one else 'statuses'} {quoted(named, 6)} ({in_rows(unknown)})"
    lines = ", ".join(f'"{status}" = "bought"' for status in named[:3])
    return Question(
        "statuses",
        f"The {what} {'is' if one else 'are'} not known; these rows were taken for purchases.",
        f'Say what each means under [training] of recsvc.toml: statuses = {{ {lines} }}, or "not_bought".',
        stops,
    )


def tell_statuses(read: Mapping[str, int], meanings: Mapping[str, Meaning | None]) -> Question:
    """Say how statuses were read that mean different things from shop to shop, or that the table lacks."""
    words = {"bought": "bought", "not_bought": "not bought"}
    shown = ", ".join(f"“{status}” as {words[meanings[status] or 'bought']}" for status in list(read)[:6])
    return Question(
        "statuses",
        f"Statuses that mean different things from shop to shop were read so: {shown} ({in_rows(read)}).",
        'If one is wrong, say so under [training] of recsvc.toml: statuses = { "STATUS" = "bought" }, or "not_bought".',
        stops=False,
    )
