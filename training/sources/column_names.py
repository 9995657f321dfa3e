"""What the name of a column says, without what names carry besides: outer names, units, taxes, plurals, particles."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import permutations

from training.sources.aliases import EMAIL_ALIASES, KNOWN_NAMES, WRAPPERS, normalise_name

PARTS = re.compile(r"[./:]|__|->")
WORDS = re.compile(r"[^\W_]+")
HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
SAP_TABLE = re.compile(r"[A-Z]{3,6}\d?-(?=[A-Z]{3,8}$)")
LONGEST_NAME = 200
"""Characters; a longer name is compared as a whole."""


def _words_of(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PARTICLES = frozenset(
    _words_of(
        "de du des la le les l d del dell della dello do da dos das of the el los las di il lo der die "
        "den dem van het von"
    )
)
CURRENCIES = _words_of(
    "eur euro euros usd gbp chf sek nok dkk pln czk huf ron bgn try inr jpy cny brl mxn cad aud nzd "
    "sgd myr thb php idr vnd zar aed sar rub uah ils krw twd hkd ars clp cop pen"
)
TAX = "(?:mwst|ust|vat|tax|taxes|tva|iva|btw|moms|alv|gst|steuer)"
WITH_OR_WITHOUT = _words_of(
    "inkl incl including excl exkl excluding exc inc ex with without con sin sans avec zzgl plus "
    "inclus incluido incluida inclusa included excluded esclusa escluso compresa"
)
UNITS = re.compile(
    rf"(?:(?:^| in | )(?:{'|'.join(CURRENCIES)})"
    rf"|(?:^| )(?:{'|'.join(WITH_OR_WITHOUT)})(?: {TAX})?|(?:^| ){TAX} (?:{'|'.join(WITH_OR_WITHOUT)})"
    r"|(?:^| )(?:ttc|ht|tvac|htva|brutto|netto|gross|net|brut|bruto|neto|lordo)"
    r"|(?:^| )(?:utc|gmt|cet|cest)(?: \d{1,4})*(?: timezone)?|(?:^| )(?:local time|timezone)"
    r"|(?:^| )(?:stk|stuck|pcs|pc|pieces|uds|ud|szt|kpl|pz)"
    r"|^(?:metadata|items?|line ?items?|order ?items?|order ?lines?|lines?|products?|articles?|dd mm yyyy|yyyy mm dd))$"
)
"""What stands behind a name or in its brackets, and says nothing about what the column is."""

PLURALS = frozenset(_words_of("customers products orders items users clients buyers articles"))
COUNTS = frozenset(_words_of("no number num nr n numero nombre anzahl total count"))
"""Words that make a count of the plural behind them: ``No. of products``."""

ID_WORDS = frozenset(
    _words_of(
        "id ids no nr num number n nb numero code cod codigo codice kod ref reference referencia "
        "riferimento uuid key nummer"
    )
)
REFERENCES = frozenset({"reference", "ref", "referencia", "riferimento"})
SORTS_OF_IDS = frozenset({"internal", "external", "unique", "main", "interne", "interno", "extern", "intern"})
NOUNS = {
    **dict.fromkeys(
        _words_of(
            "customer client cliente kunde kunden klant kund asiakas buyer kaufer acheteur comprador "
            "acquirente member shopper user usuario utilisateur utente cust"
        ),
        "customerid",
    ),
    **dict.fromkeys(
        _words_of(
            "order commande pedido ordine bestellung bestell auftrag auftrags tilaus ordre zamowienie "
            "zamowienia"
        ),
        "orderid",
    ),
    **dict.fromkeys(
        _words_of("invoice facture factura fattura rechnung rechnungs receipt ticket scontrino beleg bon"),
        "invoiceid",
    ),
    **dict.fromkeys(
        _words_of(
            "product objet produit producto prodotto produkt article articulo articolo artikel tuote produto"
        ),
        "productid",
    ),
}
"""Nouns that name a thing together with a word for an id, in whichever order."""

OF_A_SKU = frozenset(
    _words_of("seller merchant shop store variant item product offer your my master child custom line")
)
GENERIC = frozenset(
    _words_of(
        "name title id status state price date time code number no nr num type event description "
        "position pos label data created createdat datecreated createdon creationdate timestamp "
        "datetime phone amount total subtotal reference ref item product order user customer client "
        "contact node value key line items products"
    )
)
"""Last parts of nested names that say too little without the parts before them."""

VALUES = frozenset({"value", "amount"})
"""Last parts of nested names that say no more than those before them: ``ItemPrice.Amount``."""

OTHERS = frozenset(
    _words_of(
        "seller vendor merchant store shop supplier staff employee cashier author sender company "
        "salesperson refund refunds return returns returned refunded discount discounts tax taxes "
        "parent brand category"
    )
)
"""What a part before the last may be, so that the last one says nothing about the shopper or the line."""


@lru_cache(maxsize=8192)
def plain_alias(name: str) -> str:
    """Return a name as it is compared: one that is known, where the name says as much in other words."""
    if len(name) > LONGEST_NAME:
        return normalise_name(name)
    whole = normalise_name(name)
    return (
        next((alias for alias in _readings(name) if alias in KNOWN_NAMES), None)
        or _unwrapped(name)[-1][1]
        or whole
    )


def without_wrappers(name: str) -> str:
    """Return a nested name as it is compared, without the outer names that say nothing."""
    return _unwrapped(name)[-1][1]


def _unwrapped(name: str) -> list[tuple[str, str]]:
    """Return the name, and what is left of it without one outer name after the other that says nothing."""
    parts = PARTS.split(SAP_TABLE.sub("", name))
    found = [(name, normalise_name(name))]
    while len(parts) > 1 and normalise_name(parts[0]) in WRAPPERS:
        parts = parts[1:]
        rest = ".".join(parts)
        found.append((rest, normalise_name(rest)))
    return found


def _readings(name: str) -> Iterator[str]:
    unwrapped = _unwrapped(name)
    yield normalise_name(SAP_TABLE.sub("", name))
    yield from (alias for _, alias in unwrapped)
    for text, _ in unwrapped:
        yield from _spellings(text)
    yield from _last_parts(name)


def _last_parts(name: str) -> Iterator[str]:
    """Yield what the last parts of a nested name say, the longest first, where they need no other part."""
    parts = PARTS.split(SAP_TABLE.sub("", name))
    while len(parts) > 1 and (normalise_name(parts[-1]) in VALUES or _says_id_again(parts)):
        parts = parts[:-1]
        yield from (alias for _, alias in _unwrapped(".".join(parts)))
    for at in range(1, len(parts)):
        outer = {word for part in parts[:at] for word in _words(part)}
        if outer & OTHERS:
            return
        for alias in (normalise_name("".join(parts[at:])), *_spellings(".".join(parts[at:]))):
            if alias in KNOWN_NAMES and alias not in GENERIC:
                yield alias


def _says_id_again(parts: list[str]) -> bool:
    return normalise_name(parts[-1]) == "id" and normalise_name(parts[-2]).endswith("id")


def _spellings(text: str) -> Iterator[str]:
    bare = BRACKETS.sub(lambda found: "" if _says_nothing(found[1]) else found[0], text)
    outside = normalise_name(BRACKETS.sub("", text))
    if outside in EMAIL_ALIASES and not set(_words(text)) & OTHERS:
        yield outside
    words = _words(bare)
    for kept in (words, _without_units(words)):
        yield "".join(kept)
        singular = _singular(kept)
        yield "".join(singular)
        plain = [word for word in singular if word not in PARTICLES]
        yield "".join(plain)
        yield from _noun_and_id(plain)
        if 2 <= len(plain) <= 3:
            yield from ("".join(order) for order in permutations(plain))


def _words(text: str) -> list[str]:
    """Return the words of a name, taken apart at capitals too, as they are compared."""
    words = (word for run in WORDS.findall(text) for word in HUMPS.split(run))
    return [normal for word in words if (normal := normalise_name(word))]


def _says_nothing(in_brackets: str) -> bool:
    words = " ".join(_words(in_brackets))
    return not words or UNITS.fullmatch(words) is not None


def _without_units(words: list[str]) -> list[str]:
    """Return the words before units, currencies, taxes and zones at the end."""
    text = " ".join(words)
    while (found := UNITS.search(text)) and found.start():
        text = text[: found.start()]
    return text.split()


def _singular(words: list[str]) -> list[str]:
    if len(words) < 2 or COUNTS & set(words):
        return words
    return [word[:-1] if word in PLURALS else word for word in words]


def _noun_and_id(words: list[str]) -> Iterator[str]:
    """Yield what a noun with a word for an id is: ``N° client``, ``Référence article``, ``Seller SKU``."""
    nouns = [word for word in words if word not in ID_WORDS | SORTS_OF_IDS]
    n_id_words = sum(word in ID_WORDS for word in words)
    noun = NOUNS.get(nouns[0], "") if len(nouns) == n_id_words == 1 else ""
    # What a customer refers to is an order of its own, not the customer.
    if noun and not (noun == "customerid" and REFERENCES & set(words)):
        yield noun
    if "sku" in words and len(words) > 1 and all(word == "sku" or word in OF_A_SKU for word in words):
        yield "sku"
