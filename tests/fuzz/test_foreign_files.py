"""Exports of products and of orders, altered on their way: a run ends with a result or with a sentence."""

import gzip
import io
from contextlib import suppress
from datetime import UTC, datetime

import polars as pl
import pytest
import zstandard
from hypothesis import example, given
from support.mutations import mutated_bytes

from recsvc.catalogue.product_import import import_products
from recsvc.errors import DataError, RecsvcError
from training.orders import CleaningRules, clean_orders
from training.sources.order_sources import OrderSources, read_orders

PRODUCTS = [
    b"item_id,title,price,categories,in_stock\r\ntea,Tea,2.5,\"Food, Drinks\",1\r\nmilk,Milk,,Food,0\r\n",
    b"Handle,Title,Vendor,Type,Variant SKU,Variant Price,Variant Inventory Qty,Status,Image Src\n"
    b"tea,Tea,V,T,t-1,2.5,3,active,\n",
    b"ID,Type,SKU,Name,Published,In stock?,Regular price,Categories,Images\n1,simple,tea,Tea,1,1,2.5,Food > Drinks,\n",
    b'<rss xmlns:g="x"><channel><item><g:id>tea</g:id><g:title>Tea &amp; cake</g:title><g:price>2,50 EUR</g:price>'
    b"<g:availability>in_stock</g:availability><g:item_group_id>t</g:item_group_id></item></channel></rss>",
    b'{"item_id": "tea", "price": "2,50", "categories": ["Food", "Tea"], "in_stock": "ja"}\n{"item_id": "milk"}\n',
    b"id\ttitle\tprice\tavailability\tsale_price_effective_date\tsale_price\n1\tTea 15\"\t1.234,50 EUR\tin stock\t"
    b"2020-01-01T00:00+0100/2020-02-01\t1\n",
    b"sku,attribute_set_code,url_key,product_type,visibility,configurable_variations,price,categories\n"
    b"t,D,t,configurable,Catalog,\"sku=t-1,size=S|sku=t-2\",1,D/F\nt-1,D,t-1,simple,Not Visible Individually,,1,\n",
    b"sku,name,price,categories,product_type,qty,is_in_stock\ntea,Tea,2.5,\"Default/Food,Default/Tea\",simple,3,1\n",
]  # fmt: skip


@given(mutated_bytes([*PRODUCTS, *(gzip.compress(one, mtime=0) for one in PRODUCTS)]))
@example(gzip.compress(PRODUCTS[0], mtime=0)[:40])
@example(gzip.compress(PRODUCTS[0], mtime=0)[:20] + b"\xff" * 40)
@example(b"item_id,title,price\ntea,Tea,nan\n")
def test_a_product_export_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "products.csv"
    path.write_bytes(content)
    with suppress(RecsvcError):
        imported = import_products(path, lambda items: [vars(item) for item in items], 1)
        assert imported.n_rows == imported.n_items + imported.n_refused + sum(
            imported.not_items.values()
        ) or (imported.n_items < imported.n_rows)


ORDERS = (
    b"user_id,item_id,quantity,unit_price,order_id,ordered_at,title\n"
    + b"".join(b"u%d,i%d,2,1.5,o%d,2026-01-%02d 10:00:00,T\n" % (n % 5, n % 7, n, n % 28 + 1) for n in range(20))
)  # fmt: skip
NDJSON = b"".join(
    b'{"user_id": "u%d", "item_id": "i%d", "quantity": 2, "order_id": "o%d", "ordered_at": "2026-01-02T03:04:05Z"}\n'
    % (n, n, n)
    for n in range(9)
)


def _parquet() -> bytes:
    file = io.BytesIO()
    pl.read_csv(ORDERS).write_parquet(file)
    return file.getvalue()


FILES = [
    ORDERS, ORDERS.replace(b",", b";").replace(b"\n", b"\r\n"), ORDERS.decode().encode("utf-16"), NDJSON, _parquet(),
    gzip.compress(ORDERS, mtime=0), zstandard.compress(ORDERS), b"\xef\xbb\xbf" + ORDERS,
]  # fmt: skip


@given(mutated_bytes(FILES))
@example(NDJSON + b"[" * 100_000)
@example(b'{"a":' * 9000)
@example(b"\x1f\x8b\x08\x00")
@example(_parquet()[:200] + b"\xff" * 8 + _parquet()[208:])
def test_order_files_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "orders"
    path.write_bytes(content)
    with suppress(DataError):
        clean_orders(
            read_orders(OrderSources((str(path),)), {}), CleaningRules(), datetime(2026, 1, 1, tzinfo=UTC)
        )
