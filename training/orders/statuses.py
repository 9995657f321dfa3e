"""What the status of an order means: bought, or not."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import polars as pl

from training.questions import Question, quoted
from training.sources.identifiers import MISSING_WORDS, tidy_text
from training.sources.raw_orders import Coded

Meaning: TypeAlias = Literal["bought", "not_bought"]

BOUGHT = {
    "English": "paid|partially paid|paid partially|partial payment|payment accepted|"
    "payment remotely accepted|remote payment accepted|payment received|payment authorized|"
    "payment processing|authorized|authorised|authorized. to be captured by merchant|"
    "authorization accepted from paypal|approved|accepted|captured|confirmed|confirmed by shopper|"
    "order confirmed|cod|cash on delivery|awaiting cash on delivery validation|reminded|new|open|created|"
    "placed|received|order received|invoiced|processing|in progress|in process|inprocess|started|"
    "not started|processing in progress|preparation in progress|processed|being prepared|preparing|"
    "awaiting fulfillment|awaiting fulfilment|awaiting processing|awaiting shipment|awaiting pickup|"
    "awaiting dispatch|processing awaiting shipment|processing awaiting pickup|ready|ready for pickup|"
    "ready to ship|ready for delivery|scheduled|unshipped|unfulfilled|not fulfilled|partial|"
    "partially fulfilled|partially shipped|shipped partially|partially delivered|partially completed|"
    "fulfilled|packed|picked|picked up|shipping|shipped|sent|dispatched|in transit|out for delivery|"
    "shipped - out for delivery|shipped - picked up|shipped - delivered to buyer|"
    "pending - waiting for pick up|delivered|complete|completed|finished|done|closed - completed|archived|"
    "active|on backorder|on backorder (paid)|backordered|partially refunded|refunded partially|"
    "partial refund|partially returned|returned partially|partially cancelled|canceled reversal|"
    "cancelled reversal|paypal canceled reversal|resumed|manual verification required|exchange|exchanged|"
    "sale|purchase|payment",
    "German": "offen|neu|bezahlt|komplett bezahlt|teilweise bezahlt|teilzahlung|zahlung eingegangen|"
    "zahlung erhalten|zahlung akzeptiert|zahlung autorisiert|autorisiert|"
    "warten auf zahlungseingang nachnahme|nachnahme|erinnert|1. mahnung|2. mahnung|3. mahnung|bestellt|"
    "bestellung eingegangen|eingegangen|bestätigt|in bearbeitung|in bearbeitung (wartet)|bearbeitet|"
    "wird bearbeitet|in vorbereitung|vorbereitung im gange|wird vorbereitet|in arbeit|gepackt|verpackt|"
    "zur lieferung bereit|versandbereit|abholbereit|bereit zur abholung|bereit zum versand|"
    "teilweise versandt|teilweise ausgeliefert|teilweise abgeschlossen|teillieferung|versandt|versendet|"
    "verschickt|gesendet|unterwegs|komplett ausgeliefert|ausgeliefert|geliefert|zugestellt|abgeholt|"
    "abgeschlossen|komplett abgeschlossen|erfolgreich abgeschlossen|erledigt|fertig|fertiggestellt|"
    "berechnet|fakturiert|in rechnung gestellt|artikel erwartet|nicht auf lager (bezahlt)|"
    "rückstand (bezahlt)|teilweise erstattet|teilerstattung|teilweise retourniert|teilretoure|"
    "klärung notwendig",
    "French": "payé|payée|paiement accepté|paiement à distance accepté|paiement reçu|paiement partiel|"
    "partiellement payée|autorisé|autorisation acceptée|en attente de paiement à la livraison|nouveau|"
    "nouvelle|ouverte|confirmée|validée|en cours|en cours de traitement|en traitement|en préparation|"
    "en cours de préparation|préparation en cours|traitée|prête|prêt à expédier|expédié|expédiée|"
    "partiellement expédiée|envoyé|envoyée|en cours de livraison|en livraison|livré|livrée|terminé|terminée|"
    "complète|complétée|facturée|en attente de réapprovisionnement|en attente de réapprovisionnement (payé)|"
    "partiellement remboursé|partiellement remboursée|remboursement partiel",
    "Spanish": "pagado|pagada|pago aceptado|pago aceptamos|pago remoto aceptado|pago recibido|pago parcial|"
    "autorizado|en espera de validación por contra reembolso|nuevo|abierto|confirmado|confirmada|procesando|"
    "en proceso|en curso|preparación en curso|preparación en proceso|en preparación|procesado|listo|enviado|"
    "enviada|en tránsito|en camino|en reparto|entregado|entregada|completado|completada|completo|finalizado|"
    "terminado|facturado|productos fuera de línea|pedido pendiente por falta de stock (pagado)|"
    "parcialmente reembolsado|reembolso parcial",
    "Italian": "pagato|pagata|pagamento accettato|pagamento remoto accettato|pagamento a distanza accettato|"
    "pagamento ricevuto|pagamento parziale|autorizzato|in attesa verifica contrassegno|nuovo|aperto|"
    "confermato|confermata|in lavorazione|in elaborazione|in corso|preparazione in corso|in preparazione|"
    "elaborato|pronto|spedito|spedita|in transito|in consegna|consegna in corso|consegnato|consegnata|"
    "completato|completata|completo|evaso|evasa|concluso|fatturato|in attesa di rifornimento|"
    "in attesa di rifornimento (pagato)|parzialmente rimborsato|rimborso parziale",
    "Dutch": "betaald|betaling aanvaard|betaling geaccepteerd|betaling ontvangen|"
    "betaling op afstand aanvaard|betaling op afstand geaccepteerd|gedeeltelijk betaald|deels betaald|"
    "geautoriseerd|wachten op bevestiging (rembours)|nieuw|open|bevestigd|in behandeling|wordt verwerkt|"
    "verwerken|verwerkt|in verwerking|bezig met verwerken|wordt voorbereid|word voorbereid|"
    "wordt momenteel voorbereid|bezig met voorbereiding|in voorbereiding|klaar|klaar voor verzending|gereed|"
    "verzonden|verstuurd|onderweg|geleverd|afgeleverd|bezorgd|opgehaald|voltooid|afgerond|afgehandeld|"
    "compleet|gefactureerd|gedeeltelijk terugbetaald|deels terugbetaald|nabestelling (betaald)",
    "Finnish": "maksettu|maksu hyväksytty|maksu vastaanotettu|etämaksu hyväksytty|osittain maksettu|"
    "hyväksytty|uusi|avoin|vahvistettu|vastaanotettu|käsittelyssä|käsitellään|käsitelty|valmistelussa|"
    "valmistellaan|odottaa maksuvahvistusta|pakattu|noudettavissa|lähetetty|toimituksessa|matkalla|"
    "toimitettu|noudettu|valmis|suoritettu|päättynyt|laskutettu|osittain hyvitetty|osittain palautettu|"
    "osittain toimitettu",
    "Swedish": "betald|betalt|betalning accepterad|betalning godkänd|betalning mottagen|"
    "fjärrbetalning accepterad|delvis betald|delbetald|godkänd|auktoriserad|"
    "väntar på postförskott validering|ny|öppen|bekräftad|mottagen|behandlas|bearbetas|under behandling|"
    "behandlad|förbereds|förberedelse pågår|pågår|pågående|packad|plockad|redo att hämtas|skickad|skickat|"
    "levereras|på väg|levererad|hämtad|färdigbehandlad|slutförd|klar|färdig|avslutad|fakturerad|"
    "delvis återbetald|delvis levererad|delvis skickad",
}
"""Statuses of the common platforms under which something was bought; what is paid on delivery is bought."""

NOT_BOUGHT = {
    "English": "cancelled|canceled|cancel|cancelpending|cancel pending|cancelled by customer|"
    "order cancelled|order_canceled|annulled|refunded|refund|fully refunded|order refunded|returned|return|"
    "returning|in return|awaiting return|reversed|paypal reversed|chargeback|charged back|disputed|failed|"
    "payment failed|failed payment|payment error|error|denied|declined|request declined|rejected|refused|"
    "voided|void|expired|invalid|inactive|abandoned|cart|checkout|incomplete|draft|checkout-draft|"
    "auto-draft|trash|deleted|restocked|missing orders|lost|fraud|suspected fraud|fraud review|"
    "payment review|unpaid|not paid|unconfirmed|pending payment|payment pending|pending_paypal|"
    "pending paypal|waiting for payment|awaiting payment|awaiting check payment|awaiting cheque payment|"
    "awaiting bank wire payment|awaiting paypal payment|on backorder (not paid)|on backorder (unpaid)|"
    "unavailable|will not deliver|undeliverable|shipped - returned to seller|shipped - returning to seller|"
    "shipped - rejected by buyer|shipped - lost in transit|shipped - damaged|initialized",
    "German": "storniert|storno|teilstorno abgelehnt|abgebrochen|abgelehnt|annulliert|gelöscht|"
    "rückerstattet|erstattet|rückerstattung|zurückerstattet|gutgeschrieben|wiedergutschrift|"
    "eine wiedergutschrift|rückbuchung|rücklastschrift|retourniert|retoure|rückgabe|zurückgegeben|"
    "zurückgesendet|widerrufen|fehlgeschlagen|zahlung fehlgeschlagen|fehler bei der bezahlung|"
    "zahlungsfehler|entwurf|papierkorb|abgelaufen|verfallen|betrug|betrugsverdacht|inkasso|"
    "zahlung ausstehend|ausstehende zahlung|nicht bezahlt|unbezahlt|warten auf zahlungseingang|"
    "zahlung offen|warten auf zahlungseingang von paypal|warten auf zahlung|scheckzahlung wird erwartet|"
    "scheck wird erwartet|nicht auf lager (nicht bezahlt)|rückstand (nicht bezahlt)|verloren|unbestätigt",
    "French": "annulé|annulée|remboursé|remboursée|retourné|retournée|retour|échoué|échouée|échec|"
    "erreur de paiement|paiement refusé|refusé|refusée|rejetée|expirée|brouillon|corbeille|fraude|impayé|"
    "impayée|non payé|non payée|attente paiement|en attente paiement|en attente de paiement|"
    "en attente du paiement|en attente du paiement par chèque|en attente de paiement par chèque|"
    "en attente du paiement par virement bancaire|en attente de virement bancaire|"
    "en attente du paiement par paypal|en attente de réapprovisionnement (non payé)|perdue|supprimée|"
    "abandonnée",
    "Spanish": "cancelado|cancelada|anulado|anulada|reembolsado|reembolsada|devuelto|devuelta|devolución|"
    "fallido|fallida|error en pago|error de pago|error en el pago|pago rechazado|rechazado|rechazada|"
    "denegado|expirado|caducado|borrador|papelera|fraude|no pagado|impagado|pendiente de pago|"
    "pago pendiente|en espera de pago|en espera de pago por cheque|"
    "en espera de pago por transferencia bancaria|en espera de pago por paypal|"
    "pedido pendiente por falta de stock (no pagado)|perdido|eliminado|abandonado",
    "Italian": "annullato|annullata|cancellato|rimborsato|rimborsata|rimborso|reso|restituito|restituita|"
    "fallito|fallita|errore di pagamento|pagamento fallito|pagamento rifiutato|rifiutato|rifiutata|scaduto|"
    "scaduta|bozza|cestino|frode|non pagato|non pagata|in attesa di pagamento|in attesa del pagamento|"
    "in attesa di pagamento con assegno|in attesa di pagamento con bonifico bancario|"
    "in attesa di pagamento con paypal|in attesa di rifornimento (non pagato)|smarrito|eliminato|abbandonato",
    "Dutch": "geannuleerd|annulering|terugbetaald|restitutie|geretourneerd|retour|teruggestuurd|mislukt|"
    "betalingsfout|betaling mislukt|fout bij betaling|geweigerd|afgewezen|verlopen|concept|prullenbak|"
    "fraude|onbetaald|niet betaald|wacht op betaling|wachten op betaling|wachtend op betaling|"
    "in afwachting van betaling|in afwachting van betaling per cheque|"
    "in afwachting van betaling via bankoverschrijving|nabestelling (niet betaald)|verloren|verwijderd|"
    "verlaten",
    "Finnish": "peruttu|peruutettu|hyvitetty|palautettu|palautus|epäonnistunut|maksuvirhe|maksu epäonnistui|"
    "hylätty|vanhentunut|luonnos|roskakori|petos|maksamaton|ei maksettu|odottaa maksua|maksua odotetaan|"
    "odottaa maksusuoritusta|odottaa tilisiirtoa|kadonnut|poistettu",
    "Swedish": "avbruten|annullerad|avbokad|avbeställd|makulerad|återbetald|återbetalad|återbetalning|"
    "returnerad|retur|misslyckad|misslyckades|betalningsfel|fel vid betalning|betalning misslyckades|nekad|"
    "avvisad|avböjd|utgången|utkast|papperskorg|bedrägeri|obetald|ej betald|inte betald|väntar på betalning|"
    "inväntar betalning|avvaktar betalning|väntande betalning|förlorad|raderad|övergiven",
}
"""Statuses of the common platforms under which nothing was bought, or nothing paid yet, or all was undone."""

WAITING = {
    "bought": "pending|ausstehend|pendiente|pending merchant|pending verification",
    "not_bought": "on hold|on-hold|onhold|holded|in wartestellung|wartend|en attente|en espera|in sospeso|sospeso|"
    "in attesa|in de wacht|wachtend|pidossa|pidätetty|odottaa|jonossa|pausad|i vänteläge|väntar|väntande|closed",
}
"""Statuses that mean different things from shop to shop; how they are read is said. Magento closes what it refunded."""

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

JOINED = re.compile(r"(?:^| )/(?: |$)")


@dataclass(frozen=True)
class StatusReading:
    """Which distinct statuses say that nothing was bought (Boolean), and what is open."""

    not_bought: pl.Series
    questions: tuple[Question, ...]


def plain_status(status: str) -> str:
    """Return a status as the table has it: wc-on-hold and On_Hold are on hold."""
    text = unicodedata.normalize("NFKC", status).lower().strip().removeprefix("wc-")
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


def read_statuses(coded: Coded, said: Mapping[str, str]) -> StatusReading:
    """Read each distinct status; ``said`` says of some whether they are "bought" or "not_bought".

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
    if CLOSED not in decided and rows.get(CLOSED, 0) > MOSTLY * n_rows:
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
    return StatusReading(pl.Series(not_bought, dtype=pl.Boolean), questions)


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
    return "not_bought" if NEGATIVE_STEMS.search(status) else None


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
