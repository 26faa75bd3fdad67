"""Theme of the application: its colour scheme (light, dark or the system's) and its scale, applied and remembered."""

from __future__ import annotations

from typing import Literal, cast

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from ui.theme.palette import make_palette
from ui.theme.style_sheet import make_style_sheet
from ui.theme.tokens import DARK, LIGHT, Tokens

Scheme = Literal["system", "light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("system", "light", "dark")
BASE_POINTS = 10.0
SCALES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5)


class Theme(QObject):
    """Paints the whole application in one scheme at one scale; `changed` follows each change."""

    changed = Signal()

    def __init__(self, app: QApplication, settings: QSettings | None = None) -> None:
        super().__init__(app)
        self._app = app
        self._settings = settings
        self.scheme: Scheme = "system"
        self.scale = 1.0
        if settings is not None:
            stored = str(settings.value("view/scheme", "system"))
            self.scheme = cast(Scheme, stored) if stored in ("light", "dark") else "system"
            self.scale = _nearest_scale(str(settings.value("view/scale", "1.0")))
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._follow_system)
        self.apply()

    @property
    def tokens(self) -> Tokens:
        if self.scheme == "system":
            return DARK if self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark else LIGHT
        return DARK if self.scheme == "dark" else LIGHT

    def set_scheme(self, scheme: Scheme) -> None:
        self.scheme = scheme
        self._remember("view/scheme", scheme)
        self.apply()

    def zoom(self, steps: int) -> None:
        """Grow or shrink by `steps` of the scale; 0 returns to the plain size."""
        index = SCALES.index(self.scale) + steps if steps else SCALES.index(1.0)
        self.scale = SCALES[max(0, min(index, len(SCALES) - 1))]
        self._remember("view/scale", self.scale)
        self.apply()

    def apply(self) -> None:
        tokens = self.tokens
        points = BASE_POINTS * self.scale
        font = QFont(self._app.font())
        font.setPointSizeF(points)
        sheet = make_style_sheet(tokens, scale=self.scale, monospace=find_monospace(), base_points=points)
        # The sheet goes last: setting it polishes every widget with the palette and the font already in place.
        self._app.setPalette(make_palette(tokens))
        self._app.setFont(font)
        if sheet != self._app.styleSheet():
            self._app.setStyleSheet(sheet)
        self.changed.emit()

    def _follow_system(self) -> None:
        if self.scheme == "system":
            self.apply()

    def _remember(self, key: str, value: object) -> None:
        if self._settings is not None:
            self._settings.setValue(key, value)


def find_monospace() -> str:
    """The family that wire text is shown in."""
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()


def _nearest_scale(text: str) -> float:
    try:
        wanted = float(text)
    except ValueError:
        return 1.0
    return min(SCALES, key=lambda scale: abs(scale - wanted))
