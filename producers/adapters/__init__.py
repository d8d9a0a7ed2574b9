"""Adapters that record accesses for a web framework."""
