<?php
/**
 * What a shopper may ask: which data are held, and that they be erased.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Hooks the service into *Tools › Export personal data* and *Erase personal data*. Needs a key of the scope `admin`.
 */
final class Privacy {

	const PER_PAGE = 200;

	private Client $client;
	private Naming $naming;
	private Outbox $outbox;

	/**
	 * Answer shoppers.
	 *
	 * @param Client $client The service.
	 * @param Naming $naming By which ids.
	 * @param Outbox $outbox What is not sent yet.
	 */
	public function __construct( Client $client, Naming $naming, Outbox $outbox ) {
		$this->client = $client;
		$this->naming = $naming;
		$this->outbox = $outbox;
	}

	/**
	 * Hook in.
	 */
	public function register(): void {
		add_filter(
			'wp_privacy_personal_data_exporters',
			function ( $exporters ) {
				$exporters['recsvc'] = array(
					'exporter_friendly_name' => __( 'Product recommendations', 'recsvc' ),
					'callback'               => array( $this, 'export' ),
				);
				return $exporters;
			}
		);
		add_filter(
			'wp_privacy_personal_data_erasers',
			function ( $erasers ) {
				$erasers['recsvc'] = array(
					'eraser_friendly_name' => __( 'Product recommendations', 'recsvc' ),
					'callback'             => array( $this, 'erase' ),
				);
				return $erasers;
			},
			1 // Before WooCommerce takes the addresses out of orders.
		);
		add_action( 'admin_init', array( $this, 'suggest_policy' ) );
	}

	/**
	 * Return what the service holds on whoever has an address. What an account did before an order proves whose it is, is
	 * not in it: the service shows nothing by the id of a visit, and an export may not join it to anybody.
	 *
	 * @param string $address Of mail.
	 * @param int    $page    1 for the first.
	 * @return array<string, mixed>|\WP_Error
	 */
	public function export( $address, $page = 1 ) {
		$rows = array();
		foreach ( ( new Person( $address, $this->naming ) )->user_ids as $id ) {
			$answer = $this->client->export( $id );
			if ( ! $answer->is_good() && 404 !== $answer->status ) {
				return new \WP_Error( 'recsvc_export', $answer->problem );
			}
			foreach ( $answer->is_good() ? $answer->body : array() as $kind => $held ) {
				foreach ( is_array( $held ) && wp_is_numeric_array( $held ) ? $held : array( $held ) as $one ) {
					$rows[] = array( $kind, $one );
				}
			}
		}
		$data = array();
		foreach ( array_slice( $rows, ( $page - 1 ) * self::PER_PAGE, self::PER_PAGE, true ) as $number => list( $kind, $one ) ) {
			$data[] = array(
				'group_id'    => 'recsvc',
				'group_label' => __( 'Product recommendations', 'recsvc' ),
				'item_id'     => "recsvc-$number",
				'data'        => self::pairs( $kind, $one ),
			);
		}
		return array(
			'data' => $data,
			'done' => count( $rows ) <= $page * self::PER_PAGE,
		);
	}

	/**
	 * Forget whoever has an address.
	 *
	 * @param string $address Of mail.
	 * @return array<string, mixed>
	 */
	public function erase( $address ): array {
		$person  = new Person( $address, $this->naming );
		$removed = false;
		$failed  = array();
		if ( $person->account_id ) {
			$session = Shoppers::session_of_account( $person->account_id );
			$removed = $this->outbox->forget( $session ) > 0;
			// The service finds nobody by the id of a visit: what the account did before it was proved has to be joined first.
			$answer = $this->client->merge( $person->user_ids[0], $session );
			if ( ! $answer->is_good() && ! in_array( $answer->status, array( 404, 409 ), true ) ) { // 409: erased already.
				$failed[] = $answer->problem;
			}
		}
		foreach ( $person->user_ids as $id ) {
			$removed = $this->outbox->forget( $id ) > 0 || $removed;
			$answer  = $this->client->erase( $id );
			$removed = $answer->is_good() || $removed;
			if ( ! $answer->is_good() && 404 !== $answer->status ) {
				$failed[] = $answer->problem;
			}
		}
		$messages = array();
		foreach ( array_unique( $failed ) as $problem ) {
			/* translators: %s: what the service said. */
			$messages[] = sprintf( __( 'The recommendation service did not erase the shopper: %s', 'recsvc' ), $problem );
		}
		foreach ( $person->unproved as $id ) {
			/* translators: %s: an address of mail, or a phone number. */
			$messages[] = sprintf( __( 'What the recommendation service holds under %s was left: orders of this account name it, but no payment proves that it is theirs. If it is, let them ask for that address, too.', 'recsvc' ), $id );
		}
		$this->forget_here( $person );
		return array(
			'items_removed'  => $removed,
			'items_retained' => array() !== $messages,
			'messages'       => $messages,
			'done'           => true,
		);
	}

	/**
	 * Suggest what the privacy policy may say.
	 */
	public function suggest_policy(): void {
		$text = __( 'To show you products that suit you, we keep which products you bought, viewed and put into your cart, under your e-mail address or customer number, or while you are a guest under a random number in a cookie (recsvc_visit, 30 days). A cookie without a number (recsvc_known) says that there is such a list. The data are processed by a recommendation service that we run ourselves. You may object, have the data shown to you, or have them erased.', 'recsvc' );
		wp_add_privacy_policy_content( 'recsvc', '<p>' . esc_html( $text ) . '</p>' );
	}

	/**
	 * Forget what the plug-in itself keeps with an account and its orders.
	 *
	 * @param Person $person Who is erased.
	 */
	private function forget_here( Person $person ): void {
		if ( $person->account_id ) {
			delete_user_meta( $person->account_id, Naming::ADDRESS_META );
		}
		foreach ( $person->order_ids as $number ) {
			$order = wc_get_order( $number );
			if ( $order && $order->meta_exists( Merges::VISITS_META ) ) {
				$order->delete_meta_data( Merges::VISITS_META );
				$order->save_meta_data();
			}
		}
	}

	/**
	 * Return names and values.
	 *
	 * @param string $kind What the service calls it.
	 * @param mixed  $one  What it holds.
	 * @return array<array{name: string, value: string}>
	 */
	private static function pairs( $kind, $one ): array {
		$pairs = array();
		foreach ( is_array( $one ) ? $one : array( $kind => $one ) as $name => $value ) {
			if ( null !== $value && array() !== $value ) {
				$pairs[] = array(
					'name'  => (string) $name,
					'value' => is_scalar( $value ) && ! is_bool( $value ) ? (string) $value : (string) wp_json_encode( $value ),
				);
			}
		}
		return $pairs;
	}
}
