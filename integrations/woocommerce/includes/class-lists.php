<?php
/**
 * Lists of the service.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Asks the service for lists, in one request for all that are wanted together.
 */
final class Lists {

	/**
	 * Some products of a list may be sold out or hidden in the shop, so a few more are asked for.
	 */
	const SPARE = 4;

	const MOST_ITEMS   = 25;
	const MOST_LISTS   = 10;
	const MOST_IN_CART = 25;

	/**
	 * Placements whose lists are short where little belongs there.
	 */
	const NOT_FILLED = array( 'buy_again', 'bought_together' );

	/**
	 * How long a list that everybody has may be kept in an object cache, in seconds.
	 */
	const KEPT_SECONDS = 300;

	private Client $client;
	private Naming $naming;

	/**
	 * Ask a service.
	 *
	 * @param Client $client The service.
	 * @param Naming $naming By which ids.
	 */
	public function __construct( Client $client, Naming $naming ) {
		$this->client = $client;
		$this->naming = $naming;
	}

	/**
	 * Return the list that everybody gets; null where the service has none.
	 *
	 * @param Wish $wish Which list.
	 */
	public function for_everybody( Wish $wish ): ?Recommendation {
		$key  = 'list_' . md5( (string) wp_json_encode( array( $wish->fields(), $this->items_for( $wish ) ) ) );
		$kept = wp_cache_get( $key, 'recsvc' );
		if ( is_array( $kept ) ) {
			return $kept['list'];
		}
		$found = $this->for_shopper( array( $wish ), new Shopper() )[0];
		if ( null !== $found || ! $this->client->is_out_of_time() ) {
			wp_cache_set( $key, array( 'list' => $found ), 'recsvc', null === $found ? Breaker::SECONDS : self::KEPT_SECONDS );
		}
		return $found;
	}

	/**
	 * Return the lists of a shopper, in the order of the wishes; null for each that the service does not have.
	 *
	 * @param Wish[]  $wishes  Which lists.
	 * @param Shopper $shopper For whom.
	 * @return array<?Recommendation>
	 */
	public function for_shopper( array $wishes, Shopper $shopper ): array {
		$found = array_fill( 0, count( $wishes ), null );
		$asked = array();
		foreach ( array_slice( $wishes, 0, self::MOST_LISTS, true ) as $place => $wish ) {
			$items = $this->items_for( $wish );
			if ( $items || ! $wish->placement->needs_items() ) {
				$asked[] = array(
					'name'      => (string) $place,
					'placement' => $wish->placement->name,
					'n'         => min( self::MOST_ITEMS, $wish->n + self::SPARE ),
					'item_ids'  => $items,
				);
			}
		}
		// Of an item that fits several lists the first has it, and the others are filled up: those that are not come first.
		$filled = array_map(
			function ( $one ) {
				return ! in_array( $one['placement'], self::NOT_FILLED, true );
			},
			$asked
		);
		array_multisort( $filled, array_keys( $asked ), $asked );
		$answer = $asked ? $this->client->page( array( 'placements' => $asked ) + $shopper->fields() ) : null;
		if ( null !== $answer && in_array( $answer->status, array( 404, 422 ), true ) && count( $asked ) > 1 ) {
			// A product that the service does not know must not take the other lists with it.
			foreach ( $asked as $one ) {
				$found[ (int) $one['name'] ] = $this->for_shopper( array( $wishes[ (int) $one['name'] ] ), $shopper )[0];
			}
			return $found;
		}
		return null === $answer ? $found : array_replace( $found, array_intersect_key( Recommendation::by_name( $answer->body['lists'] ?? null ), $found ) );
	}

	/**
	 * Return the numbers of products for items, in their order: item id => number of a product or variation.
	 *
	 * @param string[] $item_ids As the service names them.
	 * @return array<string, int>
	 */
	public function products_of( array $item_ids ): array {
		$numbers = $this->naming->products_of( $item_ids );
		$ranked  = array();
		foreach ( $item_ids as $item_id ) {
			if ( isset( $numbers[ $item_id ] ) ) {
				$ranked[ $item_id ] = $numbers[ $item_id ];
			}
		}
		return $ranked;
	}

	/**
	 * Return what a list starts from.
	 *
	 * @param Wish $wish Which list.
	 * @return string[]
	 */
	private function items_for( Wish $wish ): array {
		if ( $wish->starts_from_cart() ) {
			return $this->items_in_cart();
		}
		$product = $wish->product_id > 0 ? wc_get_product( $wish->product_id ) : null;
		return $product && 'publish' === $product->get_status() ? $this->naming->items_of( $product ) : array();
	}

	/**
	 * Return what is in the cart.
	 *
	 * @return string[]
	 */
	private function items_in_cart(): array {
		$items = array();
		foreach ( WC()->cart ? WC()->cart->get_cart() : array() as $line ) {
			if ( isset( $line['data'] ) && $line['data'] instanceof \WC_Product ) {
				$items[] = $this->naming->item_of( $line['data'] );
			}
		}
		return array_slice( array_values( array_unique( $items ) ), 0, self::MOST_IN_CART );
	}
}
