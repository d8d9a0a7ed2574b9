"""ClickHouse's errors: their code, their text, and the HTTP status each is answered with."""

import re

# As ClickHouse's server answers them; every other code is 500.
_STATUS: dict[int, int] = {
    **dict.fromkeys((194,), 401),
    **dict.fromkeys((192, 193, 497, 512, 516), 403),
    **dict.fromkeys((6, 8, 10, 15, 25, 26, 36, 38, 41, 44, 53, 56, 62, 69, 72, 117), 400),
    **dict.fromkeys((158, 167, 168, 170, 289, 376, 427, 441, 675, 676), 400),
    **dict.fromkeys((46, 47, 50, 60, 63, 73, 78, 81, 106, 115, 336, 511), 404),
    **dict.fromkeys((159,), 408),
    **dict.fromkeys((381,), 411),
    **dict.fromkeys((48,), 501),
    **dict.fromkeys((76, 209, 439), 503),
}
_CODE = re.compile(r"Code: (\d+)\.")


class ClickHouseError(Exception):
    """An error as the engine words it: `Code: N. DB::Exception: ... (NAME)`."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    @property
    def status(self) -> int:
        """Return the HTTP status that ClickHouse's server gives this error."""
        return _STATUS.get(self.code, 500)


def error(code: int, name: str, message: str) -> ClickHouseError:
    """Make an error of our own in the engine's wording."""
    return ClickHouseError(code, f"Code: {code}. DB::Exception: {message} ({name})")


def from_engine(raised: Exception) -> ClickHouseError:
    """Read the code out of what the engine raised; without one it is 1001 (STD_EXCEPTION)."""
    text = str(raised).strip()
    match = _CODE.search(text)
    if match is None:
        return error(1001, "STD_EXCEPTION", text or type(raised).__name__)
    return ClickHouseError(int(match.group(1)), text[match.start() :])
