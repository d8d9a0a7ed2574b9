# ruff: noqa: INP001  a script of the image, in no package
"""Exit with 0 when the console in this container answers and reaches its accounts, else with 1."""

import ssl
import sys
from http.client import HTTPException, HTTPSConnection
from urllib.parse import urlsplit


def main() -> int:
    """Ask it on the port given, by the name under which browsers know it: its URL."""
    port, url = int(sys.argv[1]), sys.argv[2]
    itself = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    itself.check_hostname = False
    itself.verify_mode = ssl.CERT_NONE  # on loopback nobody else answers
    connection = HTTPSConnection("127.0.0.1", port, timeout=3, context=itself)
    try:
        connection.request("GET", "/health", headers={"Host": urlsplit(url).netloc})
        ready = connection.getresponse().status == 200
    except (OSError, HTTPException):
        return 1
    return 0 if ready else 1


if __name__ == "__main__":
    sys.exit(main())
