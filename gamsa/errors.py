"""The errors a user of the `gamsa` command meets; each message is what, where, next step."""


class Unavailable(Exception):  # noqa: N818  a state of the world, not a mistake in the program
    """Something the stack needs (Java, a port, disk space, a server) is away: exit status 3."""
