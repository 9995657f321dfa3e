// Asks for the shopper's own lists after the page, which a cache may have given, and tells what happens to lists.
( function () {
	'use strict';
	const config = window.recsvcLists;
	const SEEN_MS = 1000;
	const MOST_LISTS = 10;
	const MOST_EVENTS = 60;
	const has = ( name ) => document.cookie.split( '; ' ).some( ( one ) => one.startsWith( `${ name }=` ) );
	const url = ( endpoint ) => config.url.replace( '%%endpoint%%', endpoint );

	const agrees = () => typeof window.wp_has_consent === 'function' && Boolean( window.wp_has_consent( config.category ) );

	/** Whether there is somebody to recognise, or may be. The server decides; this saves strangers the request. */
	const mayBeKnown = () => has( 'recsvc_known' ) || config.guests === 'yes' || ( config.guests === 'api' && agrees() );

	const wishOf = ( section ) => JSON.parse( section.dataset.recsvc );
	const isOfCart = ( section ) => wishOf( section ).placement === 'bought_together';
	const isWorthAsking = ( section ) => mayBeKnown() || ( isOfCart( section ) && has( 'woocommerce_items_in_cart' ) );

	let turn = 0;
	let viewed = config.viewed || undefined; // until it is told

	async function ask( sections, isDue = false ) {
		const wanted = sections.filter( isWorthAsking ).slice( 0, MOST_LISTS );
		const tells = mayBeKnown() ? viewed : undefined;
		if ( ! wanted.length && ! tells && ! isDue ) {
			return;
		}
		const mine = ++turn;
		viewed = tells ? undefined : viewed;
		try {
			const answer = await fetch( url( 'recsvc_lists' ), {
				method: 'POST',
				headers: { 'Content-Type': 'application/json' },
				credentials: 'same-origin',
				body: JSON.stringify( { lists: wanted.map( wishOf ), viewed: tells } ),
			} );
			const { lists } = await answer.json();
			wanted.forEach( ( section, place ) => show( section, lists[ place ], mine ) );
		} catch {} // what stands in the page stays
	}

	function show( section, list, mine ) {
		if ( ! list || mine < Number( section.dataset.recsvcTurn || 0 ) ) {
			return;
		}
		section.dataset.recsvcTurn = mine;
		section.innerHTML = list.html; // made by this shop's own templates
		section.hidden = ! list.html;
		section.dataset.recsvcShown = JSON.stringify( list.shown );
		watch( section );
	}

	const waiting = [];

	function tell( events, now ) {
		waiting.push( ...events );
		if ( now || waiting.length >= MOST_EVENTS ) {
			send();
		}
	}

	function send() {
		while ( waiting.length ) {
			const body = JSON.stringify( { events: waiting.splice( 0, MOST_EVENTS ) } );
			navigator.sendBeacon( url( 'recsvc_tell' ), new Blob( [ body ], { type: 'text/plain' } ) );
		}
	}

	const shown = new WeakMap(); // product on the page -> what it is in which list
	const timers = new WeakMap();
	const sight = new IntersectionObserver( ( entries ) => {
		for ( const { isIntersecting, target } of entries ) {
			clearTimeout( timers.get( target ) );
			if ( isIntersecting ) {
				timers.set( target, setTimeout( () => {
					sight.unobserve( target );
					tell( [ { type: 'impression', seen: true, ...shown.get( target ) } ] );
				}, SEEN_MS ) );
			}
		}
	}, { threshold: 0.5 } );

	function watch( section ) {
		const { list, items } = JSON.parse( section.dataset.recsvcShown || 'null' ) || {};
		if ( ! list || ! has( 'recsvc_known' ) ) {
			return;
		}
		for ( const cell of section.querySelectorAll( 'li.product' ) ) {
			const [ , number ] = /(?:^|\s)post-(\d+)(?:\s|$)/.exec( cell.className ) || [];
			if ( items[ number ] && ! shown.has( cell ) ) {
				const [ item, position ] = items[ number ];
				shown.set( cell, { list, item, position } );
				tell( [ { type: 'impression', ...shown.get( cell ) } ] );
				sight.observe( cell );
			}
		}
	}

	function follow( event ) {
		const cell = event.target instanceof Element && event.button < 2 && event.target.closest( 'a, button' ) && event.target.closest( '.recsvc-list li.product' );
		if ( cell && shown.has( cell ) ) {
			tell( [ { type: 'click', ...shown.get( cell ) } ], true );
		}
	}

	const sections = () => [ ...document.querySelectorAll( '.recsvc-list[data-recsvc]' ) ];
	const askForCart = () => ask( sections().filter( isOfCart ) );

	function begin( isDue ) {
		document.querySelectorAll( '.recsvc-list[data-recsvc-shown]' ).forEach( ( section ) => {
			if ( ! section.dataset.recsvc || ! isWorthAsking( section ) ) {
				watch( section );
			}
		} );
		ask( sections(), isDue );
	}

	let agreed = agrees();

	/** Begins anew where the answer to our category changed. Consent plug-ins tell of each category, also of what stays. */
	function reconsider() {
		if ( agreed !== agrees() ) {
			agreed = ! agreed;
			begin( has( 'recsvc_known' ) ); // the server forgets who takes their consent back
		}
	}

	addEventListener( 'click', follow, true );
	addEventListener( 'auxclick', follow, true );
	addEventListener( 'visibilitychange', () => document.hidden && send() );
	document.addEventListener( 'wp_listen_for_consent_change', reconsider );
	for ( const name of [ 'wc-blocks_added_to_cart', 'wc-blocks_removed_from_cart' ] ) {
		document.body.addEventListener( name, askForCart );
	}
	if ( window.jQuery ) {
		window.jQuery( document.body ).on( 'added_to_cart removed_from_cart updated_cart_totals', askForCart );
	}
	begin();
}() );
