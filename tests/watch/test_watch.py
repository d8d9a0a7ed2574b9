"""`gamsa watch` on the real engine, driven as from a keyboard."""

import asyncio
import html
import json
import re
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from rich.console import Console

import policies
from gamsa.cli import gamsa
from gamsa.ports import free_port
from gamsa.watch import SPANS, Watch
from gamsa.watch_questions import NAMES
from gamsa.watch_view import PANELS, plain, sparkline
from storage import migrate
from storage.rows import Place
from storage.trail import connect
from stream.auditing import audit
from tests.audit.test_codec import an_event
from tests.waiting import eventually

HOSTILE = "staff:\x1b[2J\x1b]0;owned\x07\u202e[bold]"
SHORT = "s\x1b[2J\u202e[b]"
SIZE = (150, 45)
slow = pytest.mark.slow


def told(trail):
    """Store two allowed accesses, one misuse by somebody with a hostile name, and rubbish."""
    misuse = an_event(data_purpose="marketing")
    misuse["data"]["actor"]["id"] = SHORT
    values = [json.dumps(one).encode() for one in (an_event(), an_event(), misuse)]
    now = int(time.time() * 1000)
    records = [
        SimpleNamespace(offset=n, timestamp=now, key=b"k", value=value, headers=())
        for n, value in enumerate([*values, b"rubbish"])
    ]
    trail.append(audit(Place("a-topic", 0), records, policies.load_policy()))


def watching(clickhouse, drive):
    """Run the app without a terminal, and hand it and its pilot to `drive`."""

    async def run():
        app = Watch(clickhouse)
        async with app.run_test(size=SIZE) as pilot:
            await drive(app, pilot)

    asyncio.run(run())


async def shows(app, pilot, pattern, within=60.0):
    """Wait until the screen shows something, and return the whole of it."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        screen = seen(app)
        if re.search(pattern, screen):
            return screen
        await pilot.pause(0.05)
    return pytest.fail(f"no {pattern} on the screen within {within} s:\n{seen(app)}")


def seen(app):
    """The text of the screen, a line for each of its lines."""
    texts = re.findall(r"<text [^>]*>([^<]*)</text>", app.export_screenshot())
    return "\n".join(html.unescape(text).replace("\xa0", " ") for text in texts)


@slow
def test_what_the_dashboard_tells_is_on_the_screen(database, trail):
    """Every panel has its answer, in both languages."""
    told(trail)

    async def drive(app, pilot):
        screen = await shows(app, pilot, "unknown_purpose")
        for heading, _ in PANELS.values():
            assert all(part in screen for part in heading.split(" · "))
        for said in ("not_json", "/services/reservation", "records stored", "저장"):
            assert said in screen

    watching(database, drive)


@slow
def test_a_hostile_name_is_spelled_out(database, trail):
    """An escape sequence in an id is text, and markup in it is not obeyed."""
    told(trail)

    async def drive(app, pilot):
        screen = await shows(app, pilot, r"s\\x1b")
        assert r"s\x1b[2J\u202e[b]" in screen
        assert "\x1b" not in screen
        assert "\u202e" not in screen

    watching(database, drive)


@slow
def test_keys_turn_the_time_and_quit(database, trail):
    """A key shows a longer time at once, another a shorter one, and q ends it."""
    told(trail)
    names = list(SPANS)

    async def drive(app, pilot):
        first = app.span
        await shows(app, pilot, re.escape(first))
        await pilot.press("t")
        await shows(app, pilot, re.escape(names[names.index(first) + 1]), within=30)
        await pilot.press("T", "T")
        await shows(app, pilot, re.escape(names[names.index(first) - 1]), within=30)
        await pilot.press("q")
        assert not app.is_running

    watching(database, drive)


@slow
def test_clickhouse_is_waited_for(tmp_path):
    """Where nothing answers that is said; once it answers its trail is shown."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "storage.embedded", "--path", str(tmp_path / "data")]
    processes = []

    def start():
        processes.append(subprocess.Popen([*command, "--port", str(port)]))
        migrate.apply(eventually(lambda: reached(url)))

    async def drive(app, pilot):
        await shows(app, pilot, "ClickHouse is away.*기다리는 중")
        await asyncio.to_thread(start)
        await shows(app, pilot, "none has ever recorded")
        assert "is away" not in seen(app)
        processes[0].kill()
        await shows(app, pilot, "ClickHouse is away")

    try:
        watching(url, drive)
    finally:
        for process in processes:
            process.kill()
            process.wait()


def reached(url):
    try:
        return connect(url)
    except Exception:  # noqa: BLE001  it is still starting
        return None


def test_without_a_terminal_it_is_wrong_use():
    """It says so in a sentence, with exit status 2."""
    result = CliRunner().invoke(gamsa, ["watch"])
    assert result.exit_code == 2
    assert "terminal" in result.output


def test_every_question_has_its_panel():
    """What is asked is drawn, and nothing else is."""
    assert tuple(PANELS) == NAMES


@pytest.mark.parametrize(
    "value", [HOSTILE, "\x9b31m", "a\nb\tc", "\u200b\u2066\U000e0001", "\ud800"]
)
def test_no_value_commands_a_terminal(value):
    """Whatever is drawn consists of what can be printed alone."""
    console = Console(color_system=None)
    with console.capture() as said:
        console.print(plain(value), end="")
    assert said.get().replace("\n", "").isprintable()


def test_a_long_value_is_cut():
    """A name of a megabyte does not fill the screen."""
    assert len(plain("x" * 1_000_000)) < 400


def test_a_line_is_as_high_as_its_highest_value():
    """The last 40 values are drawn; what is below zero is drawn as nothing."""
    assert sparkline([0.0, -5.0, 10.0]) == "▁▁█"
    assert len(sparkline([1.0] * 100)) == 40
