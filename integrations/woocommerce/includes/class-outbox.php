<?php
/**
 * What is to be told to the service.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * A table of events that wait. Action Scheduler sends them, many at once, and again until the service has them: one job
 * for all, because a job for each view fills Action Scheduler's tables faster than it empties them.
 */
final class Outbox {

	const HOOK       = 'recsvc_send_events';
	const TIDY_HOOK  = 'recsvc_tidy_events';
	const GROUP      = 'recsvc';
	const BATCH      = 500;
	const MAX_EVENTS = 100000;
	const MAX_DAYS   = 7;

	/**
	 * Number of the table's layout; and the option that says which one is there.
	 */
	const LAYOUT        = '1';
	const LAYOUT_OPTION = 'recsvc_outbox';
	const FAILED_OPTION = 'recsvc_outbox_failures';

	/**
	 * Jobs end after 30 s.
	 */
	const SECONDS = 20;

	private Client $client;

	/**
	 * Send to a service.
	 *
	 * @param Client $client The service.
	 */
	public function __construct( Client $client ) {
		$this->client = $client;
	}

	/**
	 * Hook in.
	 */
	public function register(): void {
		add_action( self::HOOK, array( $this, 'send' ) );
		add_action( self::TIDY_HOOK, array( $this, 'tidy' ) );
		add_action(
			'admin_init',
			function () {
				if ( ! as_has_scheduled_action( self::TIDY_HOOK, array(), self::GROUP ) ) {
					as_schedule_recurring_action( time() + HOUR_IN_SECONDS, HOUR_IN_SECONDS, self::TIDY_HOOK, array(), self::GROUP );
				}
			}
		);
	}

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
			id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
			shopper char(64) NOT NULL,
			created datetime NOT NULL,
			event text NOT NULL,
			PRIMARY KEY  (id),
			KEY shopper (shopper)
			) {$wpdb->get_charset_collate()};"
		);
		update_option( self::LAYOUT_OPTION, self::LAYOUT );
	}

	/**
	 * Let no job run any more.
	 */
	public static function stop(): void {
		if ( function_exists( 'as_unschedule_all_actions' ) ) {
			as_unschedule_all_actions( '', array(), self::GROUP );
		}
	}

	/**
	 * Keep events, and have them sent soon.
	 *
	 * @param Shopper                     $shopper Who did it.
	 * @param array<array<string, mixed>> $events  What they did.
	 */
	public function add( Shopper $shopper, array $events ): void {
		if ( ! $events || ! $shopper->is_somebody() ) {
			return;
		}
		global $wpdb;
		$rows = array();
		foreach ( $events as $event ) {
			array_push( $rows, self::mark_of( $shopper->user_id ?? $shopper->session_id ), gmdate( 'Y-m-d H:i:s' ), wp_json_encode( $event + $shopper->fields() ) );
		}
		$table = self::table();
		$marks = implode( ', ', array_fill( 0, count( $events ), '(%s, %s, %s)' ) );
		// phpcs:disable WordPress.DB -- our own table, placeholders alone.
		$wpdb->query( $wpdb->prepare( "INSERT INTO $table (shopper, created, event) VALUES $marks", $rows ) );
		// phpcs:enable
		as_schedule_single_action( time() + 5, self::HOOK, array(), self::GROUP, true );
	}

	/**
	 * Send what waits. What the service does not take now is sent again later, at longer and longer distances.
	 */
	public function send(): void {
		global $wpdb;
		$table = self::table();
		$ends  = microtime( true ) + self::SECONDS;
		do {
			// phpcs:ignore WordPress.DB -- our own table.
			$rows = $wpdb->get_results( "SELECT id, event FROM $table ORDER BY id LIMIT " . self::BATCH );
			if ( ! $rows ) {
				delete_option( self::FAILED_OPTION );
				return;
			}
			$answer = $this->client->send( array_map( array( self::class, 'decode' ), wp_list_pluck( $rows, 'event' ) ) );
			if ( ! $answer->is_good() && ! $answer->is_refusal() ) {
				$this->retry( $answer );
				return;
			}
			$this->tell_refused( $answer, count( $rows ) );
			// phpcs:ignore WordPress.DB -- our own table.
			$wpdb->query( "DELETE FROM $table WHERE id IN (" . implode( ',', array_map( 'intval', wp_list_pluck( $rows, 'id' ) ) ) . ')' );
			delete_option( self::FAILED_OPTION );
		} while ( microtime( true ) < $ends );
		as_schedule_single_action( time(), self::HOOK, array(), self::GROUP );
	}

	/**
	 * Give up what waits for too long, and see that the rest is sent.
	 */
	public function tidy(): void {
		global $wpdb;
		$table = self::table();
		// phpcs:disable WordPress.DB -- our own table.
		$gone  = (int) $wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE created < %s", gmdate( 'Y-m-d H:i:s', time() - self::MAX_DAYS * DAY_IN_SECONDS ) ) );
		$gone += (int) $wpdb->query( $wpdb->prepare( "DELETE FROM $table WHERE id <= (SELECT last FROM (SELECT MAX(id) - %d AS last FROM $table) AS newest)", self::MAX_EVENTS ) );
		$waits = (int) $wpdb->get_var( "SELECT COUNT(*) FROM $table" );
		// phpcs:enable
		if ( $gone ) {
			wc_get_logger()->error( sprintf( '%d events were given up: the service took none for too long.', $gone ), array( 'source' => 'recsvc' ) );
		}
		if ( $waits && ! as_has_scheduled_action( self::HOOK, array(), self::GROUP ) ) {
			as_schedule_single_action( time(), self::HOOK, array(), self::GROUP );
		}
	}

	/**
	 * Forget what a shopper did that was not sent yet; return how much that was.
	 *
	 * @param string $id User id or session id.
	 */
	public function forget( string $id ): int {
		global $wpdb;
		// phpcs:ignore WordPress.DB -- our own table.
		return (int) $wpdb->delete( self::table(), array( 'shopper' => self::mark_of( $id ) ) );
	}

	/**
	 * Return the events of a row.
	 *
	 * @param string $text JSON.
	 * @return mixed
	 */
	private static function decode( $text ) {
		return json_decode( $text, true );
	}

	/**
	 * Return by what the rows of a shopper are found.
	 *
	 * @param string $id User id or session id.
	 */
	private static function mark_of( string $id ): string {
		return hash_hmac( 'sha256', wc_strtolower( trim( $id ) ), wp_salt() );
	}

	/**
	 * Send again later.
	 *
	 * @param Answer $answer What the service said.
	 */
	private function retry( Answer $answer ): void {
		$failures = 1 + (int) get_option( self::FAILED_OPTION, 0 );
		update_option( self::FAILED_OPTION, $failures, false );
		$seconds = max( $answer->retry_after_seconds, min( HOUR_IN_SECONDS, 30 * 2 ** min( 7, $failures - 1 ) ) );
		as_schedule_single_action( time() + $seconds, self::HOOK, array(), self::GROUP );
		wc_get_logger()->warning( sprintf( 'Events are sent again in %d s: %s', $seconds, $answer->problem ), array( 'source' => 'recsvc' ) );
	}

	/**
	 * Write into the log what the service refused; sending it again would change nothing.
	 *
	 * @param Answer $answer What the service said.
	 * @param int    $n      So many events were sent.
	 */
	private function tell_refused( Answer $answer, int $n ): void {
		$rejected = (array) ( $answer->body['rejected'] ?? array() );
		if ( ! $answer->is_good() ) {
			wc_get_logger()->error( sprintf( '%d events were refused: %s', $n, $answer->problem ), array( 'source' => 'recsvc' ) );
		} elseif ( $rejected ) {
			wc_get_logger()->warning( sprintf( '%d of %d events were refused, the first one: %s', count( $rejected ), $n, $rejected[0]['detail'] ?? '' ), array( 'source' => 'recsvc' ) );
		}
	}

	/**
	 * Return the name of the table.
	 */
	public static function table(): string {
		global $wpdb;
		return $wpdb->prefix . 'recsvc_outbox';
	}
}
