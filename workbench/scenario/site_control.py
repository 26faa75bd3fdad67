"""SiteControl: what a scenario may set at a simulated site besides what it sends; a hospital’s own system has none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from workbench.smart.client_methods import ClientAuthentication
from workbench.smart_app.client_credentials import ClientCredentials


class SiteControl(Protocol):
    """Holds for one replay; `set_wrong` with nothing gives the site back as it was."""

    def set_wrong(self, faults: Sequence[str], discovery: Sequence[str]) -> None:
        """From now on these launch faults and discovery faults, in place of those that were set before.

        Raises WorkbenchError for words that are not known.
        """

    def register(self, client_id: str, authentication: ClientAuthentication, scope: str) -> ClientCredentials:
        """Let the site know an app that shows itself so, and give what it shows."""
