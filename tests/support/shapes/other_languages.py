"""The exports of shop systems whose shops speak French, Spanish, Italian, Czech or Portuguese."""

from .shape import Shape

OTHER_LANGUAGES = (
    Shape(
        "Bol.com",
        "Bestellingen",
        "order:Bestelnummer=A{order} | Bestelitem ID=24{line:05d} | date:Besteldatum={at} | "
        "item:EAN=87{product:011d} | "
        "Titel={title} | quantity:Aantal={pieces} | price:Prijs={price} | user:Klant e-mail={email} | "
        "Annulering={status}",
        delimiter=";",
        dates="%d-%m-%Y %H:%M",
        numbers="€ 1234,50",
        bought=("Nee",),
        other=("Ja",),
    ),
    Shape(
        "Rakuten",
        "受注データ",
        "order:受注番号=123456-{order} | date:注文日時={at} | ステータス={status} | item:商品番号=rk-{product} | "
        "商品名={title} | "
        "quantity:個数={pieces} | price:単価={price} | user:注文者メールアドレス={email}",
        bought=("発送済み",),
        other=("キャンセル",),
    ),
    Shape(
        "Shoper",
        "Zamówienia",
        "order:Numer zamówienia={order} | date:Data={at} | Status={status} | Klient={name} | user:E-mail={email} | "
        "Nazwa produktu={title} | item:Kod produktu=SHP{product:03d} | quantity:Ilość={pieces} szt. | "
        "price:Cena={price} | Wartość={total}",
        delimiter=";",
        numbers="1234,50 PLN",
        bought=("zrealizowane", "wysłane"),
        other=("anulowane",),
    ),
    Shape(
        "Upgates",
        "Objednávky",
        "order:order_number=O26{order} | date:creation_time={at} | status={status} | user:customer_email={email} | "
        "item:product_code=UP{product} | product_title={title} | quantity:product_quantity={pieces} | "
        "product_unit=ks | "
        "price:product_price_with_vat={price} | paid_date=2026-02-01",
        delimiter=";",
        numbers="1234,50",
        bought=("Odesláno",),
        other=("Stornováno",),
    ),
    Shape(
        "IdoSell",
        "Zamówienia",
        "order:Numer zamówienia=shop-{order} | Numer seryjny={order} | user:ID klienta={shopper} | "
        "Email klienta={email} | date:Data złożenia zamówienia={at} | Status zamówienia={status} | "
        "item:ID towaru=7{product:02d} | Nazwa towaru={title} | Rozmiar=uniwersalny | quantity:Ilość={pieces} | "
        "price:Cena brutto={price}",
        delimiter=";",
        encoding="cp1250",
        numbers="1234,50",
        bought=("Zrealizowane",),
        other=("Anulowane przez klienta",),
    ),
    Shape(
        "WooCommerce",
        "Advanced Order Export, French",
        "order:Numéro de commande={order} | État de la commande={status} | date:Date de commande={at} | "
        "Prénom (facturation)={name} | user:E-mail (facturation)={email} | item:UGS=WF-{product:03d} | "
        "Nom de l'article={title} | quantity:Quantité={pieces} | price:Coût de l'article={price}",
        delimiter=";",
        dates="%d/%m/%Y %H:%M",
        numbers="1234,50",
        bought=("Terminée",),
        other=("Annulée",),
    ),
    Shape(
        "WooCommerce",
        "Advanced Order Export, Spanish",
        "order:Número de pedido={order} | Estado del pedido={status} | date:Fecha del pedido={at} | "
        "Nombre (facturación)={name} | user:Correo electrónico (facturación)={email} | "
        "item:SKU=WS-{product:03d} | Nombre del artículo={title} | quantity:Cantidad={pieces} | "
        "price:Coste del artículo={price}",
        dates="%Y-%m-%d %H:%M",
        bought=("Completado",),
        other=("Cancelado",),
    ),
    Shape(
        "WooCommerce",
        "Advanced Order Export, Italian",
        "order:Numero ordine={order} | Stato dell'ordine={status} | date:Data dell'ordine={at} | "
        "Nome (fatturazione)={name} | user:Email (fatturazione)={email} | item:SKU=WI-{product:03d} | "
        "Nome articolo={title} | quantity:Quantità={pieces} | price:Costo articolo={price}",
        dates="%Y-%m-%d %H:%M",
        bought=("Completato",),
        other=("Annullato",),
    ),
    Shape(
        "PrestaShop",
        "Order lines, French",
        "order:N° commande={order} | item:Référence article=REF{product:03d} | Désignation={title} | "
        "quantity:Quantité={pieces} | price:Prix unitaire TTC={price} | date:Date de commande={at} | "
        "user:N° client=CL{shopper:04d} | État de la commande={status}",
        delimiter=";",
        encoding="cp1252",
        dates="%d/%m/%Y %H:%M:%S",
        numbers="1234,50 €",
        bought=("Livrée",),
        other=("Annulée",),
    ),
    Shape(
        "PrestaShop",
        "Order lines, Spanish",
        "order:ID del pedido={order} | date:Fecha={at} | Cliente={name} | user:Correo electrónico={email} | "
        "Estado={status} | item:Referencia del producto=RP{product:03d} | Nombre del producto={title} | "
        "quantity:Cantidad={pieces} | price:Precio unitario (IVA incl.)={price}",
        delimiter=";",
        dates="%d/%m/%Y",
        numbers="1234,50 €",
        bought=("Entregado",),
        other=("Cancelado",),
    ),
    Shape(
        "PrestaShop",
        "Order lines, Italian",
        "order:ID ordine={order} | date:Data={at} | Cliente={name} | user:Indirizzo email={email} | "
        "Stato={status} | item:Riferimento prodotto=RI{product:03d} | Nome prodotto={title} | "
        "quantity:Quantità={pieces} | price:Prezzo unitario (IVA incl.)={price}",
        delimiter=";",
        dates="%d/%m/%Y",
        numbers="1234,50 €",
        bought=("Consegnato",),
        other=("Annullato",),
    ),
    Shape(
        "eBay",
        "French orders report",
        "Numéro de vente={order} | order:Numéro de commande=12-{order}-99 | "
        "user:Pseudo de l'acheteur=ebayer{shopper} | item:Numéro de l'objet=1100000{product:04d} | "
        "Intitulé de l'objet={title} | quantity:Quantité={pieces} | price:Vendu pour={price} | "
        "Livraison et manutention=4,00 € | date:Date de vente={at}",
        delimiter=";",
        dates="%d/%m/%Y",
        numbers="1 234,50 €",
    ),
    Shape(
        "Danea Easyfatt",
        "Righe documenti",
        "order:Num. doc.={order} | date:Data={at} | user:Cod. cliente=0{shopper:03d} | "
        "item:Cod. articolo=COD{product:03d} | Descrizione={title} | quantity:Q.tà={pieces} | "
        "price:Prezzo netto={price}",
        delimiter=";",
        dates="%d/%m/%Y",
        numbers="1234,50",
    ),
    Shape(
        "Holded",
        "Líneas, números abreviados",
        "order:Nº pedido={order} | date:Fecha={at} | Cliente={name} | user:Email={email} | "
        "Artículo={title} | item:Referencia=RF{product:02d} | quantity:Uds.={pieces} | "
        "price:Precio={price} | Estado={status}",
        delimiter=";",
        dates="%d/%m/%Y",
        numbers="1234,50 €",
        bought=("Entregado",),
        other=("Cancelado",),
    ),
    Shape(
        "Shoptet",
        "Orders with items",
        "order:code={order} | date:date={at} | user:email={email} | item:itemCode=SK-{product:03d} | "
        "itemName={title} | quantity:itemAmount={pieces} | price:itemUnitPriceWithVat={price}",
        delimiter=";",
        encoding="cp1250",
        numbers="1234,50",
    ),
    Shape(
        "VTEX",
        "Orders",
        "Origin=Marketplace | order:Order=1{order}-01 | Sequence={order} | date:Creation Date={at} | "
        "Client Name={name} | Client Document=000000{shopper:05d} | user:Email={email} | "
        "quantity:Quantity_SKU={pieces} | item:ID_SKU=5{product:03d} | Reference Code=RC{product:03d} | "
        "SKU Name={title} | SKU Value={price} | price:SKU Selling Price={price} | SKU Total Price={total}",
        dates="%d/%m/%Y %H:%M:%S",
    ),
)
"""Shapes by platform."""
