"""Settings of every test: windows are drawn off the screen, and nothing of the user's is touched."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
