<?php
/**
 * What the shop has set.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * The settings, read once for a request. Constants of wp-config.php win over what is stored.
 */
final class Settings {

	const OPTION = 'woocommerce_recsvc_settings';

	/**
	 * What holds where nothing is stored.
	 */
	const DEFAULTS = array(
		'address'     => '',
		'api_key'     => '',
		'timeout_ms'  => '300',
		'user_by'     => 'email',
		'item_by'     => 'sku',
		'recognise'   => 'customers',
		'in_page'     => 'no',
		'related'     => 'yes',
		'cross_sells' => 'yes',
	);

	/** Address of the service, tidy; '' for none. */
	public string $address;

	/** Key of the service; '' for none. */
	public string $api_key;

	/** How long a page may wait for a list, in seconds. */
	public float $timeout_seconds;

	/** `email` or `customer_id`, as `RECSVC_WOOCOMMERCE_USER_ID` of the service. */
	public string $user_by;

	/** `sku` or `id`, as `RECSVC_WOOCOMMERCE_ITEM_ID` of the service. */
	public string $item_by;

	/** Who is recognised where no consent plug-in says it: `nobody`, `customers`, `everybody`. */
	public string $recognise;

	/** Whether personal lists stand in the page itself, because no cache keeps pages. */
	public bool $in_page;

	/** Whether the theme's related products come from the service. */
	public bool $related;

	/** Whether cross-sells in the cart are filled up from the service. */
	public bool $cross_sells;

	/**
	 * Read what is stored.
	 *
	 * @param array<string, mixed> $stored As of DEFAULTS.
	 */
	public function __construct( array $stored ) {
		$stored                = array_merge( self::DEFAULTS, $stored );
		$this->address         = Address::tidy( (string) $stored['address'] );
		$this->api_key         = defined( 'RECSVC_API_KEY' ) ? (string) RECSVC_API_KEY : (string) $stored['api_key'];
		$this->timeout_seconds = min( 5000, max( 50, (int) $stored['timeout_ms'] ) ) / 1000;
		$this->user_by         = 'customer_id' === $stored['user_by'] ? 'customer_id' : 'email';
		$this->item_by         = 'id' === $stored['item_by'] ? 'id' : 'sku';
		$this->recognise       = in_array( $stored['recognise'], array( 'nobody', 'customers', 'everybody' ), true ) ? $stored['recognise'] : 'customers';
		$this->in_page         = 'yes' === $stored['in_page'];
		$this->related         = 'yes' === $stored['related'];
		$this->cross_sells     = 'yes' === $stored['cross_sells'];
	}

	/**
	 * Return the settings of this shop.
	 */
	public static function load(): self {
		$stored = get_option( self::OPTION, array() );
		return new self( is_array( $stored ) ? $stored : array() );
	}

	/**
	 * Return whether the service can be asked. It may have no key, on loopback.
	 */
	public function is_complete(): bool {
		return '' !== $this->address && '' === Address::fault( $this->address, self::allows_http() );
	}

	/**
	 * Return whether wp-config.php says that the network to the service is private.
	 */
	public static function allows_http(): bool {
		return defined( 'RECSVC_ALLOW_HTTP' ) && RECSVC_ALLOW_HTTP;
	}
}
