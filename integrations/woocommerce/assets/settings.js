// The test button of the settings.
( function () {
	'use strict';
	document.addEventListener( 'click', async ( event ) => {
		const button = event.target;
		if ( ! ( button instanceof HTMLElement ) || button.id !== 'recsvc-test' ) {
			return;
		}
		const list = document.getElementById( 'recsvc-test-result' );
		const body = new URLSearchParams( { action: 'recsvc_test', _ajax_nonce: button.dataset.nonce } );
		button.disabled = true;
		list.replaceChildren();
		let results = [ { good: false, text: button.dataset.failed } ];
		try {
			const answer = await fetch( button.dataset.url, { method: 'POST', body, credentials: 'same-origin' } );
			results = ( await answer.json() ).data || results;
		} catch {} // what is said then stands in the button
		for ( const { good, text } of results ) {
			const line = document.createElement( 'li' );
			const mark = document.createElement( 'span' );
			mark.className = `dashicons dashicons-${ good ? 'yes-alt' : 'warning' }`;
			mark.style.color = good ? '#007017' : '#b32d2e';
			mark.setAttribute( 'role', 'img' );
			mark.setAttribute( 'aria-label', good ? 'OK' : '!' );
			line.append( mark, ' ', text );
			list.append( line );
		}
		button.disabled = false;
	} );
}() );
