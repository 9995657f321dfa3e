<?php
/**
 * The test button of the settings.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Tries one thing after the other, and says what to do about the first that fails.
 */
final class Connection_Test {

	const ACTION = 'recsvc_test';

	private Settings $settings;
	private Client $client;

	/**
	 * Test a service.
	 *
	 * @param Settings $settings Where and how to ask.
	 * @param Client   $client   The service.
	 */
	public function __construct( Settings $settings, Client $client ) {
		$this->settings = $settings;
		$this->client   = $client;
	}

	/**
	 * Hook in.
	 */
	public function register(): void {
		add_action( 'wp_ajax_' . self::ACTION, array( $this, 'answer' ) );
	}

	/**
	 * Answer the button.
	 */
	public function answer(): void {
		check_ajax_referer( self::ACTION );
		if ( ! current_user_can( 'manage_woocommerce' ) ) {
			wp_send_json_error( null, 403 );
		}
		wp_send_json_success( $this->results() );
	}

	/**
	 * Return what was tried: whether it is good, and what to say.
	 *
	 * @return array<array{good: bool, text: string}>
	 */
	public function results(): array {
		if ( '' === $this->settings->address ) {
			return array( self::result( false, __( 'There is no address yet: enter one and save.', 'recsvc' ) ) );
		}
		$problem = Address::problem( $this->settings->address, Settings::allows_http() );
		if ( '' !== $problem ) {
			return array( self::result( false, $problem ) );
		}
		$started = microtime( true );
		$health  = $this->client->ask( 'GET', '/health/ready' );
		$found   = array( $this->reached( $health ) );
		if ( ! $found[0]['good'] ) {
			return $found;
		}
		$list    = $this->client->ask( 'POST', '/v1/recommend', array( 'placement' => 'trending' ) );
		$found[] = $this->listed( $list, 1000 * ( microtime( true ) - $started ) / 2 );
		if ( in_array( $list->status, array( 401, 403 ), true ) ) {
			return $found;
		}
		// An event without consent is acknowledged, not stored.
		$event   = Event::of(
			'view',
			'recsvc-test',
			array(
				'session_id' => 'recsvc-test',
				'consent'    => false,
			)
		);
		$found[] = self::opened( $this->client->send( array( $event ) ), 'events', __( 'Views and carts can be told.', 'recsvc' ) );
		$found[] = self::opened( $this->client->export( 'recsvc-test-' . bin2hex( random_bytes( 8 ) ) ), 'admin', __( 'Shoppers\' data can be shown, joined and erased.', 'recsvc' ) );
		$found[] = self::hooked();
		( new Breaker() )->close();
		return $found;
	}

	/**
	 * Say whether the service is there.
	 *
	 * @param Answer $answer To `/health/ready`.
	 * @return array{good: bool, text: string}
	 */
	private function reached( Answer $answer ): array {
		if ( 503 === $answer->status && isset( $answer->body['status'] ) ) {
			return self::result( false, __( 'The service runs, but has no model yet: run recsvc-train, as the guide says.', 'recsvc' ) );
		}
		if ( 0 === $answer->status ) {
			return self::result( false, self::advice( $answer->problem ) );
		}
		if ( $answer->status >= 300 && $answer->status < 400 ) {
			return self::result( false, __( 'The address redirects: enter the one that it leads to.', 'recsvc' ) );
		}
		if ( ! $answer->is_good() || ! isset( $answer->body['status'] ) ) {
			/* translators: %s: what was answered. */
			return self::result( false, sprintf( __( 'That is not the address of a recsvc service. %s', 'recsvc' ), $answer->problem ) );
		}
		/* translators: %s: version of the model. */
		$text = sprintf( __( 'The service is there, with the model %s.', 'recsvc' ), (string) ( $answer->body['model_version'] ?? '' ) );
		return self::result( true, trim( $text . ' ' . implode( ' ', array_map( 'strval', (array) ( $answer->body['problems'] ?? array() ) ) ) ) );
	}

	/**
	 * Say whether it gives lists, of products that the shop has.
	 *
	 * @param Answer $answer       To `/v1/recommend`.
	 * @param float  $milliseconds A request took.
	 * @return array{good: bool, text: string}
	 */
	private function listed( Answer $answer, float $milliseconds ): array {
		$opened = self::opened( $answer, 'read', '' );
		if ( ! $opened['good'] ) {
			return $opened;
		}
		$list  = Recommendation::of( $answer->body );
		$items = null === $list ? array() : $list->item_ids;
		$known = ( new Naming( $this->settings->user_by, $this->settings->item_by ) )->products_of( $items );
		$known = array_filter( $known, 'wc_get_product' );
		if ( ! $known ) {
			/* translators: %s: ids of products. */
			return self::result( false, sprintf( __( 'It gives a list, but this shop has none of its products (%s): look at "Products are called by".', 'recsvc' ), implode( ', ', array_slice( $items, 0, 5 ) ) ) );
		}
		$limit = 1000 * $this->settings->timeout_seconds;
		if ( $milliseconds > $limit / 2 ) {
			/* translators: 1: milliseconds, 2: milliseconds. */
			return self::result( false, sprintf( __( 'It gives lists, but takes %1$d ms; pages wait %2$d ms at most: raise the time limit, or move the service nearer.', 'recsvc' ), $milliseconds, $limit ) );
		}
		/* translators: 1: number of products, 2: milliseconds. */
		return self::result( true, sprintf( __( 'It gives lists: %1$d products of this shop, in %2$d ms.', 'recsvc' ), count( $known ), $milliseconds ) );
	}

	/**
	 * Say whether the key opens something.
	 *
	 * @param Answer $answer Of the service.
	 * @param string $scope  That is needed.
	 * @param string $text   Where it does.
	 * @return array{good: bool, text: string}
	 */
	private static function opened( Answer $answer, string $scope, string $text ): array {
		if ( 401 === $answer->status ) {
			return self::result( false, __( 'The key is not valid: it is wrong, revoked or expired, or there is none. Make one by "recsvc keys create".', 'recsvc' ) );
		}
		if ( 403 === $answer->status ) {
			/* translators: %s: name of a scope. */
			return self::result( false, sprintf( __( 'The key lacks the scope "%s": make one that has it, without --origin.', 'recsvc' ), $scope ) );
		}
		return self::result( $answer->is_good() || 404 === $answer->status, $answer->is_good() || 404 === $answer->status ? $text : $answer->problem );
	}

	/**
	 * Say whether webhooks tell the service of orders. WooCommerce ends one that failed often, in silence.
	 *
	 * @return array{good: bool, text: string}
	 */
	private static function hooked(): array {
		$active = 0;
		$ended  = 0;
		foreach ( \WC_Data_Store::load( 'webhook' )->get_webhooks_ids() as $id ) {
			$hook = wc_get_webhook( $id );
			if ( $hook && preg_match( '#/v1/hooks/woocommerce$#', $hook->get_delivery_url() ) && 0 === strpos( $hook->get_topic(), 'order.' ) ) {
				'active' === $hook->get_status() ? ++$active : ++$ended;
			}
		}
		if ( $active && ! $ended ) {
			/* translators: %d: number of webhooks. */
			return self::result( true, sprintf( __( 'Orders are told by %d webhooks.', 'recsvc' ), $active ) );
		}
		return self::result(
			false,
			$ended
				? __( 'WooCommerce has ended webhooks that tell the service of orders. Switch them on again by "recsvc connect woocommerce --hooks-at".', 'recsvc' )
				: __( 'No webhook tells the service of orders. Make them by "recsvc connect woocommerce --hooks-at", or let the nightly --reconcile read them.', 'recsvc' )
		);
	}

	/**
	 * Say what to do about a service that does not answer.
	 *
	 * @param string $problem What WordPress says.
	 */
	private static function advice( string $problem ): string {
		$known = array(
			'/resolve|getaddrinfo|name or service/i'    => __( 'Nobody knows the name of that host (DNS): look at the address.', 'recsvc' ),
			'/certificate|ssl|tls/i'                    => __( 'The encrypted connection fails (TLS): the certificate is not valid for that name, or not trusted by this machine.', 'recsvc' ),
			'/refused|could ?n.t connect|unreachable/i' => __( 'Nothing listens there: the service does not run, or a firewall or the port is in the way.', 'recsvc' ),
			'/timed out|timeout/i'                      => __( 'Nothing came back in time: a firewall is in the way, or the service hangs.', 'recsvc' ),
		);
		foreach ( $known as $pattern => $advice ) {
			if ( preg_match( $pattern, $problem ) ) {
				return "$advice ($problem)";
			}
		}
		return $problem;
	}

	/**
	 * Return a result.
	 *
	 * @param bool   $good Whether nothing is to be done.
	 * @param string $text For people.
	 * @return array{good: bool, text: string}
	 */
	private static function result( bool $good, string $text ): array {
		return array(
			'good' => $good,
			'text' => $text,
		);
	}
}
