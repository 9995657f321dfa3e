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
	 * Whose a visit becomes.
	 */
	const OF_ORDER   = 'order';
	const OF_ACCOUNT = 'account';

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
		add_action( 'woocommerce_update_order', array( $this, 'forget_address' ), 10, 2 );
		add_action( self::HOOK, array( $this, 'merge' ), 10, 3 );
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
		if ( in_array( $to, wc_get_is_paid_statuses(), true ) ) {
			$this->join( $order );
		}
	}

	/**
	 * Look again by which address an account is known: an order of it changed, and may prove another one now.
	 *
	 * @param int            $order_id Number of the order.
	 * @param \WC_Order|null $order    The order.
	 */
	public function forget_address( $order_id, $order = null ): void {
		$order = $order ?? wc_get_order( $order_id );
		if ( $order instanceof \WC_Order && $order->get_customer_id() ) {
			delete_user_meta( $order->get_customer_id(), Naming::ADDRESS_META );
		}
	}

	/**
	 * Join what a guest did before signing in.
	 *
	 * @param string   $name Of the account.
	 * @param \WP_User $user The account.
	 */
	public function follow_login( $name, $user ): void {
		$visit = $this->shoppers->visits()[0] ?? null;
		if ( null !== $visit && null !== $this->naming->user_of_account( $user->ID ) ) {
			$this->schedule( self::OF_ACCOUNT, $user->ID, $visit );
		}
	}

	/**
	 * Join one visit. The job has numbers alone: Action Scheduler keeps its jobs for a month, and no eraser looks there.
	 *
	 * @param string $kind       OF_ORDER or OF_ACCOUNT.
	 * @param int    $number     Of the order or account.
	 * @param string $session_id Of the visit.
	 * @throws \RuntimeException Where it did not work, for the log of Action Scheduler.
	 */
	public function merge( $kind, $number, $session_id ): void {
		$user_id = self::OF_ORDER === $kind ? $this->user_of_order( (int) $number ) : $this->naming->user_of_account( (int) $number );
		if ( null === $user_id ) {
			return;
		}
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
		$visits = $order->get_meta( self::VISITS_META );
		if ( ! is_array( $visits ) || ! $visits || null === $this->naming->user_of_order( $order ) ) {
			return;
		}
		$later = array();
		foreach ( $visits as $visit ) {
			// An account goes on under that id until an order proves whose it is: joined before, it would show a stranger's lists.
			if ( Shoppers::is_of_account( $visit ) && ! $this->naming->is_proof( $order ) ) {
				$later[] = $visit;
			} else {
				$this->schedule( self::OF_ORDER, $order->get_id(), $visit );
			}
		}
		$order->update_meta_data( self::VISITS_META, $later );
		$order->save_meta_data();
	}

	/**
	 * Let a visit be joined soon. That of a cookie is at an end.
	 *
	 * @param string $kind       OF_ORDER or OF_ACCOUNT.
	 * @param int    $number     Of the order or account whose shopper gets it.
	 * @param string $session_id Of the visit.
	 */
	private function schedule( string $kind, int $number, string $session_id ): void {
		if ( ! Shoppers::is_of_account( $session_id ) ) {
			Visit::close( $session_id );
		}
		as_enqueue_async_action( self::HOOK, array( $kind, $number, $session_id ), 'recsvc' );
	}

	/**
	 * Return who ordered; null where the order is gone, or WooCommerce took out of it who that was.
	 *
	 * @param int $number Of the order.
	 */
	private function user_of_order( int $number ): ?string {
		$order = wc_get_order( $number );
		return $order instanceof \WC_Order && 'yes' !== $order->get_meta( '_anonymized' ) ? $this->naming->user_of_order( $order ) : null;
	}
}
