<?php
/**
 * Who may be recognised.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Asks a consent plug-in that speaks the WP Consent API; without one, the shop's setting decides.
 */
final class Consent {

	/**
	 * The category of the WP Consent API that recommendations belong to; WooCommerce's own attribution has the same.
	 */
	const CATEGORY = 'marketing';

	/** Setting: `nobody`, `customers`, `everybody`. */
	private string $recognise;

	/**
	 * Decide by a setting where no consent plug-in does.
	 *
	 * @param string $recognise `nobody`, `customers`, `everybody`.
	 */
	public function __construct( string $recognise ) {
		$this->recognise = $recognise;
		add_filter( 'wp_consent_api_registered_' . plugin_basename( PLUGIN_FILE ), '__return_true' );
	}

	/**
	 * Return whether the shopper of this request may be recognised.
	 *
	 * @param bool $is_customer Whether they are signed in.
	 */
	public function is_given( bool $is_customer ): bool {
		$said = function_exists( 'wp_has_consent' ) ? (bool) wp_has_consent( self::CATEGORY ) : null;
		/**
		 * Filters whether the shopper of this request may be recognised: their lists, what they view and put into the cart.
		 *
		 * @since 0.6.0
		 *
		 * @param bool $is_given    What the consent plug-in, or else the setting, says.
		 * @param bool $is_customer Whether they are signed in.
		 */
		return (bool) apply_filters( 'recsvc_consent', self::decide( $said, $this->recognise, $is_customer ), $is_customer );
	}

	/**
	 * Return whether somebody may be recognised.
	 *
	 * @param bool|null $said        What the consent plug-in says; null where there is none.
	 * @param string    $recognise   The setting.
	 * @param bool      $is_customer Whether they are signed in.
	 */
	public static function decide( ?bool $said, string $recognise, bool $is_customer ): bool {
		return $said ?? ( 'everybody' === $recognise || ( 'customers' === $recognise && $is_customer ) );
	}

	/**
	 * Return what the script in the page asks before it lets a guest be recognised: `api`, `yes`, `no`.
	 */
	public function of_guests(): string {
		return function_exists( 'wp_has_consent' ) ? 'api' : ( 'everybody' === $this->recognise ? 'yes' : 'no' );
	}
}
