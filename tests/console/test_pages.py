"""The pages: two languages, no script, nothing from elsewhere."""

import re

import pytest

from investigate.web.words import WORDS


def test_a_page_speaks_the_readers_language(client):
    """Korean where the browser likes it best or it was chosen, else English."""
    assert 'lang="en"' in client.get("/sign-in").text
    korean = client.get("/sign-in", headers={"Accept-Language": "ko-KR,ko;q=0.9"}).text
    assert "<h1>로그인</h1>" in korean
    client.get("/sign-in?lang=ko")
    assert "<h1>로그인</h1>" in client.get("/sign-in").text
    assert "<h1>Sign in</h1>" in client.get("/sign-in?lang=en").text


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_page_needs_nothing_but_us(client, lang):
    """No script, no inline style, no address of another machine."""
    text = client.get(f"/sign-in?lang={lang}").text
    assert not re.search(r"<script|style=|\son\w+=|https?://", text)


def test_nobody_yet_is_said(client, site):
    """Where nobody may sign in yet, the page names the command that changes it."""
    assert "gamsa user add" not in client.get("/sign-in").text
    for one in site.users.all():
        site.users.remove(one.name)
    assert "gamsa user add" in client.get("/sign-in").text


def test_every_word_is_in_both_languages():
    """No word is missing, and none is left untranslated."""
    for english, korean in WORDS.values():
        assert english
        assert re.search(r"[가-힣]", korean)
