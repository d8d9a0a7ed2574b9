"""The `gamsa` command and the local stack it starts: the composition root."""
