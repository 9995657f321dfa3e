<?php
/**
 * What goes into the cart.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Tells what shoppers put into the cart, by whichever way: WooCommerce's hook is the same for pages, AJAX and blocks.
 */
final class Cart_Events {

	private Shoppers $shoppers;
	private Naming $naming;
	private Outbox $outbox;

	/**
	 * Tell what goes into the cart.
	 *
	 * @param Shoppers $shoppers Who is there.
	 * @param Naming   $naming   By which ids.
	 * @param Outbox   $outbox   What is to be told.
	 */
	public function __construct( Shoppers $shoppers, Naming $naming, Outbox $outbox ) {
		$this->shoppers = $shoppers;
		$this->naming   = $naming;
		$this->outbox   = $outbox;
	}

	/**
	 * Hook in.
	 */
	public function register(): void {
		add_action( 'woocommerce_add_to_cart', array( $this, 'add' ), 10, 4 );
	}

	/**
	 * Tell that something went into the cart.
	 *
	 * @param string    $key          Of the line.
	 * @param int       $product_id   Number of the product.
	 * @param int|float $quantity     Pieces.
	 * @param int       $variation_id Number of the variation; 0 for none.
	 */
	public function add( $key, $product_id, $quantity, $variation_id ): void {
		$product = wc_get_product( $variation_id ? $variation_id : $product_id );
		if ( $product && $quantity > 0 ) {
			$shopper = $this->shoppers->current_or_new();
			$this->outbox->add( $shopper, array( Event::of( 'add_to_cart', $this->naming->item_of( $product ), array( 'quantity' => (float) $quantity ) ) ) );
		}
	}
}
