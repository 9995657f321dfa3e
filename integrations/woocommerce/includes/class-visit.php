<?php
/**
 * The visit of a guest.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * A random id in a signed cookie that ends after 30 days. Once it was joined to a shopper, it is at an end.
 */
final class Visit {

	const COOKIE = 'recsvc_visit';

	/**
	 * A mark without an id that scripts may read: there is somebody, so it is worth asking for their lists.
	 */
	const MARK = 'recsvc_known';

	const SECONDS = 2592000;

	/**
	 * Return the id in the cookie; null where there is none, or it is not good any more.
	 */
	public static function current(): ?string {
		$id = self::in_cookie();
		return null === $id || Closed_Visits::has( $id ) ? null : $id;
	}

	/**
	 * Give the guest a visit; return its id, or null where headers are sent already.
	 */
	public static function begin(): ?string {
		if ( headers_sent() ) {
			return null;
		}
		$id     = bin2hex( random_bytes( 16 ) );
		$cookie = self::write( $id, time() + self::SECONDS, wp_salt() );
		self::set( self::COOKIE, $cookie, time() + self::SECONDS, true );
		self::mark( time() + self::SECONDS );
		$_COOKIE[ self::COOKIE ] = $cookie;
		return $id;
	}

	/**
	 * Tell scripts that there is somebody.
	 *
	 * @param int $until Unix time; 0: until the browser is closed.
	 */
	public static function mark( int $until = 0 ): void {
		if ( ! headers_sent() && ! isset( $_COOKIE[ self::MARK ] ) ) {
			self::set( self::MARK, '1', $until, false );
			$_COOKIE[ self::MARK ] = '1';
		}
	}

	/**
	 * Take both cookies away.
	 */
	public static function end(): void {
		self::drop( self::COOKIE );
		self::drop( self::MARK );
	}

	/**
	 * End a visit that is joined to a shopper: who has the cookie from now on need not be that shopper.
	 *
	 * @param string $id Of the visit.
	 */
	public static function close( string $id ): void {
		Closed_Visits::add( $id );
		if ( self::in_cookie() === $id ) {
			self::drop( self::COOKIE );
		}
	}

	/**
	 * Return what stands in the cookie.
	 *
	 * @param string $id    Of the visit.
	 * @param int    $until Unix time.
	 * @param string $salt  Of the shop.
	 */
	public static function write( string $id, int $until, string $salt ): string {
		return "$id.$until." . hash_hmac( 'sha256', "recsvc $id.$until", $salt );
	}

	/**
	 * Return the id in a cookie that this shop wrote and that has not ended; else null.
	 *
	 * @param string $cookie As it came.
	 * @param int    $now    Unix time.
	 * @param string $salt   Of the shop.
	 */
	public static function read( string $cookie, int $now, string $salt ): ?string {
		$parts = explode( '.', $cookie );
		if ( 3 !== count( $parts ) || ! ctype_digit( $parts[1] ) ) {
			return null;
		}
		$is_ours = hash_equals( self::write( $parts[0], (int) $parts[1], $salt ), $cookie );
		return $is_ours && (int) $parts[1] > $now ? $parts[0] : null;
	}

	/**
	 * Return the id in the cookie, be it at an end or not; null where there is none that is good.
	 */
	private static function in_cookie(): ?string {
		$cookie = isset( $_COOKIE[ self::COOKIE ] ) ? sanitize_text_field( wp_unslash( $_COOKIE[ self::COOKIE ] ) ) : '';
		return self::read( $cookie, time(), wp_salt() );
	}

	/**
	 * Take a cookie away.
	 *
	 * @param string $name Of the cookie.
	 */
	private static function drop( string $name ): void {
		if ( isset( $_COOKIE[ $name ] ) && ! headers_sent() ) {
			self::set( $name, '', 1, self::COOKIE === $name );
		}
		unset( $_COOKIE[ $name ] );
	}

	/**
	 * Send a cookie.
	 *
	 * @param string $name      Of the cookie.
	 * @param string $value     Of the cookie.
	 * @param int    $until     Unix time; 0: until the browser is closed.
	 * @param bool   $is_hidden Whether scripts cannot read it.
	 */
	private static function set( string $name, string $value, int $until, bool $is_hidden ): void {
		setcookie(
			$name,
			$value,
			array(
				'expires'  => $until,
				'path'     => COOKIEPATH ? COOKIEPATH : '/',
				'domain'   => (string) COOKIE_DOMAIN,
				'secure'   => is_ssl(),
				'httponly' => $is_hidden,
				'samesite' => 'Lax',
			)
		);
	}
}
