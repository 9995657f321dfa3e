#!/bin/sh
# The plug-in in a real WordPress with a real WooCommerce, a service and a model of that shop's orders: the test button,
# each list as block and shortcode, two shoppers, a service that hangs or is gone, carts and both checkouts, what a
# shopper may ask, a browser. It works on a copy, with a database of its own, and leaves neither.
#
#   deploy/woocommerce/try-plugin.sh PATH_OF_INSTALLATION [tables|posts]
#
# As try.sh, and Chromium is needed. PICTURES=FOLDER keeps what the browser saw.
set -eu
JOURNEY=plugin_journey.py exec "$(dirname "$0")/try.sh" "$@"
