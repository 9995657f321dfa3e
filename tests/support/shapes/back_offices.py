"""The exports of programs for invoices and accounts."""

from .shape import Shape

BACK_OFFICES = (
    Shape(
        "Odoo",
        "sale.order with lines",
        "order:Order Reference=S0{order} | user:Customer=Customer {shopper:02d} Ltd | "
        "date:Order Date={at} | item:Order Lines/Product=[OD{product:03d}] {title} | "
        "quantity:Order Lines/Quantity={pieces}.0 | price:Order Lines/Unit Price={price} | "
        "Status={status}",
        arrangement="merged",
        bought=("Sales Order",),
        other=("Cancelled",),
        may_ask="the status Sales Order is one of this system",
    ),
    Shape(
        "Odoo",
        "sale.report",
        "order:Order Reference=S0{order} | date:Order Date={at} | "
        "user:Customer/ID=res_partner_{shopper} | item:Product/Internal Reference=OD{product:03d} | "
        "Product={title} | quantity:Qty Ordered={pieces}.0 | price:Untaxed Total={total} | "
        "Order Status={status}",
        bought=("Sales Order",),
        other=("Cancelled",),
    ),
    Shape(
        "ERPNext",
        "Sales Order Item",
        "order:ID=SAL-ORD-2026-0{order} | user:Customer=CUST-{shopper:04d} | date:Date={at} | "
        "Status={status} | ID (Items)=row{line} | item:Item Code (Items)=EN-{product:03d} | "
        "Item Name (Items)={title} | quantity:Quantity (Items)={pieces} | price:Rate (Items)={price} | "
        "Amount (Items)={total}",
        arrangement="merged",
        dates="%Y-%m-%d",
        bought=("Completed",),
        other=("Cancelled",),
        may_ask="names of this system",
    ),
    Shape(
        "Zoho",
        "Inventory, sales orders",
        "date:Order Date={at} | order:SalesOrder Number=SO-0{order} | Status={status} | "
        "user:Customer ID=4600{shopper:04d} | Customer Name={name} | Item Name={title} | "
        "item:SKU=ZO{product:03d} | quantity:QuantityOrdered={pieces} | price:Item Price={price} | "
        "Item Total={total}",
        dates="%Y-%m-%d",
        bought=("invoiced", "fulfilled"),
        other=("void",),
    ),
    Shape(
        "Zoho",
        "Books, invoices",
        "date:Invoice Date={at} | Invoice ID=46{order} | order:Invoice Number=INV-0{order} | "
        "Invoice Status={status} | user:Customer ID=4600{shopper:04d} | Item Name={title} | "
        "item:SKU=ZO{product:03d} | quantity:Quantity={pieces}.00 | price:Item Price={price} | "
        "Item Total={total}",
        dates="%Y-%m-%d",
        bought=("Closed",),
        other=("Void",),
    ),
    Shape(
        "Xero",
        "Sales invoices",
        "ContactName={name} | user:EmailAddress={email} | order:InvoiceNumber=INV-{order} | Reference= | "
        "date:InvoiceDate={at} | DueDate={at} | item:InventoryItemCode=X-{product:03d} | "
        "Description={title} | quantity:Quantity={pieces} | price:UnitAmount={price} | "
        "LineAmount={total} | Status={status}",
        dates="%d/%m/%Y",
        bought=("Paid",),
        other=("Voided",),
    ),
    Shape(
        "QuickBooks",
        "Sales by product detail",
        "date:Date={at} | Transaction Type=Invoice | order:Num={order} | user:Customer={name} | "
        "item:Product/Service=QB{product:03d} | Memo/Description={title} | quantity:Quantity={pieces} | "
        "price:Sales Price={price} | Amount={total}",
        dates="%m/%d/%Y",
        numbers="1,234.50",
        above=("Happy Shop,,,,,,,,", '"Sales by Product/Service Detail",,,,,,,,', ",,,,,,,,"),
    ),
    Shape(
        "NetSuite",
        "Transaction lines",
        "Internal ID={order}9 | order:Document Number=SO{order} | date:Date={at} | Type=Sales Order | "
        "Status={status} | user:Customer Internal ID=7{shopper:03d} | item:Item=NS-{product:03d} | "
        "Item Description={title} | quantity:Quantity={pieces} | price:Item Rate={price} | Amount={total}",
        dates="%-m/%-d/%Y",
        numbers="1,234.50",
        bought=("Billed",),
        other=("Cancelled",),
        may_ask="names of this system",
    ),
    Shape(
        "Unleashed",
        "Sales orders",
        "order:Order No.=SO-0{order} | date:Order Date={at} | Order Status={status} | "
        "user:Customer Code=UN{shopper:03d} | Customer={name} | Line No={place} | "
        "item:Product Code=UL{product:03d} | Product={title} | quantity:Quantity={pieces} | "
        "price:Unit Price={price} | Sub Total={total}",
        dates="%d/%m/%Y",
        bought=("Completed",),
        other=("Deleted",),
    ),
    Shape(
        "Visma",
        "Orderrader",
        "order:Ordernr={order} | date:Orderdatum={at} | user:Kundnr=1{shopper:04d} | "
        "item:Artikelnr=VI{product:03d} | Benämning={title} | quantity:Antal={pieces} | "
        "price:Pris={price}",
        delimiter=";",
        encoding="cp1252",
        dates="%Y-%m-%d",
        numbers="1 234,50",
    ),
    Shape(
        "Procountor",
        "Tilausrivit",
        "order:Tilausnumero=T{order} | date:Tilauspäivä={at} | user:Asiakasnumero=1{shopper:04d} | "
        "item:Tuotekoodi=FI{product:03d} | Tuotteen nimi={title} | quantity:Määrä={pieces} | "
        "price:Yksikköhinta={price}",
        delimiter=";",
        dates="%d.%m.%Y",
        numbers="1234,50",
    ),
    Shape(
        "Exact Online",
        "Orderregels",
        "order:Ordernummer={order} | date:Orderdatum={at} | user:Klantnummer=1{shopper:04d} | "
        "item:Artikelcode=NL{product:03d} | Omschrijving={title} | quantity:Aantal={pieces} | "
        "price:Prijs={price}",
        delimiter=";",
        dates="%d-%m-%Y",
        numbers="1.234,50",
    ),
    Shape(
        "Danea Easyfatt",
        "Righe ordini",
        "order:Numero ordine={order} | date:Data ordine={at} | user:Codice cliente=0{shopper:03d} | "
        "item:Codice articolo=IT{product:03d} | Descrizione={title} | quantity:Quantità={pieces} | "
        "price:Prezzo={price}",
        delimiter=";",
        encoding="cp1252",
        dates="%d/%m/%Y",
        numbers="1.234,50 €",
    ),
    Shape(
        "EBP Gestion",
        "Lignes de commandes",
        "order:N° commande=CM{order} | date:Date commande={at} | user:Code client=CL{shopper:04d} | "
        "item:Code article=FR{product:03d} | Libellé={title} | quantity:Quantité={pieces} | "
        "price:Prix unitaire={price}",
        delimiter=";",
        encoding="cp1252",
        dates="%d/%m/%Y",
        numbers="1 234,50",
    ),
    Shape(
        "Holded",
        "Líneas de pedidos",
        "order:Número de pedido=P{order} | date:Fecha={at} | user:Cliente ID=ES{shopper:04d} | "
        "item:Código artículo=SP{product:03d} | Descripción={title} | quantity:Cantidad={pieces} | "
        "price:Precio={price}",
        delimiter=";",
        dates="%d/%m/%Y",
        numbers="1.234,50",
    ),
    Shape(
        "Tally",
        "Sales register",
        "date:Date={at} | order:Voucher No.=IN{order} | user:Party Code=PA{shopper:03d} | "
        "item:Item Code=TL{product:03d} | Item Name={title} | quantity:Quantity={pieces} | "
        "price:Rate={price} | Value={total}",
        dates="%d-%b-%y",
        numbers="1,234.50",
        may_ask="Voucher No. and Party Code are names of this program",
    ),
    Shape(
        "Odoo",
        "sale.order with references of lines",
        "order:Order Reference=S0{order} | user:Customer/ID=__export__.res_partner_{shopper} | "
        "date:Order Date={at} | item:Order Lines/Product/Internal Reference=OD{product:03d} | "
        "Order Lines/Description={title} | quantity:Order Lines/Quantity={pieces}.0 | "
        "price:Order Lines/Unit Price={price}",
        arrangement="merged",
    ),
    Shape(
        "Odoo",
        "technical names",
        "order:name=S0{order} | user:partner_id/id=res_partner_{shopper} | date:date_order={at} | "
        "item:order_line/product_id/default_code=OD{product:03d} | "
        "quantity:order_line/product_uom_qty={pieces}.0 | price:order_line/price_unit={price}",
        arrangement="merged",
    ),
    Shape(
        "NetSuite",
        "Transactions, customers by name",
        "Internal ID={order}9 | order:Document Number=SO{order} | user:Name={shopper} Customer {shopper} | "
        "item:Item=NS-{product:03d} | quantity:Quantity={pieces} | price:Item Rate={price} | "
        "date:Date={at} | Type=Sales Order",
        dates="%-m/%-d/%Y",
    ),
    Shape(
        "Stripe",
        "Payments",
        "id=ch_{line} | date:Created (UTC)={at} | price:Amount={price} | Currency=eur | "
        "user:Customer ID=cus_{shopper} | Customer Email={email} | Status={status} | "
        "item:product_id (metadata)=prod_{product}",
        bought=("Paid",),
        other=("Failed",),
    ),
)
"""Shapes by platform."""
