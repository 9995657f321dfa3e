"""Orders by a query, on a real SQLite and a real PostgreSQL."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine
from support.order_files import NOW, BatchesSeen, values, write
from support.postgres import PostgresServer

from recsvc.errors import SettingsError, TooLittleDataError, UnreadableSourceError, UnusableExportError
from training.orders import CleaningRules, clean_orders
from training.sources.order_sources import OrderSources, read_orders
from training.sources.sql import SqlQuery, gather_sql

TABLE = (
    "CREATE TABLE sold (buyer VARCHAR(9), sku VARCHAR(9), at TIMESTAMP, order_no INTEGER, qty NUMERIC(9,2))",
    "INSERT INTO sold VALUES ('ada', 'tea', '2025-05-01 12:30:00', 1, 2)",
    "INSERT INTO sold VALUES ('bob', '100%', '2025-05-02 00:00:00', 2, 1)",
    "INSERT INTO sold VALUES ('ada', 'tea', '2025-05-03 00:00:00', 3, -1)",
    "INSERT INTO sold VALUES (NULL, 'cup', '2025-05-04 00:00:00', 4, 1)",
)
SELECT = "SELECT buyer AS user_id, sku AS item_id, at AS ordered_at, order_no AS order_id, qty AS quantity FROM sold"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with four sold lines, once of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/shop.db"
    else:
        url = request.getfixturevalue("shared_postgres").new_database()
    execute(url, *TABLE)
    return url


def execute(url: str, *statements: str) -> None:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(
                statement.replace("%", "%%") if "psycopg" in str(engine.url) else statement
            )
    engine.dispose()


def test_what_a_query_returns_is_cleaned_like_a_file(url: str) -> None:
    raw = read_orders(OrderSources(query=SqlQuery(url, SELECT + " ORDER BY at;")))
    orders = clean_orders(raw, CleaningRules(), NOW)
    assert orders.lines.select("user_id", "item_id", "order_id", "quantity").rows() == [
        ("ada", "tea", "1", 1.0),
        ("bob", "100%", "2", 1.0),
    ]
    assert orders.lines["ordered_at"].to_list() == [1746102600, 1746144000]
    assert orders.rejected.select("row", "reason").rows() == [(3, "return"), (4, "guest")]
    assert raw.files[0].origin == "sql"


def test_percent_and_colon_in_a_query_mean_themselves(url: str) -> None:
    query = SELECT + " WHERE sku LIKE '%%%' AND sku <> ':tea' AND sku LIKE '100_'"
    assert values(read_orders(OrderSources(query=SqlQuery(url, query))), "user_id") == [("bob",)]


def test_columns_can_be_named_by_hand(url: str) -> None:
    query = SqlQuery(url, "SELECT buyer AS a, sku AS b FROM sold WHERE qty > 1")
    raw = read_orders(OrderSources(query=query), {"user_id": "a", "item_id": "b"})
    assert values(raw, "user_id", "item_id") == [("ada", "tea")]


def test_rows_are_read_in_batches(url: str) -> None:
    gathering = BatchesSeen()
    gather_sql(SqlQuery(url, SELECT), {}, gathering, batch_rows=3)
    assert gathering.batches == [3, 1]
    assert gathering.orders().lines["row"].to_list() == [1, 2, 3, 4]


def test_postgresql_hands_over_rows_before_it_has_found_all(shared_postgres: PostgresServer) -> None:
    url = shared_postgres.new_database()
    query = "SELECT 'u' AS user_id, 1 / (900 - n) AS item_id FROM generate_series(1, 1000) n"
    gathering = BatchesSeen()
    with pytest.raises(UnreadableSourceError, match="division by zero"):
        gather_sql(SqlQuery(url, query), {}, gathering, batch_rows=100)
    assert len(gathering.batches) == 8  # all batches before the one in which the query fails


@pytest.mark.parametrize("statement", ["DROP TABLE sold", "DELETE FROM sold"])
def test_nothing_is_written_whatever_the_query_says(url: str, statement: str) -> None:
    with pytest.raises((UnreadableSourceError, UnusableExportError)):
        read_orders(OrderSources(query=SqlQuery(url, statement)))
    assert read_orders(OrderSources(query=SqlQuery(url, SELECT))).lines.height == 4


def test_a_query_without_the_columns_names_those_it_has(url: str) -> None:
    with pytest.raises(UnusableExportError, match=r"no column for item_id; found were .*'qty'"):
        read_orders(OrderSources(query=SqlQuery(url, "SELECT buyer AS user_id, qty FROM sold")))


def test_a_query_without_rows_says_what_to_do(url: str) -> None:
    with pytest.raises(TooLittleDataError, match="the query returned no rows; ask for a period"):
        read_orders(OrderSources(query=SqlQuery(url, SELECT + " WHERE qty > 99")))


def test_the_error_of_a_query_is_told(url: str) -> None:
    with pytest.raises(UnreadableSourceError, match="nothing_like_it"):
        read_orders(OrderSources(query=SqlQuery(url, "SELECT * FROM nothing_like_it")))


def test_an_order_in_a_file_and_in_the_database_counts_once(url: str, tmp_path: Path) -> None:
    file = write(tmp_path, "user_id,item_id,order_id,quantity\nada,tea,1,2\n")
    raw = read_orders(OrderSources((file,), SqlQuery(url, SELECT)))
    assert clean_orders(raw, CleaningRules(), NOW).summary.count("duplicate").n_rows == 1


@pytest.mark.parametrize(
    ("url", "package"),
    [
        ("mysql://ada:hush@db/shop", "pip install 'pymysql'"),
        ("snowflake://ada:hush@db/shop", "pip install 'snowflake-sqlalchemy'"),
        ("postgresql+psycopg2://ada:hush@db/shop", "pip install 'psycopg2-binary'"),
    ],
)
def test_a_missing_driver_is_named(url: str, package: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_orders(OrderSources(query=SqlQuery(url, SELECT)))
    assert package in str(refused.value)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    "url", ["postgresql://ada:hu%2Fsh@127.0.0.1:1/shop", "postgresql://127.0.0.1:1/shop?password=hu%2Fsh"]
)
def test_a_database_that_cannot_be_reached_is_named_without_the_password(url: str) -> None:
    query = SqlQuery(url, SELECT)
    with pytest.raises(
        UnreadableSourceError, match=r"query of postgresql://127\.0\.0\.1:1/shop failed"
    ) as refused:
        read_orders(OrderSources(query=query))
    told = str(refused.value) + repr(query) + query.name
    assert "hu/sh" not in told
    assert "hu%2Fsh" not in told


@pytest.mark.parametrize("url", ["shop.db", "postgresql://ada:hush@db:port/shop"])
def test_what_is_no_url_is_refused_without_being_quoted(url: str) -> None:
    with pytest.raises(SettingsError, match="--orders-sql must be a URL") as refused:
        read_orders(OrderSources(query=SqlQuery(url, SELECT)))
    assert "hush" not in str(refused.value)


def test_a_sqlite_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSourceError, match="there is no SQLite file"):
        read_orders(OrderSources(query=SqlQuery(f"sqlite:///{tmp_path}/none.db", SELECT)))
    assert not list(tmp_path.iterdir())
