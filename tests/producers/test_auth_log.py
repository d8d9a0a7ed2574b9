"""The logs of OpenSSH and of Linux's login, line by line, as logins."""

from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from audit.codec import decode, microseconds
from audit.events import ReceivedEvent
from audit.judge import judge
from gamsa.replay import replay_log
from policies import load_policy
from producers import auth_log
from producers.auth_log import Log, Other, first_year
from producers.web_log import Unreadable
from producers.wire import AccessEvent, encode
from tests.producers.conftest import AWAY

LOG = Log("0" * 64, "ssh", 2026, ZoneInfo("Asia/Seoul"))
HEAD = b"Nov 24 10:15:00 gate sshd[4711]: "
OLD = b"Jun 14 15:16:01 combo "


def events(*lines):
    return [event for _, _, event in auth_log.events(lines, LOG)]


def seen(event):
    return event.data.outcome, event.data.actor.id, event.data.client.ip


@pytest.mark.parametrize(
    ("line", "login"),
    [
        (
            HEAD + b"Accepted password for root from 203.0.113.9 port 50022 ssh2",
            ("success", "account:root", "203.0.113.9"),
        ),
        (
            HEAD + b"Accepted publickey for deploy from 2001:db8::9 port 4 ssh2: ED25519 SHA256:x",
            ("success", "account:deploy", "2001:db8::9"),
        ),
        (
            HEAD + b"Failed password for root from 203.0.113.9 port 50022 ssh2",
            ("failure", "account:root", "203.0.113.9"),
        ),
        (
            HEAD + b"Failed password for invalid user oracle from 203.0.113.9 port 50022 ssh2",
            ("denied", "account:oracle", "203.0.113.9"),
        ),
        (
            HEAD + b"Failed none for invalid user  from 203.0.113.9 port 50022 ssh2",
            ("denied", "account:", "203.0.113.9"),
        ),
        (
            HEAD + b"Invalid user admin from 203.0.113.9 port 50022",
            ("denied", "account:admin", "203.0.113.9"),
        ),
        (
            HEAD + b"Invalid user admin from 203.0.113.9",
            ("denied", "account:admin", "203.0.113.9"),
        ),
        (
            HEAD.replace(b"sshd[", b"sshd-session[") + b"Failed password for a from h port 1 ssh2",
            ("failure", "account:a", "h"),
        ),
        (
            b"<38>" + HEAD + b"Failed keyboard-interactive/pam for a from 192.0.2.1 port 1 ssh2",
            ("failure", "account:a", "192.0.2.1"),
        ),
        (
            OLD + b"sshd(pam_unix)[19939]: authentication failure; logname= uid=0 euid=0 "
            b"tty=NODEVssh ruser= rhost=203.0.113.4  user=root",
            ("failure", "account:root", "203.0.113.4"),
        ),
        (
            OLD + b"sshd(pam_unix)[19937]: authentication failure; logname= uid=0 euid=0 "
            b"tty=NODEVssh ruser= rhost=203.0.113.4 ",
            ("denied", "account:", "203.0.113.4"),
        ),
        (
            OLD + b"login[77]: FAILED LOGIN (1) on '/dev/tty1' FOR 'root', Authentication failure",
            ("failure", "account:root", "/dev/tty1"),
        ),
        (OLD + b"login[77]: ROOT LOGIN ON tty1", ("success", "account:root", "tty1")),
    ],
)
def test_a_login_is_read_with_its_outcome_account_and_origin(line, login):
    """Accepted, failed, and with the name of no user."""
    (event,) = events(line)
    assert seen(event) == login
    assert event.data.action == "login"
    assert isinstance(decode(encode(event), 0), ReceivedEvent)


def test_what_is_typed_as_a_name_does_not_say_from_where():
    """A name may hold words of the log itself; the last address is the true one."""
    typed = b"x from 198.51.100.1 port 22 ssh2"
    (event,) = events(
        HEAD + b"Failed password for invalid user " + typed + b" from 203.0.113.9 port 5 ssh2"
    )
    assert seen(event) == ("denied", f"account:{typed.decode()}", "203.0.113.9")


@pytest.mark.parametrize(
    "text",
    [
        b"CRON[9]: pam_unix(cron:session): session opened for user root by (uid=0)",
        b"sudo:   ubuntu : TTY=pts/0 ; PWD=/home ; USER=root ; COMMAND=/bin/ls",
        b"sshd[1]: Connection closed by authenticating user root 203.0.113.9 port 1 [preauth]",
        b"sshd[1]: pam_unix(sshd:auth): authentication failure; rhost=203.0.113.9  user=root",
        b"sshd[1]: Received disconnect from 203.0.113.9 port 1:11: Bye Bye [preauth]",
        b"systemd-logind[600]: New session 5 of user ubuntu.",
        b"sshd(pam_unix)[1]: check pass; user unknown",
    ],
)
def test_what_is_no_login_is_passed_over_by_the_name_of_its_program(text):
    """Other programs, and what sshd says beside the login itself."""
    (other,) = events(b"Nov 24 10:15:00 gate " + text)
    assert other == Other(text.split(b"[")[0].split(b":")[0].decode())


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"rubbish", "it does not begin with time, host and program"),
        (b"\x00\xff\xfe", "it does not begin"),
        (HEAD.replace(b"Nov 24", b"Nov 31") + b"Invalid user a from h", "none of the year 2026"),
        (HEAD.replace(b"Nov", b"Nuv") + b"Invalid user a from h", "is not like Nov 24 10:15:00"),
        (HEAD.replace(b"10:15", b"25:15") + b"Invalid user a from h", "none of the year 2026"),
        (b"2026-13-01T00:00:00Z gate sshd[1]: Invalid user a from h", "2026-13-01"),
        (b"2026-11-24T10:15:00 gate sshd[1]: Invalid user a from h", "is not RFC 3339"),
    ],
)
def test_a_bad_line_says_why(line, reason):
    """It is no event, and the lines after it are read all the same."""
    bad, good = events(line, HEAD + b"Invalid user admin from 203.0.113.9")
    assert isinstance(bad, Unreadable)
    assert reason in bad.reason
    assert isinstance(good, AccessEvent)


def test_old_times_get_the_year_and_the_zone_and_new_ones_have_them():
    """Local time of Seoul by default; RFC 3339 as it stands."""
    text = b"gate sshd[1]: Invalid user a from h"
    old, new = events(b"Jan  2 03:04:05 " + text, b"2026-01-02T03:04:05.123456+00:00 " + text)
    assert old.time == "2026-01-02T03:04:05+09:00"
    assert new.time == "2026-01-02T03:04:05.123456+00:00"
    (summer,) = [
        one
        for _, _, one in auth_log.events(
            [b"Jul  1 00:00:00 " + text], LOG._replace(zone=ZoneInfo("Europe/Berlin"))
        )
    ]
    assert summer.time == "2026-07-01T00:00:00+02:00"


@pytest.mark.parametrize("priority", [b"", b"<38>"])
def test_a_log_over_the_turn_of_a_year_has_two_years(priority):
    """The year told is that of the last line; the one before it belongs to December."""
    text = b" 1 03:04:05 gate sshd[1]: Invalid user a from h"
    lines = [priority + month + text for month in (b"Nov ", b"Dec ", b"Jan ", b"Feb ")]
    log = LOG._replace(year=first_year(lines, 2026))
    times = [event.time[:7] for _, _, event in auth_log.events(lines, log)]
    assert times == ["2025-11", "2025-12", "2026-01", "2026-02"]


def test_a_line_that_is_none_of_the_log_turns_no_year():
    """The first year goes by the same lines as the years of the events."""
    text = b" 1 03:04:05 gate sshd[1]: Invalid user a from h"
    lines = [b"Nov" + text, b"Jan is not cut off from what came before", b"Dec" + text]
    log = LOG._replace(year=first_year(lines, 2026))
    first, _, last = (event for _, _, event in auth_log.events(lines, log))
    assert (first.time[:7], last.time[:7]) == ("2026-11", "2026-12")


def test_a_message_that_was_repeated_is_as_many_logins():
    """Each with an id of its own, and the same ones at a second replay."""
    line = (
        HEAD + b"message repeated 5 times: [ Failed password for root from 192.0.2.1 port 1 ssh2]"
    )
    first, again = events(line), events(line)
    assert [seen(event) for event in first] == [("failure", "account:root", "192.0.2.1")] * 5
    assert len({event.id for event in first}) == 5
    assert first == again


def test_the_policy_allows_a_login():
    """Neither an accepted nor a failed login is misuse by itself."""
    policy = load_policy()
    lines = [
        HEAD + b"Accepted password for a from 192.0.2.1 port 1 ssh2",
        HEAD + b"Failed password for a from 192.0.2.1 port 1 ssh2",
    ]
    for event in events(*lines):
        received = decode(encode(event), microseconds("2026-11-25T00:00:00Z"))
        assert not judge(received, policy).reasons


@given(st.lists(st.binary(max_size=80).map(lambda tail: HEAD + tail) | st.binary(max_size=80)))
def test_no_line_is_lost_and_none_stops_the_rest(lines):
    """Whatever the bytes, every line that is not empty is told of, by its number."""
    told = {number for number, _, _ in auth_log.events(lines, LOG)}
    assert told == {n for n, line in enumerate(lines, 1) if line.rstrip(b"\r\n")}


def test_a_zone_that_is_none_is_wrong_use(tmp_path, monkeypatch):
    """Status 2, and a zone that there is."""
    monkeypatch.setenv("GAMSA_HOME", str(tmp_path / "home"))
    file = tmp_path / "auth.log"
    file.write_bytes(HEAD + b"Invalid user a from h\n")
    asked = [str(file), "--format", "auth", "--zone", "Nowhere/Land", "--bootstrap", AWAY]
    said = CliRunner().invoke(replay_log, asked)
    assert said.exit_code == 2
    assert "Asia/Seoul" in said.stderr
