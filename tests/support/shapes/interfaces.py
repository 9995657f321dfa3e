"""What the interfaces of shops answer, saved as it came."""

from .shape import Shape

ISO = "%Y-%m-%dT%H:%M:%SZ"
INTERFACES = (
    Shape(
        "Shopify",
        "GraphQL Admin API",
        "id=gid://shopify/Order/{order} | order:name=#{order} | date:createdAt={at} | "
        "user:customer.id=gid://shopify/Customer/{shopper} | email={email} | "
        "lineItems.edges[].node.id=gid://shopify/LineItem/{line} | "
        "item:lineItems.edges[].node.sku=SH-{product:03d} | lineItems.edges[].node.title={title} | "
        "quantity:lineItems.edges[].node.quantity={pieces} | "
        "price:lineItems.edges[].node.originalUnitPriceSet.shopMoney.amount={price} | "
        "lineItems.edges[].node.originalUnitPriceSet.shopMoney.currencyCode=EUR",
        arrangement="nested",
        format="json",
        inside="data.orders.edges[].node",
        dates=ISO,
    ),
    Shape(
        "Shopify",
        "GraphQL bulk operation",
        "order:id=gid://shopify/Order/{order} | name=#{order} | date:createdAt={at} | "
        "user:customer.id=gid://shopify/Customer/{shopper} | email={email} | "
        "lines[].id=gid://shopify/LineItem/{line} | item:lines[].sku=SH-{product:03d} | lines[].title={title} | "
        "quantity:lines[].quantity={pieces} | "
        "price:lines[].discountedUnitPriceSet.shopMoney.amount={price} | "
        "lines[].discountedUnitPriceSet.shopMoney.currencyCode=EUR",
        arrangement="children",
        format="ndjson",
        dates=ISO,
    ),
    Shape(
        "Shopify",
        "REST Admin API",
        "id=45000{order} | order:order_number={order} | name=#{order} | date:created_at={at} | email={email} | "
        "user:customer.id={shopper} | currency=EUR | total_price={order_total} | cancelled_at= | "
        "line_items[].id={line} | line_items[].product_id={product} | item:line_items[].sku=SH-{product:03d} | "
        "line_items[].title={title} | quantity:line_items[].quantity={pieces} | price:line_items[].price={price} | "
        "line_items[].price_set.shop_money.amount={price} | line_items[].price_set.shop_money.currency_code=EUR",
        arrangement="nested",
        format="json",
        inside="orders[]",
        dates="%Y-%m-%dT%H:%M:%S+00:00",
    ),
    Shape(
        "WooCommerce",
        "REST API",
        "order:id={order} | number={order} | status={status} | currency=EUR | date:date_created={at} | "
        "total={order_total} | user:customer_id={shopper} | billing.first_name={name} | billing.email={email} | "
        "line_items[].id={line} | line_items[].name={title} | line_items[].product_id={product} | "
        "line_items[].variation_id=0 | quantity:line_items[].quantity={pieces} | line_items[].total={total} | "
        "item:line_items[].sku=WC-{product:03d} | price:line_items[].price={price}",
        arrangement="nested",
        format="json",
        dates="%Y-%m-%dT%H:%M:%S",
    ),
    Shape(
        "Adobe Commerce",
        "REST API",
        "entity_id={order} | order:increment_id=0000{order} | date:created_at={at} | user:customer_id={shopper} | "
        "customer_email={email} | status={status} | grand_total={order_total} | items[].item_id={line} | "
        "items[].order_id={order} | items[].product_id={product} | items[].product_type=simple | "
        "item:items[].sku=MG-{product:03d} | items[].name={title} | quantity:items[].qty_ordered={pieces} | "
        "price:items[].price={price} | items[].row_total={total}",
        arrangement="nested",
        format="json",
        inside="items[]",
        bought=("complete", "processing"),
        other=("canceled",),
    ),
    Shape(
        "BigCommerce",
        "v2 orders",
        "order:id={order} | user:customer_id={shopper} | date:date_created={at} | status={status} | "
        "billing_address.email={email} | products[].id={line} | products[].product_id={product} | "
        "item:products[].sku=BC-{product:03d} | products[].name={title} | quantity:products[].quantity={pieces} | "
        "price:products[].base_price={price}",
        arrangement="nested",
        format="json",
        dates="%a, %d %b %Y %H:%M:%S +0000",
        numbers="1234.5000",
        bought=("Shipped", "Completed"),
        other=("Cancelled",),
    ),
    Shape(
        "Stripe",
        "Checkout sessions",
        "order:id=cs_{order} | object=checkout.session | date:created={at} | user:customer=cus_{shopper} | "
        "customer_details.email={email} | currency=eur | status=complete | line_items.object=list | "
        "line_items.data[].id=li_{line} | line_items.data[].description={title} | "
        "line_items.data[].currency=eur | quantity:line_items.data[].quantity={pieces} | "
        "item:line_items.data[].price.product=prod_{product} | line_items.data[].price.currency=eur | "
        "price:line_items.data[].price.unit_amount={cents}",
        arrangement="nested",
        format="json",
        inside="data[]",
        dates="epoch",
    ),
    Shape(
        "Square",
        "Search orders",
        "order:id=sq{order} | location_id=L1 | user:customer_id=C{shopper} | date:created_at={at} | "
        "line_items[].uid=u{line} | item:line_items[].catalog_object_id=OBJ{product:03d} | "
        "line_items[].name={title} | quantity:line_items[].quantity={pieces} | "
        "price:line_items[].base_price_money.amount={cents} | line_items[].base_price_money.currency=EUR",
        arrangement="nested",
        format="json",
        inside="orders[]",
        dates="%Y-%m-%dT%H:%M:%S.000Z",
    ),
    Shape(
        "Etsy",
        "Open API, receipts",
        "order:receipt_id={order} | user:buyer_user_id=77{shopper:03d} | buyer_email={email} | "
        "status={status} | date:created_timestamp={at} | transactions[].transaction_id={line} | "
        "transactions[].title={title} | quantity:transactions[].quantity={pieces} | "
        "item:transactions[].sku=ET-{product:03d} | price:transactions[].price.amount={cents} | "
        "transactions[].price.divisor=100 | transactions[].price.currency_code=EUR",
        arrangement="nested",
        format="json",
        inside="results[]",
        dates="epoch",
        bought=("Completed", "Paid"),
        other=("Canceled",),
    ),
    Shape(
        "eBay",
        "Fulfillment API",
        "order:orderId=12-0{order} | date:creationDate={at} | orderPaymentStatus=PAID | "
        "user:buyer.username=b{shopper} | lineItems[].lineItemId=9{line} | item:lineItems[].sku=EB-{product:03d} | "
        "lineItems[].title={title} | quantity:lineItems[].quantity={pieces} | "
        "price:lineItems[].lineItemCost.value={total} | lineItems[].lineItemCost.currency=EUR",
        arrangement="nested",
        format="json",
        inside="orders[]",
        dates="%Y-%m-%dT%H:%M:%S.000Z",
    ),
    Shape(
        "Wix",
        "Stores API, orders",
        "id=w{order} | order:number={order} | date:createdDate={at} | user:buyerInfo.contactId=m{shopper} | "
        "buyerInfo.email={email} | paymentStatus=PAID | lineItems[].id=li{line} | "
        "item:lineItems[].catalogReference.catalogItemId=wx{product:03d} | "
        "lineItems[].productName.original={title} | quantity:lineItems[].quantity={pieces} | "
        "price:lineItems[].price.amount={price} | lineItems[].price.formattedAmount={price} €",
        arrangement="nested",
        format="json",
        inside="orders[]",
        dates="%Y-%m-%dT%H:%M:%S.000Z",
    ),
    Shape(
        "Saleor",
        "GraphQL API",
        "order:number={order} | date:created={at} | user:user.id=VXNlcjo{shopper} | userEmail={email} | "
        "lines[].id=T3JkZXJMaW5l{line} | lines[].productName={title} | item:lines[].productSku=SA-{product:03d} | "
        "quantity:lines[].quantity={pieces} | price:lines[].unitPrice.gross.amount={price} | "
        "lines[].unitPrice.gross.currency=EUR | lines[].unitPrice.net.amount=1 | "
        "lines[].unitPrice.net.currency=EUR",
        arrangement="nested",
        format="json",
        inside="data.orders.edges[].node",
        dates="%Y-%m-%dT%H:%M:%S+00:00",
    ),
    Shape(
        "Medusa",
        "Admin API",
        "id=order_{order} | order:display_id={order} | status={status} | email={email} | "
        "user:customer_id=cus_{shopper} | date:created_at={at} | currency_code=eur | items[].id=item_{line} | "
        "items[].title={title} | items[].product_id=prod_{product} | item:items[].variant_sku=ME-{product:03d} | "
        "quantity:items[].quantity={pieces} | price:items[].unit_price={price}",
        arrangement="nested",
        format="json",
        inside="orders[]",
        dates="%Y-%m-%dT%H:%M:%S.000Z",
        other=("canceled",),
    ),
    Shape(
        "Spree",
        "API v1",
        "id={order} | order:number=R{order} | user:user_id={shopper} | email={email} | state={status} | "
        "date:completed_at={at} | line_items[].id={line} | quantity:line_items[].quantity={pieces} | "
        "price:line_items[].price={price} | line_items[].variant.id={product} | "
        "item:line_items[].variant.sku=SP-{product:03d} | line_items[].variant.name={title}",
        arrangement="nested",
        format="json",
        inside="orders[]",
        dates="%Y-%m-%dT%H:%M:%S.000Z",
        bought=("complete",),
        other=("canceled",),
    ),
    Shape(
        "Vendure",
        "GraphQL Admin API",
        "id={order} | order:code=VD{order} | user:customer.id={shopper} | customer.emailAddress={email} | "
        "date:orderPlacedAt={at} | state={status} | currencyCode=EUR | lines[].id={line} | "
        "item:lines[].productVariant.sku=VE-{product:03d} | lines[].productVariant.name={title} | "
        "quantity:lines[].quantity={pieces} | price:lines[].unitPriceWithTax={cents}",
        arrangement="nested",
        format="json",
        inside="data.orders.items[]",
        dates="%Y-%m-%dT%H:%M:%S.000Z",
        bought=("Delivered",),
        other=("Cancelled",),
        may_ask="nothing says that prices are in cents",
    ),
    Shape(
        "Sylius",
        "Admin API",
        "order:number=0000{order} | user:customer=/api/v2/admin/customers/{shopper} | "
        "date:checkoutCompletedAt={at} | state={status} | currencyCode=EUR | items[].id={line} | "
        "item:items[].variant=/api/v2/admin/product-variants/SY{product:03d} | items[].productName={title} | "
        "quantity:items[].quantity={pieces} | price:items[].unitPrice={cents}",
        arrangement="nested",
        format="json",
        inside="hydra:member[]",
        bought=("fulfilled",),
        other=("cancelled",),
        may_ask="nothing says that prices are in cents",
    ),
    Shape(
        "Elasticsearch",
        "search of orders",
        "order:order_id={order} | user:customer_id={shopper} | email={email} | date:order_date={at} | "
        "products[].product_id={product} | item:products[].sku=ES-{product:03d} | "
        "products[].product_name={title} | quantity:products[].quantity={pieces} | "
        "price:products[].price={price}",
        arrangement="nested",
        format="json",
        inside="hits.hits[]._source",
        dates=ISO,
    ),
    Shape(
        "DynamoDB",
        "export to a bucket",
        "order:Item.orderId.S=o{order} | user:Item.customerId.S=u{shopper} | date:Item.createdAt.N={at} | "
        "item:Item.lines.L[].M.sku.S=DY-{product:03d} | Item.lines.L[].M.title.S={title} | "
        "quantity:Item.lines.L[].M.quantity.N={pieces} | price:Item.lines.L[].M.price.N={price}",
        arrangement="nested",
        format="ndjson",
        dates="epoch ms",
    ),
    Shape(
        "Firestore",
        "REST API, documents",
        "order:fields.orderId.stringValue=o{order} | user:fields.uid.stringValue=u{shopper} | "
        "date:fields.createdAt.timestampValue={at} | "
        "item:fields.items.arrayValue.values[].mapValue.fields.sku.stringValue=FS-{product:03d} | "
        "quantity:fields.items.arrayValue.values[].mapValue.fields.quantity.integerValue={pieces} | "
        "price:fields.items.arrayValue.values[].mapValue.fields.price.doubleValue={price}",
        arrangement="nested",
        format="json",
        inside="documents[]",
        dates=ISO,
    ),
    Shape(
        "MongoDB",
        "Compass, saved as JSON",
        "_id.$oid=65a000000000000000{order:06d} | order:orderNo={order} | user:customer.id={shopper} | "
        "date:createdAt.$date={at} | item:items[].sku=MO-{product:03d} | items[].name={title} | "
        "quantity:items[].qty.$numberInt={pieces} | price:items[].price.$numberDecimal={price}",
        arrangement="nested",
        format="json",
        dates=ISO,
    ),
)
"""Shapes by source."""
