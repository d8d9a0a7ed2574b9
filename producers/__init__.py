"""Who makes access events: the SDK for services, a web log replay, a simulated city."""
