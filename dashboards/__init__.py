"""Dashboards and data sources as code, written to the files that Grafana provisions.

`python -m dashboards` writes them anew. The builders make plain dicts of Grafana's own JSON model.
"""
