"""Months of a seeded city: `producers.months.city` lives them, `files` writes them."""
