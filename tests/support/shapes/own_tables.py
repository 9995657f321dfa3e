"""Tables that a shop made for itself, under names that nobody knows or with the items side by side."""

from .shape import Shape

LINE = "item:sku=SK-{product:03d} | title={title} | quantity:quantity={pieces} | price:unit_price={price}"

OWN_TABLES = (
    Shape(
        "Own table",
        "an order under a name nobody knows",
        f"order:Vorgang=V{{order}} | date:order_date={{at}} | user:customer_id=u{{shopper}} | {LINE}",
    ),
    Shape(
        "Own table",
        "nothing under a name that is known but the item",
        "order:Vorgang={order} | date:Wann={at} | user:Wer={email} | item:sku=SK-{product:03d} | "
        "Ware={title} | quantity:Wieviel={pieces} | price:Je={price} | Zusammen={total} | Ort=Ulm",
        delimiter=";",
        dates="%d.%m.%Y",
        numbers="1234,50",
    ),
    Shape(
        "Own table",
        "a quantity that no price shows",
        "order:order_id={order} | date:order_date={at} | user:customer_id=u{shopper} | "
        "item:sku=SK-{product:03d} | quantity:Wieviel={pieces}",
        must_ask="another column of small numbers may be no quantity",
    ),
    Shape(
        "Own table",
        "an id under a name nobody knows beside a title",
        "order:order_id={order} | date:order_date={at} | user:customer_id=u{shopper} | "
        "Product Name={title} | item:Regal-Nr=R{product:04d} | quantity:quantity={pieces}",
    ),
    Shape(
        "Own table",
        "units in the names",
        "order:Order No. [ID]={order} | date:Date (UTC)={at} | user:Customer E-Mail={email} | "
        "item:Item Code=IC{product:03d} | quantity:Quantity (pcs)={pieces} | "
        "price:Unit Price (EUR, incl. VAT)={price} | Total in EUR={total}",
    ),
    Shape(
        "Own table",
        "numbered columns, SKU 1",
        "order:order_id={order} | user:email={email} | date:date={at} | Phone 1=1 | Phone 2=2 | "
        "item:SKU {n}=SK-{product:03d} | quantity:Qty {n}={pieces} | price:Price {n}={price}",
        arrangement="wide",
    ),
    Shape(
        "Own table",
        "numbered columns, Item1_SKU",
        "order:Order ID={order} | user:Customer Email={email} | date:Order Date={at} | "
        "Item{n}_Name={title} | item:Item{n}_SKU=SK-{product:03d} | quantity:Item{n}_Qty={pieces} | "
        "price:Item{n}_Price={price}",
        arrangement="wide",
    ),
    Shape(
        "Own table",
        "numbered columns, lineitem_1_sku",
        "order:order_number={order} | user:billing_email={email} | date:created_at={at} | "
        "item:lineitem_{n}_sku=SK-{product:03d} | lineitem_{n}_name={title} | "
        "quantity:lineitem_{n}_quantity={pieces} | price:lineitem_{n}_price={price}",
        arrangement="wide",
    ),
)
"""Shapes by what is peculiar."""
