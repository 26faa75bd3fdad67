"""Users of a site file: who can sign in at a site, each under the name that stands for them in scenarios."""

from __future__ import annotations

from workbench.authorization_server.rules import User
from workbench.smart.launch_context import REFERENCE
from workbench.yaml_file import YamlMap

# SMART App Launch 2.2, “Scopes for requesting identity data”.
KINDS = ("Practitioner", "PractitionerRole", "Patient", "RelatedPerson", "Person")


def read_users(fields: YamlMap) -> tuple[User, ...]:
    """The part `users:`."""
    return tuple(_user(fields.map(user_id), user_id) for user_id in fields.names())


def _user(fields: YamlMap, user_id: str) -> User:
    user = User(user_id, fields.text("name"), fields.text("role"), fields.text("resource"))
    if user.kind not in KINDS or not REFERENCE.fullmatch(user.resource):
        sentence = f"“{user.resource}” is not the resource of somebody who signs in."
        raise fields.refuse("resource", sentence, f"Write it as Practitioner/id; known are {', '.join(KINDS)}.")
    fields.finish()
    return user
