<?php
/**
 * What a shopper did, as the service takes it.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Makes events. Each has an id of its own, so that it may be sent again.
 */
final class Event {

	const MAX_ID = 256;

	/**
	 * Return an event of now.
	 *
	 * @param string               $type    As the service calls it.
	 * @param string               $item_id As the service names the item.
	 * @param array<string, mixed> $more    Further fields.
	 * @return array<string, mixed>
	 */
	public static function of( string $type, string $item_id, array $more = array() ): array {
		return array(
			'type'        => $type,
			'item_id'     => $item_id,
			'channel'     => 'web',
			'occurred_at' => gmdate( 'Y-m-d\TH:i:s\Z' ),
			'event_id'    => 'wp/' . bin2hex( random_bytes( 16 ) ),
		) + $more;
	}

	/**
	 * Return the event that a page tells; null where it is none.
	 *
	 * @param array<string, mixed> $told  Of the page.
	 * @param string[]             $types Which ones are taken.
	 * @return array<string, mixed>|null
	 */
	public static function told( array $told, array $types ): ?array {
		$type = $told['type'] ?? null;
		$item = $told['item'] ?? null;
		$list = $told['list'] ?? null;
		if ( ! in_array( $type, $types, true ) || ! self::is_id( $item ) || ! self::is_id( $list ) ) {
			return null;
		}
		$more     = array( 'recommendation_id' => $list );
		$position = $told['position'] ?? null;
		if ( is_int( $position ) && $position >= 1 && $position <= 1000 ) {
			$more['position'] = $position;
		}
		if ( 'impression' === $type && true === ( $told['seen'] ?? null ) ) {
			$more['seen'] = true;
		}
		return self::of( $type, $item, $more );
	}

	/**
	 * Return whether something can be an id.
	 *
	 * @param mixed $value Anything.
	 */
	private static function is_id( $value ): bool {
		return is_string( $value ) && '' !== trim( $value ) && mb_strlen( $value ) <= self::MAX_ID && ! preg_match( '/[\x00-\x1f\x7f]/', $value );
	}
}
