"""Clients of a site file: the apps that a site knows, each under its client id."""

from __future__ import annotations

from workbench.smart.rules import Client
from workbench.yaml_file import YamlMap


def read_clients(fields: YamlMap) -> tuple[Client, ...]:
    """The part `smart: clients:`."""
    return tuple(_client(fields.map(client_id), client_id) for client_id in fields.names())


def _client(fields: YamlMap, client_id: str) -> Client:
    client = Client(client_id, fields.text("name"), fields.texts("redirect_uris"), fields.text("launch_uri", ""))
    fields.finish()
    return client
