"""Misuse that shows over time, planted in the months of the simulated city."""
