<?php
/**
 * Recognises shoppers.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Says who is there, as far as they may be recognised.
 */
final class Shoppers {

	const OF_ACCOUNT = 'account-';

	private Consent $consent;
	private Naming $naming;

	/**
	 * Recognise shoppers.
	 *
	 * @param Consent $consent Who may be recognised.
	 * @param Naming  $naming  By which ids.
	 */
	public function __construct( Consent $consent, Naming $naming ) {
		$this->consent = $consent;
		$this->naming  = $naming;
	}

	/**
	 * Mark those who sign in, and forget the mark when they sign out.
	 */
	public function register(): void {
		add_action(
			'wp_login',
			function () {
				Visit::mark();
			}
		);
		add_action( 'wp_logout', array( Visit::class, 'end' ) );
		add_action( 'template_redirect', array( $this, 'mark_customer' ) );
	}

	/**
	 * Mark who was signed in already when the plug-in came.
	 */
	public function mark_customer(): void {
		if ( is_user_logged_in() && $this->consent->is_given( true ) ) {
			Visit::mark();
		}
	}

	/**
	 * Return who is there; nobody where they may not be recognised.
	 */
	public function current(): Shopper {
		$account_id = get_current_user_id();
		if ( ! $this->consent->is_given( $account_id > 0 ) ) {
			return new Shopper();
		}
		$session_id = Visit::current();
		if ( $account_id > 0 ) {
			return new Shopper( $this->naming->user_of_account( $account_id ), $session_id ?? self::session_of_account( $account_id ) );
		}
		return new Shopper( null, $session_id );
	}

	/**
	 * Return who is there; a guest who may be recognised gets a visit.
	 */
	public function current_or_new(): Shopper {
		$shopper = $this->current();
		if ( $shopper->is_somebody() || ! $this->consent->is_given( false ) ) {
			return $shopper;
		}
		return new Shopper( null, Visit::begin() );
	}

	/**
	 * Forget a guest who takes their consent back.
	 */
	public function respect_refusal(): void {
		if ( ! $this->consent->is_given( is_user_logged_in() ) ) {
			Visit::end();
		}
	}

	/**
	 * Return the visits of whoever is there; of an account that is not proved yet, what stands for it, too.
	 *
	 * @return string[]
	 */
	public function visits(): array {
		$account_id = get_current_user_id();
		if ( ! $this->consent->is_given( $account_id > 0 ) ) {
			return array();
		}
		$is_unproved = $account_id > 0 && null === $this->naming->user_of_account( $account_id );
		return array_values( array_filter( array( Visit::current(), $is_unproved ? self::session_of_account( $account_id ) : null ) ) );
	}

	/**
	 * Return the id under which an account is known until an order says more. Nobody can guess it.
	 *
	 * @param int $account_id Number of the account.
	 */
	public static function session_of_account( int $account_id ): string {
		return self::OF_ACCOUNT . substr( hash_hmac( 'sha256', "recsvc account $account_id", wp_salt() ), 0, 32 );
	}

	/**
	 * Return whether an id of a visit stands for an account.
	 *
	 * @param string $session_id Of a visit.
	 */
	public static function is_of_account( string $session_id ): bool {
		return 0 === strpos( $session_id, self::OF_ACCOUNT );
	}
}
