"""What statuses of many platforms and languages mean."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest
from support.order_files import clean, reasons

from recsvc.errors import OpenQuestionError
from training.orders import CleaningRules, check_orders
from training.orders.status_words import BOUGHT, NOT_BOUGHT
from training.orders.statuses import StatusReading, plain_status, read_statuses
from training.sources.raw_orders import encode


def read(*statuses: str | None, said: Mapping[str, str] | None = None) -> StatusReading:
    return read_statuses(encode(pl.Series(statuses, dtype=pl.String)), said or {})


def is_bought(status: str) -> bool:
    return not read(status).not_bought[0]


@pytest.mark.parametrize(
    "status",
    [
        *(
            "paid",
            "Paid",
            "paid / fulfilled",
            "paid / unfulfilled",
        ),
        *(
            "wc-completed",
            "wc-processing",
            "Processing",
            "complete",
            "Complete",
            "Canceled Reversal",
            "Shipped",
        ),
        *(
            "Awaiting Fulfillment",
            "Partially Shipped",
            "Shipped - Delivered to Buyer",
            "Unshipped",
            "COMPLETED",
        ),
        *(
            "Payment accepted",
            "Remote payment accepted",
            "On backorder (paid)",
            "in_progress",
            "shipped_partially",
        ),
        *(
            "Abgeschlossen",
            "In Bearbeitung",
            "Versandt",
            "Zahlung eingegangen",
            "Komplett bezahlt",
        ),
        *(
            "Livré",
            "Paiement accepté",
            "Terminée",
            "En cours de préparation",
            "Expédié",
        ),
        *("Completado", "Pago aceptado", "Entregado", "Procesando", "Enviado", "Preparación en curso"),
        *("Completato", "Pagamento accettato", "Consegnato", "In lavorazione", "Spedito", "Evaso"),
        *("Voltooid", "Afgerond", "Betaling aanvaard", "Verzonden", "In behandeling", "Geleverd"),
        *("Valmis", "Maksettu", "Käsittelyssä", "Lähetetty", "Toimitettu"),
        *("Slutförd", "Färdigbehandlad", "Betald", "Behandlas", "Skickad", "Levererad"),
    ],
)
def test_known_statuses_of_purchases_are_read_without_a_word(status: str) -> None:
    reading = read(status)
    assert (reading.not_bought.to_list(), reading.questions) == ([False], ())


@pytest.mark.parametrize(
    "status",
    [
        *(
            "refunded",
            "VOIDED",
            "voided",
            "expired",
            "cancelled / unfulfilled",
            "paid / cancelled",
            "restocked",
        ),
        *("wc-cancelled", "wc-pending-payment", "Pending payment", "wc-failed", "trash", "checkout-draft"),
        *("canceled", "order_refunded", "fraud", "payment_review", "pending_paypal", "Suspected Fraud"),
        *("Chargeback", "Reversed", "Missing Orders", "Denied", "Voided", "Declined", "Incomplete"),
        *(
            "Shipped - Returned to Seller",
            "Awaiting check payment",
            "Payment error",
            "On backorder (not paid)",
        ),
        *(
            "Storniert",
            "Storno",
            "Rückerstattet",
            "Rückgabe",
            "Retourniert",
            "Gelöscht",
            "Entwurf",
            "Nicht bezahlt",
        ),
        *(
            "Zahlung ausstehend",
            "Zahlung fehlgeschlagen",
            "Fehler bei der Bezahlung",
            "Storniert / Abgelehnt",
        ),
        *(
            "Annulé",
            "Remboursé",
            "Erreur de paiement",
            "En attente du paiement par chèque",
            "Échouée",
            "Brouillon",
        ),
        *("Cancelado", "Reembolsado", "Error en pago", "Fallido", "Pendiente de pago", "Devuelto"),
        *("Annullato", "Rimborsato", "Errore di pagamento", "In attesa di pagamento", "Reso", "Fallito"),
        *("Geannuleerd", "Terugbetaald", "Betalingsfout", "Wacht op betaling", "Mislukt", "Geretourneerd"),
        *("Peruttu", "Hyvitetty", "Epäonnistunut", "Odottaa maksua", "Luonnos", "Palautettu"),
        *("Avbruten", "Återbetald", "Misslyckades", "Inväntar betalning", "Utkast", "Makulerad"),
    ],
)
def test_known_statuses_of_no_purchase_are_read_without_a_word(status: str) -> None:
    reading = read(status)
    assert (reading.not_bought.to_list(), reading.questions) == ([True], ())


@pytest.mark.parametrize(
    "status",
    [
        *("Cancelled by seller", "Auto-cancelled", "Vom Kunden storniert", "Annulée par le client"),
        *(
            "Cancelado por el cliente",
            "Annullato dal cliente",
            "Geannuleerd door klant",
            "noch nicht bezahlt",
        ),
        *(
            "Refund issued",
            "Awaiting Klarna payment",
            "En attente du paiement Alma",
            "Wachten op iDEAL-betaling",
        ),
    ],
)
def test_an_unknown_status_that_says_that_it_was_undone_is_no_purchase_and_said(status: str) -> None:
    reading = read(status)
    assert reading.not_bought.to_list() == [True]
    assert [question.stops for question in reading.questions] == [False]
    assert plain_status(status) in reading.questions[0].text


@pytest.mark.parametrize(
    "status",
    ["partially_refunded", "PARTIALLY_REFUNDED", "Partially refunded", "Partly returned", "partially_cancelled",
     "Teilerstattung", "teilweise erstattet", "Teilretoure", "Teilstorno", "Teilweise retourniert",
     "Partiellement remboursé", "Remboursement partiel", "Reembolso parcial", "Parcialmente reembolsado",
     "Rimborso parziale", "Gedeeltelijk terugbetaald", "Deels geretourneerd", "Osittain hyvitetty",
     "Osittain palautettu", "Delvis återbetald", "Partial chargeback"],
)  # fmt: skip
def test_an_order_of_which_a_part_came_back_is_a_purchase_and_said(status: str) -> None:
    reading = read("paid", status)
    assert reading.not_bought.to_list() == [False, False]
    assert [(one.code, one.stops) for one in reading.questions] == [("partly_returned", False)]
    assert plain_status(status) in reading.questions[0].text


@pytest.mark.parametrize(
    "status", ["Chargeback", "Rückbuchung", "Refunded", "Kreditiert", "Teilstorno abgelehnt"]
)
def test_a_whole_order_that_came_back_is_never_said_to_be_partly(status: str) -> None:
    assert all(one.code != "partly_returned" for one in read("paid", status).questions)


@pytest.mark.parametrize(
    ("status", "bought"), [("pending", True), ("On hold", False), ("In Wartestellung", False)]
)
def test_a_status_that_means_many_things_is_read_and_said(status: str, bought: bool) -> None:
    reading = read(status)
    assert is_bought(status) == bought
    assert [question.stops for question in reading.questions] == [False]


@pytest.mark.parametrize("status", [None, "", " ", "-", "n/a", "paid / "])
def test_no_status_is_no_question(status: str | None) -> None:
    reading = read("paid", status)
    assert (reading.not_bought.any(), reading.questions) == (False, ())


@pytest.mark.parametrize(("n_unknown", "stops"), [(20, True), (1, False)])
def test_an_unknown_status_on_many_rows_stops_and_on_few_does_not(n_unknown: int, stops: bool) -> None:
    reading = read(*["paid"] * 200, *["Wibble"] * n_unknown)
    assert [question.stops for question in reading.questions] == [stops]
    assert f"“wibble” ({n_unknown} row" in reading.questions[0].text


def test_many_unknown_statuses_on_few_rows_each_stop_together() -> None:
    assert read(*["paid"] * 200, *(f"Wibble {n}" for n in range(20))).questions[0].stops


def test_an_unknown_status_of_a_cancelled_order_is_no_question() -> None:
    assert read("cancelled / wibble").questions == ()


def test_what_the_shop_says_of_its_statuses_decides() -> None:
    said = {"Wibble": "not_bought", "Cancelled": "bought", "on-hold": "bought"}
    reading = read("wibble", "cancelled", "On Hold", "paid / wibble", said=said)
    assert reading.not_bought.to_list() == [True, False, False, True]
    assert reading.questions == ()


def test_no_status_means_both() -> None:
    both = [
        {plain_status(each) for statuses in table.values() for each in statuses.split("|")}
        for table in (BOUGHT, NOT_BOUGHT)
    ]
    assert both[0] & both[1] == set()


def test_unknown_statuses_stop_a_run_until_the_shop_says_what_they_mean(tmp_path: Path) -> None:
    text = "user_id,item_id,status\na,x,paid\nb,x,5\nb,y,7\n"
    with pytest.raises(
        OpenQuestionError, match=r'“5”, “7” \(2 rows\) are not known.*statuses = { "5" = "bought"'
    ):
        check_orders(clean(tmp_path, text), CleaningRules())
    said = clean(tmp_path, text, CleaningRules(statuses={"5": "bought", "7": "not_bought"}))
    check_orders(said, CleaningRules())
    assert reasons(said) == {4: "order_cancelled"}


@pytest.mark.parametrize(("n_closed", "meaning"), [(3, False), (30, True)])
def test_closed_means_paid_where_most_orders_are(n_closed: int, meaning: bool) -> None:
    texts = pl.Series(["Closed"] * n_closed + ["Void", "Complete"] * 5)
    coded = encode(texts)
    bought = ~coded.where(read_statuses(coded, {}).not_bought)
    assert set(bought.head(n_closed)) == {meaning}
    said = coded.where(read_statuses(coded, {"closed": "not_bought"}).not_bought)
    assert all(said.head(n_closed))


@pytest.mark.parametrize(
    ("status", "bought"),
    [
        ("50 - Delivered", True),
        ("90 - Cancelled", False),
        ("(6) Storniert", False),
        ("completed_shipped", True),
        ("processing paid", True),
        ("Zrealizowane", True),
        ("Anulowane", False),
        ("Odesláno", True),
        ("Stornována", False),
        ("発送済", True),
        ("キャンセル", False),
        ("Faturado", True),
        ("Kansellert", False),
        ("已取消", False),
        ("Quotation Sent", False),
    ],
)
def test_numbers_before_words_joined_words_and_more_languages(status: str, bought: bool) -> None:
    assert is_bought(status) is bought
    assert [question for question in read(status).questions if question.stops] == []
