<?php
/**
 * Lists as HTML.
 *
 * @package Recsvc
 */

namespace Recsvc;

defined( 'ABSPATH' ) || exit;

/**
 * Shows lists by the shop's own template of a product.
 *
 * Pages are kept by caches and given to anybody, so what stands in a page is what everybody gets. The script of the page
 * asks for the shopper's own lists afterwards, from an address that no cache keeps.
 */
final class Shelf {

	private Lists $lists;
	private Shoppers $shoppers;
	private Own_Products $own;

	/** Whether personal lists stand in the page itself. */
	private bool $in_page;

	/**
	 * Show lists.
	 *
	 * @param Lists        $lists    Of the service.
	 * @param Shoppers     $shoppers Who is there.
	 * @param Own_Products $own      What is shown instead.
	 * @param bool         $in_page  Whether personal lists stand in the page itself.
	 */
	public function __construct( Lists $lists, Shoppers $shoppers, Own_Products $own, bool $in_page ) {
		$this->lists    = $lists;
		$this->shoppers = $shoppers;
		$this->own      = $own;
		$this->in_page  = $in_page;
	}

	/**
	 * Return the section of a page that shows a list; '' where there is nothing to show, and nothing will be.
	 *
	 * @param Wish   $wish       Which list.
	 * @param string $attributes HTML attributes of the section, escaped.
	 * @param bool   $is_preview Whether an editor looks at it.
	 */
	public function section( Wish $wish, string $attributes, bool $is_preview = false ): string {
		$asks_later = ! $wish->is_for_everybody() && ! $is_preview;
		if ( $asks_later && $this->in_page ) {
			$this->keep_out_of_caches();
			$shown      = $this->for_shopper( array( $wish ), $this->shoppers->current() )[0];
			$asks_later = $wish->starts_from_cart(); // It changes while the page is open.
		} elseif ( $asks_later && ( $wish->starts_from_cart() || ! $wish->placement->may_be_filled() ) ) {
			$shown = null;
		} else {
			$shown = $this->shown( $wish, $this->lists->for_everybody( $wish ) );
		}
		if ( null === $shown && ! $asks_later ) {
			return '';
		}
		return sprintf(
			'<section %1$s%2$s%3$s%4$s>%5$s</section>',
			$attributes,
			$asks_later ? ' data-recsvc="' . self::json( $wish->fields() ) . '"' : '',
			null === $shown ? '' : ' data-recsvc-shown="' . self::json( $shown['shown'] ) . '"',
			null === $shown ? ' hidden' : '',
			null === $shown ? '' : $shown['html']
		);
	}

	/**
	 * Return what a shopper's lists show; null for each that has nothing to show.
	 *
	 * @param Wish[]  $wishes  Which lists.
	 * @param Shopper $shopper For whom.
	 * @return array<?array{html: string, shown: array<string, mixed>}>
	 */
	public function for_shopper( array $wishes, Shopper $shopper ): array {
		return array_map( array( $this, 'shown' ), $wishes, $this->lists->for_shopper( $wishes, $shopper ) );
	}

	/**
	 * Return the HTML of a list, and what it shows, for telling what follows from it; null where there is nothing to show.
	 *
	 * @param Wish                $wish Which list.
	 * @param Recommendation|null $found Of the service.
	 * @return array{html: string, shown: array<string, mixed>}|null
	 */
	private function shown( Wish $wish, ?Recommendation $found ): ?array {
		$items    = null === $found ? array() : $this->lists->products_of( $found->item_ids );
		$products = $this->showable( $items, $wish );
		$places   = array();
		if ( null !== $found && $products ) {
			$ranks = array_flip( $found->item_ids );
			foreach ( $products as $product_id => $item_id ) {
				$places[ $product_id ] = array( (string) $item_id, $ranks[ $item_id ] + 1 );
			}
		} else {
			$found    = null;
			$own      = $this->own->for_wish( $wish, $wish->n + Lists::SPARE );
			$products = $this->showable( array_combine( $own, $own ), $wish );
		}
		if ( ! $products ) {
			return null;
		}
		$heading = '' !== $wish->heading ? $wish->heading : $wish->placement->heading( null !== $found && $found->is_personal );
		return array(
			'html'  => '<h2 class="recsvc-list__heading">' . esc_html( $heading ) . '</h2>' . $this->loop( array_keys( $products ), $wish->columns ),
			'shown' => array(
				'list'  => null === $found ? '' : $found->id,
				'items' => (object) $places,
			),
		);
	}

	/**
	 * Return products that shoppers can see and buy now, each once: number => what named it.
	 *
	 * @param array<int|string, int> $numbers What names a product or variation => its number.
	 * @param Wish                   $wish    Which list.
	 * @return array<int, int|string>
	 */
	private function showable( array $numbers, Wish $wish ): array {
		_prime_post_caches( array_values( $numbers ) );
		$found = array();
		foreach ( $numbers as $name => $number ) {
			$product = wc_get_product( $number );
			if ( $product && $product->get_parent_id() ) {
				$product = $product->is_in_stock() ? wc_get_product( $product->get_parent_id() ) : null;
			}
			if ( ! $product || $product->get_id() === $wish->product_id || isset( $found[ $product->get_id() ] ) ) {
				continue;
			}
			if ( $product->is_visible() && $product->is_in_stock() && '' === get_post_field( 'post_password', $product->get_id() ) ) {
				$found[ $product->get_id() ] = $name;
			}
			if ( count( $found ) === $wish->n ) {
				break;
			}
		}
		return $found;
	}

	/**
	 * Return products in the shop's own template; what the page around it is about stays as it is.
	 *
	 * @param int[] $product_ids In their order.
	 * @param int   $columns     So many beside each other.
	 */
	private function loop( array $product_ids, int $columns ): string {
		$post    = $GLOBALS['post'] ?? null;
		$product = $GLOBALS['product'] ?? null;
		$loop    = $GLOBALS['woocommerce_loop'] ?? null;
		wc_setup_loop(
			array(
				'name'         => 'recsvc',
				'columns'      => $columns,
				'is_shortcode' => true,
				'is_paginated' => false,
			)
		);
		ob_start();
		woocommerce_product_loop_start();
		foreach ( $product_ids as $product_id ) {
			$GLOBALS['post'] = get_post( $product_id ); // phpcs:ignore WordPress.WP.GlobalVariablesOverride.Prohibited -- the template reads it; it is put back below.
			setup_postdata( $GLOBALS['post'] );
			wc_get_template_part( 'content', 'product' );
		}
		woocommerce_product_loop_end();
		$html = (string) ob_get_clean();
		// phpcs:disable WordPress.WP.GlobalVariablesOverride.Prohibited, WordPress.NamingConventions.PrefixAllGlobals.NonPrefixedVariableFound -- puts back what was there.
		$GLOBALS['post'] = $post;
		if ( $post instanceof \WP_Post ) {
			setup_postdata( $post );
		}
		$GLOBALS['product']          = $product;
		$GLOBALS['woocommerce_loop'] = $loop;
		// phpcs:enable
		return $html;
	}

	/**
	 * Return a value as JSON in an attribute. `esc_attr` alone leaves an entity in a text as it is, so that it would change.
	 *
	 * @param array<string, mixed> $value Any.
	 */
	private static function json( array $value ): string {
		return esc_attr( (string) wp_json_encode( $value, JSON_HEX_AMP | JSON_HEX_APOS | JSON_HEX_QUOT | JSON_HEX_TAG ) );
	}

	/**
	 * Tell caches that this page is one shopper's.
	 */
	private function keep_out_of_caches(): void {
		wc_maybe_define_constant( 'DONOTCACHEPAGE', true );
		if ( ! headers_sent() ) {
			nocache_headers();
		}
	}
}
