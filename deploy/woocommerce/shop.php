<?php
/**
 * A WooCommerce shop for a try: `php shop.php COMMAND [ARGUMENT…]` in the folder of WordPress.
 *
 * It answers with one line of JSON. Everything goes through WooCommerce's own functions, so that its hooks fire.
 */

if ( PHP_SAPI !== 'cli' ) {
	exit( 1 );
}
$_SERVER['HTTP_HOST']   = getenv( 'SHOP_HOST' );
$_SERVER['SERVER_NAME'] = '127.0.0.1';
$_SERVER['REQUEST_URI'] = '/';
if ( 'install' === $argv[1] ) {
	define( 'WP_INSTALLING', true );
}
require getcwd() . '/wp-load.php';

/**
 * Install WordPress and WooCommerce.
 */
function shop_install() {
	require_once ABSPATH . 'wp-admin/includes/upgrade.php';
	wp_install( 'Try', 'admin', 'admin@shop.example', false, '', wp_generate_password() );
	update_option( 'permalink_structure', '/%postname%/' );
	require_once ABSPATH . 'wp-admin/includes/plugin.php';
	update_option( 'active_plugins', array( 'woocommerce/woocommerce.php' ) );
	return array( 'wordpress' => $GLOBALS['wp_version'] );
}

/**
 * Make the tables of WooCommerce, and keys that may read and write.
 *
 * @param string $storage Of orders: `tables` of their own (HPOS), or `posts`.
 */
function shop_prepare( $storage = 'tables' ) {
	WC_Install::install();
	if ( 'tables' === $storage ) {
		wc_get_container()->get( \Automattic\WooCommerce\Internal\DataStores\Orders\DataSynchronizer::class )->create_database_tables();
	}
	update_option( 'woocommerce_custom_orders_table_enabled', 'tables' === $storage ? 'yes' : 'no' );
	update_option( 'timezone_string', 'Europe/Berlin' );
	update_option( 'woocommerce_currency', 'EUR' );
	flush_rewrite_rules();
	global $wpdb;
	$key    = 'ck_' . wc_rand_hash();
	$secret = 'cs_' . wc_rand_hash();
	$wpdb->insert(
		$wpdb->prefix . 'woocommerce_api_keys',
		array(
			'user_id'         => 1,
			'description'     => 'recsvc',
			'permissions'     => 'read_write',
			'consumer_key'    => wc_api_hash( $key ),
			'consumer_secret' => $secret,
			'truncated_key'   => substr( $key, -7 ),
		)
	);
	$hpos = wc_get_container()->get( \Automattic\WooCommerce\Internal\DataStores\Orders\CustomOrdersTableController::class );
	return array(
		'key'         => $key,
		'secret'      => $secret,
		'woocommerce' => WC()->version,
		'hpos'        => $hpos->custom_orders_table_usage_is_enabled(),
	);
}

/**
 * Make products: simple ones, one with variations, one without a SKU, one hidden, one draft.
 *
 * @param int $n_simple How many simple ones.
 */
function shop_products( $n_simple ) {
	$above = wp_insert_term( 'Kitchen', 'product_cat' );
	$below = wp_insert_term( 'Baking & Co', 'product_cat', array( 'parent' => $above['term_id'] ) );
	$ids   = array();
	for ( $i = 1; $i <= $n_simple; $i++ ) {
		$product = new WC_Product_Simple();
		$product->set_name( "Thing & More $i" );
		$product->set_sku( sprintf( 'SK-%03d', $i ) );
		$product->set_regular_price( 5 + $i % 20 );
		$product->set_category_ids( array( $i % 2 ? $above['term_id'] : $below['term_id'] ) );
		$ids[] = $product->save();
	}
	$shirt = new WC_Product_Variable();
	$shirt->set_name( 'Shirt' );
	$shirt->set_sku( 'SHIRT' );
	$shirt->set_category_ids( array( $above['term_id'] ) );
	$colour = new WC_Product_Attribute();
	$colour->set_name( 'Colour' );
	$colour->set_options( array( 'Red', 'Blue' ) );
	$colour->set_variation( true );
	$shirt->set_attributes( array( $colour ) );
	$shirt_id = $shirt->save();
	foreach ( array( 'Red', 'Blue' ) as $one ) {
		$variation = new WC_Product_Variation();
		$variation->set_parent_id( $shirt_id );
		$variation->set_attributes( array( 'colour' => $one ) );
		$variation->set_regular_price( 20 );
		$variation->set_sku( 'SHIRT-' . strtoupper( $one ) );
		$ids[] = $variation->save();
	}
	foreach ( array( array( 'No number', '', 'publish', 'visible' ), array( 'Hidden', 'HIDDEN', 'publish', 'hidden' ), array( 'Draft', 'DRAFT', 'draft', 'visible' ) ) as $one ) {
		$product = new WC_Product_Simple();
		$product->set_name( $one[0] );
		$product->set_sku( $one[1] );
		$product->set_status( $one[2] );
		$product->set_catalog_visibility( $one[3] );
		$product->set_regular_price( 9 );
		$product->save();
	}
	return $ids;
}

/**
 * Make orders; each shopper likes the products of a small group.
 *
 * @param int    $n_orders How many.
 * @param int    $days     Over how many days before now they are spread; 0: all now.
 * @param int    $seed     Of what is random.
 * @param string $status   Of all of them.
 */
function shop_orders( $n_orders, $days = 0, $seed = 1, $status = 'completed' ) {
	mt_srand( $seed );
	$products = wc_get_products(
		array(
			'limit'  => -1,
			'type'   => 'simple',
			'status' => 'publish',
		)
	);
	$ids      = array();
	for ( $i = 0; $i < $n_orders; $i++ ) {
		$shopper = mt_rand( 1, max( 5, intdiv( $n_orders, 4 ) ) );
		$order   = wc_create_order();
		$order->set_billing_email( "Shopper$shopper@Shop.example" );
		for ( $n = mt_rand( 1, 4 ); $n > 0; $n-- ) {
			$group = ( $shopper * 7 ) % count( $products );
			$order->add_product( $products[ ( $group + mt_rand( 0, 5 ) ) % count( $products ) ], mt_rand( 1, 3 ) );
		}
		if ( $days ) {
			$order->set_date_created( time() - mt_rand( 3600, $days * DAY_IN_SECONDS ) );
		}
		$order->calculate_totals();
		$order->set_status( $status );
		$ids[] = $order->save();
	}
	return $ids;
}

/**
 * Pay one piece of the first line of an order back, or all of it.
 *
 * @param int  $order_id Of the order.
 * @param bool $whole    Whether all lines come back.
 */
function shop_refund( $order_id, $whole = false ) {
	$order = wc_get_order( $order_id );
	$lines = array();
	foreach ( $order->get_items() as $id => $item ) {
		$quantity     = $whole ? $item->get_quantity() : 1;
		$lines[ $id ] = array(
			'qty'          => $quantity,
			'refund_total' => $item->get_total() / $item->get_quantity() * $quantity,
		);
		if ( ! $whole ) {
			break;
		}
	}
	$refund = wc_create_refund(
		array(
			'order_id'   => $order_id,
			'amount'     => array_sum( array_column( $lines, 'refund_total' ) ),
			'line_items' => $lines,
		)
	);
	return is_wp_error( $refund ) ? $refund->get_error_message() : $refund->get_id();
}

/**
 * Return what each shopper has bought of each item, net of what came back: what WooCommerce itself says.
 */
function shop_truth() {
	$truth = array();
	$query = array(
		'limit'  => -1,
		'type'   => 'shop_order',
		'status' => array( 'wc-processing', 'wc-completed' ),
	);
	foreach ( wc_get_orders( $query ) as $order ) {
		foreach ( $order->get_items() as $id => $item ) {
			$product = $item->get_product();
			$name    = $product ? ( $product->get_sku() ? $product->get_sku() : (string) $product->get_id() ) : 'gone';
			$pieces  = $item->get_quantity() + $order->get_qty_refunded_for_item( $id );
			$key     = $order->get_id() . '|' . strtolower( $order->get_billing_email() ) . '|' . $name;
			if ( $pieces > 0 ) {
				$truth[ $key ] = ( $truth[ $key ] ?? 0 ) + $pieces;
			}
		}
	}
	return $truth;
}

/**
 * Deliver the webhooks that wait.
 */
function shop_deliver() {
	$queue = ActionScheduler_QueueRunner::instance();
	$n     = 0;
	do {
		$done = $queue->run( 'Try' );
		$n   += $done;
	} while ( $done );
	return $n;
}

/**
 * Change a status, trash, delete, rename or hide.
 *
 * @param string $what   What to do.
 * @param int    $id     Of the order or product.
 * @param string $value  The new value.
 */
function shop_change( $what, $id, $value = '' ) {
	switch ( $what ) {
		case 'status':
			$order = wc_get_order( $id );
			$order->set_status( $value );
			return $order->save();
		case 'trash':
			return wc_get_order( $id )->delete( false );
		case 'delete':
			return wc_get_order( $id )->delete( true );
		case 'untrash':
			return wc_get_order( $id )->untrash();
		case 'product-gone':
			return wc_get_product( $id )->delete( true );
		case 'product-stock':
			$product = wc_get_product( $id );
			$product->set_stock_status( $value );
			return $product->save();
	}
	return false;
}

$shop_arguments = array_map(
	function ( $one ) {
		return is_numeric( $one ) ? (int) $one : $one;
	},
	array_slice( $argv, 2 )
);
echo wp_json_encode( call_user_func_array( 'shop_' . $argv[1], $shop_arguments ) ), "\n";
