<?php
/**
 * What a visit did becomes the shopper's.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Joins visits to whoever ordered or signed in, so that what lists led to is found. Needs a key of the scope `admin`.
 */
final class Merges {

	const HOOK = 'recsvc_merge_visit';

	/**
	 * In the order: visits that are joined to its shopper once it is bought.
	 */
	const VISITS_META = '_recsvc_visits';

	private Shoppers $shoppers;
	private Naming $naming;
	private Client $client;

	/**
	 * Join visits.
	 *
	 * @param Shoppers $shoppers Who is there.
	 * @param Naming   $naming   By which ids.
	 * @param Client   $client   The service.
	 */
	public function __construct( Shoppers $shoppers, Naming $naming, Client $client ) {
		$this->shoppers = $shoppers;
		$this->naming   = $naming;
		$this->client   = $client;
	}

	/**
	 * Hook in. The checkout of blocks has a hook of its own.
	 */
	public function register(): void {
		add_action( 'woocommerce_checkout_order_processed', array( $this, 'remember_visits' ) );
		add_action( 'woocommerce_store_api_checkout_order_processed', array( $this, 'remember_visits' ) );
		add_action( 'woocommerce_order_status_changed', array( $this, 'follow_order' ), 10, 4 );
		add_action( 'wp_login', array( $this, 'follow_login' ), 20, 2 );
		add_action( self::HOOK, array( $this, 'merge' ), 10, 2 );
	}

	/**
	 * Keep with a new order which visits it came from.
	 *
	 * @param int|\WC_Order $order Or its number.
	 */
	public function remember_visits( $order ): void {
		$order  = wc_get_order( $order );
		$visits = $this->shoppers->visits();
		if ( $order && $visits ) {
			$order->update_meta_data( self::VISITS_META, $visits );
			$order->save_meta_data();
			if ( $order->has_status( wc_get_is_paid_statuses() ) ) {
				$this->join( $order );
			}
		}
	}

	/**
	 * Join the visits of an order that is bought now.
	 *
	 * @param int       $order_id Number of the order.
	 * @param string    $from     Status before.
	 * @param string    $to       Status now.
	 * @param \WC_Order $order    The order.
	 */
	public function follow_order( $order_id, $from, $to, $order ): void {
		if ( $order->get_customer_id() ) {
			delete_user_meta( $order->get_customer_id(), Naming::ADDRESS_META );
		}
		if ( in_array( $to, wc_get_is_paid_statuses(), true ) ) {
			$this->join( $order );
		}
	}

	/**
	 * Join what a guest did before signing in.
	 *
	 * @param string   $name Of the account.
	 * @param \WP_User $user The account.
	 */
	public function follow_login( $name, $user ): void {
		$visit   = $this->shoppers->visits()[0] ?? null;
		$user_id = $this->naming->user_of_account( $user->ID );
		if ( null !== $visit && null !== $user_id ) {
			$this->schedule( $user_id, $visit );
		}
	}

	/**
	 * Join one visit.
	 *
	 * @param string $user_id    The shop's id of the shopper.
	 * @param string $session_id Of the visit.
	 * @throws \RuntimeException Where it did not work, for the log of Action Scheduler.
	 */
	public function merge( $user_id, $session_id ): void {
		$answer = $this->client->merge( $user_id, $session_id );
		// 404 and 409: nobody may be known under that id, as of those who were erased.
		if ( ! $answer->is_good() && ! in_array( $answer->status, array( 404, 409 ), true ) ) {
			throw new \RuntimeException( esc_html( $answer->problem ) );
		}
	}

	/**
	 * Join the visits of an order, once.
	 *
	 * @param \WC_Order $order That is bought.
	 */
	private function join( $order ): void {
		$visits  = $order->get_meta( self::VISITS_META );
		$user_id = $this->naming->user_of_order( $order );
		if ( ! is_array( $visits ) || ! $visits || null === $user_id ) {
			return;
		}
		$later = array();
		foreach ( $visits as $visit ) {
			// An account goes on under that id until it has paid: joined before, it would show a stranger's lists.
			if ( Shoppers::is_of_account( $visit ) && ! $order->get_date_paid() ) {
				$later[] = $visit;
			} else {
				$this->schedule( $user_id, $visit );
			}
		}
		$order->update_meta_data( self::VISITS_META, $later );
		$order->save_meta_data();
	}

	/**
	 * Let a visit be joined soon. That of a cookie is at an end.
	 *
	 * @param string $user_id    The shop's id of the shopper.
	 * @param string $session_id Of the visit.
	 */
	private function schedule( string $user_id, string $session_id ): void {
		if ( ! Shoppers::is_of_account( $session_id ) ) {
			Visit::close( $session_id );
		}
		as_enqueue_async_action( self::HOOK, array( $user_id, $session_id ), 'recsvc' );
	}
}
