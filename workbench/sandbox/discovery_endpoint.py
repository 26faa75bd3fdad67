"""Discovery endpoint of a simulated site: its smart-configuration, as the site file or an analyst has edited it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from workbench.authorization_server.discovery_edits import DiscoveryEdits
from workbench.authorization_server.published_discovery import PublishedDiscovery, publish_discovery
from workbench.exchange import Headers, Response
from workbench.fhir.resource import to_json
from workbench.site.site import Site

CONFIGURATION = "/.well-known/smart-configuration"
STATEMENT = "/metadata"
HEADERS: Headers = (("Cache-Control", "no-store"), ("Pragma", "no-cache"))
# What a portal shows to somebody who is not signed in, and to every program that asks.
PAGE = b"<!doctype html>\n<html lang=en>\n<title>Sign in</title>\n<h1>Sign in to the portal</h1>\n</html>\n"


class DiscoveryEndpoint:
    """What one site publishes of its authorization server; `edits` are those of the moment."""

    def __init__(self, site: Site, *, issuer: str, edits: Callable[[], DiscoveryEdits]) -> None:
        self._site = site
        self._issuer = issuer
        self._edits = edits
        self._types = tuple(rules.type for rules in site.fhir.resources)

    @property
    def published(self) -> PublishedDiscovery:
        return self._publish(self._edits())

    def note_for(self, path: str) -> str:
        """A sentence for the exchange in which a document went out that is not the usual one; "" for any other."""
        edits = self._edits()
        if not edits or path not in (self._site.fhir.path + CONFIGURATION, self._site.fhir.path + STATEMENT):
            return ""
        now, usual = self._publish(edits), self._publish(DiscoveryEdits())
        if path.endswith(STATEMENT):
            now, usual = (replace(each, configuration=None, is_page=False) for each in (now, usual))
        else:
            now, usual = (replace(each, oauth_uris={}) for each in (now, usual))
        return f"On request: {edits.tell()}" if now != usual else ""

    def _publish(self, edits: DiscoveryEdits) -> PublishedDiscovery:
        return publish_discovery(self._site.smart, self._issuer, self._types, edits)

    @property
    def names_version_1(self) -> bool:
        """Whether one of the documents names the authorization server of version 1, which then is there."""
        return bool({"v1-addresses", "disagree"} & {*self._edits().faults})

    def answer(self) -> Response:
        """What stands at `<fhir base>/.well-known/smart-configuration`."""
        published = self.published
        if published.configuration is None:
            return Response(404, (("Content-Type", "text/plain; charset=utf-8"), *HEADERS), b"Not found.\n")
        if published.is_page:
            return Response(200, (("Content-Type", "text/html; charset=utf-8"), *HEADERS), PAGE)
        body = to_json(published.configuration).encode("utf-8")
        return Response(200, (("Content-Type", "application/json"), *HEADERS), body)
