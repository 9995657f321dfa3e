"""The exports of shops that are sold as a service."""

from .shape import Shape

HOSTED_SHOPS = (
    Shape(
        "Shopify",
        "Orders",
        "order:Name=#{order} | user:Email={email} | Financial Status={status} | Paid at={at} | "
        "Fulfillment Status=fulfilled | Currency=EUR | Subtotal={order_total} | Shipping=4.90 | "
        "Total={order_total} | date:Created at={at} | quantity:Lineitem quantity={pieces} | "
        "Lineitem name={title} | price:Lineitem price={price} | item:Lineitem sku=SH-{product:03d} | "
        "Lineitem fulfillment status=fulfilled | Billing Name={name} | Vendor=Shop | Id={order}77",
        arrangement="continued",
        dates="%Y-%m-%d %H:%M:%S +0200",
        bought=("paid",),
        other=("voided",),
    ),
    Shape(
        "Shopify",
        "Admin API, orders",
        "order:id={order} | name=#{order} | user:customer.id={shopper} | email={email} | "
        "date:created_at={at} | financial_status={status} | line_items[].id={line} | "
        "item:line_items[].sku=SH-{product:03d} | line_items[].title={title} | "
        "quantity:line_items[].quantity={pieces} | price:line_items[].price={price}",
        arrangement="nested",
        format="ndjson",
        dates="%Y-%m-%dT%H:%M:%S+02:00",
        numbers="1234.50",
        bought=("paid",),
        other=("voided",),
    ),
    Shape(
        "Shopify",
        "Matrixify, line items",
        "order:ID=58{order} | Name=#{order} | user:Customer: Email={email} | date:Processed At={at} | "
        "Payment: Status={status} | Line: Type=Line Item | Line: ID=9{line:06d} | Line: Title={title} | "
        "item:Line: SKU=SH-{product:03d} | quantity:Line: Quantity={pieces} | price:Line: Price={price}",
        dates="%Y-%m-%d %H:%M:%S +0000",
        bought=("paid",),
        other=("voided",),
        may_ask="the columns have names of this app only",
    ),
    Shape(
        "BigCommerce",
        "Orders, product details in a cell",
        "order:Order ID={order} | Customer ID={shopper} | user:Customer Email={email} | "
        "date:Order Date={at} | Order Status={status} | Order Total (ex tax)={order_total} | "
        "Total Quantity={all_pieces} | Product Details={things}",
        arrangement="cell",
        item="Product ID: {product}, Product Qty: {pieces}, Product SKU: BC-{product:03d}, "
        "Product Name: {title}, Product Unit Price: {price}",
        separator="|",
        dates="%d/%m/%Y",
        bought=("Completed", "Shipped"),
        other=("Cancelled",),
    ),
    Shape(
        "BigCommerce",
        "Orders, a row for each product",
        "order:Order ID={order} | Order Status={status} | date:Order Date={at} | Order Time={time} | "
        "user:Customer ID={shopper} | Customer Email={email} | item:Product ID={product} | "
        "quantity:Product Qty={pieces} | Product SKU=BC-{product:03d} | Product Name={title} | "
        "price:Product Unit Price={price} | Product Total Price={total}",
        dates="%m/%d/%Y",
        bought=("Completed", "Shipped"),
        other=("Cancelled",),
    ),
    Shape(
        "Squarespace",
        "Orders",
        "order:Order ID={order:05d} | user:Email={email} | Financial Status={status} | "
        "Fulfillment Status=FULFILLED | Currency=USD | Total={order_total} | date:Created at={at} | "
        "Paid at={at} | Cancelled at= | quantity:Lineitem quantity={pieces} | Lineitem name={title} | "
        "price:Lineitem price={price} | item:Lineitem sku=SQ{product:07d} | Lineitem variant=",
        arrangement="continued",
        stays=("Email",),
        dates="%Y-%m-%d %H:%M:%S -0500",
        bought=("PAID",),
        other=("CANCELED",),
    ),
    Shape(
        "Squarespace",
        "Commerce API, orders",
        "id=600f{order} | order:orderNumber={order} | date:createdOn={at} | user:customerEmail={email} | "
        "fulfillmentStatus={status} | lineItems[].id=l{line} | item:lineItems[].sku=SQ{product:07d} | "
        "lineItems[].productName={title} | quantity:lineItems[].quantity={pieces} | "
        "price:lineItems[].unitPricePaid.value={price} | lineItems[].unitPricePaid.currency=EUR",
        arrangement="nested",
        format="ndjson",
        dates="%Y-%m-%dT%H:%M:%S.000Z",
        bought=("FULFILLED",),
        other=("CANCELED",),
    ),
    Shape(
        "Wix",
        "Orders",
        "order:Order number={order} | date:Date created={at} | Time={time} | "
        "user:Contact email={email} | Item={title} | Variant= | item:SKU=WX{product:03d} | "
        "quantity:Qty={pieces} | price:Price={price} | Payment status={status} | "
        "Fulfillment status=Fulfilled",
        dates="%b %-d, %Y",
        times="%-I:%M:%S %p",
        bought=("Paid",),
        other=("Canceled",),
    ),
    Shape(
        "Ecwid",
        "Orders, a row for each item",
        "order:order_number=EC{order} | date:create_date={at} | email={email} | "
        "user:customer_id={shopper} | payment_status={status} | fulfillment_status=DELIVERED | "
        "item:sku=EW{product:03d} | name={title} | quantity:quantity={pieces} | price:price={price} | "
        "total={order_total}",
        dates="%Y-%m-%d %H:%M:%S +0000",
        bought=("PAID",),
        other=("CANCELLED",),
        may_ask="names of this platform",
    ),
    Shape(
        "Big Cartel",
        "Orders",
        "order:Number=BC-{order} | Buyer first name={name} | user:Buyer email={email} | "
        "Shipping status=shipped | Payment status={status} | Item count={all_pieces} | Items={things} | "
        "Item total={order_total} | Total price={order_total} | date:Date={at}",
        arrangement="cell",
        item="product_name:{title}|product_option_name:Default|quantity:{pieces}|price:{price}|total:{total}",
        separator=";",
        dates="%Y-%m-%d",
        bought=("completed",),
        other=("refunded",),
    ),
    Shape(
        "Volusion",
        "Order details",
        "orderdetailid={line} | order:orderid={order} | item:productid={product} | "
        "productcode=VO-{product} | productname={title} | quantity:quantity={pieces} | "
        "price:productprice={price} | totalprice={total} | user:customerid={shopper} | "
        "date:orderdate={at} | orderstatus={status}",
        dates="%-m/%-d/%Y %-I:%M:%S %p",
        bought=("Shipped",),
        other=("Cancelled",),
    ),
    Shape(
        "Salesforce Commerce Cloud",
        "Product line items",
        "order:order-no=000{order} | date:order-date={at} | order-status={status} | "
        "user:customer-no=000{shopper:05d} | customer-email={email} | item:product-id=SF{product:04d} | "
        "product-name={title} | quantity:quantity={pieces}.0 | price:base-price={price} | "
        "net-price={total}",
        dates="%Y-%m-%dT%H:%M:%S.000Z",
        bought=("COMPLETED",),
        other=("CANCELLED",),
    ),
    Shape(
        "commercetools",
        "Orders API",
        "order:orderNumber=CT{order} | user:customerId=u-{shopper} | customerEmail={email} | "
        "date:createdAt={at} | orderState={status} | lineItems[].id=l{line} | "
        "item:lineItems[].productId=p-{product} | lineItems[].name.en={title} | "
        "quantity:lineItems[].quantity={pieces} | lineItems[].price.id=pr-{product} | "
        "lineItems[].price.value.type=centPrecision | price:lineItems[].price.value.centAmount={cents} | "
        "lineItems[].price.value.currencyCode=EUR | lineItems[].price.value.fractionDigits=2",
        arrangement="nested",
        format="ndjson",
        dates="%Y-%m-%dT%H:%M:%S.000Z",
        bought=("Complete",),
        other=("Cancelled",),
    ),
)
"""Shapes by platform."""
