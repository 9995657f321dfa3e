#!/bin/sh
# The whole journey on a real WordPress with a real WooCommerce: backfill, webhooks, refunds, an outage, lost webhooks,
# reconciliation, training, a list. It works on a copy, with a database of its own, and leaves neither.
#
#   deploy/woocommerce/try.sh PATH_OF_INSTALLATION [tables|posts]
#
# PATH_OF_INSTALLATION has wp-load.php and wp-content/plugins/woocommerce. `tables` keeps orders in WooCommerce's own
# tables (HPOS), `posts` as older shops do. Needed: PHP with mysqli, MariaDB's server, and `make setup` before.
set -eu

room=$(cd "$(dirname "$0")" && pwd)
from=${1:?say where an installation is: try.sh PATH_OF_INSTALLATION}
storage=${2:-tables}
python=${PYTHON:-$room/../../.venv/bin/python}

for file in wp-load.php wp-content/plugins/woocommerce/woocommerce.php; do
    test -f "$from/$file" || { echo "$from has no $file: name a WordPress with WooCommerce" >&2; exit 2; }
done
for program in php mariadbd mariadb mariadb-install-db; do
    command -v "$program" >/dev/null || { echo "$program is missing: apt-get install php-cli php-mysql mariadb-server" >&2; exit 2; }
done
php -m | grep -qx mysqli || { echo "PHP lacks mysqli: apt-get install php-mysql" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/recsvc-woocommerce.XXXXXX")
database=
finish() {
    status=$?
    trap - EXIT INT TERM
    test -z "$database" || { kill "$database" && wait "$database" || true; } 2>/dev/null
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT INT TERM

mkdir "$work/wordpress"
cp -r "$from/." "$work/wordpress"
rm -f "$work/wordpress/wp-config.php"
mariadb-install-db --no-defaults --datadir="$work/data" --auth-root-authentication-method=normal --skip-test-db \
    ${USER:+--user="$(id -un)"} >/dev/null
mariadbd --no-defaults --user="$(id -un)" --datadir="$work/data" --socket="$work/socket" --skip-networking \
    --innodb-flush-log-at-trx-commit=0 >"$work/mariadbd.log" 2>&1 &
database=$!
for _ in $(seq 100); do
    mariadb --no-defaults -u root -S "$work/socket" -e 'CREATE DATABASE IF NOT EXISTS shop CHARACTER SET utf8mb4' \
        2>/dev/null && break
    sleep 0.2
done

"$python" "$room/${JOURNEY:-journey.py}" "$work" "$storage"
