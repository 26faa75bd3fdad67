"""Scenes of the screenshots: each panel empty, with real content and with an error."""

from __future__ import annotations

from ui.scenes import (
    check,
    compare,
    compose,
    documents,
    frame,
    launch,
    listen,
    packages,
    sandboxes,
    scenarios,
    send_many,
)
from ui.scenes.studio import Scene as Scene
from ui.scenes.studio import Studio as Studio

_ROOMS = (frame, sandboxes, launch, compose, check, documents, send_many, listen, compare, scenarios, packages)
SCENES: dict[str, Scene] = {name: scene for room in _ROOMS for name, scene in room.SCENES.items()}
