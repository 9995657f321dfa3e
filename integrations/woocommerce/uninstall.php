<?php
/**
 * Takes away what the plug-in kept. What the service holds is the service's.
 *
 * @package Recsvc
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

/**
 * Clean up one site.
 */
function recsvc_uninstall() {
	global $wpdb;
	if ( function_exists( 'as_unschedule_all_actions' ) ) {
		as_unschedule_all_actions( '', array(), 'recsvc' );
	}
	foreach ( array( 'woocommerce_recsvc_settings', 'recsvc_outbox', 'recsvc_outbox_failures', 'recsvc_closed_visits' ) as $option ) {
		delete_option( $option );
	}
	// phpcs:disable WordPress.DB -- our own tables and transients, once.
	$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}recsvc_outbox, {$wpdb->prefix}recsvc_closed_visits" );
	$wpdb->query( "DELETE FROM {$wpdb->options} WHERE option_name LIKE '\_transient\_recsvc\_%' OR option_name LIKE '\_transient\_timeout\_recsvc\_%'" );
	// phpcs:enable
}

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $recsvc_site ) { // phpcs:ignore WordPress.Arrays.ArrayDeclarationSpacing
		switch_to_blog( $recsvc_site );
		recsvc_uninstall();
		restore_current_blog();
	}
} else {
	recsvc_uninstall();
}
delete_metadata( 'user', 0, '_recsvc_address', '', true );
