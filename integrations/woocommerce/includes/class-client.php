<?php
/**
 * Speaks HTTP with the service.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Asks the service. No method throws; an Answer says what came of it.
 */
final class Client {

	/**
	 * How long what no shopper waits for may take, in seconds.
	 */
	const PATIENT_SECONDS = 10.0;

	/**
	 * With less than this, no page asks.
	 */
	const LEAST_SECONDS = 0.02;

	/**
	 * An answer longer than this is cut off, and so is no JSON any more. Exports are the long ones.
	 */
	const MAX_BYTES = 16777216;

	private Settings $settings;
	private Breaker $breaker;

	/** How long this page may still wait for lists, in seconds. */
	private float $left_seconds;

	/** How long the request that is made now may take, in seconds. */
	private float $seconds = self::PATIENT_SECONDS;

	/**
	 * Ask the service of these settings.
	 *
	 * @param Settings $settings Where and how.
	 * @param Breaker  $breaker  Whether pages may ask now.
	 */
	public function __construct( Settings $settings, Breaker $breaker ) {
		$this->settings     = $settings;
		$this->breaker      = $breaker;
		$this->left_seconds = $settings->timeout_seconds;
	}

	/**
	 * Return whether this page has waited for lists for as long as pages may.
	 */
	public function is_out_of_time(): bool {
		return $this->left_seconds < self::LEAST_SECONDS;
	}

	/**
	 * Return lists for a page; null where the service is away or slow. All requests of a page together have the time limit
	 * of pages.
	 *
	 * @param array<string, mixed> $page As `POST /v1/recommend/page` takes it.
	 */
	public function page( array $page ): ?Answer {
		if ( ! $this->settings->is_complete() || $this->is_out_of_time() || $this->breaker->is_open() ) {
			return null;
		}
		$begun   = microtime( true );
		$seconds = $this->left_seconds;
		$answer  = $this->ask( 'POST', '/v1/recommend/page', $page, $seconds );

		$this->left_seconds -= microtime( true ) - $begun;
		// A service that does not answer within what other lists left of the time need not be away.
		if ( $answer->is_away() && ( $answer->status > 0 || $seconds === $this->settings->timeout_seconds ) ) {
			$this->breaker->open( $answer );
		}
		return $answer;
	}

	/**
	 * Store events.
	 *
	 * @param array<array<string, mixed>> $events Up to 1,000.
	 */
	public function send( array $events ): Answer {
		return $this->ask( 'POST', '/v1/events', array( 'events' => $events ) );
	}

	/**
	 * Return what is held on a shopper; 404 where nothing is.
	 *
	 * @param string $user_id The shop's id of the shopper.
	 */
	public function export( string $user_id ): Answer {
		return $this->ask( 'GET', '/v1/users?user_id=' . rawurlencode( $user_id ) );
	}

	/**
	 * Forget a shopper; 404 where nothing was held.
	 *
	 * @param string $user_id The shop's id of the shopper.
	 */
	public function erase( string $user_id ): Answer {
		return $this->ask( 'DELETE', '/v1/users?user_id=' . rawurlencode( $user_id ) );
	}

	/**
	 * Make what a visit did a shopper's.
	 *
	 * @param string $user_id    The shop's id of the shopper.
	 * @param string $session_id Of the visit.
	 */
	public function merge( string $user_id, string $session_id ): Answer {
		return $this->ask( 'POST', '/v1/users/' . rawurlencode( $user_id ) . '/merge', array( 'from_session_id' => $session_id ) );
	}

	/**
	 * Ask anything.
	 *
	 * @param string                    $method  Of HTTP.
	 * @param string                    $path    Begins with a slash.
	 * @param array<string, mixed>|null $body    JSON, if any.
	 * @param float                     $seconds How long it may take in all.
	 */
	public function ask( string $method, string $path, ?array $body = null, float $seconds = self::PATIENT_SECONDS ): Answer {
		$headers = array( 'Accept' => 'application/json' );
		if ( '' !== $this->settings->api_key ) {
			$headers['Authorization'] = 'Bearer ' . $this->settings->api_key;
		}
		if ( null !== $body ) {
			$headers['Content-Type'] = 'application/json';
		}
		$this->seconds = $seconds;
		add_action( 'http_api_curl', array( $this, 'limit_curl' ) );
		add_action( 'requests-requests.before_request', array( $this, 'limit_connecting' ), 10, 5 );
		$response = wp_remote_request(
			$this->settings->address . $path,
			array(
				'method'              => $method,
				'timeout'             => $seconds,
				'redirection'         => 0, // The key would follow.
				'headers'             => $headers,
				'body'                => null === $body ? null : wp_json_encode( $body ),
				'limit_response_size' => self::MAX_BYTES,
				'user-agent'          => 'recsvc-woocommerce/' . VERSION,
			)
		);
		remove_action( 'http_api_curl', array( $this, 'limit_curl' ) );
		remove_action( 'requests-requests.before_request', array( $this, 'limit_connecting' ) );
		if ( is_wp_error( $response ) ) {
			return new Answer( 0, array(), $response->get_error_message() );
		}
		$status = (int) wp_remote_retrieve_response_code( $response );
		return Answer::read( $status, wp_remote_retrieve_body( $response ), (string) wp_remote_retrieve_header( $response, 'retry-after' ) );
	}

	/**
	 * Hold cURL to less than a second: WordPress raises each time limit to a whole one.
	 *
	 * @param resource|\CurlHandle $handle Of the request.
	 */
	public function limit_curl( $handle ): void {
		// phpcs:disable WordPress.WP.AlternativeFunctions.curl_curl_setopt -- the hook for this hands over a handle.
		curl_setopt( $handle, CURLOPT_NOSIGNAL, true ); // Limits below a second need it.
		curl_setopt( $handle, CURLOPT_CONNECTTIMEOUT_MS, (int) ( 1000 * $this->seconds ) );
		curl_setopt( $handle, CURLOPT_TIMEOUT_MS, (int) ( 1000 * $this->seconds ) );
		// phpcs:enable
	}

	/**
	 * Hold PHP's streams, which are used without cURL, to the limit: they give ten seconds to connecting alone.
	 *
	 * @param string               $url     Of the request.
	 * @param array<string, mixed> $headers Of the request.
	 * @param mixed                $data    Of the request.
	 * @param string               $type    Of the request.
	 * @param array<string, mixed> $options Are changed.
	 */
	public function limit_connecting( $url, $headers, $data, $type, &$options ): void {
		$options['connect_timeout'] = $this->seconds;
	}
}
