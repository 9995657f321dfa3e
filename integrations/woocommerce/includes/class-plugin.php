<?php
/**
 * The plug-in: makes its objects and hooks them in.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Everything that the plug-in is made of.
 */
final class Plugin {

	/**
	 * Hook all parts in. Without an address and a key nothing but the settings page is there.
	 */
	public function register(): void {
		add_filter(
			'woocommerce_integrations',
			function ( $integrations ) {
				$integrations[] = Settings_Page::class;
				return $integrations;
			}
		);
		add_action( 'init', array( Outbox::class, 'install' ) );
		add_action( 'init', array( Closed_Visits::class, 'install' ) );
		$settings = Settings::load();
		$client   = new Client( $settings, new Breaker() );
		( new Connection_Test( $settings, $client ) )->register();
		$naming    = new Naming( $settings->user_by, $settings->item_by );
		$lists     = new Lists( $client, $naming );
		$consent   = new Consent( $settings->recognise );
		$shoppers  = new Shoppers( $consent, $naming );
		$shelf     = new Shelf( $lists, $shoppers, new Own_Products(), $settings->in_page );
		$shortcode = new Placed_Lists( $shelf, $consent );
		$shortcode->register();
		if ( ! $settings->is_complete() ) {
			return;
		}
		$outbox = new Outbox( $client );
		$outbox->register();
		add_action( Outbox::TIDY_HOOK, array( Closed_Visits::class, 'tidy' ) );
		$shoppers->register();
		( new Merges( $shoppers, $naming, $client ) )->register();
		( new Endpoint( $shelf, $shoppers, $naming, $outbox ) )->register();
		( new Cart_Events( $shoppers, $naming, $outbox ) )->register();
		( new Theme_Lists( $settings, $lists ) )->register();
		( new Privacy( $client, $naming, $outbox ) )->register();
	}
}
