"""What a launch came to is told without the secrets that its site threw back."""

from __future__ import annotations

from urllib.parse import urlencode

from workbench.app_launch.quiet_outcome import quiet
from workbench.exchange import Exchange, Request, Response, utc_now
from workbench.smart_app.launch_refusal import LaunchRefused

SECRET = "f3b1c9-refresh-me-4471"
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
BODY = urlencode({"grant_type": "refresh_token", "refresh_token": SECRET}).encode()
ASKED = Exchange("a", "b", Request("POST", "https://ehr.example/auth/token", FORM, BODY), Response(400), utc_now(), 0.1)


def test_no_sentence_of_a_refusal_holds_a_secret() -> None:
    said = f"It was {SECRET}."
    refused = quiet(LaunchRefused("refresh", SECRET, said, remarks=("Nothing.", said)), ASKED)
    assert SECRET not in repr(refused)
    assert refused.remarks[0] == "Nothing."
