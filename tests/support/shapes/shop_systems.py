"""The exports of shop systems that one installs, and of their plugins."""

from .shape import Shape

MAGENTO = ("complete", "processing")

SHOP_SYSTEMS = (
    Shape(
        "WooCommerce",
        "Advanced Order Export",
        "order:Order Number={order} | Order Status={status} | date:Order Date={at} | "
        "First Name (Billing)={name} | user:Email (Billing)={email} | Item #={place} | "
        "item:SKU=WC-{product:03d} | Name={title} | quantity:Quantity={pieces} | "
        "Quantity (- Refund)={pieces} | price:Item Cost={price} | Order Line Total={total} | "
        "Order Total Amount={order_total}",
        dates="%Y-%m-%d %H:%M",
        bought=("Completed", "Processing"),
        other=("Cancelled",),
    ),
    Shape(
        "WooCommerce",
        "WebToffee",
        "order:order_id={order} | order_number={order} | date:order_date={at} | paid_date={at} | "
        "status={status} | order_total={order_total} | customer_id={shopper} | "
        "user:customer_email={email} | billing_email={email} | wt_import_key={order} | "
        "line_item_{n}=name:{title}|product_id:{product}|sku:WT-{product:03d}|quantity:{pieces}|total:{total}|sub_total:{total}",
        arrangement="wide",
        bought=("completed", "processing"),
    ),
    Shape(
        "WooCommerce",
        "REST API, orders",
        "order:id={order} | number={order} | status={status} | date:date_created={at} | "
        "user:customer_id={shopper} | billing.email={email} | line_items[].id={line} | "
        "line_items[].name={title} | line_items[].product_id={product} | "
        "quantity:line_items[].quantity={pieces} | item:line_items[].sku=WC-{product:03d} | "
        "line_items[].total={total} | price:line_items[].price={price}",
        arrangement="nested",
        format="ndjson",
        dates="%Y-%m-%dT%H:%M:%S",
        bought=("completed", "processing"),
    ),
    Shape(
        "WooCommerce",
        "wc_order_product_lookup",
        "order_item_id={line} | order:order_id={order} | item:product_id={product} | variation_id=0 | "
        "user:customer_id={shopper} | date:date_created={at} | quantity:product_qty={pieces} | "
        "price:product_net_revenue={total} | coupon_amount=0 | tax_amount=0",
        numbers="1234.50",
    ),
    Shape(
        "WooCommerce",
        "Customer/Order CSV Export, one row an order",
        "order:order_id={order} | order_number={order} | date:date={at} | status={status} | "
        "customer_id={shopper} | user:billing_email={email} | order_total={order_total} | "
        "line_items={things}",
        arrangement="cell",
        item="id:{line}|name:{title}|product_id:{product}|sku:WC-{product:03d}|quantity:{pieces}|total:{total}",
        separator=";",
        bought=("completed", "processing"),
    ),
    Shape(
        "Magento",
        "sales_order_item",
        "item_id={line} | order:order_id={order} | parent_item_id= | product_id={product} | "
        "product_type=simple | item:sku=MG-{product:03d} | name={title} | "
        "quantity:qty_ordered={pieces}.0000 | qty_refunded=0.0000 | price:price={price} | "
        "date:created_at={at} | user:customer_id={shopper} | customer_email={email} | status={status}",
        numbers="1234.5000",
        bought=MAGENTO,
        other=("canceled",),
    ),
    Shape(
        "Magento",
        "sales_order_item with refunds",
        "item_id={line} | order:order_id={order} | parent_item_id= | product_id={product} | "
        "item:sku=MG-{product:03d} | name={title} | quantity:qty_ordered={pieces}.0000 | "
        "qty_invoiced={pieces}.0000 | qty_shipped={pieces}.0000 | qty_refunded={back}.0000 | "
        "qty_canceled=0.0000 | price:price={price} | row_total={total} | date:created_at={at} | "
        "user:customer_id={shopper}",
        numbers="1234.5000",
    ),
    Shape(
        "Magento",
        "REST API, orders",
        "entity_id={order} | order:increment_id=000{order} | user:customer_id={shopper} | "
        "customer_email={email} | date:created_at={at} | status={status} | items[].item_id={line} | "
        "item:items[].sku=MG-{product:03d} | items[].name={title} | "
        "quantity:items[].qty_ordered={pieces} | price:items[].price={price}",
        arrangement="nested",
        format="ndjson",
        bought=MAGENTO,
        other=("canceled",),
    ),
    Shape(
        "Magento",
        "orders with items (extension)",
        "order:Increment ID=000{order} | date:Created At={at} | Status={status} | "
        "user:Customer Email={email} | Grand Total={order_total} | item:Item SKU=MG-{product:03d} | "
        "Item Name={title} | quantity:Item Qty Ordered={pieces} | price:Item Price={price}",
        bought=("Complete",),
        other=("Canceled",),
        may_ask="names of an extension",
    ),
    Shape(
        "PrestaShop",
        "order_detail with orders",
        "order:id_order={order} | reference=XK{order} | user:id_customer={shopper} | email={email} | "
        "item:product_id={product} | product_attribute_id=0 | product_reference=demo_{product} | "
        "product_name={title} | quantity:product_quantity={pieces} | price:unit_price_tax_incl={price} | "
        "date:date_add={at} | order_state={status}",
        delimiter=";",
        numbers="1234.500000",
        bought=("Livré", "Paiement accepté"),
        other=("Annulé",),
    ),
    Shape(
        "PrestaShop",
        "SQL Manager, Spanish shop",
        "order:id_order={order} | user:id_customer={shopper} | item:product_id={product} | "
        "product_name={title} | quantity:product_quantity={pieces} | price:product_price={price} | "
        "date:date_add={at} | estado={status}",
        delimiter=";",
        numbers="1234.500000",
        bought=("Entregado", "Pago aceptado"),
        other=("Cancelado",),
    ),
    Shape(
        "OpenCart",
        "order_product with order",
        "order_product_id={line} | order:order_id={order} | item:product_id={product} | name={title} | "
        "model=M{product} | quantity:quantity={pieces} | price:price={price} | total={total} | "
        "user:customer_id={shopper} | email={email} | date:date_added={at} | order_status={status}",
        numbers="1234.5000",
        bought=("Complete", "Shipped"),
        other=("Canceled",),
    ),
    Shape(
        "Shopware 5",
        "Orders",
        "order:orderId={order} | number=2{order} | user:customerId={shopper} | email={email} | "
        "orderStatus={status} | paymentStatus=completely_paid | date:orderTime={at} | "
        "orderDetailId={line} | item:articleId={product} | articleNumber=SW{product:05d} | "
        "name={title} | quantity:quantity={pieces} | price:price={price}",
        delimiter=";",
        bought=("completed",),
        other=("cancelled",),
        may_ask="the status completely_paid is one of this system",
    ),
    Shape(
        "Shopware 6",
        "order_line_item",
        "order:order.orderNumber=1{order} | date:order.orderDateTime={at} | "
        "order.stateMachineState.name={status} | "
        "user:order.orderCustomer.customerNumber=K{shopper:05d} | order.orderCustomer.email={email} | "
        "item:payload.productNumber=SW{product:05d} | label={title} | type=product | "
        "quantity:quantity={pieces} | price:unitPrice={price} | totalPrice={total}",
        delimiter=";",
        dates="%Y-%m-%dT%H:%M:%S.000+00:00",
        bought=("Done", "In progress"),
        other=("Cancelled",),
        may_ask="names of inner fields",
    ),
    Shape(
        "Shopware 6",
        "Orders, German administration",
        "order:Bestellnummer=1{order} | date:Bestelldatum={at} | Status={status} | user:E-Mail={email} | "
        "Kundenname={name} | item:Produktnummer=SW{product:05d} | Produktname={title} | "
        "quantity:Menge={pieces} | price:Einzelpreis={price} | Gesamtpreis={total}",
        delimiter=";",
        encoding="cp1252",
        dates="%d.%m.%Y, %H:%M",
        numbers="1.234,50 €",
        bought=("Abgeschlossen", "In Bearbeitung"),
        other=("Abgebrochen",),
    ),
    Shape(
        "Gambio",
        "orders_products",
        "orders_products_id={line} | order:orders_id={order} | user:customers_id={shopper} | "
        "customers_email_address={email} | item:products_id={product} | "
        "products_model=GX-{product:03d} | products_name={title} | price:products_price={price} | "
        "final_price={total} | quantity:products_quantity={pieces} | date:date_purchased={at} | "
        "orders_status_name={status}",
        delimiter="|",
        numbers="1234.5000",
        bought=("Versendet", "Offen"),
        other=("Storniert",),
        may_ask="the plural names of the osCommerce family",
    ),
    Shape(
        "OXID eShop",
        "oxorderarticles with oxorder",
        "oxid=a{line:08x} | oxorderid=o{order:08x} | order:oxordernr={order} | "
        "user:oxuserid=u{shopper:08x} | oxbillemail={email} | date:oxorderdate={at} | "
        "quantity:oxamount={pieces} | item:oxartnum=OX-{product:04d} | oxtitle={title} | "
        "price:oxbprice={price} | oxbrutprice={total} | oxstorno=0",
        may_ask="the columns have names of this system only",
    ),
    Shape(
        "CS-Cart",
        "Order items",
        "order:Order ID={order} | item:Product code=CS{product:04d} | Product={title} | "
        "quantity:Quantity={pieces} | price:Price={price} | E-mail={email} | user:User ID={shopper} | "
        "date:Date={at} | Status={status}",
        delimiter=";",
        dates="%d %b %Y %H:%M:%S",
        bought=("Complete", "Processed"),
        other=("Canceled",),
    ),
    Shape(
        "nopCommerce",
        "OrderItem with Order",
        "OrderItemId={line} | order:OrderId={order} | user:CustomerId={shopper} | "
        "item:ProductId={product} | ProductName={title} | quantity:Quantity={pieces} | "
        "price:UnitPriceInclTax={price} | PriceInclTax={total} | OrderStatus={status} | "
        "date:CreatedOnUtc={at}",
        dates="%m/%d/%Y %H:%M:%S",
        bought=("Complete",),
        other=("Cancelled",),
        may_ask="names of this system",
    ),
    Shape(
        "Spree",
        "Line items",
        "line_item_id={line} | order:order_number=R{order} | user:email={email} | state={status} | "
        "date:completed_at={at} | item:variant_sku=SP-{product:03d} | product_name={title} | "
        "quantity:quantity={pieces} | price:price={price}",
        dates="%Y-%m-%d %H:%M:%S UTC",
        bought=("complete",),
        other=("canceled",),
    ),
    Shape(
        "Medusa",
        "Store API, orders",
        "id=order_{order} | order:display_id={order} | user:email={email} | date:created_at={at} | "
        "status={status} | items[].id=item_{line} | items[].title={title} | "
        "item:items[].variant_sku=MD-{product:03d} | quantity:items[].quantity={pieces} | "
        "price:items[].unit_price={price}",
        arrangement="nested",
        format="json",
        dates="%Y-%m-%dT%H:%M:%S.000Z",
        bought=("completed",),
        other=("canceled",),
        may_ask="a JSON array; the message says how to write one document on each line",
    ),
    Shape(
        "Sylius",
        "Order items",
        "order:order_number=000{order} | user:customer_email={email} | date:checkout_completed_at={at} | "
        "order_state={status} | item:variant_code=SY_{product:03d} | product_name={title} | "
        "quantity:quantity={pieces} | price:unit_price={price} | total={total}",
        bought=("fulfilled", "new"),
        other=("cancelled",),
        may_ask="names of this system",
    ),
    Shape(
        "Shopware 6",
        "Import/Export profile, dotted names",
        "order:orderNumber=1{order} | user:orderCustomer.customerNumber=10{shopper:03d} | "
        "orderCustomer.email={email} | date:orderDateTime={at} | "
        "item:lineItems.payload.productNumber=SW1{product:04d} | lineItems.label={title} | "
        "quantity:lineItems.quantity={pieces} | price:lineItems.unitPrice={price} | "
        "stateMachineState.name={status}",
        delimiter=";",
        dates="%Y-%m-%dT%H:%M:%S.000+00:00",
        bought=("Abgeschlossen",),
        other=("Abgebrochen",),
    ),
    Shape(
        "osCommerce",
        "orders_products with orders",
        "order:orders_id={order} | user:customers_id={shopper} | customers_name={name} | "
        "customers_email_address={email} | date:date_purchased={at} | orders_status=3 | "
        "orders_products_id={line} | item:products_id={product} | products_model=OC{product:03d} | "
        "products_name={title} | price:products_price={price} | final_price={price} | "
        "quantity:products_quantity={pieces}",
        numbers="1234.5000",
        may_ask="a status is a number",
    ),
    Shape(
        "Zen Cart",
        "Super Orders",
        "order:orders_id={order} | user:customers_email_address={email} | date:date_purchased={at} | "
        "orders_status_name={status} | products_model=ZC{product:03d} | products_name={title} | "
        "item:products_id={product} | price:final_price={price} | quantity:products_quantity={pieces}",
        delimiter="\t",
        numbers="1234.5000",
        bought=("Delivered",),
        other=("Cancelled",),
    ),
)
"""Shapes by platform."""
