"""The exports of programs for stock and orders."""

from .shape import Shape

GERMAN = ("Versendet", "Abgeschlossen")

STOCK_KEEPING = (
    Shape(
        "Lexware",
        "Belegpositionen, Rechnungen und Angebote",
        "Belegart={status} | order:Belegnummer={order} | date:Belegdatum={at} | user:Kunden-Nr.=1{shopper:04d} | "
        "Firma={name} | Pos.={place} | item:Artikel-Nr.=L{product:04d} | Bezeichnung={title} | "
        "quantity:Menge={pieces} Stk | Einheit=Stk | price:Einzelpreis={price} | Gesamtpreis={total}",
        delimiter=";",
        encoding="cp1252",
        dates="%d.%m.%Y",
        numbers="EUR 1234,50",
        bought=("Rechnung",),
        other=("Angebot",),
    ),
    Shape(
        "JTL-Wawi",
        "Aufträge",
        "order:Auftragsnummer=AU{order} | user:Kundennummer=2{shopper:04d} | E-Mail={email} | "
        "date:Erstellt am={at} | item:Artikelnummer=4{product:03d} | Artikelname={title} | "
        "quantity:Menge={pieces} | price:VK Brutto={price} | Rechnung Nachname={name}",
        delimiter=";",
        encoding="cp1252",
        dates="%d.%m.%Y",
        numbers="1234,50",
    ),
    Shape(
        "JTL-Wawi",
        "Auftragspositionen mit Versand",
        "order:Auftragsnummer=AU{order} | user:Kundennummer=2{shopper:04d} | date:Auftragsdatum={at} | "
        "item:Artikelnummer=AR{product:03d} | Artikelname={title} | quantity:Anzahl={pieces} | "
        "price:Einzelpreis={price}",
        delimiter=";",
        dates="%d.%m.%Y %H:%M",
        numbers="1.234,50",
        postage=("VERSAND", "Versandkosten Deutschland"),
    ),
    Shape(
        "plentymarkets",
        "Auftragspositionen",
        "order:OrderID={order} | OrderItemID={line} | user:CustomerID={shopper} | "
        "date:OrderTimestamp={at} | OrderStatus={status} | item:ItemID={product} | "
        "VariationID=1{product:03d} | ItemText={title} | quantity:Quantity={pieces} | price:Price={price}",
        delimiter=";",
        dates="%Y-%m-%d %H:%M:%S",
        numbers="1234,50",
        bought=("7", "7.1"),
        other=("8",),
        may_ask="statuses are numbers",
    ),
    Shape(
        "plentymarkets",
        "REST API, orders",
        "order:id={order} | date:createdAt={at} | user:contactId={shopper} | orderItems[].id={line} | "
        "item:orderItems[].itemVariationId=1{product:03d} | orderItems[].orderItemName={title} | "
        "quantity:orderItems[].quantity={pieces} | price:orderItems[].priceGross={price}",
        arrangement="nested",
        format="ndjson",
        dates="%Y-%m-%dT%H:%M:%S+02:00",
        may_ask="contactId and itemVariationId are names of this system",
    ),
    Shape(
        "Xentral",
        "Auftragspositionen",
        "order:Belegnr=4{order} | date:Datum={at} | user:Kundennummer=1{shopper:04d} | Name={name} | "
        "Status={status} | item:Artikelnummer=7{product:05d} | Bezeichnung={title} | "
        "quantity:Menge={pieces},00 | price:Preis={price}",
        delimiter=";",
        encoding="cp1252",
        dates="%d.%m.%Y",
        numbers="1234,50",
        bought=("abgeschlossen",),
        other=("storniert",),
    ),
    Shape(
        "Billbee",
        "Bestellungen",
        "Billbee ID=55{order} | order:Bestellnummer=B{order} | date:Bestelldatum={at} | "
        "Status={status} | user:E-Mail={email} | Kunde={name} | item:SKU=BB-{product:03d} | "
        "Artikel={title} | quantity:Menge={pieces} | price:Einzelpreis={price} | Gesamtpreis={total}",
        delimiter=";",
        dates="%d.%m.%Y %H:%M:%S",
        numbers="1234,50",
        bought=GERMAN,
        other=("Storniert",),
    ),
    Shape(
        "Sage 100",
        "Belegpositionen",
        "order:Belegnummer=2026-{order} | date:Belegdatum={at} | user:Kundennr=D{shopper:05d} | "
        "Matchcode={name} | Position={place} | item:Artikelnummer=SG{product:04d} | "
        "Bezeichnung={title} | quantity:Menge={pieces},000 | price:Einzelpreis={price} | "
        "Gesamtpreis={total}",
        delimiter=";",
        encoding="cp1252",
        dates="%d.%m.%Y",
        numbers="1.234,50",
    ),
    Shape(
        "Lexware",
        "Rechnungspositionen",
        "order:Rechnungsnummer=RE{order} | date:Rechnungsdatum={at} | user:Kundennr=1{shopper:04d} | "
        "item:Artikelnr=LX{product:03d} | Bezeichnung={title} | quantity:Menge={pieces} | "
        "price:Einzelpreis={price} | Gesamtpreis={total}",
        delimiter="\t",
        encoding="utf-16",
        dates="%d.%m.%y",
        numbers="1.234,50 €",
    ),
    Shape(
        "SAP",
        "VBAK with VBAP",
        "order:VBELN=00000{order} | POSNR={place:05d}0 | user:KUNNR=000005{shopper:02d} | "
        "date:ERDAT={at} | item:MATNR=0000000000600{product:02d} | ARKTX={title} | "
        "quantity:KWMENG={pieces}.000 | VRKME=ST | price:NETWR={total} | WAERK=EUR",
        delimiter=";",
        dates="%Y%m%d",
    ),
    Shape(
        "SAP Business One",
        "INV1 with OINV",
        "DocEntry={order} | order:DocNum=5{order} | LineNum={place} | date:DocDate={at} | "
        "user:CardCode=C{shopper:05d} | CardName={name} | item:ItemCode=A{product:05d} | "
        "Dscription={title} | quantity:Quantity={pieces}.000000 | price:Price={price} | LineTotal={total}",
        dates="%Y-%m-%d 00:00:00.000",
        numbers="1234.500000",
        may_ask="CardCode is a name of this system",
    ),
    Shape(
        "Business Central",
        "Sales invoice lines",
        "order:Document No.=SI{order} | Line No.={place}0000 | "
        "user:Sell-to Customer No.=C{shopper:05d} | Type=Item | item:No.=19{product:02d}-S | "
        "Description={title} | quantity:Quantity={pieces} | price:Unit Price={price} | "
        "Line Amount={total} | date:Posting Date={at}",
        dates="%m/%d/%Y",
        numbers="1,234.50",
    ),
    Shape(
        "Dynamics NAV",
        "Verkaufsrechnungszeilen",
        "order:Belegnr.=VR{order} | Zeilennr.={place}0000 | user:Verk. an Deb.-Nr.=D{shopper:05d} | "
        "item:Nr.=19{product:02d}-S | Beschreibung={title} | quantity:Menge={pieces} | "
        "price:VK-Preis={price} | Zeilenbetrag={total} | date:Buchungsdatum={at}",
        delimiter=";",
        encoding="cp850",
        dates="%d.%m.%y",
        numbers="1.234,50",
        may_ask="names of this system",
    ),
    Shape(
        "SAP",
        "VBAP with net price",
        "order:VBELN=000000{order} | POSNR={place:05d}0 | user:KUNNR=00000{shopper:05d} | AUDAT={at} | "
        "date:ERDAT={at} | item:MATNR=0000000000000{product:05d} | ARKTX={title} | "
        "quantity:KWMENG={pieces}.000 | price:NETPR={price}",
        dates="%Y%m%d",
    ),
    Shape(
        "SAP",
        "VA05, German",
        "order:Verkaufsbeleg=50{order} | Position={place}0 | user:Auftraggeber=1{shopper:05d} | "
        "date:Angelegt am={at} | item:Material=MT{product:04d} | Bezeichnung={title} | "
        "quantity:Auftragsmenge={pieces},000 | price:Nettopreis={price} | Währung=EUR",
        delimiter=";",
        encoding="cp1252",
        dates="%d.%m.%Y",
        numbers="1.234,50",
    ),
)
"""Shapes by platform."""
