"""Places where a test makes a process die. Below everything else; off unless armed."""
