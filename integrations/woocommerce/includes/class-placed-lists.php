<?php
/**
 * Lists that editors place: a block, and a shortcode.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * The block `recsvc/list` and the shortcode `[recsvc_list]`, which show the same.
 */
final class Placed_Lists {

	private Shelf $shelf;
	private Consent $consent;

	/**
	 * Place lists.
	 *
	 * @param Shelf   $shelf   Shows lists.
	 * @param Consent $consent Who may be recognised.
	 */
	public function __construct( Shelf $shelf, Consent $consent ) {
		$this->shelf   = $shelf;
		$this->consent = $consent;
	}

	/**
	 * Hook in.
	 */
	public function register(): void {
		add_action( 'init', array( $this, 'declare_block' ) );
		add_action( 'wp_enqueue_scripts', array( $this, 'follow_views' ) );
		add_shortcode( 'recsvc_list', array( $this, 'shortcode' ) );
	}

	/**
	 * Declare the block, and the scripts that go with it.
	 */
	public function declare_block(): void {
		$url = plugins_url( '', PLUGIN_FILE );
		wp_register_style( 'recsvc-lists', "$url/assets/lists.css", array(), VERSION );
		wp_register_style( 'recsvc-editor', "$url/blocks/list/editor.css", array(), VERSION );
		wp_register_script(
			'recsvc-lists',
			"$url/assets/lists.js",
			array(),
			VERSION,
			array(
				'strategy'  => 'defer',
				'in_footer' => true,
			)
		);
		wp_register_script( 'recsvc-editor', "$url/blocks/list/editor.js", array( 'wp-blocks', 'wp-block-editor', 'wp-components', 'wp-element', 'wp-i18n', 'wp-server-side-render' ), VERSION, true );
		wp_set_script_translations( 'recsvc-editor', 'recsvc', dirname( PLUGIN_FILE ) . '/languages' );
		register_block_type( dirname( PLUGIN_FILE ) . '/blocks/list', array( 'render_callback' => array( $this, 'block' ) ) );
	}

	/**
	 * Return the HTML of a block.
	 *
	 * @param array<string, mixed> $attributes Of the block.
	 * @param string               $content    None.
	 * @param \WP_Block|null       $block      With the product around it as its context.
	 */
	public function block( $attributes, $content = '', $block = null ): string {
		$context    = $block instanceof \WP_Block ? $block->context : array();
		$is_product = 'product' === ( $context['postType'] ?? '' );
		$product_id = $is_product ? (int) ( $context['postId'] ?? 0 ) : self::product_of_page();
		$is_preview = defined( 'REST_REQUEST' ) && REST_REQUEST && current_user_can( 'edit_posts' );
		$wish       = Wish::of( (array) $attributes, $product_id );
		$classes    = get_block_wrapper_attributes( array( 'class' => 'recsvc-list woocommerce' ) );
		$html       = null === $wish ? '' : $this->html( $wish, $classes, $is_preview );
		if ( '' === $html && $is_preview ) {
			return '<p>' . esc_html__( 'This list is shown where there is something to show: "similar" on the page of a product, "bought_together" there and beside a cart, "buy_again" to customers.', 'recsvc' ) . '</p>';
		}
		return $html;
	}

	/**
	 * Return the HTML of `[recsvc_list placement="for_you" n="8" columns="4" heading="" product=""]`.
	 *
	 * @param array<string, string>|string $given Attributes.
	 */
	public function shortcode( $given ): string {
		$attributes = shortcode_atts(
			array(
				'placement' => 'for_you',
				'n'         => '4',
				'columns'   => '4',
				'heading'   => '',
				'product'   => '',
			),
			$given,
			'recsvc_list'
		);
		$wish       = Wish::of( $attributes, self::product_of_page() );
		return null === $wish ? '' : $this->html( $wish, 'class="recsvc-list woocommerce"', false );
	}

	/**
	 * Tell which product is viewed. A cache answers most pages, so that the script of the page says it, not the server.
	 */
	public function follow_views(): void {
		if ( self::product_of_page() > 0 ) {
			$this->load_script();
		}
	}

	/**
	 * Return the HTML of a list, and load what it needs.
	 *
	 * @param Wish   $wish       Which list.
	 * @param string $attributes Of the section, escaped.
	 * @param bool   $is_preview Whether an editor looks at it.
	 */
	private function html( Wish $wish, string $attributes, bool $is_preview ): string {
		wp_enqueue_style( 'recsvc-lists' );
		$this->load_script();
		return $this->shelf->section( $wish, $attributes, $is_preview );
	}

	/**
	 * Load the script of pages, once.
	 */
	private function load_script(): void {
		if ( wp_script_is( 'recsvc-lists', 'enqueued' ) ) {
			return;
		}
		wp_enqueue_script( 'recsvc-lists' );
		$config = array(
			'url'      => \WC_AJAX::get_endpoint( '%%endpoint%%' ),
			'guests'   => $this->consent->of_guests(),
			'category' => Consent::CATEGORY,
			'viewed'   => self::product_of_page(),
		);
		wp_add_inline_script( 'recsvc-lists', 'window.recsvcLists = ' . wp_json_encode( $config ) . ';', 'before' );
	}

	/**
	 * Return the product whose page this is; 0 for none.
	 */
	private static function product_of_page(): int {
		return is_singular( 'product' ) ? (int) get_queried_object_id() : 0;
	}
}
