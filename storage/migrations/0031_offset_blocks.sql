-- The ledger's numbers, kept beside the rows: which offsets a part holds, block by block, as a
-- bitmap. A projection is written and merged with its part, so it says what the rows say; without
-- it every look at the ledger reads every offset. A block is `storage.gaps.BLOCK` long. Parts of
-- before are summed up in the background, and read row by row until then.
ALTER TABLE access_events ADD PROJECTION IF NOT EXISTS by_block
(
    SELECT
        topic_id, partition, intDiv(offset, 65536),
        count(), min(offset), max(offset), groupBitmapState(offset)
    GROUP BY topic_id, partition, intDiv(offset, 65536)
);

ALTER TABLE access_events MATERIALIZE PROJECTION by_block SETTINGS mutations_sync = 0;

-- What is held of each block of a partition, judged or rejected.
CREATE VIEW v_offset_blocks DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    topic_id, partition, block,
    sum(held) AS rows, groupBitmapMerge(offsets) AS distinct, min(low) AS first, max(high) AS last
FROM
(
    SELECT
        topic_id, partition, intDiv(offset, 65536) AS block,
        count() AS held, groupBitmapState(offset) AS offsets, min(offset) AS low,
        max(offset) AS high
    FROM access_events GROUP BY topic_id, partition, block
    UNION ALL
    SELECT
        topic_id, partition, intDiv(offset, 65536) AS block,
        count() AS held, groupBitmapState(offset) AS offsets, min(offset) AS low,
        max(offset) AS high
    FROM rejected_events GROUP BY topic_id, partition, block
)
GROUP BY topic_id, partition, block;

-- Every offset between a partition's first and last must be there once, judged or rejected.
CREATE OR REPLACE VIEW v_ledger DEFINER = CURRENT_USER SQL SECURITY DEFINER AS
SELECT
    topic_id,
    partition,
    min(first) AS first_offset,
    max(last) AS last_offset,
    sum(blocks.rows) AS rows,
    last_offset - first_offset + 1 - sum(distinct) AS missing,
    rows - sum(distinct) AS duplicates
FROM v_offset_blocks AS blocks
GROUP BY topic_id, partition;
