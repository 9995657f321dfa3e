<?php
/**
 * Who asks for their data.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Whoever has an address of mail: their account, and the ids under which the service knows them.
 */
final class Person {

	/**
	 * So many orders are read at once.
	 */
	const ORDERS_AT_ONCE = 100;

	/** Number of the account; 0 for none. */
	public int $account_id;

	/** Ids of theirs, as the service may know them. */
	public array $user_ids;

	/** Ids in orders of the account that nothing proves to be theirs. */
	public array $unproved = array();

	/** Numbers of their orders. */
	public array $order_ids = array();

	/**
	 * Find whoever has an address.
	 *
	 * What was ordered for the address is theirs. An order of their account for another address makes that theirs only where
	 * it is proved: anybody can order for a stranger's, and would then be shown, or erase, what is held on the stranger.
	 *
	 * @param string $address Of mail, which the person proved to be theirs.
	 * @param Naming $naming  By which ids.
	 */
	public function __construct( string $address, Naming $naming ) {
		$account          = get_user_by( 'email', $address );
		$this->account_id = $account ? $account->ID : 0;
		$users            = array( $address );
		if ( $this->account_id ) {
			$users[] = $naming->user_of_account( $this->account_id );
		}
		$unproved = array();
		foreach ( $this->orders( $address ) as $order ) {
			$this->order_ids[] = $order->get_id();
			$user              = $naming->user_of_order( $order );
			if ( self::is_same( $order->get_billing_email(), $address ) || (string) $this->account_id === $user || $naming->is_proof( $order ) ) {
				$users[] = $user;
			} else {
				$unproved[] = $user;
			}
		}
		$this->user_ids = self::each_once( $users );
		$this->unproved = array_values( array_udiff( self::each_once( $unproved ), $this->user_ids, 'strcasecmp' ) );
	}

	/**
	 * Yield all orders for an address or of its account.
	 *
	 * @param string $address Of mail.
	 * @return \Generator<\WC_Order>
	 */
	private function orders( string $address ): \Generator {
		$page = 0;
		do {
			$orders = wc_get_orders(
				array(
					'customer' => array_filter( array( $address, $this->account_id ) ),
					'type'     => 'shop_order',
					'status'   => array_merge( array_keys( wc_get_order_statuses() ), array( 'trash' ) ),
					'limit'    => self::ORDERS_AT_ONCE,
					'page'     => ++$page,
					'orderby'  => 'ID',
				)
			);
			$is_last = count( $orders ) < self::ORDERS_AT_ONCE;
			yield from $orders;
		} while ( ! $is_last );
	}

	/**
	 * Return whether two ids are one: the service takes them in any case.
	 *
	 * @param string $one   Id.
	 * @param string $other Id.
	 */
	private static function is_same( string $one, string $other ): bool {
		return 0 === strcasecmp( trim( $one ), trim( $other ) );
	}

	/**
	 * Return ids, each once.
	 *
	 * @param array<string|null> $ids Some may be none.
	 * @return string[]
	 */
	private static function each_once( array $ids ): array {
		$found = array();
		foreach ( array_filter( $ids, 'is_string' ) as $id ) {
			$found += array( wc_strtolower( trim( $id ) ) => trim( $id ) );
		}
		return array_values( $found );
	}
}
