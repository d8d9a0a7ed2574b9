"""How much is answered at the same time: slow questions of some hold up nobody else."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx2
import pytest
from anyio import to_thread

from gamsa.ports import free_port
from investigate.accounts.users import Role
from investigate.web.allowance import AtOnce
from investigate.web.app import application
from investigate.web.archive import Archive
from investigate.web.site import Address, Site
from tests.console.conftest import SignedIn, signed_in
from tests.serving import serving
from tests.waiting import eventually

GROUNDS = {"purpose": "audit.inspection", "subject": "member:1"}
EACH, MOST = 8, 32


@pytest.fixture(name="silent")
def _silent():
    """A ClickHouse that takes connections, and says nothing before it is closed."""
    listens = socket.create_server(("127.0.0.1", 0))
    yield listens
    listens.close()


@pytest.fixture(name="waiting")
def _waiting(site, silent, nowhere):
    """A console that is served, whose trail lets everybody wait from the first connection on."""
    archive = Archive(f"http://127.0.0.1:{silent.getsockname()[1]}", nowhere.log, nowhere.policy)
    port = free_port()
    address = Address(f"http://127.0.0.1:{port}")
    waiting = Site(site.users, site.sessions, address, archive, site.clock)
    with serving(application(waiting), port, log_level="critical", lifespan="off"):
        yield waiting


def ask(person):
    return person.client.get("/v1/who-saw", params=GROUNDS).status_code


def asking(site):
    return site.at_once._asking.total()


def browser(site, role):
    """Somebody of this role, whose requests go to the server."""
    cookies = dict(signed_in(site, role).client.cookies)
    return SignedIn(httpx2.Client(base_url=site.address.url, cookies=cookies, timeout=30), "")


def test_a_persons_questions_that_hang_hold_up_nobody(waiting, silent):
    """Of eight that wait for ClickHouse the ninth is told; others are let in, and may ask."""
    inspector = browser(waiting, Role.INVESTIGATOR)
    officer = browser(waiting, Role.PRIVACY_OFFICER)
    with inspector.client, officer.client, ThreadPoolExecutor(EACH + 1) as threads:
        hanging = [threads.submit(ask, inspector) for _ in range(EACH)]
        try:
            eventually(lambda: asking(waiting) == EACH)
            assert ask(inspector) == 429
            assert inspector.client.get("/export/none").status_code == 429
            assert inspector.client.get("/health").status_code == 200
            hanging.append(threads.submit(ask, officer))
            eventually(lambda: asking(waiting) == EACH + 1)
        finally:
            silent.shutdown(socket.SHUT_RDWR)
            silent.close()
        assert {one.result() for one in hanging} == {503}
        assert asking(waiting) == 0
        assert ask(inspector) == 503


def test_what_fails_is_over(site):
    """Whatever becomes of a request, it takes nobody's turn any more."""
    person = signed_in(site, Role.INVESTIGATOR)
    assert {ask(person) for _ in range(EACH + 1)} == {503}
    assert {person.client.get("/export/none").status_code for _ in range(EACH + 1)} == {404}
    assert asking(site) == 0


def test_of_all_there_are_fewer_than_threads(site):
    """Who is one too many waits, and some threads are left for whoever signs in."""

    async def threads():
        return to_thread.current_default_thread_limiter().total_tokens

    assert (site.at_once.each, site.at_once.most) == (EACH, MOST)
    assert asyncio.run(threads()) - MOST >= 8
    at_once = AtOnce(2, 3)
    with ExitStack() as answered:
        turns = [answered.enter_context(at_once.turn(name)) for name in "aaabc"]
        assert turns == [True, True, False, True, False]
    with at_once.turn("c") as has_room:
        assert has_room
