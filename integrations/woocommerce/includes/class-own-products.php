<?php
/**
 * What is shown where the service has no list.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * The shop's own choice: related products, cross-sells, what sells best.
 */
final class Own_Products {

	/**
	 * Return numbers of products, best first.
	 *
	 * @param Wish $wish Where they are to stand.
	 * @param int  $n    At least so many, where there are as many.
	 * @return int[]
	 */
	public function for_wish( Wish $wish, int $n ): array {
		if ( ! $wish->placement->may_be_filled() ) {
			return array();
		}
		$found = array();
		if ( $wish->product_id > 0 && $wish->placement->needs_items() ) {
			$product = wc_get_product( $wish->product_id );
			$found   = 'similar' === $wish->placement->name || ! $product
				? $this->related( $wish->product_id, $n )
				: $product->get_cross_sell_ids();
		} elseif ( $wish->starts_from_cart() ) {
			return $this->without_ours(
				function () {
					return WC()->cart ? WC()->cart->get_cross_sells() : array();
				}
			);
		}
		return array_slice( array_unique( array_merge( $found, $this->best_sellers( $n + 1 ) ) ), 0, $n );
	}

	/**
	 * Return WooCommerce's own related products.
	 *
	 * @param int $product_id Of the page.
	 * @param int $n          How many.
	 * @return int[]
	 */
	private function related( int $product_id, int $n ): array {
		return $this->without_ours(
			function () use ( $product_id, $n ) {
				return wc_get_related_products( $product_id, $n );
			}
		);
	}

	/**
	 * Return what a function returns while our lists stand in for nothing of WooCommerce's.
	 *
	 * @param callable $ask Asks WooCommerce.
	 * @return int[]
	 */
	private function without_ours( callable $ask ): array {
		add_filter( 'recsvc_stand_in', '__return_false', 99 );
		$found = $ask();
		remove_filter( 'recsvc_stand_in', '__return_false', 99 );
		return array_map( 'intval', $found );
	}

	/**
	 * Return what sells best.
	 *
	 * @param int $n How many.
	 * @return int[]
	 */
	private function best_sellers( int $n ): array {
		$kept = get_transient( 'recsvc_best_sellers' );
		if ( ! is_array( $kept ) ) {
			$kept = wc_get_products(
				array(
					'status'       => 'publish',
					'visibility'   => 'catalog',
					'stock_status' => 'instock',
					'limit'        => Wish::MAX_N + 1,
					'orderby'      => array(
						'meta_value_num' => 'DESC',
						'ID'             => 'DESC',
					),
					'meta_key'     => 'total_sales', // phpcs:ignore WordPress.DB.SlowDBQuery.slow_db_query_meta_key -- once an hour.
					'return'       => 'ids',
				)
			);
			set_transient( 'recsvc_best_sellers', $kept, HOUR_IN_SECONDS );
		}
		return array_slice( array_map( 'intval', $kept ), 0, $n );
	}
}
