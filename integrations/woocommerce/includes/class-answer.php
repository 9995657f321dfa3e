<?php
/**
 * What the service answered.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * An answer, or why there is none.
 */
final class Answer {

	/** HTTP status; 0 where none came. */
	public int $status;

	/** The JSON of the answer. */
	public array $body;

	/** What is wrong, for people; '' where nothing is. */
	public string $problem;

	/** When the service wants to be asked again, in seconds; 0 where it did not say. */
	public int $retry_after_seconds;

	/**
	 * Hold an answer.
	 *
	 * @param int          $status              HTTP status, or 0.
	 * @param array<mixed> $body                JSON.
	 * @param string       $problem             For people.
	 * @param int          $retry_after_seconds Of the header.
	 */
	public function __construct( int $status, array $body = array(), string $problem = '', int $retry_after_seconds = 0 ) {
		$this->status              = $status;
		$this->body                = $body;
		$this->problem             = $problem;
		$this->retry_after_seconds = $retry_after_seconds;
	}

	/**
	 * Read an answer of HTTP.
	 *
	 * @param int    $status      HTTP status.
	 * @param string $text        The body.
	 * @param string $retry_after Header.
	 */
	public static function read( int $status, string $text, string $retry_after = '' ): self {
		$body    = json_decode( $text, true, 32 );
		$is_json = is_array( $body );
		$problem = '';
		if ( $status < 200 || $status > 299 ) {
			$texts  = array_filter( array( $body['detail'] ?? null, $body['title'] ?? null ), 'is_string' );
			$detail = (string) reset( $texts );
			/* translators: 1: number of an HTTP status, 2: what the service says of it. */
			$problem = trim( sprintf( __( 'The service answered %1$d. %2$s', 'recsvc' ), $status, mb_substr( $detail, 0, 500 ) ) );
		} elseif ( ! $is_json ) {
			$status  = 0;
			$problem = __( 'The answer is no JSON: the address is that of something else, or a proxy in front of the service answers.', 'recsvc' );
		}
		return new self( $status, $is_json ? $body : array(), $problem, is_numeric( $retry_after ) ? (int) $retry_after : 0 );
	}

	/**
	 * Return whether the service did what was asked.
	 */
	public function is_good(): bool {
		return $this->status >= 200 && $this->status <= 299;
	}

	/**
	 * Return whether the service read what was sent and does not take it, so that sending it again would change nothing. What
	 * else is not good, as a redirect or "not found", comes of an address or a proxy that somebody will put right.
	 */
	public function is_refusal(): bool {
		return in_array( $this->status, array( 400, 413, 422 ), true );
	}

	/**
	 * Return whether it is pointless to ask anything now: no answer, no valid key, too many requests, or down.
	 */
	public function is_away(): bool {
		return 0 === $this->status || in_array( $this->status, array( 401, 403, 408, 421, 429 ), true ) || $this->status >= 500;
	}
}
