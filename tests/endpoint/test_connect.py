"""clickhouse-connect, unchanged, over the endpoint."""

# ruff: noqa: DTZ001  # the client returns times without a zone for columns without one

import io
from datetime import datetime

import clickhouse_connect
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError

pytestmark = pytest.mark.slow


def test_parameters_are_bound_as_they_are(client):
    """Quotes, backslashes, tabs and arrays arrive unchanged as bound parameters."""
    values = {
        "s": "it's \\ a \t tab\nand 감사",
        "b": ["x'", "y"],
        "d": datetime(2026, 1, 2, 3, 4, 5, 6),
    }
    found = client.query("SELECT {s:String}, {b:Array(String)}, {d:DateTime64(6)}", values)
    assert found.result_rows == [tuple(values.values())]


def test_long_parameters_are_bound_as_they_are(client):
    """What is too long for the address of a request arrives as well."""
    values = [f"사유 '{number}'\\" for number in range(5_000)]
    found = client.query("SELECT {s:Array(String)}, {n:UInt8}", {"s": values, "n": 7})
    assert found.result_rows == [(values, 7)]


def test_native_inserts_come_back(client, table):
    """Rows inserted in Native come back as they were, and the summary counts them."""
    rows = [[number, str(number)] for number in range(1000)]
    summary = client.insert(table, rows, column_names=["a", "s"])
    assert summary.written_rows == 1000
    assert client.query(f"SELECT * FROM {table} ORDER BY a").result_rows == [
        tuple(r) for r in rows
    ]


def _arrow(kind: str) -> bytes:
    batch = pa.table({"a": pa.array([1, 2], pa.uint64()), "s": ["x", "y"]})
    sink = io.BytesIO()
    if kind == "Parquet":
        pq.write_table(batch, sink)
        return sink.getvalue()
    writer = pa.ipc.new_file if kind == "Arrow" else pa.ipc.new_stream
    with writer(sink, batch.schema) as out:
        out.write_table(batch)
    return sink.getvalue()


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("JSONEachRow", b'{"a":1,"s":"x"}\n{"a":2,"s":"y"}\n'),
        ("JSONCompactEachRow", b'[1,"x"]\n[2,"y"]\n'),
        ("CSV", b'1,"x"\n2,"y"\n'),
        ("Values", b"(1,'x'),(1+1,'y')"),
        ("Arrow", None),
        ("ArrowStream", None),
        ("Parquet", None),
    ],
)
def test_raw_inserts_in_any_format(client, table, kind, data):
    """Bytes of any input format are inserted as they are."""
    client.raw_insert(table, ["a", "s"], data or _arrow(kind), fmt=kind)
    assert client.query(f"SELECT * FROM {table} ORDER BY a").result_rows == [(1, "x"), (2, "y")]


@pytest.mark.parametrize("method", ["lz4", "zstd", "gzip", False])
def test_compression_both_ways(endpoint, table, method):
    """Inserts and results pass with every compression that the client has."""
    client = clickhouse_connect.get_client(host=endpoint.host, port=endpoint.port, compress=method)
    client.insert(table, [[n, "x" * 50] for n in range(5000)], column_names=["a", "s"])
    assert len(client.query(f"SELECT * FROM {table}").result_rows) == 5000
    assert len(client.query("SELECT number FROM numbers(400000)").result_rows) == 400_000
    client.close()


@pytest.mark.parametrize("method", ["lz4", "zstd", "gzip"])
def test_raw_inserts_may_be_compressed(client, table, method):
    """A raw insert's body may come in each encoding."""
    import gzip  # noqa: PLC0415

    import lz4.frame  # noqa: PLC0415
    import zstandard  # noqa: PLC0415

    pack = {
        "lz4": lz4.frame.compress,
        "gzip": gzip.compress,
        "zstd": zstandard.ZstdCompressor().compress,
    }[method]
    data = pack(b"".join(b"%d,x\n" % n for n in range(200_000)))
    client.raw_insert(table, ["a", "s"], data, fmt="CSV", compression=method)
    assert client.command(f"SELECT count() FROM {table}") == 200_000


def test_results_stream_in_blocks(client):
    """A large result comes in blocks."""
    with client.query_row_block_stream("SELECT number FROM numbers(2000000)") as stream:
        sizes = [len(block) for block in stream]
    assert sum(sizes) == 2_000_000
    assert len(sizes) > 1


def test_data_frames(client, table):
    """Pandas and Arrow go in and come out."""
    client.insert_df(table, pd.DataFrame({"a": [1, 2], "s": ["x", "y"]}))
    client.insert_arrow(table, pa.table({"a": pa.array([3], pa.uint64()), "s": ["z"]}))
    assert list(client.query_df(f"SELECT * FROM {table} ORDER BY a")["s"]) == ["x", "y", "z"]
    assert client.query_arrow(f"SELECT * FROM {table}").num_rows == 3


def test_settings_reach_the_engine_and_leave_the_session(client):
    """A setting of one query holds for that query alone, also in a session."""
    ask = "SELECT getSetting('max_threads')"
    client.command("SET max_threads = 3")
    assert client.command(ask, settings={"max_threads": 7}) == 7
    assert client.command(ask) == 3


def test_settings_reach_an_insert(client, table):
    """An insert's settings reach the engine: one bad row may be skipped."""
    client.raw_insert(
        table,
        ["a", "s"],
        b"1,x\nbad,y\n",
        fmt="CSV",
        settings={"input_format_allow_errors_num": 1},
    )
    assert client.command(f"SELECT count() FROM {table}") == 1


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT foo", 47),
        ("SELEC 1", 62),
        ("SELECT * FROM nowhere", 60),
        ("SELECT 1 FORMAT No", 73),
    ],
)
def test_errors_bear_their_codes(client, sql, code):
    """The engine's error code and text reach the caller."""
    with pytest.raises(DatabaseError, match=rf"Code: {code}\. DB::Exception"):
        client.command(sql)


def test_an_unknown_setting_is_115(endpoint):
    """A setting that the engine does not know is ClickHouse's error 115."""
    with (
        clickhouse_connect.create_client(host=endpoint.host, port=endpoint.port) as client,
        pytest.raises(DatabaseError, match=r"Code: 115\."),
    ):
        client.command("SELECT 1", settings={"no_such_setting": 1})


@pytest.mark.parametrize("method", ["lz4", False])
def test_an_error_amid_the_stream_is_an_error(endpoint, method):
    """A query that fails after a part was sent raises its message in the client."""
    client = clickhouse_connect.get_client(host=endpoint.host, port=endpoint.port, compress=method)
    sql = "SELECT number, throwIf(number = 4000000) FROM numbers(5000000)"
    with (
        pytest.raises(StreamFailureError, match="throwIf"),
        client.query_row_block_stream(sql) as stream,
    ):
        for _ in stream:
            pass
    client.close()
