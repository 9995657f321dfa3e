<?php
/**
 * A service that does not answer is left alone for a while.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * While it is open, no page asks for lists, so that a dead service costs a page nothing.
 */
final class Breaker {

	const TRANSIENT   = 'recsvc_away';
	const SECONDS     = 30;
	const MAX_SECONDS = 120;

	/**
	 * Return whether the service is to be left alone now.
	 */
	public function is_open(): bool {
		return false !== get_transient( self::TRANSIENT );
	}

	/**
	 * Leave the service alone, and write the reason into WooCommerce's log.
	 *
	 * @param Answer $answer What it answered.
	 */
	public function open( Answer $answer ): void {
		$seconds = min( self::MAX_SECONDS, max( self::SECONDS, $answer->retry_after_seconds ) );
		set_transient( self::TRANSIENT, $answer->status, $seconds );
		wc_get_logger()->warning(
			sprintf( 'No lists from the service for %d s: %s', $seconds, $answer->problem ),
			array( 'source' => 'recsvc' )
		);
	}

	/**
	 * Let pages ask again.
	 */
	public function close(): void {
		delete_transient( self::TRANSIENT );
	}
}
