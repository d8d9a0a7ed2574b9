"""The page of metrics that Prometheus reads."""

from prometheus_client import REGISTRY, CollectorRegistry, start_http_server


def expose(port: int, host: str, registry: CollectorRegistry = REGISTRY) -> None:
    """Serve it, in a thread; raises OSError, which names the option, where that cannot be."""
    try:
        start_http_server(port, host, registry)
    except (OSError, OverflowError) as error:
        raise OSError(
            f"--metrics-port {port} at {host} cannot be listened on: {error}; name another"
        ) from None
