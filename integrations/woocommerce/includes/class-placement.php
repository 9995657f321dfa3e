<?php
/**
 * The places where a list can stand.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * A placement of the service: what it starts from, and what it is called on a page.
 */
final class Placement {

	/**
	 * Those that the service has by itself; the shop may have more, which depend on the shopper as far as we know.
	 */
	const BUILT_IN = array( 'for_you', 'discover', 'buy_again', 'similar', 'bought_together', 'trending' );

	/** As the service calls it. */
	public string $name;

	/**
	 * Hold a placement.
	 *
	 * @param string $name That `of` found good.
	 */
	private function __construct( string $name ) {
		$this->name = $name;
	}

	/**
	 * Return the placement of a name; null where none can be called so.
	 *
	 * @param string $name As an editor wrote it.
	 */
	public static function of( string $name ): ?self {
		return preg_match( '/^[a-z0-9_-]{1,64}$/D', $name ) ? new self( $name ) : null;
	}

	/**
	 * Return whether the list starts from products: that of the page, or those in the cart.
	 */
	public function needs_items(): bool {
		return in_array( $this->name, array( 'similar', 'bought_together' ), true );
	}

	/**
	 * Return whether everybody has the same list, where it starts from the product of the page.
	 */
	public function is_for_everybody(): bool {
		return $this->needs_items() || 'trending' === $this->name;
	}

	/**
	 * Return whether products of the shop may stand here instead. Nothing but what was bought belongs under "Buy again".
	 */
	public function may_be_filled(): bool {
		return 'buy_again' !== $this->name;
	}

	/**
	 * Return what the list is called.
	 *
	 * @param bool $is_personal Whether the list is the shopper's own, not what everybody gets.
	 */
	public function heading( bool $is_personal ): string {
		switch ( $this->name ) {
			case 'similar':
				return __( 'You may also like', 'recsvc' );
			case 'bought_together':
				return __( 'Goes well with it', 'recsvc' );
			case 'buy_again':
				return __( 'Buy again', 'recsvc' );
			case 'discover':
				return $is_personal ? __( 'New for you', 'recsvc' ) : __( 'Popular right now', 'recsvc' );
			case 'trending':
				return __( 'Popular right now', 'recsvc' );
		}
		return $is_personal ? __( 'For you', 'recsvc' ) : __( 'Popular right now', 'recsvc' );
	}
}
