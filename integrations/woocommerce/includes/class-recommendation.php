<?php
/**
 * A list as the service gave it.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Items, best first, and which list they are.
 */
final class Recommendation {

	/** Says which list it is; comes back with what follows from it. */
	public string $id;

	/** Whether it is this shopper's, not what sells to everybody. */
	public bool $is_personal;

	/** Ids of items, best first. */
	public array $item_ids;

	/**
	 * Read the lists of an answer: name => list, or null where it has no items. What is no list is left out.
	 *
	 * @param mixed $given As the service answered it.
	 * @return array<int|string, ?self>
	 */
	public static function by_name( $given ): array {
		$found = array();
		foreach ( is_array( $given ) ? $given : array() as $list ) {
			if ( is_array( $list ) && is_string( $list['name'] ?? null ) ) {
				$found[ $list['name'] ] = self::of( $list );
			}
		}
		return $found;
	}

	/**
	 * Read a list; null where it has no items.
	 *
	 * @param mixed $given As the service answered it.
	 */
	public static function of( $given ): ?self {
		$items = is_array( $given ) && is_array( $given['items'] ?? null ) ? array_column( $given['items'], 'item_id' ) : array();
		$items = array_values( array_filter( $items, 'is_string' ) );
		if ( ! $items ) {
			return null;
		}
		$found              = new self();
		$found->id          = is_string( $given['recommendation_id'] ?? null ) ? $given['recommendation_id'] : '';
		$found->is_personal = in_array( $given['strategy'] ?? '', array( 'personalized', 'folded_in' ), true );
		$found->item_ids    = $items;
		return $found;
	}
}
