// The block in the editor; the server makes what it shows.
( function ( blocks, blockEditor, components, element, i18n, ServerSideRender ) {
	'use strict';
	const { __ } = i18n;
	const { createElement: make } = element;
	const Preview = ServerSideRender.ServerSideRender || ServerSideRender.default || ServerSideRender;

	const PLACEMENTS = [
		[ 'for_you', __( 'For you', 'recsvc' ), __( 'What this shopper buys again and what is new to them', 'recsvc' ), 'heart' ],
		[ 'discover', __( 'New for you', 'recsvc' ), __( 'Only what this shopper never bought', 'recsvc' ), 'lightbulb' ],
		[ 'buy_again', __( 'Buy again', 'recsvc' ), __( 'What this shopper bought, what is due first', 'recsvc' ), 'update' ],
		[ 'similar', __( 'Similar products', 'recsvc' ), __( 'Alternatives, on the page of a product', 'recsvc' ), 'images-alt2' ],
		[ 'bought_together', __( 'Bought together', 'recsvc' ), __( 'What goes with the product, or with the cart', 'recsvc' ), 'cart' ],
		[ 'trending', __( 'Trending', 'recsvc' ), __( 'What sells better than it used to', 'recsvc' ), 'chart-line' ],
	];

	function edit( { attributes, setAttributes, context } ) {
		const text = ( name, label, help ) => make( components.TextControl, {
			label, help, value: attributes[ name ], onChange: ( value ) => setAttributes( { [ name ]: value } ),
			__nextHasNoMarginBottom: true, __next40pxDefaultSize: true,
		} );
		const number = ( name, label, max ) => make( components.RangeControl, {
			label, min: 1, max, value: attributes[ name ], onChange: ( value ) => setAttributes( { [ name ]: value } ),
			__nextHasNoMarginBottom: true, __next40pxDefaultSize: true,
		} );
		return make( 'div', blockEditor.useBlockProps(),
			make( blockEditor.InspectorControls, null,
				make( components.PanelBody, { title: __( 'List', 'recsvc' ) },
					text( 'placement', __( 'Placement', 'recsvc' ), PLACEMENTS.map( ( one ) => one[ 0 ] ).join( ', ' ) + __( ', or one of the shop\'s own', 'recsvc' ) ),
					text( 'heading', __( 'Heading', 'recsvc' ), __( 'Empty: what the list says', 'recsvc' ) ),
					number( 'n', __( 'Products at most', 'recsvc' ), 24 ),
					number( 'columns', __( 'Columns', 'recsvc' ), 6 )
				)
			),
			make( components.Disabled, null, make( Preview, {
				block: 'recsvc/list', attributes, urlQueryArgs: context.postId ? { post_id: context.postId } : {},
			} ) )
		);
	}

	blocks.registerBlockType( 'recsvc/list', {
		edit,
		save: () => null,
		variations: PLACEMENTS.map( ( [ placement, title, description, icon ] ) => ( {
			name: placement, title, description, icon, attributes: { placement },
			isActive: [ 'placement' ], isDefault: placement === 'for_you', scope: [ 'inserter', 'transform' ],
		} ) ),
	} );
}( window.wp.blocks, window.wp.blockEditor, window.wp.components, window.wp.element, window.wp.i18n, window.wp.serverSideRender ) );
