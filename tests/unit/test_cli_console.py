"""What every verb shares at the terminal."""

import getpass

import pytest

from app.cli.console import login


@pytest.mark.parametrize("error", [KeyError("uid not found"), OSError("no username set")])
def test_a_login_without_a_name_still_acts(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def nobody() -> str:
        raise error

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert login() == "unknown"
