<?php
/**
 * What the script of a page asks and tells.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * `POST /?wc-ajax=recsvc_lists` and `…=recsvc_tell`. No page cache keeps what is posted, and WooCommerce's own AJAX reads
 * the cookies of the shopper without a nonce, which a kept page could not have.
 */
final class Endpoint {

	const MAX_BYTES  = 32768;
	const MAX_EVENTS = 60;

	/**
	 * What a page may tell of lists.
	 */
	const TYPES = array( 'impression', 'click' );

	private Shelf $shelf;
	private Shoppers $shoppers;
	private Naming $naming;
	private Outbox $outbox;

	/**
	 * Answer pages.
	 *
	 * @param Shelf    $shelf    Shows lists.
	 * @param Shoppers $shoppers Who is there.
	 * @param Naming   $naming   By which ids.
	 * @param Outbox   $outbox   What is to be told.
	 */
	public function __construct( Shelf $shelf, Shoppers $shoppers, Naming $naming, Outbox $outbox ) {
		$this->shelf    = $shelf;
		$this->shoppers = $shoppers;
		$this->naming   = $naming;
		$this->outbox   = $outbox;
	}

	/**
	 * Hook in.
	 */
	public function register(): void {
		add_action( 'wc_ajax_recsvc_lists', array( $this, 'answer_lists' ) );
		add_action( 'wc_ajax_recsvc_tell', array( $this, 'take_events' ) );
	}

	/**
	 * Answer the lists of a page, `{"lists": [wish, …], "viewed": number}`, by their HTML; null: leave what is there.
	 */
	public function answer_lists(): void {
		$asked = self::body();
		$this->shoppers->respect_refusal();
		$wishes = array();
		foreach ( array_slice( (array) ( $asked['lists'] ?? array() ), 0, Lists::MOST_LISTS ) as $fields ) {
			$wishes[] = Wish::of( is_array( $fields ) ? $fields : array() );
		}
		if ( in_array( null, $wishes, true ) ) {
			wp_send_json( array( 'lists' => array() ), 400 );
		}
		$shopper = $this->shoppers->current_or_new();
		$viewed  = (int) ( $asked['viewed'] ?? 0 );
		$product = $viewed > 0 && $shopper->is_somebody() ? wc_get_product( $viewed ) : null;
		if ( $product && 'publish' === $product->get_status() ) {
			$this->outbox->add( $shopper, array( Event::of( 'view', $this->naming->item_of( $product ) ) ) );
		}
		$shown = array_fill( 0, count( $wishes ), null );
		// A stranger has what stands in the page, but for what goes with the cart.
		$own = array_filter(
			$wishes,
			function ( $wish ) use ( $shopper ) {
				return $shopper->is_somebody() || $wish->starts_from_cart();
			}
		);
		foreach ( array_combine( array_keys( $own ), $this->shelf->for_shopper( array_values( $own ), $shopper ) ) as $place => $one ) {
			$shown[ $place ] = $one ?? array(
				'html'  => '',
				'shown' => null,
			);
		}
		wp_send_json( array( 'lists' => $shown ) );
	}

	/**
	 * Take what happened to lists: `{"events": [{"type", "item", "list", "position", "seen"}, …]}`.
	 */
	public function take_events(): void {
		$events  = array();
		$shopper = $this->shoppers->current();
		foreach ( array_slice( (array) ( self::body()['events'] ?? array() ), 0, self::MAX_EVENTS ) as $told ) {
			$event = is_array( $told ) ? Event::told( $told, self::TYPES ) : null;
			if ( null !== $event && $shopper->is_somebody() ) {
				$events[] = $event;
			}
		}
		$this->outbox->add( $shopper, $events );
		wp_send_json( array( 'taken' => count( $events ) ), 202 );
	}

	/**
	 * Return the JSON that a page of this shop posted; ends the request where it is from elsewhere, or none.
	 *
	 * @return array<string, mixed>
	 */
	private static function body(): array {
		$origin = isset( $_SERVER['HTTP_ORIGIN'] ) ? esc_url_raw( wp_unslash( $_SERVER['HTTP_ORIGIN'] ) ) : '';
		$site   = isset( $_SERVER['HTTP_SEC_FETCH_SITE'] ) ? sanitize_key( wp_unslash( $_SERVER['HTTP_SEC_FETCH_SITE'] ) ) : '';
		$host   = isset( $_SERVER['HTTP_HOST'] ) ? sanitize_text_field( wp_unslash( $_SERVER['HTTP_HOST'] ) ) : '';
		$parts  = wp_parse_url( $origin );
		$from   = ( $parts['host'] ?? '' ) . ( isset( $parts['port'] ) ? ':' . $parts['port'] : '' );
		$home   = (string) wp_parse_url( home_url(), PHP_URL_HOST ); // Behind a proxy, the host of the request may be another.
		$is_own = '' === $origin || 0 === strcasecmp( $from, $host ) || 0 === strcasecmp( $parts['host'] ?? '', $home );
		if ( 'cross-site' === $site || ! $is_own ) {
			wp_send_json( array( 'detail' => 'Only pages of this shop may ask.' ), 403 );
		}
		$text = (string) file_get_contents( 'php://input', false, null, 0, self::MAX_BYTES + 1 );
		$body = strlen( $text ) > self::MAX_BYTES ? null : json_decode( $text, true, 8 );
		if ( ! is_array( $body ) ) {
			wp_send_json( array( 'detail' => 'The body must be JSON of at most 32 KiB.' ), 400 );
		}
		return $body;
	}
}
