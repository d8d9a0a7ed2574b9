SELECT sum(missing) AS missing, sum(duplicates) AS duplicates, sum(rows) AS stored
FROM v_ledger
