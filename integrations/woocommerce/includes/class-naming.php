<?php
/**
 * By which ids the service knows products and shoppers.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Names products and shoppers as `recsvc connect woocommerce` names those of orders.
 */
final class Naming {

	/**
	 * So many variations stand for a product that has more.
	 */
	const MAX_VARIATIONS = 20;

	const ADDRESS_META = '_recsvc_address';

	/** `email` or `customer_id`. */
	private string $user_by;

	/** `sku` or `id`. */
	private string $item_by;

	/**
	 * Name as the settings say.
	 *
	 * @param string $user_by `email` or `customer_id`.
	 * @param string $item_by `sku` or `id`.
	 */
	public function __construct( string $user_by, string $item_by ) {
		$this->user_by = $user_by;
		$this->item_by = $item_by;
	}

	/**
	 * Return the item id of a product or variation: its SKU, else its number. A variation without a SKU has its product's.
	 *
	 * @param \WC_Product $product Any kind.
	 */
	public function item_of( $product ): string {
		$sku = 'sku' === $this->item_by ? trim( (string) $product->get_sku() ) : '';
		return '' === $sku ? (string) $product->get_id() : $sku;
	}

	/**
	 * Return the item ids that stand for a product: its own and those of its variations, which are what is ordered.
	 *
	 * @param \WC_Product $product Any kind.
	 * @return string[]
	 */
	public function items_of( $product ): array {
		$items = array( $this->item_of( $product ) );
		if ( $product->is_type( 'variable' ) ) {
			foreach ( array_slice( $product->get_children(), 0, self::MAX_VARIATIONS ) as $id ) {
				$variation = wc_get_product( $id );
				if ( $variation ) {
					$items[] = $this->item_of( $variation );
				}
			}
		}
		return array_values( array_unique( $items ) );
	}

	/**
	 * Return the products of items: item id => number of a product or variation. What the shop does not have is left out.
	 *
	 * @param string[] $item_ids As the service names them.
	 * @return array<string, int>
	 */
	public function products_of( array $item_ids ): array {
		global $wpdb;
		$found = array();
		if ( $item_ids && 'sku' === $this->item_by ) {
			$marks = implode( ', ', array_fill( 0, count( $item_ids ), '%s' ) );
			// phpcs:disable WordPress.DB.DirectDatabaseQuery -- one query for all; WooCommerce's own function makes one for each.
			// phpcs:disable WordPress.DB.PreparedSQL.InterpolatedNotPrepared, WordPress.DB.PreparedSQLPlaceholders -- placeholders alone.
			$rows = $wpdb->get_results(
				$wpdb->prepare(
					"SELECT lookup.product_id, lookup.sku FROM {$wpdb->wc_product_meta_lookup} AS lookup
					JOIN {$wpdb->posts} AS posts ON posts.ID = lookup.product_id
					WHERE posts.post_status = 'publish' AND lookup.sku IN ($marks)",
					$item_ids
				)
			);
			// phpcs:enable
			$numbers = array();
			foreach ( $rows as $row ) {
				// MySQL finds a SKU in any case, and so does the service.
				$numbers[ wc_strtolower( $row->sku ) ] = (int) $row->product_id;
			}
			foreach ( $item_ids as $item_id ) {
				if ( isset( $numbers[ wc_strtolower( $item_id ) ] ) ) {
					$found[ $item_id ] = $numbers[ wc_strtolower( $item_id ) ];
				}
			}
		}
		$numbers = array_filter( array_diff( $item_ids, array_map( 'strval', array_keys( $found ) ) ), 'ctype_digit' );
		_prime_post_caches( array_map( 'intval', $numbers ) );
		foreach ( $numbers as $item_id ) {
			// A product without a SKU. One that has a SKU is another item, as is one whose number is another's SKU.
			$product = wc_get_product( (int) $item_id );
			if ( $product && $this->item_of( $product ) === $item_id ) {
				$found[ $item_id ] = (int) $item_id;
			}
		}
		return $found;
	}

	/**
	 * Return the id of the shopper who has an account; null where orders do not prove one yet.
	 *
	 * By address it is that of the newest order which proves it. The address that stands in an account
	 * is no proof: anybody can write a stranger's into it, and would then see what the stranger buys.
	 *
	 * @param int $account_id Number of the account.
	 */
	public function user_of_account( int $account_id ): ?string {
		if ( 'customer_id' === $this->user_by ) {
			return (string) $account_id;
		}
		$known = get_user_meta( $account_id, self::ADDRESS_META, true );
		if ( is_array( $known ) ) {
			return $known['address'];
		}
		$address = null;
		$orders  = wc_get_orders(
			array(
				'customer_id' => $account_id,
				'status'      => array( 'wc-processing', 'wc-completed' ),
				'type'        => 'shop_order',
				'limit'       => 20,
				'orderby'     => 'date',
				'order'       => 'DESC',
			)
		);
		foreach ( $orders as $order ) {
			if ( $order->get_billing_email() && $this->is_proof( $order ) ) {
				$address = $order->get_billing_email();
				break;
			}
		}
		update_user_meta( $account_id, self::ADDRESS_META, array( 'address' => $address ) );
		return $address;
	}

	/**
	 * Return the id of the shopper who ordered; null where the order does not say.
	 *
	 * @param \WC_Order $order Any.
	 */
	public function user_of_order( $order ): ?string {
		$number  = (int) $order->get_customer_id();
		$account = $number > 0 ? (string) $number : '';
		$address = trim( (string) $order->get_billing_email() );
		$phone   = trim( (string) $order->get_billing_phone() );
		$ranked  = 'customer_id' === $this->user_by ? array( $account, $address, $phone ) : array( $address, $phone, $account );
		$named   = array_values( array_filter( $ranked, 'strlen' ) );
		return $named[0] ?? null;
	}

	/**
	 * Return whether an order proves that its account is known by its billing address.
	 *
	 * @param \WC_Order $order Any.
	 */
	public function is_proof( $order ): bool {
		/**
		 * Filters whether an order proves that its account is known by its billing address, and so may see the lists of it.
		 *
		 * @since 0.6.0
		 *
		 * @param bool      $is_proof Whether a payment of more than 0 has the number that its provider gave it.
		 * @param \WC_Order $order    The order.
		 */
		return (bool) apply_filters( 'recsvc_is_proof', self::is_captured( $order ), $order );
	}

	/**
	 * Return whether a provider took money for an order, and did not give all of it back. That WooCommerce has a date for the payment does not say so: it
	 * has one for cash on delivery as soon as that is ordered, and for what a coupon pays in full.
	 *
	 * @param \WC_Order $order Any.
	 */
	public static function is_captured( $order ): bool {
		return $order->is_paid() && $order->get_date_paid() && (float) $order->get_total() > 0 && '' !== trim( (string) $order->get_transaction_id() );
	}
}
