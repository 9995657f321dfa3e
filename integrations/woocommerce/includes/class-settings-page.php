<?php
/**
 * The page of settings: WooCommerce › Settings › Integration.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * What can be set. WooCommerce asks for the capability and checks the nonce before anything is stored.
 */
final class Settings_Page extends \WC_Integration {

	/**
	 * Make the page.
	 */
	public function __construct() {
		$this->id                 = 'recsvc';
		$this->method_title       = __( 'Product recommendations (recsvc)', 'recsvc' );
		$this->method_description = __( 'Lists of products from your own recsvc service. Place them by the block "Recommended products" or by [recsvc_list placement="for_you" n="4"].', 'recsvc' );
		$this->form_fields        = self::fields();
		$this->init_settings();
		add_action( 'woocommerce_update_options_integration_recsvc', array( $this, 'process_admin_options' ) );
		add_action( 'admin_enqueue_scripts', array( $this, 'load_script' ) );
	}

	/**
	 * Store what was entered, and let pages ask the service anew.
	 */
	public function process_admin_options() {
		( new Breaker() )->close();
		return parent::process_admin_options();
	}

	/**
	 * Load the script of the test button.
	 *
	 * @param string $screen Name of the page.
	 */
	public function load_script( $screen ): void {
		// phpcs:ignore WordPress.Security.NonceVerification.Recommended -- decides about a script alone.
		$tab = isset( $_GET['tab'] ) ? sanitize_key( wp_unslash( $_GET['tab'] ) ) : '';
		if ( 'woocommerce_page_wc-settings' === $screen && 'integration' === $tab ) {
			wp_enqueue_script( 'recsvc-settings', plugins_url( 'assets/settings.js', PLUGIN_FILE ), array(), VERSION, true );
		}
	}

	/**
	 * Show the fields, and the test button below.
	 */
	public function admin_options() {
		parent::admin_options();
		printf(
			'<h3>%1$s</h3><p>%2$s</p><p><button type="button" class="button" id="recsvc-test" data-url="%3$s" data-nonce="%4$s" data-failed="%5$s">%6$s</button></p><ul id="recsvc-test-result" role="status" style="margin-bottom: 3em"></ul>',
			esc_html__( 'Test', 'recsvc' ),
			esc_html__( 'Tries what is stored, so save first.', 'recsvc' ),
			esc_url( admin_url( 'admin-ajax.php' ) ),
			esc_attr( wp_create_nonce( Connection_Test::ACTION ) ),
			esc_attr__( 'This shop did not answer the test. Reload the page and try again.', 'recsvc' ),
			esc_html__( 'Test the connection', 'recsvc' )
		);
	}

	/**
	 * Return the HTML of the key's field, in which the key never stands.
	 *
	 * @param string               $key  Of the field.
	 * @param array<string, mixed> $data Of the field.
	 */
	public function generate_password_html( $key, $data ) {
		$stored                 = $this->settings[ $key ] ?? '';
		$this->settings[ $key ] = '';
		$data['disabled']       = defined( 'RECSVC_API_KEY' );
		if ( $data['disabled'] ) {
			$data['placeholder'] = __( 'set in wp-config.php', 'recsvc' );
		} elseif ( '' !== $stored ) {
			$data['placeholder'] = __( 'stored; leave empty to keep it', 'recsvc' );
		}
		$data['custom_attributes'] = array( 'autocomplete' => 'new-password' );
		$html                      = parent::generate_password_html( $key, $data );
		$this->settings[ $key ]    = $stored;
		return $html;
	}

	/**
	 * Return the key to store: an empty field keeps the one that is there, an empty address forgets it.
	 *
	 * @param string      $key   Of the field.
	 * @param string|null $value As entered.
	 */
	public function validate_api_key_field( $key, $value ) {
		$value = trim( (string) wp_unslash( $value ) );
		if ( '' === ( $this->settings['address'] ?? '' ) ) {
			return '';
		}
		return '' === $value ? (string) ( $this->settings[ $key ] ?? '' ) : $value;
	}

	/**
	 * Return the address to store; one that is not good changes nothing.
	 *
	 * @param string      $key   Of the field.
	 * @param string|null $value As entered.
	 */
	public function validate_address_field( $key, $value ) {
		$address = Address::tidy( sanitize_text_field( wp_unslash( (string) $value ) ) );
		$problem = '' === $address ? '' : Address::problem( $address, Settings::allows_http() );
		if ( '' !== $problem ) {
			\WC_Admin_Settings::add_error( $problem );
			return (string) ( $this->settings[ $key ] ?? '' );
		}
		return $address;
	}

	/**
	 * Return the time limit to store.
	 *
	 * @param string      $key   Of the field.
	 * @param string|null $value As entered.
	 */
	public function validate_timeout_ms_field( $key, $value ) {
		$limit = (int) $value;
		if ( $limit < 50 || $limit > 5000 ) {
			/* translators: %s: what was entered. */
			\WC_Admin_Settings::add_error( sprintf( __( 'The time limit must be 50 to 5000 ms, got "%s".', 'recsvc' ), sanitize_text_field( (string) $value ) ) );
			return (string) ( $this->settings[ $key ] ?? Settings::DEFAULTS[ $key ] );
		}
		return (string) $limit;
	}

	/**
	 * Return the fields of the form.
	 *
	 * @return array<string, array<string, mixed>>
	 */
	private static function fields(): array {
		$fields = array(
			'address'     => array(
				'title'       => __( 'Address of the service', 'recsvc' ),
				'type'        => 'text',
				'placeholder' => 'https://recsvc.example',
			),
			'api_key'     => array(
				'title'       => __( 'Key', 'recsvc' ),
				'type'        => 'password',
				'description' => __( 'recsvc keys create --name shop --scope read --scope events --scope admin. The scope admin is for showing, erasing and joining shoppers\' data. RECSVC_API_KEY in wp-config.php keeps the key out of the database.', 'recsvc' ),
			),
			'timeout_ms'  => array(
				'title'       => __( 'Time limit (ms)', 'recsvc' ),
				'type'        => 'number',
				'description' => __( 'A page waits this long for a list, then shows products of the shop\'s own choice.', 'recsvc' ),
			),
			'related'     => array(
				'title' => __( 'Related products', 'recsvc' ),
				'type'  => 'checkbox',
				'label' => __( 'The theme\'s related products are those that shoppers turn to instead', 'recsvc' ),
			),
			'cross_sells' => array(
				'title' => __( 'Cross-sells in the cart', 'recsvc' ),
				'type'  => 'checkbox',
				'label' => __( 'Fill up with what goes into the same order', 'recsvc' ),
			),
			'recognise'   => array(
				'title'       => __( 'Recognise', 'recsvc' ),
				'type'        => 'select',
				'options'     => array(
					'customers' => __( 'Customers who are signed in', 'recsvc' ),
					'everybody' => __( 'Everybody; guests by a cookie', 'recsvc' ),
					'nobody'    => __( 'Nobody', 'recsvc' ),
				),
				'description' => __( 'Where a consent plug-in speaks the WP Consent API, its answer to "marketing" decides instead.', 'recsvc' ),
			),
			'user_by'     => array(
				'title'       => __( 'Shoppers are called by', 'recsvc' ),
				'type'        => 'select',
				'options'     => array(
					'email'       => __( 'billing address', 'recsvc' ),
					'customer_id' => __( 'number of the account', 'recsvc' ),
				),
				'description' => __( 'As RECSVC_WOOCOMMERCE_USER_ID of the service.', 'recsvc' ),
			),
			'item_by'     => array(
				'title'       => __( 'Products are called by', 'recsvc' ),
				'type'        => 'select',
				'options'     => array(
					'sku' => __( 'SKU, else number', 'recsvc' ),
					'id'  => __( 'number', 'recsvc' ),
				),
				'description' => __( 'As RECSVC_WOOCOMMERCE_ITEM_ID of the service.', 'recsvc' ),
			),
			'in_page'     => array(
				'title' => __( 'No page cache', 'recsvc' ),
				'type'  => 'checkbox',
				'label' => __( 'Nothing keeps pages of this shop, so personal lists stand in the page itself. Pages that show one are then marked as not to be kept.', 'recsvc' ),
			),
		);
		foreach ( $fields as $key => $field ) {
			$fields[ $key ]['default'] = Settings::DEFAULTS[ $key ];
		}
		return $fields;
	}
}
