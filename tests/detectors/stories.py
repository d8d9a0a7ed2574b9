"""Small random histories, each of people of its own, on both sides of low thresholds."""

from stream.detectors.example import access, account, business, login, visit

PLACES = ("192.0.2.10", "198.51.100.9", "203.0.113.5")


def story(random, number):
    """One history: what some kind of handler or member does within two days."""
    return random.choice(KINDS)(random, f"{number}")


def _at(random):
    return f"{random.choice((1, 1, 1, 2))} {random.randrange(8, 12):02}:{random.randrange(60):02}"


def _reading(random, name):
    people = random.randrange(1, 6)
    for _ in range(random.randrange(1, 9)):
        yield access(
            _at(random),
            actor=f"staff:{name}{random.choice('aab')}",
            subject=f"member:{name}{random.randrange(people)}",
            ip=random.choice(PLACES),
        )
    for person in range(people):
        if random.random() < 0.3:
            yield business(_at(random), f"member:{name}{person}", "paid")


def _leaving(random, name):
    yield account("0 09:00", f"staff:{name}", until=_at(random))
    if random.random() < 0.3:
        yield account(_at(random), f"staff:{name}")
    for _ in range(random.randrange(1, 5)):
        yield access(_at(random), actor=f"staff:{name}", subject=f"member:{name}")


def _withdrawing(random, name):
    yield business(_at(random), f"member:{name}", "consent_withdrawn")
    if random.random() < 0.3:
        yield business(_at(random), f"member:{name}", "consent_given")
    for _ in range(random.randrange(1, 5)):
        yield access(_at(random), actor=f"staff:{name}", subject=f"member:{name}")


def _logging_in(random, name):
    for _ in range(random.randrange(1, 8)):
        member = f"member:{name}{random.randrange(3)}"
        outcome = random.choice(("failure", "failure", "success"))
        action = random.choice(("login", "login", "logout"))
        outcome = "success" if action == "logout" else outcome
        yield login(
            _at(random),
            member,
            outcome,
            action=action,
            ip=f"100.64.{int(name)}.{random.randrange(2)}",
        )
        yield visit(_at(random), member)


def _cookies(random, name):
    for _ in range(random.randrange(1, 8)):
        yield visit(
            _at(random),
            f"member:{name}{random.randrange(2)}",
            cookie=f"c-{name}",
            ip=random.choice(PLACES),
            user_agent=random.choice(("Edg/1", "Edg/2", "curl/8")),
        )


KINDS = (_reading, _reading, _leaving, _withdrawing, _logging_in, _cookies)
