"""Whether a point or a comma stands before decimals, by all number columns of a kind of file together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

import polars as pl

COMMA_DECIMALS = (
    r"^[^.,]*\d,(?:\d{1,2}|\d{4,})[^.,\d]*$|^[^\d]*0,\d+[^.,\d]*$|^[^.,]*\d{4},\d{3}[^.,\d]*$"
    r"|[.']\d{3},\d|\.\d{3}\.\d{3}"
)
POINT_DECIMALS = (
    r"^[^.,]*\d\.(?:\d{1,2}|\d{4,})[^.,\d]*$|^[^\d]*0\.\d+[^.,\d]*$|^[^.,]*\d{4}\.\d{3}[^.,\d]*$"
    r"|[,']\d{3}\.\d|,\d{2,3},\d{3}"
)
ONE_COMMA = r"^\D*[1-9]\d{0,2},\d{3}[^.,\d]*$"
ONE_POINT = r"^\D*[1-9]\d{0,2}\.\d{3}[^.,\d]*$"
SHORT_WHOLE = r"^\D*\d{1,3}[^.,\d]*$"
LONG_WHOLE = r"^\D*\d{4,}[^.,\d]*$"


class DecimalMark(Enum):
    """What stands before decimals."""

    COMMA = ","
    POINT = "."


@dataclass(frozen=True)
class MarkEvidence:
    """What the distinct texts of one column say.

    Attributes:
        comma: number of texts that can only be read with a comma before decimals.
        point: the same with a point.
        open_texts: texts such as 1,000 and 1.000, which mean one or a thousand.
        all_open: whether there are several texts and all of them are open.
        groups: what stands before decimals if the mark of the open texts sets thousands apart, where that is likely.
    """

    comma: int
    point: int
    open_texts: tuple[str, ...] = ()
    all_open: bool = False
    groups: DecimalMark | None = None

    @property
    def mark(self) -> DecimalMark | None:
        """What most texts of the column say."""
        if self.comma == self.point:
            return None
        return DecimalMark.COMMA if self.comma > self.point else DecimalMark.POINT


@dataclass(frozen=True)
class Decision:
    """What stands before decimals in one column; `is_certain` when texts show it, or somebody said so."""

    mark: DecimalMark
    is_certain: bool
    is_likely: bool = False


def mark_evidence(texts: pl.Series, *, of_pieces: bool = True) -> MarkEvidence:
    """Return what distinct texts of one column, tidied, say about its marks; ``of_pieces`` may be weights, too."""
    texts = texts.drop_nulls()
    with_comma, with_point = (
        texts.filter(texts.str.contains(ONE_COMMA)),
        texts.filter(texts.str.contains(ONE_POINT)),
    )
    comma, point = (int(texts.str.contains(pattern).sum()) for pattern in (COMMA_DECIMALS, POINT_DECIMALS))
    groups = None
    if bool(len(with_comma)) != bool(len(with_point)) and is_grouped(
        texts, pl.concat([with_comma, with_point]), of_pieces
    ):
        groups = DecimalMark.POINT if len(with_comma) else DecimalMark.COMMA
    open_texts = (*with_comma.to_list(), *with_point.to_list())
    return MarkEvidence(comma, point, open_texts, len(open_texts) == len(texts) > 1, groups)


def is_grouped(texts: pl.Series, open_texts: pl.Series, of_pieces: bool) -> bool:
    """Return whether 1,000 is likely a thousand: whole numbers up to 999 have no mark, larger ones all have it.

    Whoever writes 12 for twelve does not write 1,000 or 1,500 for one and one and a half. A weight may be 1,249; a
    price of 1,249 beside one of 3 is no amount of money but with thousands set apart.
    """
    ends_in_zero = not of_pieces or bool(open_texts.str.contains(r"0\D*$").any())
    return (
        ends_in_zero
        and bool(texts.str.contains(SHORT_WHOLE).any())
        and not texts.str.contains(LONG_WHOLE).any()
    )


def decide_marks(
    evidence: Mapping[str, MarkEvidence], said: str | None, numbers_are_typed: bool
) -> dict[str, Decision]:
    """Decide for each column: what somebody said, what its texts show, what those of the others show.

    Where numbers are typed, as in JSON and Parquet, a point stands before decimals unless texts say otherwise.
    """
    if said is not None:
        return {name: Decision(DecimalMark(said), is_certain=True) for name in evidence}
    together = MarkEvidence(
        sum(each.comma for each in evidence.values()), sum(each.point for each in evidence.values())
    )
    decisions = {}
    for name, each in evidence.items():
        mark = each.mark or together.mark
        if mark is None and numbers_are_typed and not any("," in text for text in each.open_texts):
            mark = DecimalMark.POINT
        if mark is None:
            likely = each.groups or DecimalMark.POINT
            decisions[name] = Decision(likely, is_certain=False, is_likely=bool(each.groups))
        else:
            # Where every order is of a thousand or more, the others' mark is no proof.
            is_odd = (
                name == "quantity"
                and each.all_open
                and all(mark.value not in text for text in each.open_texts)
            )
            decisions[name] = Decision(mark, is_certain=not is_odd)
    return decisions


def one_of(texts: Sequence[str], mark: DecimalMark) -> str:
    """Say in words how the first open text is read."""
    digits = "".join(character for character in texts[0] if character.isdigit() or character in ".,")
    if mark.value in digits:
        return f"{digits} was read as {digits.replace(',', '.')}, not as {digits.replace(mark.value, '')}"
    return f"{digits} was read as {digits.replace(',', '').replace('.', '')}, with thousands set apart"
