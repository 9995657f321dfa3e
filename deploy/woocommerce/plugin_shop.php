<?php
/**
 * What `shop.php` does, and more for a try of the plug-in.
 */

if ( PHP_SAPI !== 'cli' ) {
	exit( 1 );
}

/**
 * Activate the plug-in, as the page of plug-ins does.
 */
function shop_activate() {
	require_once ABSPATH . 'wp-admin/includes/plugin.php';
	$problem = activate_plugin( 'recsvc/recsvc.php' );
	return is_wp_error( $problem ) ? $problem->get_error_message() : is_plugin_active( 'recsvc/recsvc.php' );
}

/**
 * Deactivate and delete the plug-in; return what of it is left.
 */
function shop_uninstall() {
	global $wpdb;
	require_once ABSPATH . 'wp-admin/includes/plugin.php';
	deactivate_plugins( 'recsvc/recsvc.php' );
	uninstall_plugin( 'recsvc/recsvc.php' );
	return array(
		'tables'  => $wpdb->get_col( "SHOW TABLES LIKE '%recsvc%'" ),
		'options' => $wpdb->get_col( "SELECT option_name FROM {$wpdb->options} WHERE option_name LIKE '%recsvc%'" ),
		'meta'    => (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->usermeta} WHERE meta_key LIKE '%recsvc%'" ),
		'jobs'    => count( as_get_scheduled_actions( array( 'group' => 'recsvc', 'status' => 'pending' ) ) ),
	);
}

/**
 * Make a shop that can sell: a password for the owner, a way to pay, pages, and customers with orders of their own.
 *
 * @param string $password Of everybody.
 */
function shop_open( $password ) {
	wp_set_password( $password, 1 );
	update_option( 'woocommerce_coming_soon', 'no' );
	update_option( 'woocommerce_ship_to_countries', 'disabled' );
	update_option( 'woocommerce_cod_settings', array( 'enabled' => 'yes' ) );
	update_option( 'woocommerce_default_country', 'DE' );
	update_option( 'blogname', 'Try' );
	WC_Install::create_pages();
	$pages = array();
	foreach ( array( 'for_you', 'discover', 'buy_again', 'bought_together', 'trending' ) as $placement ) {
		$pages[ $placement ] = shop_page( "list-$placement", "<!-- wp:recsvc/list {\"placement\":\"$placement\"} /-->\n[recsvc_list placement=\"$placement\" n=\"3\" heading=\"Short $placement\"]" );
	}
	shop_page( 'home-of-shop', '<!-- wp:recsvc/list {"placement":"for_you","n":8,"align":"wide"} /--><!-- wp:recsvc/list {"placement":"buy_again","align":"wide"} /-->' );
	shop_page( 'classic-cart', '[woocommerce_cart][recsvc_list placement="bought_together"]' );
	shop_page( 'many-lists', implode( '', array_map( fn( $name ) => "[recsvc_list placement=\"trending\" heading=\"$name\"]", range( 'A', 'F' ) ) ) );
	shop_page( 'classic-checkout', '[woocommerce_checkout]' );
	$cart = get_post( wc_get_page_id( 'cart' ) );
	wp_update_post(
		array(
			'ID'           => $cart->ID,
			'post_content' => $cart->post_content . '<!-- wp:recsvc/list {"placement":"bought_together","align":"wide"} /-->',
		)
	);
	return $pages;
}

/**
 * Make a page; return its number.
 *
 * @param string $slug Of its address.
 * @param string $text Its content.
 */
function shop_page( $slug, $text ) {
	return wp_insert_post(
		array(
			'post_type'    => 'page',
			'post_status'  => 'publish',
			'post_name'    => $slug,
			'post_title'   => $slug,
			'post_content' => $text,
		)
	);
}

/**
 * Make a customer with paid orders of five products; return the number of the account.
 *
 * @param string $name     Of the account.
 * @param string $password Of the account.
 * @param int    $first    Number of the first product in the list of all.
 * @param int    $n_orders How many orders; 0: none.
 */
function shop_customer( $name, $password, $first, $n_orders ) {
	$id       = wc_create_new_customer( "$name@shop.example", $name, $password );
	$products = wc_get_products(
		array(
			'limit'   => -1,
			'type'    => 'simple',
			'status'  => 'publish',
			'orderby' => 'ID',
			'order'   => 'ASC',
		)
	);
	for ( $i = 0; $i < $n_orders; $i++ ) {
		$order = wc_create_order( array( 'customer_id' => $id ) );
		$order->set_billing_email( ucfirst( $name ) . '@Shop.example' );
		$order->add_product( $products[ $first + $i % 3 ], 1 );
		$order->add_product( $products[ $first + ( $i + 1 ) % 3 ], 1 );
		$order->set_date_created( time() - ( $n_orders - $i ) * 20 * DAY_IN_SECONDS );
		$order->calculate_totals();
		$order->payment_complete( "ch_$name$i" );
		$order->set_status( 'completed' );
		$order->save();
	}
	return $id;
}

/**
 * Write an address of mail into an account, as its owner can without proving anything.
 *
 * @param string $name    Of the account.
 * @param string $address Of mail.
 */
function shop_own_address( $name, $address ) {
	$customer = new WC_Customer( get_user_by( 'login', $name )->ID );
	$customer->set_billing_email( $address );
	return $customer->save() > 0;
}

/**
 * Make an order of an account for an address; return its number.
 *
 * @param string $name    Of the account; '' for a guest.
 * @param string $address Of mail.
 * @param string $how     `card`, `cod`, or `coupon` for one that costs nothing.
 * @param string $sku     Of what is ordered.
 */
function shop_order_for( $name, $address, $how, $sku ) {
	$order = wc_create_order( array( 'customer_id' => $name ? get_user_by( 'login', $name )->ID : 0 ) );
	$order->set_billing_email( $address );
	$order->add_product( wc_get_product( wc_get_product_id_by_sku( $sku ) ), 1, 'coupon' === $how ? array( 'total' => 0 ) : array() );
	$order->calculate_totals();
	if ( 'cod' === $how ) {
		$order->set_payment_method( 'cod' );
		$order->set_status( 'processing' );
	} else {
		$order->payment_complete( 'card' === $how ? 'ch_' . $order->get_id() : '' );
	}
	$order->set_status( 'completed' );
	$order->save();
	return $order->get_date_paid() ? $order->get_id() : 0;
}

/**
 * Empty the object cache and all transients, as an object cache loses them.
 */
function shop_lose_cache() {
	global $wpdb;
	wp_cache_flush();
	return $wpdb->query( "DELETE FROM {$wpdb->options} WHERE option_name LIKE '\_transient\_%'" ) !== false;
}

/**
 * Give a draft the number of a product as its SKU; return which of that number, with and without a 0 before it, and the
 * SKU of the product are shown as items.
 *
 * @param int $number Of a product that has a SKU.
 */
function shop_clash( $number ) {
	$draft = new WC_Product_Simple();
	$draft->set_name( 'A draft' );
	$draft->set_status( 'draft' );
	$draft->set_sku( (string) $number );
	$draft->save();
	$sku    = wc_get_product( $number )->get_sku();
	$naming = new Recsvc\Naming( 'email', 'sku' );
	$found  = array_keys( $naming->products_of( array( (string) $number, "0$number", $sku ) ) );
	$draft->delete( true );
	return array_map( 'strval', $found );
}

/**
 * Return where an address still stands in what the plug-in keeps.
 *
 * @param string $address Of mail.
 */
function shop_traces( $address ) {
	global $wpdb;
	$like = '%' . $wpdb->esc_like( $address ) . '%';
	return array(
		'jobs'   => (int) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM {$wpdb->prefix}actionscheduler_actions WHERE hook LIKE 'recsvc%%' AND (args LIKE %s OR extended_args LIKE %s)", $like, $like ) ),
		'meta'   => (int) $wpdb->get_var( $wpdb->prepare( "SELECT COUNT(*) FROM {$wpdb->usermeta} WHERE meta_key LIKE '%%recsvc%%' AND meta_value LIKE %s", $like ) ),
		'visits' => count(
			array_filter(
				wc_get_orders( array( 'customer' => $address, 'limit' => -1 ) ),
				function ( $order ) {
					return $order->meta_exists( '_recsvc_visits' );
				}
			)
		),
	);
}

/**
 * Export or erase a shopper as the tools of WordPress do.
 *
 * @param string $what    `exporters` or `erasers`.
 * @param string $address Of mail.
 */
function shop_privacy( $what, $address ) {
	$tools = apply_filters( "wp_privacy_personal_data_$what", array() );
	$found = call_user_func( $tools['recsvc']['callback'], $address, 1 );
	return is_wp_error( $found ) ? $found->get_error_message() : $found;
}

/**
 * Return the names of the erasers, in their order.
 */
function shop_erasers() {
	return array_keys( apply_filters( 'wp_privacy_personal_data_erasers', array() ) );
}

/**
 * Return how many events wait in the outbox.
 */
function shop_waiting() {
	global $wpdb;
	return (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->prefix}recsvc_outbox" );
}

/**
 * Send what waits now, not when its time has come.
 */
function shop_send() {
	do_action( 'recsvc_send_events' );
	return shop_waiting();
}

/**
 * Return the number and the address of products by their SKUs.
 *
 * @param string ...$skus Of the products.
 */
function shop_find( ...$skus ) {
	$found = array();
	foreach ( $skus as $sku ) {
		$id            = wc_get_product_id_by_sku( $sku );
		$found[ $sku ] = array( $id, get_permalink( $id ) );
	}
	return $found;
}

/**
 * Return the number of a page.
 *
 * @param string $slug Of its address.
 */
function shop_number_of( $slug ) {
	return get_page_by_path( $slug )->ID;
}

/**
 * Set one of the plug-in's settings.
 *
 * @param string $name  Of the setting.
 * @param string $value New.
 */
function shop_set( $name, $value ) {
	$stored          = (array) get_option( 'woocommerce_recsvc_settings', array() );
	$stored[ $name ] = (string) $value;
	delete_transient( 'recsvc_away' );
	return update_option( 'woocommerce_recsvc_settings', $stored );
}

require __DIR__ . '/shop.php';
