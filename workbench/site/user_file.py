"""Users of a site file: who can sign in at a site, each under the name that stands for them in scenarios."""

from __future__ import annotations

from workbench.smart.rules import User
from workbench.yaml_file import YamlMap


def read_users(fields: YamlMap) -> tuple[User, ...]:
    """The part `users:`."""
    return tuple(_user(fields.map(user_id), user_id) for user_id in fields.names())


def _user(fields: YamlMap, user_id: str) -> User:
    user = User(user_id, fields.text("name"), fields.text("role"), fields.text("resource"))
    fields.finish()
    return user
