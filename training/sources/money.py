"""Amounts of money that are objects, as numbers in the currency's own unit."""

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from training.sources.aliases import normalise_name
from training.sources.table_head import FEWEST_ROWS, Column

CURRENCY = frozenset({"currency", "currencycode", "currencyid", "currencyiso", "currencyisocode"})
AMOUNTS = ("amount", "value")
CENTS = ("centamount", "amountminor", "minoramount", "minorunits", "amountincents", "amountcents", "cents")
WORDS = frozenset(
    {
        *CURRENCY,
        *AMOUNTS,
        *CENTS,
        *("preciseamount", "fractiondigits", "divisor", "amountmicros", "micros", "units", "nanos", "type"),
        *("formatted", "formattedamount", "formattedvalue", "display", "symbol", "convertedamount"),
        *(
            "formattedconvertedamount",
            "convertedfromvalue",
            "convertedfromcurrency",
            "breakdown",
            "precision",
        ),
    }
)
"""Keys of which an amount has no others."""
KINDS = ("gross", "shopmoney", "net")
"""Of an amount that is given several times, the one that counts: with tax, in the currency of the shop."""
OF_KINDS = frozenset({*KINDS, "presentmentmoney", "tax", "vat", "taxrate", *CURRENCY})
MINOR = frozenset({"unitamount", "amounttotal", "amountsubtotal"})
"""Whole numbers under these names beside a currency are in its smallest unit."""
DIGITS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split(),  # noqa: SIM905  read as a list
        0,
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
"""Decimals of the currencies that have not two."""
LEAST_MEDIAN = 100
"""Smaller amounts would be worth less than one of the currency."""


def amount_of(value: Mapping[str, object], name: str = "") -> str | None:
    """Return the amount that an object under the key ``name`` is; None where it is anything else."""
    keys = {normalise_name(key): inner for key, inner in value.items()}
    if keys.keys() <= OF_KINDS:
        kinds = (keys.get(kind) for kind in KINDS)
        return next((amount_of(kind) for kind in kinds if isinstance(kind, dict)), None)
    if not keys.keys() <= WORDS:
        return None
    found = _in_smaller_units(keys)
    return found if found is not None else _with_currency(keys, normalise_name(name))


def _in_smaller_units(keys: Mapping[str, object]) -> str | None:
    """Return the amount where the keys say which part of the unit it is in."""
    if "preciseamount" in keys:
        return _divided(keys["preciseamount"], keys.get("fractiondigits"))
    if "nanos" in keys:
        return _sum_of(keys.get("units", "0"), _divided(keys["nanos"], 9))
    if "divisor" in keys:
        return _quotient(keys.get("amount", keys.get("value")), keys["divisor"])
    places = keys.get("fractiondigits", DIGITS.get(_currency(keys), 2))
    parts = [*((key, places) for key in CENTS), ("amountmicros", 6), ("micros", 6)]
    return next((_divided(keys[key], digits) for key, digits in parts if key in keys), None)


def _with_currency(keys: Mapping[str, object], name: str) -> str | None:
    """Return the amount that stands beside its currency or beside the same for people."""
    currency = _currency(keys)
    amount = next((keys[key] for key in AMOUNTS if key in keys), None)
    if "divisor" in keys or not (currency or any(key.startswith("formatted") for key in keys)):
        return None
    if name.endswith("money") and _is_whole(amount):
        return _divided(amount, DIGITS.get(currency, 2))
    return None if _number(amount) is None else str(amount)


def _currency(keys: Mapping[str, object]) -> str:
    return next((str(keys[key]).upper() for key in CURRENCY if key in keys), "")


def with_minor_units(value: Mapping[str, object]) -> Mapping[str, object]:
    """Return an object with the amounts in it that are in the smallest unit of the currency beside them divided."""
    minor = [key for key, inner in value.items() if normalise_name(key) in MINOR and _is_whole(inner)]
    currency = value.get("currency")
    if not minor or not isinstance(currency, str):
        return value
    digits = DIGITS.get(currency.upper(), 2)
    return {**value, **{key: _divided(value[key], digits) for key in minor}}


def may_be_minor(amounts: Column, columns: Sequence[Column]) -> str | None:
    """Return the currency whose smallest unit all amounts may be in: they are whole and large, and it has decimals."""
    if len(amounts.filled) < FEWEST_ROWS or amounts.share(r"^\d+$") < 1:
        return None
    median = amounts.numbers.median()
    if not isinstance(median, float) or median < LEAST_MEDIAN:
        return None
    currencies = [one.distinct for one in columns if one.alias in CURRENCY]
    codes = [code.upper() for distinct in currencies for code in distinct]
    return codes[0] if codes and all(len(code) == 3 and DIGITS.get(code, 2) for code in codes) else None


def _number(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < 30 else None


def _is_whole(value: object) -> bool:
    return str(value).removeprefix("-").isdigit()


def _divided(value: object, digits: object) -> str | None:
    number, places = _number(value), _number(digits)
    if number is None or places is None or not 0 <= places <= 12:
        return None
    return str(number.scaleb(-int(places)))


def _quotient(value: object, divisor: object) -> str | None:
    number, by = _number(value), _number(divisor)
    return None if number is None or not by else str(number / by)


def _sum_of(*values: object) -> str | None:
    numbers = [_number(value) for value in values]
    return None if None in numbers else str(sum(number for number in numbers if number is not None))
