<?php
/**
 * Whom a request is for.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * A shopper as the service knows them: by a user id, or by the id of a visit, or not at all.
 */
final class Shopper {

	/** The shop's id of the shopper. */
	public ?string $user_id;

	/** The id of the visit, of one who has no user id. */
	public ?string $session_id;

	/**
	 * Hold a shopper.
	 *
	 * @param string|null $user_id    If known.
	 * @param string|null $session_id If there is no user id.
	 */
	public function __construct( ?string $user_id = null, ?string $session_id = null ) {
		$this->user_id    = $user_id;
		$this->session_id = null === $user_id ? $session_id : null;
	}

	/**
	 * Return whether the service may know something of the shopper.
	 */
	public function is_somebody(): bool {
		return null !== $this->user_id || null !== $this->session_id;
	}

	/**
	 * Return the fields of a request that name the shopper.
	 *
	 * @return array<string, string>
	 */
	public function fields(): array {
		return array_filter(
			array(
				'user_id'    => $this->user_id,
				'session_id' => $this->session_id,
			),
			'is_string'
		);
	}
}
