<?php
/**
 * Lets PHP's own server answer as a web server with permalinks does; REST reads them.
 */

$recsvc_file = $_SERVER['DOCUMENT_ROOT'] . wp_path();
if ( is_file( $recsvc_file ) ) {
	return false;
}
require $_SERVER['DOCUMENT_ROOT'] . '/index.php';

/**
 * Return the path that was asked for.
 */
function wp_path() {
	return (string) parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH );
}
