"""Refusals of a launch as the app sees them: at which stage it ended, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Stage = Literal[
    "launch",
    "discovery",
    "sign-in",
    "redirect",
    "token",
    "refresh",
    "keys",
    "userinfo",
    "introspection",
    "revocation",
]
NEEDS_A_PERSON = "needs_a_person"
"""The error of a launch in which a page asked for what the scripted user was not told."""


@dataclass(frozen=True, slots=True)
class LaunchRefused:
    """Why a launch ended without a token, as the tested system's doing.

    `error` is an OAuth error code where the site gave one, else a word of ours; `sentence` says what to do next.
    `remarks` are sentences on what was odd before, and may be the reason.
    """

    stage: Stage
    error: str
    sentence: str
    remarks: tuple[str, ...] = ()
