"""Whether a trail is exact: what was acknowledged is stored, once, and judged as it should be."""

from dataclasses import dataclass

from storage import ledger
from storage.trail import Trail
from stream import topics

WINDOW = 100_000  # offsets compared at once

_RECEIPTS = """
CREATE OR REPLACE TABLE receipts
(producer String, epoch UInt64, sequence UInt64, partition UInt32, offset UInt64)
ENGINE = MergeTree ORDER BY (producer, epoch, sequence)
"""
# A rejected event is one that its producer numbered, too: its bytes say so.
_STORED = """
CREATE OR REPLACE VIEW numbered AS
SELECT producer, assumeNotNull(epoch) AS epoch, assumeNotNull(sequence) AS sequence,
    partition, offset, event_id
FROM v_access_events
UNION ALL
SELECT JSONExtractString(raw, 'producer'), JSONExtractUInt(raw, 'epoch'),
    JSONExtractUInt(raw, 'sequence'), partition, offset, JSONExtractString(raw, 'id')
FROM rejected_events
"""
_ACKNOWLEDGED = "SELECT uniqExact(producer, epoch, sequence) FROM receipts"
_LOST = """
SELECT producer, epoch, sequence, partition, offset FROM receipts
LEFT ANTI JOIN numbered USING (producer, epoch, sequence, partition, offset)
"""
_EVENTS = """
SELECT count(), sum(places > 1), sum(places - 1), sum(ids != 1)
FROM
(
    SELECT producer, epoch, sequence, count() AS places, uniqExact(event_id) AS ids
    FROM numbered GROUP BY producer, epoch, sequence
)
"""
_UNHEARD = """
SELECT count() FROM (SELECT DISTINCT producer, epoch, sequence FROM numbered) AS stored
LEFT ANTI JOIN receipts USING (producer, epoch, sequence)
"""
_HOLES = """
SELECT producer, epoch, max(sequence) + 1 - uniqExact(sequence) AS holes
FROM numbered GROUP BY producer, epoch HAVING holes > 0
"""


@dataclass(frozen=True, slots=True)
class Count:
    """What a run came to; everything from `lost` on must be 0, or empty, at its end."""

    acknowledged: int
    """Events, each (producer, epoch, sequence), of which a producer noted the acknowledgement."""
    stored: int
    """Events in the trail."""
    unheard: int
    """Stored, but the producer was killed before it had noted the acknowledgement."""
    repeated: int
    """Events that stand at more than one offset, because the producer sent them again."""
    repeats: int
    """Offsets that such events take besides their first."""
    rows: int
    """Offsets in the trail; the topic's records."""
    lost: tuple[tuple[object, ...], ...]
    """Acknowledged and not stored at the offset at which they were."""
    holes: tuple[tuple[object, ...], ...]
    """Numbers that a producer has given and the trail lacks, by producer and epoch."""
    changed: int
    """Events whose offsets hold different ids."""
    missing: int
    """The ledger's: offsets that were said to be stored and are not."""
    duplicates: int
    """The ledger's: offsets stored twice."""
    lag: int
    """Offsets that are still to be stored."""

    @property
    def all_stored(self):
        """Whether what was acknowledged by now is stored, each offset once."""
        return not (self.lost or self.changed or self.missing or self.duplicates)

    @property
    def is_exact(self):
        """Whether, besides, nothing that was recorded is on its way or gone."""
        return self.all_stored and not self.holes and not self.lag


def caught_up(site, group="gamsa-worker"):
    """Whether the workers of a group have committed all of the topic."""
    log = topics.log_ranges(site.kafka, group)
    return all(one.committed == one.after for one in log.values())


def count(site, client, group="gamsa-worker"):
    """Hold the trail against the receipts, the producers' numbers and the topic."""
    client.command(_RECEIPTS)
    client.command(_STORED)
    for file in site.receipts.iterdir():
        client.raw_insert("receipts", insert_block=file.read_bytes(), fmt="TSV")
    trail = Trail(client)
    accounts = ledger.account(trail, topics.log_ranges(site.kafka, group))
    ((acknowledged,),) = trail.rows(_ACKNOWLEDGED)
    ((stored, repeated, repeats, changed),) = trail.rows(_EVENTS)
    ((unheard,),) = trail.rows(_UNHEARD)
    return Count(
        acknowledged=acknowledged,
        stored=stored,
        unheard=unheard,
        repeated=repeated,
        repeats=repeats,
        rows=sum(one.rows for one in accounts),
        lost=tuple(trail.rows(_LOST + "LIMIT 10")),
        holes=tuple(trail.rows(_HOLES)),
        changed=changed,
        missing=sum(one.missing for one in accounts),
        duplicates=sum(one.duplicates for one in accounts),
        lag=sum(one.lag for one in accounts),
    )


# When a row was stored, and by whom, may differ; nothing else may.
_DIFFERENT_ROWS = """
SELECT '{table}', partition, offset
FROM
(
    SELECT partition, offset, tuple(* EXCEPT (ingested_at, writer)) AS row FROM {one}.{table}
    WHERE offset >= {{first:UInt64}} AND offset < {{after:UInt64}}
    UNION ALL
    SELECT partition, offset, tuple(* EXCEPT (ingested_at, writer)) AS row FROM {other}.{table}
    WHERE offset >= {{first:UInt64}} AND offset < {{after:UInt64}}
)
GROUP BY partition, offset HAVING count() != 2 OR length(groupUniqArray(2)(row)) != 1
"""
# A hole is found by when one looks, not by what the events are. The ids of more than a thousand
# events are any thousand of them.
_DIFFERENT_FINDINGS = """
SELECT 'findings', finding_id
FROM
(
    SELECT finding_id, tuple(* EXCEPT (ingested_at, event_ids, subjects)) AS row,
        if(count > 1000, ([], []), (event_ids, subjects)) AS whose FROM {one}.v_findings
    WHERE detector != 'sequence_hole'
    UNION ALL
    SELECT finding_id, tuple(* EXCEPT (ingested_at, event_ids, subjects)) AS row,
        if(count > 1000, ([], []), (event_ids, subjects)) AS whose FROM {other}.v_findings
    WHERE detector != 'sequence_hole'
)
GROUP BY finding_id HAVING count() != 2 OR length(groupUniqArray(2)((row, whose))) != 1
"""


def differences(trail, one, other):
    """Where two databases of one topic differ: rows by table, partition and offset; findings."""
    ((most,),) = trail.rows(
        f"SELECT max(last_offset) + 1 FROM (SELECT * FROM {one}.v_ledger "
        f"UNION ALL SELECT * FROM {other}.v_ledger)"
    )
    found = []
    for table in ("access_events", "rejected_events"):
        query = _DIFFERENT_ROWS.format(table=table, one=one, other=other)
        for first in range(0, most, WINDOW):
            found += trail.rows(query, {"first": first, "after": first + WINDOW})
    return found + list(trail.rows(_DIFFERENT_FINDINGS.format(one=one, other=other)))
