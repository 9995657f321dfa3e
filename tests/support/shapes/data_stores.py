"""What comes out of analytics, databases and spreadsheets."""

from .shape import Shape

DATA_STORES = (
    Shape(
        "GA4",
        "BigQuery, events flattened",
        "date:event_date={at} | event_name=purchase | user:user_pseudo_id=11.{shopper} | "
        "order:transaction_id={order} | item:item_id=GA{product:03d} | item_name={title} | "
        "quantity:quantity={pieces} | price:price={price}",
        dates="%Y%m%d",
    ),
    Shape(
        "GA4",
        "BigQuery, events",
        "event_date=20260101 | date:event_timestamp={at}000 | event_name=purchase | user_id= | "
        'user:user_pseudo_id=11.{shopper} | order:ecommerce={{"transaction_id": "{order}"}} | '
        "items={things}",
        arrangement="json cell",
        item="item_id=GA{product:03d} | item_name={title} | quantity={pieces} | price={price}",
        dates="epoch ms",
    ),
    Shape(
        "Segment",
        "Order Completed",
        "event=Order Completed | user:userId=u{shopper} | date:timestamp={at} | "
        "order:properties.order_id={order} | properties.total={order_total} | "
        "item:properties.products[].product_id=p{product:03d} | "
        "properties.products[].sku=SG-{product:03d} | properties.products[].name={title} | "
        "quantity:properties.products[].quantity={pieces} | price:properties.products[].price={price}",
        arrangement="nested",
        format="ndjson",
        dates="%Y-%m-%dT%H:%M:%S.000Z",
    ),
    Shape(
        "Klaviyo",
        "Ordered Product",
        "event=Ordered Product | user:email={email} | date:datetime={at} | order:OrderId={order} | "
        "item:SKU=KL-{product:03d} | ProductName={title} | quantity:Quantity={pieces} | "
        "price:ItemPrice={price}",
        dates="%Y-%m-%d %H:%M:%S+00:00",
    ),
    Shape(
        "Klaviyo",
        "Events of several metrics",
        "Event ID=ev{line} | Metric={status} | date:Timestamp={at} | Profile ID=01K{shopper:05d} | "
        "user:Email={email} | "
        "$value={total} | order:OrderId={order} | item:ProductID={product} | ProductName={title} | "
        "quantity:Quantity={pieces} | price:ItemPrice={price}",
        dates="%Y-%m-%dT%H:%M:%S+00:00",
        bought=("Ordered Product",),
        other=("Viewed Product",),
    ),
    Shape(
        "Matomo",
        "log_conversion_item",
        "idvisitor=ff{shopper:06d} | user:user_id=u{shopper} | date:server_time={at} | "
        "order:idorder={order} | item:item_sku=MA{product:03d} | item_name={title} | "
        "price:price={price} | quantity:quantity={pieces} | deleted=0",
        may_ask="server_time is a name of this program",
    ),
    Shape(
        "MongoDB",
        "orders, extended JSON",
        "_id.$oid=65a000000000000000{order:06d} | order:orderNo={order} | user:customer.id={shopper} | "
        "customer.email={email} | date:createdAt.$date={at} | status={status} | "
        "item:items[].sku=MO-{product:03d} | items[].name={title} | "
        "quantity:items[].qty.$numberInt={pieces} | price:items[].price.$numberDecimal={price}",
        arrangement="nested",
        format="ndjson",
        dates="%Y-%m-%dT%H:%M:%SZ",
    ),
    Shape(
        "MongoDB",
        "order lines",
        "_id.$oid=65a000000000000000{line:06d} | order:orderId={order} | user:customer.id={shopper} | "
        "item:product.sku=MO-{product:03d} | product.name={title} | quantity:quantity={pieces} | "
        "price:price={price} | date:orderedAt.$date={at}",
        format="ndjson",
        dates="%Y-%m-%dT%H:%M:%S.000Z",
    ),
    Shape(
        "Parquet",
        "orders with a list of structs",
        "order:order_id={order} | user:customer.id={shopper} | customer.email={email} | "
        "date:ordered_at={at} | item:lines[].sku=PQ-{product:03d} | lines[].title={title} | "
        "quantity:lines[].quantity={pieces} | price:lines[].unit_price={price}",
        arrangement="nested",
        format="parquet",
    ),
    Shape(
        "Parquet",
        "order lines",
        "order:order_id={order} | user:customer_id={shopper} | date:order_ts={at} | "
        "item:product_id={product} | product_name={title} | quantity:qty={pieces} | "
        "price:unit_price={price}",
        format="parquet",
        dates="epoch",
    ),
    Shape(
        "Parquet",
        "order lines, prices as structs",
        "order:order.id={order} | user:customer.id={shopper} | date:order.placed_ms={at} | "
        "item:product.sku=PQ-{product:03d} | product.title={title} | quantity:quantity={pieces} | "
        "price:price.value.centAmount={cents} | price.value.currencyCode=EUR | price.value.fractionDigits=2",
        format="parquet",
        dates="epoch ms",
    ),
    Shape(
        "Parquet",
        "orders with lists side by side",
        "__index_level_0__={order} | order:order_id={order} | user:customer_id={shopper} | date:ordered_at={at} | "
        "item:skus=PQ-{product:03d} | quantity:quantities={pieces} | price:prices={price}",
        arrangement="lists",
        format="parquet",
    ),
    Shape(
        "pandas",
        "lists in cells of CSV",
        "order:order_id={order} | user:customer_id=u{shopper} | date:ordered_at={at} | "
        "item:skus='PQ-{product:03d}' | quantity:quantities={pieces} | price:prices={price}",
        arrangement="listed cells",
        item="[{}]",
    ),
    Shape(
        "PostgreSQL",
        "arrays, COPY as CSV",
        "order:order_id={order} | user:customer_id=u{shopper} | date:ordered_at={at} | "
        "item:skus=PQ-{product:03d} | quantity:quantities={pieces} | price:prices={price}",
        arrangement="listed cells",
        item="{{{}}}",
    ),
    Shape(
        "SQL",
        "orders joined with order_items",
        "order_item_id={line} | order:order_id={order} | user:customer_id={shopper} | "
        "item:product_id={product} | quantity:quantity={pieces} | price:unit_price={price} | "
        "date:created_at={at} | status={status}",
        format="sqlite",
    ),
    Shape(
        "SQL",
        "SQL Server, Sales.SalesOrderDetail",
        "order:SalesOrderID={order} | SalesOrderDetailID={line} | quantity:OrderQty={pieces} | "
        "item:ProductID={product} | price:UnitPrice={price} | LineTotal={total} | "
        "user:CustomerID={shopper} | date:OrderDate={at}",
        delimiter="\t",
        dates="%Y-%m-%d %H:%M:%S.000",
        numbers="1234.5000",
        may_ask="SalesOrderID is a name of this sample",
    ),
    Shape(
        "SQL",
        "Northwind, Order Details",
        "order:OrderID={order} | user:CustomerID=CU{shopper:03d} | date:OrderDate={at} | "
        "item:ProductID={product} | ProductName={title} | price:UnitPrice={price} | "
        "quantity:Quantity={pieces} | Discount=0",
    ),
    Shape(
        "SQL",
        "Oracle SQL Developer",
        "order:ORDER_ID={order} | user:CUSTOMER_ID={shopper} | date:ORDER_DATE={at} | "
        "item:PRODUCT_ID={product} | PRODUCT_NAME={title} | quantity:QUANTITY={pieces} | "
        "price:UNIT_PRICE={price}",
        dates="%d-%b-%y",
    ),
    Shape(
        "dunnhumby",
        "Transactions",
        "user:household_key={shopper} | order:BASKET_ID=27{order} | DAY=1 | "
        "item:PRODUCT_ID=99{product:03d} | quantity:QUANTITY={pieces} | price:SALES_VALUE={total} | "
        "STORE_ID=3",
    ),
    Shape(
        "UCI",
        "Online Retail",
        "order:InvoiceNo=53{order} | item:StockCode=22{product:03d} | Description={title} | "
        "quantity:Quantity={pieces} | date:InvoiceDate={at} | price:UnitPrice={price} | "
        "user:CustomerID=17{shopper:03d} | Country=United Kingdom",
        dates="%-m/%-d/%Y %-H:%M",
    ),
    Shape(
        "Excel",
        "saved as CSV, serial dates",
        "order:Order No={order} | date:Order Date={at} | user:Customer No=K{shopper:03d} | "
        "item:Item Code=XL{product:03d} | Item Description={title} | quantity:Qty={pieces} | "
        "price:Unit Price={price}",
        dates="excel",
        above=("Sales report,,,,,,", '"From 2025-01-01, to 2026-12-31",,,,,,', ",,,,,,"),
    ),
    Shape(
        "Excel",
        "merged cells",
        "order:Order={order} | date:Date={at} | user:Customer=K{shopper:03d} | "
        "item:SKU=MC{product:03d} | Product={title} | quantity:Qty={pieces}",
        arrangement="merged",
        dates="%Y-%m-%d",
    ),
    Shape(
        "Excel",
        "German, Unicode text",
        "order:Bestellung={order} | date:Datum={at} | user:Kunde=K{shopper:03d} | "
        "item:Artikelnummer=DE{product:03d} | Bezeichnung={title} | quantity:Menge={pieces} | "
        "price:Preis={price}",
        delimiter="\t",
        encoding="utf-16",
        dates="%d.%m.%Y %H:%M",
        numbers="1.234,50",
    ),
    Shape(
        "Google Forms",
        "orders, items joined",
        "date:Timestamp={at} | user:Email Address={email} | order:Order={order} | "
        "item:SKU=GF{product:03d} | quantity:Quantity={pieces} | price:Price={price}",
        arrangement="joined",
        separator="\n",
        dates="%m/%d/%Y %H:%M:%S",
    ),
    Shape(
        "Airtable",
        "orders, items piped",
        "order:Order ID={order} | user:Customer Email={email} | date:Order Date={at} | "
        "item:SKUs=AT{product:03d} | quantity:Quantity={pieces}",
        arrangement="joined",
        separator="|",
        dates="%Y-%m-%d",
    ),
    Shape(
        "Home-made",
        "2x text",
        "order:Order ID={order} | user:Customer Email={email} | date:Order Date={at} | item:Items={things}",
        arrangement="cell",
        item="{pieces}x {title}",
    ),
    Shape(
        "Home-made",
        "code times count",
        "order:order_id={order} | user:user_id=u{shopper} | date:created_at={at} | item:products={things}",
        arrangement="cell",
        item="CC-{product:02d}:{pieces}",
        separator=";",
    ),
    Shape(
        "Home-made",
        "JSON in a cell",
        "order:order_id={order} | user:email={email} | date:created_at={at} | status={status} | "
        "items={things}",
        arrangement="json cell",
        item="sku=JC-{product:03d} | title={title} | quantity={pieces} | price={price}",
    ),
    Shape(
        "Home-made",
        "columns for each item",
        "order:order_id={order} | user:customer_id={shopper} | date:order_date={at} | "
        "sku_{n}=WI{product:03d} | qty_{n}={pieces} | price_{n}={price}",
        arrangement="wide",
        may_ask="columns for each item",
    ),
    Shape(
        "Home-made",
        "text x 2",
        "order:Order ID={order} | user:Customer Email={email} | date:Order Date={at} | item:Items={things}",
        arrangement="cell",
        item="{title} x {pieces}",
    ),
    Shape(
        "Home-made",
        "commas in names",
        "order:order_id={order} | user:email={email} | date:date={at} | item:product={thing}, {colour} | "
        "quantity:quantity={pieces}",
    ),
    Shape(
        "Home-made",
        "items joined, one quantity",
        "order_id={order} | email={email} | date={at} | sku=NL{product:02d} | quantity={all_pieces}",
        arrangement="joined",
        separator=",",
        must_ask="nobody can say how many pieces of each",
    ),
    Shape(
        "Home-made",
        "orders numbered anew each day",
        "order_no={order_of_day} | customer_id=u{shopper} | sku=AB{product:03d} | date={at} | "
        "quantity={pieces}",
        dates="%Y-%m-%d",
        must_ask="one order would have several shoppers and days",
    ),
    Shape(
        "Home-made",
        "item_id is the key of the line",
        "item_id={line:06d} | order_id={order} | customer_id=u{shopper} | created_at={at} | "
        "quantity={pieces}",
        must_ask="no column names the product",
    ),
    Shape(
        "Home-made",
        "events in unknown words",
        "user_id=u{shopper} | item_id=AB{product:03d} | event_type={status} | timestamp={at}",
        bought=("zap", "zip"),
        other=("zop",),
        must_ask="no word says what was bought",
    ),
)
"""Shapes by source."""
