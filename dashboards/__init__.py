"""Dashboards, data sources and alert rules as code."""
