"""The statuses of the common platforms, and what each means."""

BOUGHT = {
    "English": "paid|partially paid|paid partially|partial payment|payment accepted|"
    "payment remotely accepted|remote payment accepted|payment received|payment authorized|"
    "payment processing|authorized|authorised|authorized. to be captured by merchant|"
    "authorization accepted from paypal|approved|accepted|captured|confirmed|confirmed by shopper|"
    "order confirmed|cod|cash on delivery|awaiting cash on delivery validation|reminded|new|open|created|"
    "placed|received|order received|invoiced|processing|in progress|in process|inprocess|started|"
    "not started|processing in progress|preparation in progress|processed|being prepared|preparing|"
    "awaiting fulfillment|awaiting fulfilment|awaiting processing|awaiting shipment|awaiting pickup|"
    "awaiting dispatch|processing awaiting shipment|processing awaiting pickup|ready|ready for pickup|"
    "ready to ship|ready for delivery|scheduled|unshipped|unfulfilled|not fulfilled|partial|"
    "partially fulfilled|partially shipped|shipped partially|partially delivered|partially completed|"
    "fulfilled|packed|picked|picked up|shipping|shipped|sent|dispatched|in transit|out for delivery|"
    "shipped - out for delivery|shipped - picked up|shipped - delivered to buyer|"
    "pending - waiting for pick up|delivered|complete|completed|finished|done|closed - completed|archived|"
    "active|on backorder|on backorder (paid)|backordered|partially refunded|refunded partially|"
    "partial refund|partially returned|returned partially|partially cancelled|canceled reversal|"
    "cancelled reversal|paypal canceled reversal|resumed|manual verification required|exchange|exchanged|"
    "sale|purchase|payment|overdue|past due|completely paid|completely invoiced|in preparation|preparation|on its way|"
    "sales order|sale order|locked|collected|awaiting collection|awaiting shipping|partly paid",
    "German": "offen|neu|bezahlt|komplett bezahlt|teilweise bezahlt|teilzahlung|zahlung eingegangen|"
    "zahlung erhalten|zahlung akzeptiert|zahlung autorisiert|autorisiert|"
    "warten auf zahlungseingang nachnahme|nachnahme|erinnert|1. mahnung|2. mahnung|3. mahnung|bestellt|"
    "bestellung eingegangen|eingegangen|bestätigt|in bearbeitung|in bearbeitung (wartet)|bearbeitet|"
    "wird bearbeitet|in vorbereitung|vorbereitung im gange|wird vorbereitet|in arbeit|gepackt|verpackt|"
    "zur lieferung bereit|versandbereit|abholbereit|bereit zur abholung|bereit zum versand|"
    "teilweise versandt|teilweise ausgeliefert|teilweise abgeschlossen|teillieferung|versandt|versendet|"
    "verschickt|gesendet|unterwegs|komplett ausgeliefert|ausgeliefert|geliefert|zugestellt|abgeholt|"
    "abgeschlossen|komplett abgeschlossen|erfolgreich abgeschlossen|erledigt|fertig|fertiggestellt|"
    "berechnet|fakturiert|in rechnung gestellt|artikel erwartet|nicht auf lager (bezahlt)|"
    "rückstand (bezahlt)|teilweise erstattet|teilerstattung|teilweise retourniert|teilretoure|"
    "klärung notwendig|überfällig|gemahnt",
    "French": "payé|payée|paiement accepté|paiement à distance accepté|paiement reçu|paiement partiel|"
    "partiellement payée|autorisé|autorisation acceptée|en attente de paiement à la livraison|nouveau|"
    "nouvelle|ouverte|confirmée|validée|en cours|en cours de traitement|en traitement|en préparation|"
    "en cours de préparation|préparation en cours|traitée|prête|prêt à expédier|expédié|expédiée|"
    "partiellement expédiée|envoyé|envoyée|en cours de livraison|en livraison|livré|livrée|terminé|terminée|"
    "complète|complétée|facturée|en attente de réapprovisionnement|en attente de réapprovisionnement (payé)|"
    "partiellement remboursé|partiellement remboursée|remboursement partiel",
    "Spanish": "pagado|pagada|pago aceptado|pago aceptamos|pago remoto aceptado|pago recibido|pago parcial|"
    "autorizado|en espera de validación por contra reembolso|nuevo|abierto|confirmado|confirmada|procesando|"
    "en proceso|en curso|preparación en curso|preparación en proceso|en preparación|procesado|listo|enviado|"
    "enviada|en tránsito|en camino|en reparto|entregado|entregada|completado|completada|completo|finalizado|"
    "terminado|facturado|productos fuera de línea|pedido pendiente por falta de stock (pagado)|"
    "parcialmente reembolsado|reembolso parcial",
    "Italian": "pagato|pagata|pagamento accettato|pagamento remoto accettato|pagamento a distanza accettato|"
    "pagamento ricevuto|pagamento parziale|autorizzato|in attesa verifica contrassegno|nuovo|aperto|"
    "confermato|confermata|in lavorazione|in elaborazione|in corso|preparazione in corso|in preparazione|"
    "elaborato|pronto|spedito|spedita|in transito|in consegna|consegna in corso|consegnato|consegnata|"
    "completato|completata|completo|evaso|evasa|concluso|fatturato|in attesa di rifornimento|"
    "in attesa di rifornimento (pagato)|parzialmente rimborsato|rimborso parziale",
    "Dutch": "betaald|betaling aanvaard|betaling geaccepteerd|betaling ontvangen|"
    "betaling op afstand aanvaard|betaling op afstand geaccepteerd|gedeeltelijk betaald|deels betaald|"
    "geautoriseerd|wachten op bevestiging (rembours)|nieuw|open|bevestigd|in behandeling|wordt verwerkt|"
    "verwerken|verwerkt|in verwerking|bezig met verwerken|wordt voorbereid|word voorbereid|"
    "wordt momenteel voorbereid|bezig met voorbereiding|in voorbereiding|klaar|klaar voor verzending|gereed|"
    "verzonden|verstuurd|onderweg|geleverd|afgeleverd|bezorgd|opgehaald|voltooid|afgerond|afgehandeld|"
    "compleet|gefactureerd|gedeeltelijk terugbetaald|deels terugbetaald|nabestelling (betaald)",
    "Finnish": "maksettu|maksu hyväksytty|maksu vastaanotettu|etämaksu hyväksytty|osittain maksettu|"
    "hyväksytty|uusi|avoin|vahvistettu|vastaanotettu|käsittelyssä|käsitellään|käsitelty|valmistelussa|"
    "valmistellaan|odottaa maksuvahvistusta|pakattu|noudettavissa|lähetetty|toimituksessa|matkalla|"
    "toimitettu|noudettu|valmis|suoritettu|päättynyt|laskutettu|osittain hyvitetty|osittain palautettu|"
    "osittain toimitettu",
    "Swedish": "betald|betalt|betalning accepterad|betalning godkänd|betalning mottagen|"
    "fjärrbetalning accepterad|delvis betald|delbetald|godkänd|auktoriserad|"
    "väntar på postförskott validering|ny|öppen|bekräftad|mottagen|behandlas|bearbetas|under behandling|"
    "behandlad|förbereds|förberedelse pågår|pågår|pågående|packad|plockad|redo att hämtas|skickad|skickat|"
    "levereras|på väg|levererad|hämtad|färdigbehandlad|slutförd|klar|färdig|avslutad|fakturerad|"
    "delvis återbetald|delvis levererad|delvis skickad",
    "Polish": "opłacone|opłacony|zapłacone|nowe|nowy|przyjęte|przyjęte do realizacji|w realizacji|w trakcie realizacji|"
    "w przygotowaniu|spakowane|gotowe do wysyłki|gotowe do odbioru|wysłane|wysłano|wysłany|w drodze|dostarczone|"
    "odebrane|zrealizowane|zrealizowano|zrealizowany|zakończone|częściowo zwrócone",
    "Czech": "zaplaceno|zaplacená|nová|nový|nevyřízená|přijato|přijatá|potvrzeno|zpracovává se|vyřizuje se|ve "
    "zpracování|"
    "připraveno|připraveno k odeslání|připraveno k vyzvednutí|odesláno|odeslaná|expedováno|na cestě|doručeno|doručená|"
    "vyzvednuto|vyřízeno|vyřízená|dokončeno|dokončená",
    "Danish": "betalt|ny|åben|bekræftet|modtaget|behandles|under behandling|behandlet|pakket|klar|afsendt|sendt|"
    "leveret|"
    "afhentet|gennemført|afsluttet|faktureret",
    "Norwegian": "åpen|bekreftet|mottatt|behandlet|pakket|levert|hentet|fullført|avsluttet|fakturert",
    "Portuguese": "pago|paga|pagamento aprovado|pagamento confirmado|pagamento recebido|aprovado|autorizado|novo|"
    "aberto|"
    "confirmado|em processamento|processando|em andamento|em separação|em preparação|preparando entrega|"
    "pronto para envio|pronto para manuseio|faturado|enviado|despachado|em transporte|em trânsito|entregue|concluído|"
    "concluida|concluída|finalizado|completo",
    "Japanese": "支払済|支払い済み|入金済み|入金済|新規|新規受付|受注|注文確認|受付済み|処理中|準備中|発送準備中|"
    "発送待ち|出荷準備|出荷済み|"
    "出荷済|発送済み|発送済|発送完了|配送中|配達済み|配達完了|完了|処理済み",
    "Chinese": "已付款|待发货|已发货|已签收|已收货|已完成|交易成功|交易完成|处理中|配送中|待收货|已確認|已出貨|"
    "已完成訂單",
}
"""Statuses of the common platforms under which something was bought; what is paid on delivery is bought."""

NOT_BOUGHT = {
    "English": "cancelled|canceled|cancel|cancelpending|cancel pending|cancelled by customer|"
    "order cancelled|order_canceled|annulled|refunded|refund|fully refunded|order refunded|returned|return|"
    "returning|in return|awaiting return|reversed|paypal reversed|chargeback|charged back|disputed|failed|"
    "payment failed|failed payment|payment error|error|denied|declined|request declined|rejected|refused|"
    "voided|void|expired|invalid|inactive|abandoned|cart|checkout|incomplete|draft|checkout-draft|"
    "auto-draft|trash|deleted|restocked|missing orders|lost|fraud|suspected fraud|fraud review|"
    "payment review|unpaid|not paid|unconfirmed|pending payment|payment pending|pending_paypal|"
    "pending paypal|waiting for payment|awaiting payment|awaiting check payment|awaiting cheque payment|"
    "awaiting bank wire payment|awaiting paypal payment|on backorder (not paid)|on backorder (unpaid)|"
    "quotation|quotation sent|quote|unavailable|will not deliver|undeliverable|shipped - returned to seller|shipped "
    "- returning to seller|"
    "shipped - rejected by buyer|shipped - lost in transit|shipped - damaged|initialized",
    "German": "storniert|storno|teilstorno abgelehnt|abgebrochen|abgelehnt|annulliert|gelöscht|"
    "rückerstattet|erstattet|rückerstattung|zurückerstattet|gutgeschrieben|wiedergutschrift|"
    "eine wiedergutschrift|rückbuchung|rücklastschrift|retourniert|retoure|rückgabe|zurückgegeben|"
    "zurückgesendet|widerrufen|fehlgeschlagen|zahlung fehlgeschlagen|fehler bei der bezahlung|"
    "zahlungsfehler|entwurf|angeboten|angebot|papierkorb|abgelaufen|verfallen|betrug|betrugsverdacht|inkasso|"
    "zahlung ausstehend|ausstehende zahlung|nicht bezahlt|unbezahlt|warten auf zahlungseingang|"
    "zahlung offen|warten auf zahlungseingang von paypal|warten auf zahlung|scheckzahlung wird erwartet|"
    "scheck wird erwartet|nicht auf lager (nicht bezahlt)|rückstand (nicht bezahlt)|verloren|unbestätigt",
    "French": "annulé|annulée|remboursé|remboursée|retourné|retournée|retour|échoué|échouée|échec|"
    "erreur de paiement|paiement refusé|refusé|refusée|rejetée|expirée|brouillon|corbeille|fraude|impayé|"
    "impayée|non payé|non payée|attente paiement|en attente paiement|en attente de paiement|"
    "en attente du paiement|en attente du paiement par chèque|en attente de paiement par chèque|"
    "en attente du paiement par virement bancaire|en attente de virement bancaire|"
    "en attente du paiement par paypal|en attente de réapprovisionnement (non payé)|perdue|supprimée|"
    "abandonnée",
    "Spanish": "cancelado|cancelada|anulado|anulada|reembolsado|reembolsada|devuelto|devuelta|devolución|"
    "fallido|fallida|error en pago|error de pago|error en el pago|pago rechazado|rechazado|rechazada|"
    "denegado|expirado|caducado|borrador|papelera|fraude|no pagado|impagado|pendiente de pago|"
    "pago pendiente|en espera de pago|en espera de pago por cheque|"
    "en espera de pago por transferencia bancaria|en espera de pago por paypal|"
    "pedido pendiente por falta de stock (no pagado)|perdido|eliminado|abandonado",
    "Italian": "annullato|annullata|cancellato|rimborsato|rimborsata|rimborso|reso|restituito|restituita|"
    "fallito|fallita|errore di pagamento|pagamento fallito|pagamento rifiutato|rifiutato|rifiutata|scaduto|"
    "scaduta|bozza|cestino|frode|non pagato|non pagata|in attesa di pagamento|in attesa del pagamento|"
    "in attesa di pagamento con assegno|in attesa di pagamento con bonifico bancario|"
    "in attesa di pagamento con paypal|in attesa di rifornimento (non pagato)|smarrito|eliminato|abbandonato",
    "Dutch": "geannuleerd|annulering|terugbetaald|restitutie|geretourneerd|retour|teruggestuurd|mislukt|"
    "betalingsfout|betaling mislukt|fout bij betaling|geweigerd|afgewezen|verlopen|concept|prullenbak|"
    "fraude|onbetaald|niet betaald|wacht op betaling|wachten op betaling|wachtend op betaling|"
    "in afwachting van betaling|in afwachting van betaling per cheque|"
    "in afwachting van betaling via bankoverschrijving|nabestelling (niet betaald)|verloren|verwijderd|"
    "verlaten",
    "Finnish": "peruttu|peruutettu|hyvitetty|palautettu|palautus|epäonnistunut|maksuvirhe|maksu epäonnistui|"
    "hylätty|vanhentunut|luonnos|roskakori|petos|maksamaton|ei maksettu|odottaa maksua|maksua odotetaan|"
    "odottaa maksusuoritusta|odottaa tilisiirtoa|kadonnut|poistettu",
    "Swedish": "avbruten|annullerad|avbokad|avbeställd|makulerad|återbetald|återbetalad|återbetalning|"
    "returnerad|retur|misslyckad|misslyckades|betalningsfel|fel vid betalning|betalning misslyckades|nekad|"
    "avvisad|avböjd|utgången|utkast|papperskorg|bedrägeri|obetald|ej betald|inte betald|väntar på betalning|"
    "inväntar betalning|avvaktar betalning|väntande betalning|förlorad|raderad|övergiven",
    "Polish": "anulowane|anulowany|anulowano|zwrócone|zwrot|zwrócony|odrzucone|nieopłacone|niezapłacone|"
    "oczekuje na płatność|oczekuje na wpłatę|oczekujące na płatność|do zapłaty|szkic|porzucone|koszyk",
    "Czech": "stornováno|stornovaná|storno|zrušeno|zrušená|vráceno|vrácená|vrácené|odmítnuto|nezaplaceno|nezaplacená|"
    "čeká na platbu|čeká na zaplacení|nevyzvednuto|koncept",
    "Danish": "annulleret|refunderet|tilbagebetalt|returneret|mislykket|afvist|ikke betalt|ubetalt|afventer betaling|"
    "kladde|slettet|udløbet",
    "Norwegian": "kansellert|annullert|refundert|tilbakebetalt|returnert|mislyktes|avvist|ubetalt|ikke betalt|"
    "venter på betaling|utkast|slettet",
    "Portuguese": "cancelado|cancelada|reembolsado|reembolsada|devolvido|devolvida|estornado|recusado|"
    "pagamento recusado|pagamento pendente|aguardando pagamento|não pago|expirado|rascunho|abandonado|falhou|excluído",
    "Japanese": "キャンセル|キャンセル済み|キャンセル済|取消|取消済み|返品|返品済み|返金済み|返金済|返金|未入金|"
    "入金待ち|支払い待ち|未払い|下書き",
    "Chinese": "已取消|取消|已关闭|交易关闭|已退款|退款成功|退款中|退货|已退货|待付款|未付款|已拒收",
}
"""Statuses of the common platforms under which nothing was bought, or nothing paid yet, or all was undone."""

WAITING = {
    "bought": "pending|ausstehend|pendiente|pending merchant|pending verification",
    "not_bought": "on hold|on-hold|onhold|holded|in wartestellung|wartend|en attente|en espera|in sospeso|sospeso|"
    "in attesa|in de wacht|wachtend|pidossa|pidätetty|odottaa|jonossa|pausad|i vänteläge|väntar|väntande|closed",
}
"""Statuses that mean different things from shop to shop; how they are read is said. Magento closes what it refunded."""
