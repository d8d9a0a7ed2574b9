"""ClickHouse's HTTP interface over chDB, the engine in this process.

One process owns the directory: `python -m storage.embedded --path DIR --port N`.
"""
