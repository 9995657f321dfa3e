"""The exports of marketplaces."""

from .shape import Shape

MARKETPLACES = (
    Shape(
        "Etsy",
        "Sold Order Items",
        "date:Sale Date={at} | Item Name={title} | user:Buyer=buyer{shopper} | "
        "quantity:Quantity={pieces} | price:Price={price} | Coupon Code= | Discount Amount=0 | "
        "Item Total={total} | Currency=EUR | Transaction ID=30{line:05d} | "
        "item:Listing ID=7000{product:02d} | Date Paid={at} | Ship Name={name} | "
        "order:Order ID=21{order} | Variations= | Order Type=online | SKU=",
        dates="%m/%d/%y",
    ),
    Shape(
        "eBay",
        "Orders report",
        "Sales Record Number={order} | order:Order Number=12-{order}-99 | "
        "Buyer Username=ebayer{shopper} | Buyer Name={name} | user:Buyer Email={email} | "
        "item:Item Number=1100000{product:04d} | Item Title={title} | Custom Label=EB{product:03d} | "
        "quantity:Quantity={pieces} | price:Sold For={price} | Total Price={order_total} | "
        "date:Sale Date={at} | Paid On Date={at} | Transaction ID=5{line:05d}",
        dates="%b-%d-%y",
        numbers="$1,234.50",
    ),
    Shape(
        "eBay",
        "Bestellbericht",
        "Verkaufsprotokollnummer={order} | order:Bestellnummer=12-{order}-99 | "
        "user:Nutzername des Käufers=ebayer{shopper} | Name des Käufers={name} | "
        "item:Artikelnummer=1100000{product:04d} | Angebotstitel={title} | quantity:Anzahl={pieces} | "
        "price:Verkauft für={price} | date:Verkauft am={at}",
        delimiter=";",
        dates="%d.%m.%Y",
        numbers="EUR 1.234,50",
        may_ask="the columns have names of this marketplace only",
    ),
    Shape(
        "Amazon",
        "All Orders report",
        "order:amazon-order-id=111-000{order}-0000001 | merchant-order-id= | date:purchase-date={at} | "
        "order-status={status} | item-status={status} | "
        "user:buyer-email=ab{shopper:03d}zz@marketplace.test | product-name={title} | "
        "item:sku=AM-{product:03d} | asin=B0000000{product:02d} | quantity:quantity={pieces} | "
        "currency=USD | price:item-price={total}",
        delimiter="\t",
        dates="%Y-%m-%dT%H:%M:%S+00:00",
        bought=("Shipped",),
        other=("Cancelled",),
    ),
    Shape(
        "Amazon",
        "Flat-file order report",
        "order:order-id=111-000{order}-0000001 | order-item-id=9{line:06d} | date:purchase-date={at} | "
        "payments-date={at} | user:buyer-email=ab{shopper:03d}zz@marketplace.test | buyer-name={name} | "
        "item:sku=AM-{product:03d} | product-name={title} | quantity:quantity-purchased={pieces} | "
        "currency=USD | price:item-price={total} | item-tax=0.00",
        delimiter="\t",
        dates="%Y-%m-%dT%H:%M:%S-07:00",
    ),
    Shape(
        "Amazon",
        "SP-API, orders with items",
        "order:AmazonOrderId=111-000{order}-0000001 | date:PurchaseDate={at} | OrderStatus={status} | "
        "user:BuyerInfo.BuyerEmail=ab{shopper:03d}zz@marketplace.test | "
        "OrderItems[].OrderItemId=9{line:06d} | OrderItems[].ASIN=B0000000{product:02d} | "
        "item:OrderItems[].SellerSKU=AM-{product:03d} | OrderItems[].Title={title} | "
        "quantity:OrderItems[].QuantityOrdered={pieces} | price:OrderItems[].ItemPrice.Amount={total}",
        arrangement="nested",
        format="ndjson",
        dates="%Y-%m-%dT%H:%M:%SZ",
        bought=("Shipped",),
        other=("Canceled",),
        may_ask="the e-mail is in an inner object",
    ),
    Shape(
        "Shopee",
        "Orders",
        "order:Order ID=2602{order}XYZ | Order Status={status} | "
        "user:Username (Buyer)=shopper_{shopper} | date:Order Creation Date={at} | "
        "Parent SKU Reference No.= | Product Name={title} | item:SKU Reference No.=SP-{product:03d} | "
        "Variation Name= | price:Deal Price={price} | quantity:Quantity={pieces} | "
        "Product Subtotal={total}",
        dates="%Y-%m-%d %H:%M",
        bought=("Completed",),
        other=("Cancelled",),
    ),
    Shape(
        "TikTok Shop",
        "Orders",
        "order:Order ID=5700000000{order} | Order Status=Completed | Order Substatus= | "
        "Cancelation/Return Type= | Normal or Pre-order=Normal | SKU ID=1700000000000{product:05d} | "
        "item:Seller SKU=TT-{product:03d} | Product Name={title} | Variation=Default | "
        "quantity:Quantity={pieces} | Sku Quantity of return={back} | Order Amount={order_total} | "
        "date:Created Time={at} | user:Buyer Username=buyer{shopper}",
        dates="%m/%d/%Y %I:%M:%S %p",
    ),
    Shape(
        "Lazada",
        "Orders",
        "orderItemId=88{line:05d} | order:orderNumber=4{order} | date:createTime={at} | "
        "item:sellerSku=LZ-{product:03d} | lazadaSku=5{product:04d}_MY | itemName={title} | "
        "customerName={name} | user:customerEmail={email} | price:unitPrice={price} | "
        "paidPrice={price} | status={status}",
        arrangement="pieces",
        dates="%d %b %Y %H:%M",
        bought=("delivered",),
        other=("canceled",),
    ),
    Shape(
        "Allegro",
        "Zamówienia",
        "order:OrderId=al{order} | date:OrderDate={at} | SellerStatus={status} | "
        "BuyerLogin=klient{shopper} | user:BuyerEmail={email} | item:OfferId=98{product:04d} | "
        "OfferName={title} | quantity:Quantity={pieces} | price:UnitPrice={price}",
        delimiter=";",
        numbers="1234,50",
        bought=("SENT",),
        other=("CANCELLED",),
        may_ask="OfferId and BuyerLogin are names of this marketplace",
    ),
    Shape(
        "Mirakl",
        "Orders",
        "order:Order number={order}-A | date:Date created={at} | quantity:Quantity={pieces} | "
        "Details={title} | Status={status} | price:Amount={total} | Currency=EUR | "
        "item:Product SKU=MK{product:03d} | Offer SKU=of-{product:03d} | user:Customer email={email} | "
        "Order line number={order}-A-{place}",
        delimiter=";",
        dates="%Y-%m-%dT%H:%M:%SZ",
        bought=("Received", "Shipped"),
        other=("Canceled",),
    ),
    Shape(
        "Kaufland",
        "Bestelleinheiten",
        "id_order_unit={line:07d} | order:id_order=M{order} | date:ts_created_iso={at} | "
        "status={status} | item:id_offer=KL-{product:03d} | ean=40000000{product:05d} | title={title} | "
        "price:price={price} | user:buyer_email={email}",
        arrangement="pieces",
        dates="%Y-%m-%dT%H:%M:%SZ",
        bought=("received", "sent"),
        other=("cancelled",),
        may_ask="ts_created_iso and id_offer are names of this marketplace",
    ),
    Shape(
        "Walmart",
        "Orders",
        "PO#=10{order} | order:Order#=20{order} | date:Order Date={at} | user:Customer Email={email} | "
        "Customer Name={name} | item:SKU=WM{product:03d} | Item Description={title} | "
        "quantity:Qty={pieces} | price:Item Cost={price} | Status={status}",
        dates="%Y-%m-%d",
        bought=("Shipped", "Delivered"),
        other=("Cancelled",),
    ),
    Shape(
        "Otto Market",
        "positionItems",
        "salesOrderId=s{order} | order:orderNumber=b{order}w | date:orderDate={at} | "
        "user:customerNumber=k{shopper:04d} | positionItems[].positionItemId=p{line} | "
        "positionItems[].fulfillmentStatus={status} | "
        "item:positionItems[].product.sku=OT-{product:03d} | "
        "positionItems[].product.productTitle={title} | "
        "price:positionItems[].itemValueGrossPrice.amount={price} | "
        "positionItems[].itemValueGrossPrice.currency=EUR",
        arrangement="nested",
        format="ndjson",
        dates="%Y-%m-%dT%H:%M:%S.000+0000",
        bought=("SENT",),
        other=("CANCELLED_BY_PARTNER",),
        may_ask="a status of each piece",
    ),
    Shape(
        "Gumroad",
        "Sales",
        "Purchase ID=gum{line} | Item Name={title} | Buyer Name={name} | "
        "user:Purchase Email={email} | Buyer Email={email} | date:Purchase Date={at} | "
        "Purchase Time (UTC timezone)={time} | "
        "Subtotal ($)={price} | price:Item Price ($)={price} | quantity:Quantity={pieces} | "
        "item:Product ID=gp{product} | order:Order Number={order} | SKU ID= | Refunded?=0",
        dates="%Y-%m-%d",
    ),
    Shape(
        "Faire",
        "Order items",
        "date:Order Date={at} | order:Order Number=F{order} | user:Retailer Name={name} | "
        "Status={status} | Product Name={title} | item:SKU=FA{product:03d} | "
        "quantity:Quantity={pieces} | price:Wholesale Price={price}",
        dates="%Y-%m-%d",
        numbers="$1,234.50",
        bought=("Delivered",),
        other=("Cancelled",),
        may_ask="the shopper is named and has no number",
    ),
    Shape(
        "Bandcamp",
        "Raw sales",
        "date:date={at} | item type=package | item:item name={title} | artist=Us | currency=EUR | "
        "price:item price={price} | quantity:quantity={pieces} | sub total={total} | "
        "user:buyer email={email} | buyer name={name} | sku= | order:bandcamp transaction id={order}",
        delimiter="\t",
        encoding="utf-16",
        dates="%-m/%-d/%y %-I:%M%p",
    ),
    Shape(
        "Olist",
        "orders with items",
        "order:order_id=o{order} | order_item_id={place} | item:product_id=p{product:03d} | "
        "seller_id=s1 | customer_id=x{order} | user:customer_unique_id=u{shopper} | "
        "order_status={status} | date:order_purchase_timestamp={at} | quantity:quantity={pieces} | "
        "price:price={price} | freight_value=3.50",
        bought=("delivered",),
        other=("canceled",),
    ),
    Shape(
        "Instacart",
        "order_products with orders",
        "order:order_id={order} | item:product_id={product} | add_to_cart_order={place} | reordered=0 | "
        "user:user_id={shopper} | order_number={place} | order_dow=3 | order_hour_of_day=10",
    ),
    Shape(
        "Ticimax",
        "Siparişler",
        "order:Sipariş No=TR{order} | date:Sipariş Tarihi={at} | user:Üye E-Posta={email} | "
        "item:Stok Kodu=TX{product:03d} | Ürün={title} | quantity:Adet={pieces} | "
        "price:Birim Fiyat={price}",
        delimiter=";",
        encoding="cp1254",
        dates="%d.%m.%Y %H:%M",
        numbers="1.234,50",
        may_ask="Turkish names are not known",
    ),
    Shape(
        "eBay",
        "Orders report, several items in an order",
        "Sales Record Number={order} | order:Order Number=12-{order}-99 | user:Buyer Username=ebayer{shopper} | "
        "Buyer Name={name} | item:Item Number=1100000{product:04d} | Item Title={title} | "
        "Custom Label= | quantity:Quantity={pieces} | price:Sold For={price} | "
        "Total Price={order_total} | date:Sale Date={at}",
        arrangement="headed",
        dates="%b-%d-%y",
        numbers="$1,234.50",
    ),
    Shape(
        "TikTok Shop",
        "Orders",
        "order:Order ID=57{order} | Order Status={status} | Order Substatus={status} | "
        "Cancelation/Return Type= | Normal or Pre-order=Normal | SKU ID=17000{product:04d} | "
        "item:Seller SKU=TT-{product:03d} | Product Name={title} | Variation=Default | "
        "quantity:Quantity={pieces} | Sku Quantity of return=0 | price:SKU Unit Original Price={price} | "
        "SKU Subtotal Before Discount={total} | SKU Platform Discount=0 | SKU Subtotal After Discount={total} | "
        "Order Amount={order_total} | date:Created Time={at} | Paid Time={at} | "
        "user:Buyer Username=buyer{shopper} | Recipient={name}",
        dates="%d/%m/%Y %H:%M:%S",
        bought=("Completed",),
        other=("Cancelled",),
    ),
    Shape(
        "Shopee",
        "Orders, names of another region",
        "order:Order ID=26{order}AB | Order Status={status} | user:Buyer Username=buyer{shopper} | "
        "Product Name={title} | item:Seller SKU=SS-{product:03d} | quantity:Quantity={pieces} | "
        "date:Order Creation Date={at}",
        dates="%Y-%m-%d %H:%M",
        bought=("Completed",),
        other=("Cancelled",),
    ),
)
"""Shapes by platform."""
