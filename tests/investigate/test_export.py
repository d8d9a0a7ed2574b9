"""An export comes as it is read: whole and in order, never held whole, or broken off."""

import csv
import io
import json
from dataclasses import replace
from uuid import uuid4

import psutil
import pyarrow.parquet as pq
import pytest

from investigate import export as taking
from investigate.errors import InquiryError
from investigate.filters import Filters
from investigate.formats import FORMATS
from storage.rows import Place
from tests.investigate.conftest import access, store

pytestmark = pytest.mark.slow

MANY = 200_000
MOST = 150 << 20  # bytes that this process may grow by; the rows have some 300 MB
REPEATED = """
INSERT INTO access_events
SELECT * EXCEPT (number) REPLACE (
    {topic:String} AS topic_id, number AS offset, {writer:String} AS writer
)
FROM access_events CROSS JOIN numbers({many:UInt64}) AS numbers
WHERE subject = {subject:String}
"""


def rows_of(ending, body):
    """The rows of an export."""
    if ending == ".parquet":
        return pq.read_table(io.BytesIO(body)).to_pylist()
    text = body.decode()
    return (
        list(csv.DictReader(io.StringIO(text)))
        if ending == ".csv"
        else [json.loads(line) for line in text.splitlines()]
    )


@pytest.fixture(name="subject")
def _subject(shared_trail):
    """Somebody with five accesses in two partitions of the log."""
    subject = f"member:{uuid4().int}"
    for minutes in (range(3), range(3, 5)):
        store(shared_trail, [access(minute, subject=subject) for minute in minutes])
    return subject


@pytest.mark.parametrize("ending", FORMATS)
def test_an_export_is_every_access_in_the_logs_order(reader, subject, monkeypatch, ending):
    """Pages of a log's partition follow one another without a gap, and partitions likewise."""
    monkeypatch.setattr(taking, "_PAGE", 2)
    export = taking.prepare(reader, Filters(subject=subject))
    assert (export.rows, sorted(one.rows for one in export.held)) == (5, [2, 3])
    rows = rows_of(ending, b"".join(taking.stream(reader, export, ending)))
    places = [(row["topic_id"], int(row["offset"])) for row in rows]
    assert places == sorted(places)
    assert len(set(places)) == 5
    assert all(json.loads(row["document"])["subject"] == subject for row in rows)


def test_an_offset_that_is_stored_twice_is_taken_twice(shared_trail, reader, monkeypatch):
    """Also where a page ends between the two: an incident is what an export is for."""
    monkeypatch.setattr(taking, "_PAGE", 2)
    subject = f"member:{uuid4().int}"
    place = store(shared_trail, [access(minute, subject=subject) for minute in range(4)])
    store(shared_trail, [access(1, subject=subject)], topic=place.topic_id, first=1)
    export = taking.prepare(reader, Filters(subject=subject))
    rows = rows_of(".ndjson", b"".join(taking.stream(reader, export, ".ndjson")))
    assert [int(row["offset"]) for row in rows] == [0, 1, 1, 2, 3]


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("more", [-1, 1])
def test_an_export_of_other_rows_breaks_off(reader, subject, ending, more):
    """Where the trail has more or fewer rows than are on record, the last piece never comes."""
    export = taking.prepare(reader, Filters(subject=subject))
    first, *others = export.held
    wrong = replace(export, held=[*others, replace(first, rows=first.rows + more)])
    pieces = taking.stream(reader, wrong, ending)
    came = []
    with pytest.raises(InquiryError, match="has other rows than"):
        came += pieces
    assert ending != ".parquet" or not b"".join(came).endswith(b"PAR1")


@pytest.fixture(name="many", scope="module")
def _many(shared_trail):
    """Somebody who was looked at two hundred thousand times."""
    subject, topic = f"member:{uuid4().int}", str(uuid4())
    store(shared_trail, [access(0, subject=subject)])
    told = {"topic": topic, "writer": shared_trail.claim(Place(topic, 0)), "many": MANY}
    shared_trail.client.command(REPEATED, parameters={**told, "subject": subject})
    return Filters(subject=subject)


@pytest.mark.parametrize("ending", FORMATS)
def test_an_export_is_never_held_whole(reader, many, ending):
    """However many rows it has, a page of them is all that is in memory."""
    export = taking.prepare(reader, many)
    assert export.rows == MANY + 1
    here, sent, most = psutil.Process(), 0, 0
    before = here.memory_info().rss
    for piece in taking.stream(reader, export, ending):
        sent += len(piece)
        most = max(most, here.memory_info().rss - before)
    assert most < MOST
    assert ending == ".parquet" or sent > 2 * MOST
