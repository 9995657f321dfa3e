<?php
/**
 * Plugin Name: recsvc product recommendations
 * Description: Lists of products that suit each shopper, from your own recsvc service: blocks, shortcodes, related products and cross-sells.
 * Version: 0.6.0
 * Requires at least: 6.5
 * Requires PHP: 7.4
 * Requires Plugins: woocommerce
 * WC requires at least: 9.0
 * WC tested up to: 11.0
 * Author: the recsvc authors
 * License: Apache-2.0
 * License URI: https://www.apache.org/licenses/LICENSE-2.0
 * Text Domain: recsvc
 * Domain Path: /languages
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

const VERSION     = '0.6.0';
const PLUGIN_FILE = __FILE__;

spl_autoload_register(
	function ( $name ) {
		if ( 0 !== strpos( $name, __NAMESPACE__ . '\\' ) ) {
			return;
		}
		$noun = strtolower( str_replace( '_', '-', substr( $name, strlen( __NAMESPACE__ ) + 1 ) ) );
		$file = __DIR__ . "/includes/class-$noun.php";
		if ( is_file( $file ) ) {
			require $file;
		}
	}
);

add_action(
	'before_woocommerce_init',
	function () {
		if ( class_exists( \Automattic\WooCommerce\Utilities\FeaturesUtil::class ) ) {
			\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'custom_order_tables', __FILE__, true );
			\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'cart_checkout_blocks', __FILE__, true );
		}
	}
);

register_activation_hook( __FILE__, array( Outbox::class, 'install' ) );
register_activation_hook( __FILE__, array( Closed_Visits::class, 'install' ) );
register_deactivation_hook( __FILE__, array( Outbox::class, 'stop' ) );

add_action(
	'plugins_loaded',
	function () {
		load_plugin_textdomain( 'recsvc', false, dirname( plugin_basename( __FILE__ ) ) . '/languages' );
		if ( class_exists( 'WooCommerce' ) ) {
			( new Plugin() )->register();
		}
	}
);
