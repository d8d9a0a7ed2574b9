"""ClickHouse: migrations, the trail, the offset ledger, and the embedded endpoint."""
