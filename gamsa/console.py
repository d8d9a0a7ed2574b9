"""`gamsa console`: serve the console, move its accounts to another version, keep a copy."""

import shutil
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import click

from gamsa import catalogue, oidc
from gamsa.accounts import file as accounts_file
from gamsa.accounts import now, opened, said, url
from gamsa.asking import record_of_questions
from gamsa.commands import addresses
from gamsa.errors import Unavailable
from gamsa.home import private_folder
from gamsa.ports import LOOPBACK
from gamsa.settings import Settings, from_environment
from investigate.accounts import database
from investigate.accounts.sessions import Sessions
from investigate.accounts.users import Users
from investigate.web.archive import Archive
from investigate.web.site import Address, Site

_LOOPBACK = {LOOPBACK, "localhost", "::1"}
file_type = click.Path(dir_okay=False, path_type=Path)
port_type = click.IntRange(1, 65535)


@click.group()
def console() -> None:
    """Serve the console; move and back up its accounts."""


@console.command()
@click.option("--host", default=LOOPBACK, show_default=True, help="The address to listen on.")
@click.option("--port", type=port_type, default=8443, show_default=True)
@click.option("--certificate", type=file_type, help="The TLS certificate's file, PEM.")
@click.option("--key", type=file_type, help="The file of its private key, PEM.")
@click.option("--url", "public", help="The URL browsers know it by, if it is another.")
@click.option("--metrics-port", type=port_type, help="Show Prometheus metrics on this port.")
@click.option("--metrics-host", default=LOOPBACK, show_default=True, help="The address of it.")
def serve(  # noqa: PLR0913  each is an option
    *,
    host: str,
    port: int,
    certificate: Path | None,
    key: Path | None,
    public: str | None,
    metrics_port: int | None,
    metrics_host: str,
) -> None:
    """Serve the console until Ctrl-C.

    Beyond this machine it is served with a certificate alone, or through a proxy that has one:
    then --url begins with https://, and the proxy passes Host on.
    """
    import uvicorn  # noqa: PLC0415  slow to import

    from investigate.web import metrics  # noqa: PLC0415
    from investigate.web.app import application  # noqa: PLC0415
    from investigate.web.connections import Connection  # noqa: PLC0415

    if (certificate is None) != (key is None):
        raise click.UsageError("--certificate and --key go together")
    if certificate is not None:
        _check(certificate, key)
    elif host not in _LOOPBACK:
        raise click.UsageError(
            f"{host} is not this machine alone, and passwords would travel in clear: name a "
            "--certificate and its --key, or leave --host out and serve through a proxy"
        )
    address = _address(public, host, port, secure=certificate is not None)
    settings = from_environment()
    provider = oidc.provider(settings)
    with opened(settings) as accounts, _archive(settings) as archive:
        people = Users(accounts, now), Sessions(accounts, now)
        site = Site(*people, address, archive, provider=provider, passwords=settings.passwords)
        if metrics_port is not None:
            _show_metrics(metrics_port, metrics_host)
            metrics.REGISTRY.register(metrics.Cases(site.cases))
        Thread(target=_tell_statuses, args=(site,), daemon=True).start()
        uvicorn.run(
            application(site),
            http=Connection,
            ws="none",
            host=host,
            port=port,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            access_log=False,  # whoever asked what is in the trail, and not in a log beside it
            proxy_headers=False,
            server_header=False,
            log_level="warning",
            timeout_keep_alive=15,
            timeout_graceful_shutdown=5,
            limit_concurrency=200,
        )


def _show_metrics(port: int, host: str) -> None:
    from investigate.web.metrics import REGISTRY  # noqa: PLC0415  slow to import
    from stream.exposition import expose  # noqa: PLC0415

    try:
        expose(port, host, REGISTRY)
    except OSError as error:
        raise Unavailable(str(error)) from None


def _tell_statuses(site: Site) -> None:
    """Tell the trail of all cases, a few at a time: a step that is taken meanwhile tells too."""
    numbers = site.cases.numbers()
    for start in range(0, len(numbers), 50):
        site.statuses.tell(site.cases, numbers[start : start + 50])


def _address(public: str | None, host: str, port: int, *, secure: bool) -> Address:
    """The URL that browsers know.

    Raises UsageError where a password would travel in clear, or no URL follows from the host.
    """
    if not public and _is_every(host):
        raise click.UsageError(
            f"--host {host} is every address of this machine: name with --url the one that "
            f"browsers know, such as https://audit.example:{port}"
        )
    name = f"[{host}]" if ":" in host else host
    own = f"{'https' if secure else 'http'}://{name}:{port}"
    try:
        address = Address((public or own).rstrip("/"))
    except ValueError as error:
        raise click.UsageError(f"--url: {error}") from None
    if not address.secure and (secure or not address.is_loopback):
        raise click.UsageError(f"--url: {address.url} must begin with https://")
    return address


def _is_every(host: str) -> bool:
    """Whether to listen there is to listen on all addresses of this machine."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


@contextmanager
def _archive(settings: Settings) -> Iterator[Archive]:
    """Name the trail, and open the log in which questions are recorded."""
    kafka, clickhouse = addresses(settings)
    with record_of_questions(settings, kafka) as log:
        policy, files = catalogue.load(settings.policy), catalogue.files(settings.policy)
        archive = Archive(clickhouse, log, policy, catalogue=files)
        try:
            yield archive
        finally:
            archive.close()


def _check(certificate: Path, key: Path | None) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise click.UsageError(f"{certificate} and {key} are no certificate: {error}") from None


@console.command()
def migrate() -> None:
    """Bring the accounts' database to this version, and say what was applied."""
    with said():
        settings = from_environment()
        if settings.accounts is None:
            private_folder(accounts_file(settings.home).parent)
        known = database.engine(url(settings))
        applied = database.migrate(known)
        known.dispose()
    click.echo("\n".join(applied) or "nothing to do")


@console.command()
@click.argument("file", type=file_type)
def backup(*, file: Path) -> None:
    """Copy the accounts, without sessions, into a new SQLite FILE."""
    if file.exists():
        raise click.UsageError(f"{file} is there already; name another")
    with opened(from_environment()) as accounts:
        copy = database.engine(database.sqlite_url(file.absolute()))
        try:
            database.migrate(copy)
            users = database.copy(accounts, copy)
        except BaseException:
            file.unlink(missing_ok=True)
            raise
        finally:
            copy.dispose()
    click.echo(f"{users} users are in {file}", err=True)


@console.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(*, file: Path) -> None:
    """Copy the accounts of a backup's FILE into the database, which has none.

    FILE may be of an earlier version, and stays as it is.
    """
    with opened(from_environment()) as accounts, tempfile.TemporaryDirectory() as folder:
        copy = shutil.copyfile(file, Path(folder, "accounts.sqlite"))
        kept = database.engine(database.sqlite_url(copy))
        try:
            if database.FIRST in database.migrate(kept):
                raise click.UsageError(f"{file} is no backup")
            users = database.copy(kept, accounts)
        finally:
            kept.dispose()
    click.echo(f"{users} users are back", err=True)
