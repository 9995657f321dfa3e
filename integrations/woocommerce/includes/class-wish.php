<?php
/**
 * A list that a page wants.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * What a block, a shortcode or the script of a page asks for, with everything in its bounds.
 */
final class Wish {

	const MAX_N       = 24;
	const MAX_COLUMNS = 6;

	/** Which list. */
	public Placement $placement;

	/** At most so many products. */
	public int $n;

	/** So many beside each other. */
	public int $columns;

	/** What the shop wrote above it; '' for what the placement says. */
	public string $heading;

	/** The product that it starts from; 0: the cart. */
	public int $product_id;

	/**
	 * Read a wish.
	 *
	 * @param array<string, mixed> $given      Attributes of a block or shortcode, or JSON of a page.
	 * @param int                  $product_id The product of the page, where `given` names none; 0 for none.
	 */
	public static function of( array $given, int $product_id = 0 ): ?self {
		$text      = array_filter( $given, 'is_scalar' );
		$placement = Placement::of( (string) ( $text['placement'] ?? 'for_you' ) );
		if ( null === $placement ) {
			return null;
		}
		$wish             = new self();
		$wish->placement  = $placement;
		$wish->n          = min( self::MAX_N, max( 1, (int) ( $text['n'] ?? 4 ) ) );
		$wish->columns    = min( self::MAX_COLUMNS, max( 1, (int) ( $text['columns'] ?? 4 ) ) );
		$wish->heading    = mb_substr( trim( (string) ( $text['heading'] ?? '' ) ), 0, 200 );
		$wish->product_id = max( 0, (int) ( $text['product'] ?? 0 ) );
		if ( 0 === $wish->product_id ) {
			$wish->product_id = $product_id;
		}
		return 'similar' === $placement->name && 0 === $wish->product_id ? null : $wish;
	}

	/**
	 * Return whether everybody has the same list, so that any cache may keep it.
	 */
	public function is_for_everybody(): bool {
		return $this->placement->is_for_everybody() && ! $this->starts_from_cart();
	}

	/**
	 * Return whether the list starts from what is in the cart.
	 */
	public function starts_from_cart(): bool {
		return 'bought_together' === $this->placement->name && 0 === $this->product_id;
	}

	/**
	 * Return what `of` reads.
	 *
	 * @return array<string, mixed>
	 */
	public function fields(): array {
		return array(
			'placement' => $this->placement->name,
			'n'         => $this->n,
			'columns'   => $this->columns,
			'heading'   => $this->heading,
			'product'   => $this->product_id,
		);
	}
}
