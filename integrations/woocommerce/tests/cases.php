<?php
/**
 * Runs classes that need no WordPress: `php cases.php CLASS METHOD` reads the arguments of each call as JSON and prints
 * what each returns. The tests of recsvc call it, and compare with what the service does.
 *
 * @package Recsvc
 */

namespace Recsvc;

if ( PHP_SAPI !== 'cli' ) {
	exit( 1 );
}
define( 'ABSPATH', __DIR__ );

/**
 * Return a text as it is.
 *
 * @param string $text Of the plug-in.
 */
function __( $text ) {
	return $text;
}

if ( ! function_exists( 'mb_strlen' ) ) {
	/**
	 * Stand in for a missing extension, as WordPress does.
	 *
	 * @param string $text Any.
	 */
	function mb_strlen( $text ) {
		return iconv_strlen( $text, 'UTF-8' );
	}

	/**
	 * Stand in for a missing extension, as WordPress does.
	 *
	 * @param string $text  Any.
	 * @param int    $start First character.
	 * @param int    $n     How many.
	 */
	function mb_substr( $text, $start, $n ) {
		return iconv_substr( $text, $start, $n, 'UTF-8' );
	}
}

set_error_handler(
	function ( $number, $text, $file, $line ) {
		throw new \ErrorException( $text, 0, $number, $file, $line );
	}
);
spl_autoload_register(
	function ( $name ) {
		$noun = strtolower( str_replace( '_', '-', substr( $name, strlen( 'Recsvc\\' ) ) ) );
		require dirname( __DIR__ ) . "/includes/class-$noun.php";
	}
);

/**
 * A product or an order that says what a case says: `{"get_sku": "A1", "get_id": 7}`.
 */
final class Saying {

	/** What it says. */
	private array $words;

	/**
	 * Say something.
	 *
	 * @param array<string, mixed> $words Method => what it returns.
	 */
	public function __construct( array $words ) {
		$this->words = $words;
	}

	/**
	 * Return what the case says.
	 *
	 * @param string  $name      Of the method.
	 * @param mixed[] $arguments Are not looked at.
	 */
	public function __call( $name, $arguments ) {
		return $this->words[ $name ];
	}
}

$made     = json_decode( stream_get_contents( STDIN ), true );
$class    = __NAMESPACE__ . '\\' . $argv[1];
$subject  = isset( $made['of'] ) ? new $class( ...$made['of'] ) : $class;
$answers  = array();
$to_value = function ( $value ) {
	return is_array( $value ) && isset( $value['saying'] ) ? new Saying( $value['saying'] ) : $value;
};
foreach ( $made['calls'] as $arguments ) {
	$answers[] = call_user_func_array( array( $subject, $argv[2] ), array_map( $to_value, $arguments ) );
}
echo json_encode( $answers, JSON_THROW_ON_ERROR );
