<?php
/**
 * Visits that are at an end.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * A table of visits that were joined to a shopper. Each stays as long as its cookie could: an object cache, which may be
 * emptied at any time, would open the shopper's lists to whoever has the cookie.
 */
final class Closed_Visits {

	/**
	 * Number of the table's layout; and the option that says which one is there.
	 */
	const LAYOUT        = '1';
	const LAYOUT_OPTION = 'recsvc_closed_visits';

	/**
	 * Make the table where it is not there.
	 */
	public static function install(): void {
		if ( self::LAYOUT === get_option( self::LAYOUT_OPTION ) ) {
			return;
		}
		global $wpdb;
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		$table = self::table();
		dbDelta(
			"CREATE TABLE $table (
			id char(32) NOT NULL,
			closed datetime NOT NULL,
			PRIMARY KEY  (id),
			KEY closed (closed)
			) {$wpdb->get_charset_collate()};"
		);
		update_option( self::LAYOUT_OPTION, self::LAYOUT );
	}

	/**
	 * Keep a visit.
	 *
	 * @param string $id Of the visit.
	 */
	public static function add( string $id ): void {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- our own table.
		$wpdb->replace(
			self::table(),
			array(
				'id'     => $id,
				'closed' => gmdate( 'Y-m-d H:i:s' ),
			)
		);
	}

	/**
	 * Return whether a visit is at an end.
	 *
	 * @param string $id Of the visit.
	 */
	public static function has( string $id ): bool {
		global $wpdb;
		$table = self::table();
		// phpcs:ignore WordPress.DB -- our own table.
		return null !== $wpdb->get_var( $wpdb->prepare( "SELECT closed FROM $table WHERE id = %s", $id ) );
	}

	/**
	 * Give up those whose cookies have ended.
	 */
	public static function tidy(): void {
		global $wpdb;
		$table = self::table();
		// phpcs:ignore WordPress.DB -- our own table.
		$wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE closed < %s", gmdate( 'Y-m-d H:i:s', time() - Visit::SECONDS - DAY_IN_SECONDS ) ) );
	}

	/**
	 * Return the name of the table.
	 */
	private static function table(): string {
		global $wpdb;
		return $wpdb->prefix . 'recsvc_closed_visits';
	}
}
