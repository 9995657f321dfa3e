"""The names under which shops write the columns of an order line, best first."""

import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from recsvc.catalogue.table_columns import PROPOSED


@lru_cache(20_000)
def normalise_name(name: str) -> str:
    """Return the name as it is compared: lower case, without accents, letters and digits only."""
    folded = unicodedata.normalize("NFKD", name).replace("ß", "ss").casefold()
    return "".join(character for character in folded if character.isalnum())


def _names(text: str) -> tuple[str, ...]:
    return tuple(normalise_name(name) for name in text.split())


EMAIL_ALIASES = _names(
    "email customeremail useremail emailaddress billingemail emailbilling purchaseemail buyeremail contactemail mail "
    "email1 emailadres sahkoposti epost epostadress indirizzoemail emailadresse courriel adressemail "
    "correo correoelectronico hashedemail emailhash "
    "customeremailaddress buyeremailaddress useremailaddress accountemail memberemail shopperemail emailid "
    "emailclient mailclient emailcliente kundenemail kundenmail emailkunde emailfacturation emailfatturazione "
    "correofacturacion emailrechnung emailabrechnung"
)

ALIASES: Mapping[str, tuple[str, ...]] = {
    "user_id": _names(
        "userid customerid customeruniqueid user customer custid customernumber customerno customernr "
        "customercode clientid client shopperid shopper buyerid buyer memberid member householdid "
        "householdkey household accountid accountnumber account personid uid visitorid loyaltyid "
        "loyaltycard cardid cardnumber username kundennummer kundennr kundenid kdnr kunde benutzerid "
        "nutzerid debitor debitorennummer idclient numeroclient numclient codeclient idutilisateur "
        "utilisateur idcliente clienteid cliente numerocliente codigocliente codcliente idusuario "
        "usuario customeruuid idcustomer customerentityid clientenr klantnummer klantid klantnr klant "
        "asiakasnumero asiakasid asiakas kundnummer kundnr kundid kund codicecliente idclienti"
    )
    + EMAIL_ALIASES
    + _names(
        "顧客id 顧客番号 会員番号 会員id 客户id 客户编号 用户id 会员id 买家 клиент покупатель кодклиента "
        "klient nrklienta "
        "idklienta kundeid kundenr musterino musteriid musteri codigodocliente zakaznik custno custcode "
        "custnum customernum selltocustomerno "
        "billtocustomerno soldtoparty kunnr usernamebuyer buyerusername userpseudoid fullvisitorid phone "
        "customerphone customercontacts contact contactid customername buyername clientname contactname "
        "kundenname nomclient nombrecliente "
        "numerklienta kdnummer buyeruserid buyerinfoid buyerinfocontactid "
        "customeremailaddress buyerinfoemail "
        "numerklienta kdnummer "
        "cust partnerid kunag kunrg auftraggeber acheteur comprador acquirente utente benutzername "
        "loginname buyerlogin "
        "buyernickname pseudoacheteur nutzernamekaufers cardcode partycode "
        "emailsha256 emailsha1 emailmd5 sha256email hashedemailaddress emailhashed oxuserid vcustomersid telefon "
        "telephone telefonnummer mobilephone phonenumber telefono retailername retailer reviewerid"
    ),
    "item_id": _names(
        "itemid productid articleid stockcode sku itemsku productsku lineitemsku variantsku ugs skureference skuref "
        "skucode skunumber articlenumber "
        "articleno productcode itemcode articlecode productnumber itemnumber itemno productno "
        "materialnumber material sellersku offersku idoffer offerid asin parentasin ean gtin upc "
        "barcode isbn variantid productkey itemkey "
        "productinternalreference productdefaultcode productiddefaultcode productbarcode "
        "item product article artikelnummer artikelnr artnr artikelid produktid produktnummer produktnr "
        "produktcode artikel produkt idproduit produitid codeproduit refproduit referenceproduit "
        "idarticle codearticle produit idproducto productoid idproduct productreference idprodotto "
        "codiceprodotto codicearticolo prodotto articolo productnummer artikelcode tuotenumero tuotekoodi "
        "tuote artikelnummerid artnummer codigoproducto codproducto idarticulo codigoarticulo codarticulo "
        "producto articulo skureferenceno skuid "
        "productexternalid productmodel productref materialnummer materialnr inventoryitemcode "
        "inventoryid matnr listingid "
        "customlabel productservice productname itemname lineitemname producttitle itemtitle "
        "articlename artikelname produktname nomproduit nomduproduit nombreproducto nombredelproducto "
        "nomarticle nombrearticulo nomeprodotto nomearticolo "
        "商品コード 商品番号 品番 商品id 商品编号 商品编码 货号 "
        "артикул кодтовара товар kodproduktu idproduktu codigodoproduto "
        "produto urunkodu urunid urun varenummer varenr vare zbozi kodzbozi 商品名 商品名称 наименование "
        "codarticolo productvariantsku catalogobjectid priceproduct catalogreferencecatalogitemid "
        "produto stokkodu urunkodu urunid urun varenummer varenr vare zbozi kodzbozi 商品名 商品名称 наименование "
        "codarticolo idtowaru towarid referencevendeur sellerreference oxartnum oxartid tisku tiname vproductsmodel "
        "vproductsid productidentifier"
    ),
    "ordered_at": _names(
        "orderedat orderdate orderdatetime ordertimestamp ordertime dateordered orderpurchasetimestamp "
        "purchasedate purchasedat purchasetime purchasetimestamp purchasedatetime invoicedate "
        "transactiondate transactiondatetime transactiontimestamp transactiontime transactiondt tdat "
        "saledate salesdate sellingdate boughtat occurredat createdat datecreated creationdate created "
        "processedat placedat dateplaced eventtime eventtimestamp eventdate timestamp datetime date "
        "time ts bestelldatum auftragsdatum kaufdatum rechnungsdatum belegdatum datum "
        "zeitpunkt datecommande datedecommande dateachat datedachat datefacture fechapedido fechadepedido "
        "fechadelpedido fechacompra fechadecompra fechafactura fecha fechahora dateadd dateadded "
        "purchasedon orderedon placedon createdon completedat datecompleted dataordine dataacquisto data "
        "besteldatum aankoopdatum orderdatum tilauspaiva paivamaara pvm koptdatum ordercreationdate invdate "
        "createtime postingdate erdat erstelltam angelegtam createddate creationtime soldat soldon 注文日 "
        "注文日時 購入日 下单时间 订单时间 дата датазаказа datazamowienia datapedido datadopedido datadacompra "
        "siparistarihi tarih ordredato bestillingsdato dato datumobjednavky "
        "datazlozenia beldat completedtime createdtime createdtimestamp orderplacedat "
        "checkoutcompletedat "
        "datazlozenia beldat completedtime createdtime "
        "audat fkdat documentdate docdate datepurchased datesold dateorder erstelldatum verkaufsdatum buchungsdatum "
        "verkauftam fechaventa datavendita datevente lineitemdate orderplaced soldtime placedtime "
        "ordercreatedat orderentryat derivedtstamp oxorderdate vdatepurchased bogforingsdato chargedate postdate "
        "datumobjednani datavytvoreni transdt paidat paiddate"
    ),
    "order_id": _names(
        "orderid ordernumber orderno ordernr orderkey order invoiceno invoicenumber invoiceid invoicenr "
        "invoice transactionid transactionnumber transaction basketid basket receiptid receiptnumber "
        "receiptno receipt ticketid ticketnumber purchaseid checkoutid salesorder salesordernumber "
        "bestellnummer bestellnr bestellid bestellung auftragsnummer auftragsnr rechnungsnummer "
        "rechnungsnr belegnummer belegnr bonnummer idcommande numerocommande numerodecommande numcommande "
        "ncommande commande numerofacture facture idpedido numeropedido numerodepedido pedido "
        "numerofactura factura idorder incrementid amazonorderid orderreference orderref ordercode "
        "merchantorderid numeroordine idordine ordine ordernummer bestelnummer tilausnumero tilaus "
        "documentno documentnumber vbeln saleid orderuuid 注文番号 注文id 受注番号 订单号 订单编号 заказ номерзаказа "
        "zamowienie numerzamowienia nrzamowienia idzamowienia numerodopedido siparisno siparisnumarasi "
        "ordrenummer bestillingsnummer cisloobjednavky objednavka "
        "ordrenr belnr npedido "
        "numdoc numerodocumento numdocumento nrdocumento docnum docno salesdocument billingdocument verkaufsbeleg "
        "vertriebsbeleg referencecommande referenciapedido riferimentoordine voucherno voucherid "
        "vouchernumber billno "
        "billnumber billid ticket bonnr kassenbon scontrino deventa numeroventa venta oxordernr tiorderid vordersid "
        "vordersordersid bilagsnr"
    ),
    "quantity": _names(
        "quantity qty quantityordered qtyordered orderedquantity orderquantity orderqty itemquantity "
        "productquantity lineitemquantity units unitssold numberofitems pieces menge anzahl stuck "
        "quantitypurchased qtypurchased quantitysold productqty itemqty lineqty aantal antal maara kpl "
        "quantita stueck stuckzahl stueckzahl quantite qte cantidad unidades "
        "kwmeng quantityshipped shippedqty anzahlverkauft numitems "
        "数量 個数 количество кол ilosc liczbasztuk quantidade adet miktar mnozstvi "
        "itemamount mge uds quantidadecomprada netquantity "
        "qta fkimg productuomqty auftragsmenge bestellmenge skuquantity quantitysku qtyinvoiced "
        "salesqty salesquantity "
        "quantitevendue quantitecommandee cantidadvendida cantidadpedida quantitaordinata cant ud stk"
    ),
    "unit_price": _names(
        "unitprice unitpriceincltax unitpriceexcltax unitpricetaxincl price itemprice productprice "
        "lineitemprice sellingprice saleprice salesprice "
        "baseprice itemrevenue productnetrevenue unitpricepaid "
        "priceperunit priceeach pricepaid itemcost einzelpreis stuckpreis stueckpreis preis "
        "prixunitaire prix preciounitario precio productunitprice prezzounitario prezzo "
        "stukprijs prijs yksikkohinta hinta styckpris pris "
        "dealprice paidprice unitamount vkbrutto vknetto verkaufspreis soldfor itemunitprice pricewithtax "
        "単価 価格 单价 价格 цена cena cenajednostkowa precounitario preco birimfiyat fiyat enhedspris cenazakus "
        "cenabrutto valordoproduto originalunitprice originalunitpriceset discountedunitpriceset "
        "itemvaluegrossprice unitpricewithtax unitpricegross grossunitprice basepricemoney priceunitamount "
        "cenabrutto valordoproduto "
        "netpr netprice grossprice nettopreis bruttopreis artikelpreis prezzonetto prezzolordo prezzoarticolo "
        "costoarticolo prixarticle coutarticle prixvente prixproduit precioproducto precioarticulo costearticulo "
        "precioventa finalprice priceunit apris skuunitoriginalprice skusellingprice retailprice soldprice "
        "wholesaleprice itemrate verkauftfur vendupour vendidopor vendutoper itemvaluegrossprice rate"
    ),
    "title": _names(
        "title itemtitle producttitle itemname productname lineitemname articlename description "
        "itemdescription productdescription name artikelname artikelbezeichnung produktname "
        "produktbezeichnung bezeichnung beschreibung nomproduit nomduproduit designation libelle "
        "nombreproducto nombredelproducto nombre descripcion descripcionproducto "
        "arktx productservice lineitemtitle productvariantname productnameoriginal "
        "arktx productservice lineitemtitle "
        "lineitemlabel lineitemslabel productlabel skuname nomarticle nombrearticulo nomeprodotto nomearticolo "
        "descrizione descrizionearticolo omschrijving benamning tuotteennimi kurztext itemdesc productdesc "
        "商品名 商品名称 наименование nazwa nazwaproduktu nomedoproduto urunadi varenavn nazev"
    ),
    "status": _names(
        "orderstatus status financialstatus paymentstatus fulfillmentstatus invoicestatus itemstatus "
        "orderstate currentstate orderstatusname poststatus vordersstatusname ステータス 状態 订单状态名称 "
        "orderstatename state bestellstatus auftragsstatus zahlungsstatus statut statutcommande etat "
        "etatcommande estado estadopedido estadodelpedido stato statoordine bestelstatus tila tilauksentila "
        "orderstatuslabel displayfinancialstatus "
        "orderstatuslabel "
        "statemachinestatename etatdelacommande "
        "注文ステータス 订单状态 статус статусзаказа statuszamowienia situacao siparisdurumu durum stavobjednavky stav"
    ),
    "cancelled_at": _names(
        "cancelledat canceledat datecancelled datecanceled cancellationdate iscancelled iscanceled "
        "ordercancelled ordercanceled cancelled canceled storniert storno annulee annule anulado cancelado "
        "geannuleerd annullato anulowane peruttu annulering annulation annullering annullierung stornierung anulacion "
        "annullamento void voided isvoid isvoided voidedat oxstorno stornokennzeichen cancelflag cancelindicator "
        "deleted deletedat isdeleted test istest istestorder testorder testbestellung geloscht geloschtam verwijderd "
        "supprime eliminado cancelacion cancelamento cancellation キャンセル"
    ),
    "event": _names("eventname eventtype event transactiontype receipttype"),
    "time_of_day": _names(
        "time ordertime timeofday uhrzeit zeit heure hora ora tijd kello tid purchasetime saletime"
    ),
}

LINE_PRICE_ALIASES = _names(
    "netwr salelinetotal linevalue linetotal lineprice lineamount linesubtotal rowtotal rowprice itemtotal "
    "totalprice extendedprice netsales grosssales salesamount salesvalue netamount grossamount "
    "lineitemtotal productsubtotal gesamtpreis gesamtbetrag zeilensumme positionssumme zeilenbetrag "
    "umsatz montant totalligne importe totallinea totaleriga regeltotaal rivisumma radsumma revenue sales "
    "subtotal amount total lineitemcost "
    "subtotal amount total "
    "untaxedtotal skusubtotalafterdiscount skusubtotalbeforediscount betrag gesamt nettobetrag bruttobetrag linenet"
)
"""Columns that may be the price of the line, if their values grow with the quantity, best first."""

LIST_ALIASES = _names(
    "items products lineitems orderitems orderlines productdetails orderedproducts orderedproduct "
    "productsordered itemspurchased itemsordered basketitems cartitems skus articles artikelliste "
    "produkte positionen produits lignes productos articulos prodotti articoli producten artikelen "
    "tuotteet produkter"
)
"""Columns that hold all items of an order in one cell."""

ORDER_FALLBACKS = frozenset(
    _names("id reference ref number no num nr document bon beleg code referencia riferimento")
)
"""Columns that are the order if the values say so: several rows of one shopper and one date have the same."""

ITEM_FALLBACKS = frozenset(_names("no nr code model reference ref number id referencia riferimento"))
"""Columns that are the item if the values say so: they come again, and each has one title."""

CELL_ITEM_ALIASES = _names("code id item name title description")
"""What names an item in a cell with several, where nothing better does."""

LINE_KEY_ALIASES = _names(
    "orderitemid orderlineid lineitemid lineid itemid orderproductid orderdetailid idorderdetail "
    "salesorderitemid orderlinenumber linenumber lineno lineitemnumber posnr position pos "
    "transactionid listingtransactionid"
)
"""Columns that tell two lines of one order apart."""

WRAPPERS = frozenset(
    _names(
        "properties orderlines orderline orderitems lineitems lineitem lines line items order data payload fields "
        "attributes node ecommerce source record transaction sale document event"
    )
)
"""Outer names that say nothing about the inner ones, as in ``Order Lines/Product`` or ``properties.order_id``."""

TITLE_ALIASES = frozenset(ALIASES["title"])
"""Names of columns that hold what an item is called."""

STOCK_KEEPING_UNITS = frozenset(_names("sku itemsku productsku lineitemsku variantsku sellersku ugs skuid"))
"""Item columns that shops leave blank for some products, so that the product's name has to stand in."""

KNOWN_NAMES = frozenset(
    (
        *(name for names in (*ALIASES.values(), *PROPOSED.values()) for name in names),
        *LIST_ALIASES,
        *LINE_PRICE_ALIASES,
        *LINE_KEY_ALIASES,
    )
)
"""All names of which the meaning is known."""

PERSON_NAMES = frozenset(
    _names(
        "buyername customername clientname contactname kundenname nomclient nombrecliente nomecliente klantnaam "
        "kundnamn asiakkaannimi acheteur comprador partyname cardname"
    )
)
"""Columns that hold what a shopper is called; such a name is no id where an e-mail address or a number is beside it."""

NAMES_OF_ANYBODY = _names(
    "name fullname displayname customername billingname billto soldto shippingname shipname nom nombre nome naam namn"
)
"""Columns that may hold what a shopper is called where nothing else tells shoppers apart, best first."""
