"""The exports of tills."""

from .shape import Shape

TILLS = (
    Shape(
        "Toast",
        "Item selection details",
        "Location=Main | order:Order Id=40000{order} | Order #={place} | Sent Date={at} | date:Order Date={at} | "
        "Check Id=50000{order} | Server=Sam | item:Item Id=3{product:03d} | Item Selection Id=8{line:06d} | "
        "Menu Item={title} | Menu Group=Food | Gross Price={total} | Discount=0.00 | price:Net Price={total} | "
        "quantity:Qty={pieces} | Tax=0.00 | Void?={status} | user:Guest Email={email}",
        dates="%m/%d/%y %I:%M %p",
        bought=("false",),
        other=("true",),
    ),
    Shape(
        "Square",
        "Items detail",
        "date:Date={at} | Time={time} | Time Zone=UTC | Category=Home | Item={title} | "
        "quantity:Qty={pieces}.0 | Price Point Name=Regular | item:SKU=SQ{product:03d} | "
        "Gross Sales={total} | Discounts=$0.00 | price:Net Sales={total} | Tax=$0.00 | "
        "order:Transaction ID=tx{order} | Payment ID=pay{order} | Event Type=Payment | "
        "user:Customer ID=C{shopper:05d} | Customer Name={name}",
        dates="%m/%d/%y",
        numbers="$1,234.50",
    ),
    Shape(
        "Lightspeed",
        "Retail, sale lines",
        "Sale Line ID={line} | order:Sale ID={order} | date:Completed Date={at} | "
        "user:Customer ID={shopper} | Customer={name} | System ID=2100000{product:05d} | "
        "item:Description={title} | quantity:Qty={pieces} | price:Price={price} | Subtotal={total}",
        dates="%m/%d/%Y %H:%M:%S",
    ),
    Shape(
        "Lightspeed",
        "X-Series (Vend), sale lines",
        "date:Date={at} | order:Receipt Number={order} | Sale ID=s-{order} | Line Type=Sale Line | "
        "user:Customer Code=CUST-{shopper:03d} | Customer Name={name} | item:SKU=VD{product:03d} | "
        "Product={title} | quantity:Quantity={pieces} | price:Sale Line Total={total} | Status={status}",
        bought=("CLOSED",),
        other=("VOIDED",),
    ),
    Shape(
        "Lightspeed",
        "eCom, order rows",
        "order:Order_Number=ORD{order} | date:Created_At={at} | Status={status} | "
        "user:Customer_ID={shopper} | Customer_Email={email} | item:Product_SKU=LE{product:03d} | "
        "Product_Title={title} | quantity:Product_Quantity={pieces} | price:Product_Price={price}",
        delimiter=";",
        bought=("completed_shipped",),
        other=("cancelled",),
        may_ask="the status completed_shipped is one of this system",
    ),
    Shape(
        "Loyverse",
        "Receipts by item",
        "date:Date={at} | order:Receipt number=1-{order} | Receipt type=Sale | Category=Home | "
        "item:SKU=1{product:04d} | Item={title} | Variant= | quantity:Quantity={pieces}.000 | "
        "Gross sales={total} | Discounts=0.00 | price:Net sales={total} | Customer name={name} | "
        "user:Customer contacts={email} | Status=Closed",
        dates="%Y-%m-%d %H:%M",
    ),
    Shape(
        "Clover",
        "Line items",
        "date:Line Item Date={at} | order:Order ID=CLV{order} | Line Item ID=LI{line} | "
        "item:Item SKU=CL{product:03d} | Item Name={title} | quantity:Quantity={pieces} | "
        "price:Item Revenue={total} | user:Customer ID=CC{shopper}",
        dates="%d-%b-%Y %I:%M %p",
        may_ask="Line Item Date is a name of this till",
    ),
    Shape(
        "Lightspeed",
        "Retail, completed sales",
        "order:Sale ID={order} | date:Completed Time={at} | user:Customer=Cust {shopper} | "
        "item:Item ID={product} | Item={title} | quantity:Qty={pieces} | price:Price={price} | "
        "Subtotal={total} | Total={total}",
        numbers="$1,234.50",
    ),
)
"""Shapes by platform."""
