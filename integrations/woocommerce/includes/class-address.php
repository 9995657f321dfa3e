<?php
/**
 * The address of the service.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Says which addresses may be asked: the key goes over the wire with each request.
 */
final class Address {

	/**
	 * Return an address without blanks and slashes at its end.
	 *
	 * @param string $address As somebody wrote it.
	 */
	public static function tidy( string $address ): string {
		return rtrim( trim( $address ), '/' );
	}

	/**
	 * Return what is wrong with an address, for people; '' where it is good.
	 *
	 * @param string $address    Tidy.
	 * @param bool   $allow_http Whether a network that the shop trusts lies between.
	 */
	public static function problem( string $address, bool $allow_http = false ): string {
		switch ( self::fault( $address, $allow_http ) ) {
			case 'form':
				/* translators: %s: what was entered. */
				return sprintf( __( 'The address must be like https://recsvc.example, got "%s".', 'recsvc' ), $address );
			case 'parts':
				return __( 'The address must have no user name, no "?" and no "#": the key belongs into its own field.', 'recsvc' );
			case 'clear':
				/* translators: %s: what was entered. */
				return sprintf( __( 'The key would cross the network in the clear to "%s": use https. If the network between is private, put define( \'RECSVC_ALLOW_HTTP\', true ); into wp-config.php.', 'recsvc' ), $address );
		}
		return '';
	}

	/**
	 * Return what is wrong with an address: `form`, `parts`, `clear`, or ''. It can be asked before there are translations.
	 *
	 * @param string $address    Tidy.
	 * @param bool   $allow_http Whether a network that the shop trusts lies between.
	 */
	public static function fault( string $address, bool $allow_http = false ): string {
		// phpcs:ignore WordPress.WP.AlternativeFunctions.parse_url_parse_url -- the tests run this without WordPress, and PHP 7.4 has no difference left.
		$parts = parse_url( $address );
		$parts = is_array( $parts ) ? $parts : array();
		$kind  = strtolower( $parts['scheme'] ?? '' );
		$host  = strtolower( trim( $parts['host'] ?? '', '[]' ) );
		if ( '' === $host || ! in_array( $kind, array( 'http', 'https' ), true ) ) {
			return 'form';
		}
		if ( array_intersect_key( $parts, array_flip( array( 'user', 'pass', 'query', 'fragment' ) ) ) ) {
			return 'parts';
		}
		return 'http' === $kind && ! $allow_http && ! self::is_loopback( $host ) ? 'clear' : '';
	}

	/**
	 * Return whether a host is this machine.
	 *
	 * @param string $host In lower case, an IPv6 address without brackets.
	 */
	private static function is_loopback( string $host ): bool {
		return 'localhost' === $host || '::1' === $host || 1 === preg_match( '/^127(\.\d{1,3}){3}$/', $host );
	}
}
