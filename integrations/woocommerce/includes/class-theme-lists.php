<?php
/**
 * Lists that the theme has already.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Puts the service's items into the theme's related products and cross-sells. Both are the same for everybody who sees
 * that product or has that cart, so that caches may keep them.
 */
final class Theme_Lists {

	/**
	 * So many cross-sells are enough.
	 */
	const CROSS_SELLS = 4;

	private Settings $settings;
	private Lists $lists;

	/** The related products that WooCommerce was given last, best first; none where they were its own. */
	private array $ours = array();

	/**
	 * Put lists into the theme's.
	 *
	 * @param Settings $settings Which of them.
	 * @param Lists    $lists    Of the service.
	 */
	public function __construct( Settings $settings, Lists $lists ) {
		$this->settings = $settings;
		$this->lists    = $lists;
	}

	/**
	 * Hook in.
	 */
	public function register(): void {
		if ( $this->settings->related ) {
			add_filter( 'woocommerce_related_products', array( $this, 'related' ), 20, 3 );
			add_filter( 'woocommerce_product_related_posts_shuffle', array( $this, 'shuffle' ) );
			add_filter( 'query_loop_block_query_vars', array( $this, 'keep_order' ), 20 );
		}
		if ( $this->settings->cross_sells ) {
			add_filter( 'woocommerce_cart_crosssell_ids', array( $this, 'cross_sells' ), 20 );
		}
	}

	/**
	 * Return the related products of a page. Elsewhere, as in the REST interface, they stay as they are.
	 *
	 * @param int[]                $own        Of WooCommerce.
	 * @param int                  $product_id Of the page.
	 * @param array<string, mixed> $asked      `limit`.
	 * @return int[]
	 */
	public function related( $own, $product_id, $asked ) {
		$this->ours = array();
		if ( ! did_action( 'template_redirect' ) || ! $this->may_stand_in() ) {
			return $own;
		}
		$wish       = Wish::of(
			array(
				'placement' => 'similar',
				'n'         => max( 1, (int) ( $asked['limit'] ?? 4 ) ),
			),
			(int) $product_id
		);
		$found      = null === $wish ? array() : $this->found( $this->lists->for_everybody( $wish ) );
		$found      = array_values( array_diff( $found, array( (int) $product_id ) ) );
		$this->ours = $found;
		return $found ? $found : $own;
	}

	/**
	 * Keep the order of ours: WooCommerce shuffles related products.
	 *
	 * @param bool $shuffles What is set.
	 */
	public function shuffle( $shuffles ) {
		return $shuffles && ! $this->ours;
	}

	/**
	 * Keep the order of ours in a block: that of related products sorts them by title.
	 *
	 * @param array<string, mixed> $query Of the block.
	 */
	public function keep_order( $query ) {
		$numbers = array_map( 'intval', (array) ( $query['post__in'] ?? array() ) );
		if ( $this->ours && $numbers && ! array_diff( $numbers, $this->ours ) ) {
			$query['orderby'] = 'post__in';
		}
		return $query;
	}

	/**
	 * Return cross-sells of the cart: what the shop itself chose, then what is bought together.
	 *
	 * @param int[] $own Of the shop.
	 * @return int[]
	 */
	public function cross_sells( $own ) {
		if ( count( $own ) >= self::CROSS_SELLS || ! $this->may_stand_in() || ! WC()->cart ) {
			return $own;
		}
		$wish  = Wish::of(
			array(
				'placement' => 'bought_together',
				'n'         => self::CROSS_SELLS,
			)
		);
		$found = $this->found( $this->lists->for_everybody( $wish ) );
		$there = wp_list_pluck( WC()->cart->get_cart(), 'product_id' );
		return array_slice( array_values( array_unique( array_merge( $own, array_diff( $found, $there ) ) ) ), 0, self::CROSS_SELLS );
	}

	/**
	 * Return the products of a list, variations as their products.
	 *
	 * @param Recommendation|null $given Of the service.
	 * @return int[]
	 */
	private function found( ?Recommendation $given ): array {
		$products = array();
		foreach ( null === $given ? array() : $this->lists->products_of( $given->item_ids ) as $number ) {
			$product = wc_get_product( $number );
			if ( $product && $product->is_in_stock() ) {
				$products[] = $product->get_parent_id() ? $product->get_parent_id() : $number;
			}
		}
		return array_values( array_unique( $products ) );
	}

	/**
	 * Return whether lists may stand in for WooCommerce's.
	 */
	private function may_stand_in(): bool {
		/**
		 * Filters whether the theme's related products and cross-sells come from the service.
		 *
		 * @since 0.6.0
		 *
		 * @param bool $may_stand_in As is set.
		 */
		return (bool) apply_filters( 'recsvc_stand_in', true );
	}
}
