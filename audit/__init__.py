"""The vocabulary: events, policy, judgement. Pure: no I/O, no clock, no environment."""
