"""Refusal of an authorization or token request, with its OAuth error code and where it may be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

PLAIN = str.maketrans('“”’"\\', "''''/")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An OAuth error. With `redirect_uri` the browser takes it to the app, without it the user alone may see it.

    `challenge` is the WWW-Authenticate header of a refusal at the token endpoint, where there is one. `issuer` is
    who says so to the app (RFC 9207), where the site does.
    """

    error: str
    description: str
    redirect_uri: str = ""
    state: str = field(default="", repr=False)
    status: int = 400
    challenge: str = ""
    issuer: str = ""

    @property
    def plain_description(self) -> str:
        """The description within the characters that RFC 6749 (4.1.2.1) allows."""
        plain = self.description.translate(PLAIN)
        return "".join(letter if " " <= letter <= "~" else "?" for letter in plain)

    @property
    def address(self) -> str:
        """Where the browser goes; "" where it must go nowhere (RFC 6749, 4.1.2.1)."""
        if not self.redirect_uri:
            return ""
        parameters = {"error": self.error, "error_description": self.plain_description, "state": self.state}
        parameters["iss"] = self.issuer
        return add_query(self.redirect_uri, {name: value for name, value in parameters.items() if value})


def add_query(address: str, parameters: dict[str, str]) -> str:
    return address + ("&" if "?" in address else "?") + urlencode(parameters)
