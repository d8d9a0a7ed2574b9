"""What Gamsa is measured beside: each an idiomatic program that reads the same topic."""
