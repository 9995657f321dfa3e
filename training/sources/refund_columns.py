"""Columns that say what came back of a line or an order: its pieces, its amount, or that it did."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from training.questions import Question, quoted
from training.sources.aliases import LINE_PRICE_ALIASES
from training.sources.event_words import RETURN_EVENTS, event_words
from training.sources.table_head import Column, TableHead

BACK = re.compile(
    r"refund|return|cancel|credited|chargeback|storn|retour|erstatt|zuruck|zurueck|gutgeschrieben|rembours|annule|"
    r"devuel|devol|reembols|anulad|rimbors|resi$|^resi|resa$|annullat|geannuleerd|terugbet|palaut|hyvit|perut|"
    r"aterbet|makulera|avbestall|annullera|retur|zwroc|zwrot|anulow|refusjon|tilbage"
)
"""Parts of normalised names (see ``normalise_name``) of what came back or was never sent."""

CALLED_OFF = re.compile(r"cancel|storn|annul|anul|perut|makulera|avbestall")
PIECES = re.compile(
    r"qty|quantity|quantit|menge|anzahl|stuck|stueck|cantidad|unidades|quantidade|aantal|antal|maara|kpl|units|"
    r"pieces|items$|^items|articles|artikel|articulos|articoli|ilosc"
)
MONEY = re.compile(
    r"amount|total|value|betrag|summe|wert|montant|importe|monto|valor|importo|totale|bedrag|summa|belopp|price|preis|"
    r"prix|kwota"
)
ALONE = re.compile(
    r"^(?:refunds?|refunded|erstattet|erstattung|ruckerstattung|rembourse|remboursement|reembolso|reembolsado|"
    r"rimborso|rimborsato|terugbetaald|hyvitetty|aterbetalt|returned|returns|retourniert|geretourneerd|palautettu|"
    r"isreturned|isrefunded|isreturn|isrefund|iscredit(?:note|memo)?|isretoure|isstorno|isgutschrift|wasreturned|wasrefunded|returnedat|refundedat|returndate|refunddate|datereturned|"
    r"daterefunded|retoure|retournee?|devuelto|reso|restituito|returnerad|chargedback|chargeback)$"
)
OTHER = re.compile(
    r"able|window|polic|reason|status|state|method|type|note|comment|tax|vat|steuer|mwst|tva|iva|shipping|discount|"
    r"fee|adjustment|offline|online|base|currency|number|nummer|times|rate|percent|grund|motif|motivo|days|url|link|"
    r"address|carrier|tracking|count$|order$|^net|notre|nonre|by$|id$|label"
)
"""Parts of names of what is no number of pieces and no amount of the line: a reason, a rule, a share of tax."""

FLAGS = r"(?i)^(?:true|false|t|f|yes|no|y|n|ja|nein|oui|non|si|sì|sí|nee|kyllä|ei|nej|tak|nie|x|✓|on|off)$"
MOSTLY = 0.9
CURRENT = frozenset({"currentquantity"})
"""Names of what is left of a line."""


@dataclass(frozen=True)
class RefundColumns:
    """Role -> the column that fills it, and what is open."""

    found: dict[str, Column]
    questions: tuple[Question, ...] = ()


def find_refunds(head: TableHead, free: Collection[int], used: Sequence[Column]) -> RefundColumns:
    """Find what came back, among the columns at the positions ``free``; ``used`` are quantity and price, if there are.

    - ``returned_quantity`` and ``cancelled_quantity``: pieces of the line.
    - ``refunded_amount``: money of the line or of the order.
    - ``returned_at``: a date, or yes and no.
    - ``signed_amount``: what the line came to, where that is below zero on some rows and the price is not.
    """
    named = [one for one in head.columns if one.position in free and _is_named(one.alias)]
    found: dict[str, Column] = {}
    questions = []
    for column in named:
        role = _role_of(column, used)
        if role == "?":
            questions.append(_ask(column))
        elif role is not None:
            found.setdefault(role, column)
    others = [one for one in head.columns if one.position in free and not _is_named(one.alias)]
    said = next((one for one in others if _says_return(one)), None)
    if said is not None:
        found.setdefault("returned_at", said)
    if used and any(one.alias in CURRENT for one in used):
        for role in ("returned_quantity", "cancelled_quantity"):
            found.pop(role, None)
    signed = next((one for one in _amounts(head, free) if _has_a_minus(one)), None)
    if signed is not None:
        found["signed_amount"] = signed
    return RefundColumns(found, tuple(questions))


def _is_named(alias: str) -> bool:
    if ALONE.match(alias):
        return True
    return bool(
        BACK.search(alias) and not OTHER.search(alias) and (PIECES.search(alias) or MONEY.search(alias))
    )


def _says_return(column: Column) -> bool:
    """Return whether the column is blank but on some rows, where it says a word for a return."""
    if not len(column.distinct) or 2 * len(column.filled) > len(column.texts):
        return False
    return bool(event_words(column.distinct).is_in(RETURN_EVENTS).all())


def _role_of(column: Column, used: Sequence[Column]) -> str | None:
    """Return what the column says, by its name and its values; ``?`` where they say two things."""
    alias, is_number = column.alias, column.looks_like_numbers
    if "(-" in column.name or not column.filled.str.contains(r"[^0.,\s]").any():
        return None
    if MONEY.search(alias):
        return "refunded_amount" if is_number else None
    if PIECES.search(alias):
        pieces = "cancelled_quantity" if CALLED_OFF.search(alias) else "returned_quantity"
        return pieces if is_number else None
    if (column.looks_like_dates and not is_number) or column.share(FLAGS) >= MOSTLY:
        return "returned_at"
    return _of_numbers(column, used) if is_number else None


def _of_numbers(column: Column, used: Sequence[Column]) -> str:
    """Return what numbers under “Refunded” are: an amount where they have cents, else pieces or a yes."""
    if column.share(r"[.,]\d{1,2}\D*$") > 0.1 and column.share(r"^\d+[.,]0+$") < MOSTLY:
        return "refunded_amount"
    if column.alias.startswith(("is", "was")):
        return "returned_at"
    return "returned_quantity" if used and _are_pieces(column, used[0]) else "?"


def _are_pieces(column: Column, quantities: Column) -> bool:
    """Return whether the numbers can only be pieces: never more than the line has, and all of several or some."""
    rows = pl.DataFrame({"back": column.numbers.abs(), "pieces": quantities.numbers.abs()}).drop_nulls()
    rows = rows.filter(pl.col("back") > 0)
    if not rows.height or (rows["back"] > rows["pieces"]).any():
        return False
    # One of two pieces, or yes: only where no line has more pieces both are the same.
    return bool((rows["back"] > 1).any() or (rows["pieces"] <= 1).all())


def _ask(column: Column) -> Question:
    name = column.name
    return Question(
        "what_came_back",
        f"{name!r} ({quoted(column.distinct.head(4).to_list())}) may be pieces or an amount that came back, or say "
        "that the line did.",
        f"Say which: --column returned_quantity={name!r}, --column refunded_amount={name!r} or "
        f"--column returned_at={name!r}.",
    )


def _amounts(head: TableHead, free: Collection[int]) -> list[Column]:
    names = {alias: place for place, alias in enumerate(LINE_PRICE_ALIASES)}
    amounts = [one for one in head.columns if one.position in free and one.alias in names]
    return sorted((one for one in amounts if one.looks_like_numbers), key=lambda one: names[one.alias])


def _has_a_minus(column: Column) -> bool:
    return bool(column.filled.str.contains(r"^\W{0,4}[-−(]|-$").any())  # noqa: RUF001  minus
