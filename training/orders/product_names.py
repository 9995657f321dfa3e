"""Names of what stands on orders and is no product: postage, fees, vouchers, discounts, in eight languages."""

import polars as pl

_POSTAGE = (
    r"(dotcom |p and p |p p )?postage( .*)?|post|dot|p ?& ?p|(free |standard |express |international )?"
    r"(shipping|delivery|carriage|freight)( (and|&) (handling|packaging|packing|postage))?"
    r"( (fees?|costs?|charges?|rates?|protection|insurance|surcharge|flat rate))?|"
    r"(shipping|delivery) (fees?|costs?|charges?|rates?)( .*)?|"
    r"(porto|versand|liefer|fracht|express|verpackungs|nachnahme)( und verpackungs)?"
    r"(kosten|gebühr(en)?|gebuehr(en)?|pauschale|zuschlag|aufschlag|kostenpauschale)( .*)?|porto|versand|"
    r"versand (und|&) verpackung|porto (und|&) verpackung|versand (dhl|dpd|ups|gls|hermes|post)( .*)?|"
    r"frais (de |d )(port|livraison|expédition|expedition|envoi|transport|dossier|emballage|service|gestion)( .*)?|"
    r"livraison( (express|standard|gratuite|offerte|à domicile|a domicile|colissimo|chronopost|mondial relay))*|"
    r"(gastos?|costes?|costos?) (de )?(envío|envio|transporte|manipulación|gestión)( .*)?|envío|envio|"
    r"(spese|costi|costo|contributo) (di )?(spedizione|consegna|trasporto|gestione)( .*)?|spedizione|"
    r"(verzend|bezorg|levering|lever|transport|administratie)s?(kosten|tarief)( .*)?|verzending|"
    r"(frakt|leverans|porto|expeditions|faktura|forsendelses)(kostnad|avgift|omkostninger|tillägg)(er|en)?( .*)?|frakt|"
    r"(toimitus|posti|lähetys|rahti|käsittely|pakkaus)(kulu|kulut|maksu|kustannus|kustannukset)( .*)?|toimitus"
)
_FEES = (
    r"((bank|handling|service|payment|processing|transaction|admin|paypal|card|amazon|restocking|late|cod) ?)+"
    r"(charges?|fees?)|fees?|(payment|cash on delivery) surcharge|bad ?debt|adjust(ment)?( bad debt)?|rounding|"
    r"(nachnahme|bearbeitungs|service|zahlungs|mahn)(gebühr|gebuehr|pauschale)( .*)?|trinkgeld|pourboire|propina|"
    r"mancia|fooi|dricks|juomaraha|(.* )?commission"
)
_VOUCHERS = (
    r"(.* )?(e )?gift ?(cards?|vouchers?|certificates?)( .*)?|vouchers?( .*)?|gift wrapping( .*)?|"
    r"(geschenk ?|wert ?|kauf ?)?gutschein(e|code|karte)?( .*)?|geschenkkarte( .*)?|"
    r"(carte|chèque|cheque|bon) (cadeau|d achat|de réduction|de reduction)( .*)?|"
    r"(tarjeta|cheque|bono|vale) (de )?regalo( .*)?|(carta|buono|scheda) (regalo|sconto)( .*)?|"
    r"(cadeau|waarde)(bon|kaart)( .*)?|(present|gåvo)kort( .*)?|lahjakort(ti|it)( .*)?"
)
_REDUCTION = (
    r"discounts?|rabatt|nachlass|preisnachlass|skonto|remise|réduction|reduction|descuento|sconto|korting|alennus|"
    r"rabatter|coupons?|kupong|kuponki|cupón|cupon|promo|gutschrift|avoir"
)
_REDUCTIONS = (
    rf"({_REDUCTION})|[0-9]+([.,][0-9]+)? ?[%€$£] ?({_REDUCTION})|({_REDUCTION}) ?-? ?[0-9].*|"
    rf"(mengen|neukunden|treue|sonder|aktions|kunden|studenten)rabatt( .*)?|"
    rf"({_REDUCTION}) ?(codes?|vouchers?|coupons?|fidélité|fidelite)( .*)?|code promo( .*)?|"
    r"(kortings|rabatt|promo|coupon|discount|alennus)(code|kod|koodi)( .*)?|código (de )?descuento( .*)?|"
    r"codice sconto( .*)?"
)
CERTAIN = rf"^({_POSTAGE}|{_FEES}|{_VOUCHERS}|{_REDUCTIONS})$"
"""Normalised names of which nothing that a shop sells is called."""

POSSIBLE = (
    r"^(manual|manuell|manuel|samples?|muster|échantillons?|tips?|pads|insurance|"
    r"((bottle|container|crate|flaschen|einweg|mehrweg|kasten) ?)?(deposit|pfand|kaution|consigne|statiegeld|pant|"
    r"pantti|"
    r"kaucja|záloha|depósito)( ?[0-9][0-9 ,]*(€|eur|euro|ct|cent|cents|kr|zł)?)?|leergut|"
    r"assurance|versicherung|gift ?wrap|geschenkverpackung|test( ?(product|order|artikel|item))?( ?[0-9]+)?|cruk|"
    r"(donation|spende|donativo|donazione|donatie|doação|lahjoitus)( (an|für|for|to|a|per|aan|para|til|till) .*)?|"
    r"don|miscellaneous|misc|diverses?|divers|sonstiges|varie|varios|overig|muut|övrigt|open item|"
    r"custom (item|sale|amount)|adjust(ment)?s?( [0-9]+)?)$"
)
"""Normalised names that are a thing in one shop and a booking in another."""

THINGS = (
    r"\b(holders?|box|boxes|envelopes?|wallets?|case|display|stand|template|book|books|halter|hülle|hüllen|schachtel|"
    r"karton|étui|albums?|bags?|pouch|folder|frame|sleeves?|binder|stamps?|stickers?|labels?|scales?|tags?|poster|puzzle|"
    r"game|spiel|buch|tasche|taschen|mappe|marken|umschlag|umschläge|beutel|rahmen|enveloppes?|pochettes?|boîtes?|livre|"
    r"sobres?|bolsas?|libro|buste|scatola|borsa|doos|doosje|tasje|kirjekuori|laatikko|kuvert|kuverter|påse|ask|"
    r"machine|waage|ring|schale|mug|tasse)\b"
)
"""Words after which a name is that of a thing: a gift card box is a product."""


def normalised(names: pl.Series) -> pl.Series:
    """Return names in lower case, with blanks for `_`, `-` and the like, and between letters and digits."""
    return (
        names.str.to_lowercase()
        .str.replace_all(r"[_\-/.:#'\u2019()*+\s]+", " ")
        .str.replace_all(r"([\p{L}])([0-9])", "$1 $2")
        .str.strip_chars()
    )


def are_named(names: pl.Series, pattern: str) -> pl.Series:
    """Return which names (Boolean, none missing) match one of the patterns here, and are no things."""
    tidy = normalised(names)
    return (tidy.str.contains(pattern) & ~tidy.str.contains(THINGS)).fill_null(value=False)
