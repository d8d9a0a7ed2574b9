"""What a stored event costs, column by column, and how long each kind of question takes.

Run: `python -m benchmarks.schema [ROWS]`. Rows are made by the engine itself, with the
cardinalities of a city: 200,000 members, 2,000 handlers, a million cookies. They are those of
another's producer: their exact bytes are kept, and their ids as text.
"""

import sys
import tempfile
import time

from chdb import session

from storage.migrate import migrations

BATCH = 400_000

ROWS = """
INSERT INTO access_events
    (topic_id, partition, offset, received_at, event_id, occurred_at, source, subject, producer,
     epoch, sequence, actor, actor_kind, role, organization, ip, cookie, mac, user_agent, method,
     path, session, action, file, items, records, purpose, legal_basis, outcome, verdict,
     policy_revision, raw, writer)
WITH
    number + {start} AS n,
    toDateTime64('2026-11-01 00:00:00', 6) + n / 100 AS at,
    toString(generateUUIDv7()) AS id,
    'member:' || toString(rand(1) % 200000) AS member,
    'staff:' || toString(rand(2) % 2000) AS staff,
    lower(hex(sipHash64(rand(3) % 1000000))) AS cookie_,
    '203.0.' || toString(rand(4) % 256) || '.' || toString(rand(5) % 256) AS ip_,
    '/reservations/' || toString(rand(7) % 100000) AS path_,
    's-' || hex(rand(8) % 100000) AS session_
SELECT
    '3e9778f9-b749-4f52-b7ae-2ce4f5456f55', n % 4, intDiv(n, 4), at, id, at,
    '/services/reservation', member, 'reservation-7f', 3, n, staff, 'staff', 'reservation_officer',
    'seoul-metropolitan-government', ip_, cookie_, '02:00:00:ab:cd:ef', 'Mozilla/5.0', 'GET',
    path_, session_, 'read', 'user_personal_information', ['name', 'mobile'], 1,
    'reservation.processing', 'consent', 'success', if(rand(9) % 50 = 0, 'misuse', 'allowed'), 'r',
    concat('{{"specversion":"1.0","id":"', id, '","source":"/services/reservation",',
           '"type":"gamsa.access.v1","time":"', toString(at), 'Z","subject":"', member,
           '","producer":"reservation-7f","epoch":3,"sequence":', toString(n),
           ',"data":{{"actor":{{"id":"', staff, '","kind":"staff","role":"reservation_officer",',
           '"organization":"seoul-metropolitan-government"}},"client":{{"ip":"', ip_,
           '","cookie":"', cookie_, '","mac":"02:00:00:ab:cd:ef","user_agent":"Mozilla/5.0"}},',
           '"usage":{{"method":"GET","path":"', path_, '","session":"', session_, '"}},',
           '"action":"read","file":"user_personal_information","items":["name","mobile"],',
           '"records":1,"purpose":"reservation.processing","legal_basis":"consent"}}}}'),
    'benchmark'
FROM numbers({rows})
"""
CLAIM = "INSERT INTO writers (topic_id, writer) VALUES ('none', 'benchmark')"

# What the exact bytes could be stored with, the largest column by far.
CODECS = ("LZ4", "ZSTD(1)", "ZSTD(3)", "ZSTD(9)")

QUESTIONS = {
    "one subject": "subject = 'member:777' ORDER BY occurred_at DESC LIMIT 100",
    "a handler's latest hundred": "actor = 'staff:77' ORDER BY occurred_at DESC LIMIT 100",
    "one cookie": "cookie = lower(hex(sipHash64(toUInt32(5))))",
    "one IP address": "ip = '203.0.3.4'",
    "one event": "event_id = '019ab0f2-6c1e-7d31-8f0a-3c1d5e7f9a10'",
    "an hour": "occurred_at >= '2026-11-01 03:00:00' AND occurred_at < '2026-11-01 04:00:00'",
}


def main(rows: int = 3_200_000) -> None:
    with tempfile.TemporaryDirectory() as folder, session.Session(folder) as engine:
        for migration in migrations():
            for statement in migration.statements():
                engine.query(statement)
        engine.query(CLAIM)
        started = time.perf_counter()
        for start in range(0, rows, BATCH):
            engine.query(ROWS.format(start=start, rows=min(BATCH, rows - start)))
        print(f"inserted {rows / (time.perf_counter() - started):,.0f} rows/s")
        engine.query("OPTIMIZE TABLE access_events FINAL")
        print(engine.query(SIZES.format(rows=rows), "PrettyCompactMonoBlock"))
        for name, condition in QUESTIONS.items():
            query = f"SELECT event_id, actor, purpose FROM v_access_events WHERE {condition}"
            print(f"{name:30} {_milliseconds(engine, query):8.1f} ms")
        print(f"{'the ledger':30} {_milliseconds(engine, 'SELECT * FROM v_ledger'):8.1f} ms")
        for codec in CODECS:
            print(_codec(engine, codec, min(rows, BATCH)))


SIZES = """
SELECT name, round(sum(bytes) / {rows}, 2) AS bytes_per_event FROM
(
    SELECT name, data_compressed_bytes AS bytes FROM system.columns WHERE table = 'access_events'
    UNION ALL
    SELECT 'index ' || name, data_compressed_bytes FROM system.data_skipping_indices
    WHERE table = 'access_events'
)
GROUP BY ROLLUP(name) HAVING bytes_per_event >= 0.01 ORDER BY bytes_per_event DESC
"""


def _codec(engine: session.Session, codec: str, rows: int) -> str:
    """What one codec makes of the exact bytes, in the log's order, and how long it takes."""
    engine.query("DROP TABLE IF EXISTS bytes_only")
    engine.query(
        f"CREATE TABLE bytes_only (raw String CODEC({codec})) ENGINE MergeTree ORDER BY ()"
    )
    started = time.perf_counter()
    engine.query(f"INSERT INTO bytes_only SELECT raw FROM v_access_events LIMIT {rows}")
    seconds = time.perf_counter() - started
    size = engine.query(
        "SELECT sum(data_compressed_bytes) FROM system.columns WHERE table = 'bytes_only'", "TSV"
    )
    each = int(str(size)) / rows
    return f"raw as {codec:23} {each:8.1f} bytes and {seconds / rows * 1e6:.2f} µs an event"


def _milliseconds(engine: session.Session, query: str) -> float:
    """The best of three, warm."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        engine.query(f"{query} FORMAT Null")
        times.append(time.perf_counter() - started)
    return min(times) * 1_000


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
