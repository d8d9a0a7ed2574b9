"""What somebody with rights of their own in ClickHouse can do to the trail."""


def remove(trail, where):
    """Take away rows of access events, and what was summed up of them."""
    trail.client.command(
        f"ALTER TABLE access_events DELETE WHERE {where}", settings={"mutations_sync": 2}
    )
