"""Icons of our own as SVG, drawn with one stroke width and tinted by the palette when they are painted."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ui.theme.palette import tokens_of

# Each drawing lies on a 16 by 16 grid; {c} is the colour.
_DRAWINGS = {
    "sandboxes": '<rect x="2" y="3" width="12" height="4" rx="1"/><rect x="2" y="9" width="12" height="4" rx="1"/>'
    '<path d="M4.5 5h.01M4.5 11h.01M7 5h4.5M7 11h4.5"/>',
    "launch": '<path d="M9 2.5h4.5V7M13.2 2.8 7.5 8.5M12 9.5v3a1 1 0 0 1-1 1H3.5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1h3"/>',
    "compose": '<path d="M3 13l.6-2.8L10.8 3a1.2 1.2 0 0 1 1.7 0l.5.5a1.2 1.2 0 0 1 0 1.7L5.8 12.4 '
    '3 13zM9.5 4.3l2.2 2.2"/>',
    "listen": '<path d="M2.5 9.5h3l1 2h3l1-2h3M2.5 9.5 4.3 3h7.4l1.8 6.5v3a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1z"/>',
    "compare": '<rect x="2" y="3" width="5" height="10" rx="1"/><rect x="9" y="3" width="5" height="10" rx="1"/>'
    '<path d="M4 6h1M11 6h1M4 9h1M11 9h1"/>',
    "scenarios": '<path d="M6.5 4h7M6.5 8h7M6.5 12h7M2.3 4l.8.8 1.5-1.6M2.3 8l.8.8 1.5-1.6M2.3 12l.8.8 1.5-1.6"/>',
    "packages": '<path d="M8 1.8 13.5 4.8v6.4L8 14.2 2.5 11.2V4.8zM2.7 4.9 8 7.8l5.3-2.9M8 7.8v6.2"/>',
    "search": '<circle cx="7" cy="7" r="4.2"/><path d="M10.2 10.2 14 14"/>',
    "play": '<path d="M5 3.2v9.6L12.6 8z"/>',
    "stop": '<rect x="4" y="4" width="8" height="8" rx="1"/>',
    "record": '<circle cx="8" cy="8" r="4" fill="{c}"/>',
    "send": '<path d="M13.8 2.2 6.8 9.2M13.8 2.2 9.5 13.8 6.8 9.2 2.2 6.5z"/>',
    "add": '<path d="M8 3v10M3 8h10"/>',
    "remove": '<path d="M3.5 8h9"/>',
    "close": '<path d="M4 4l8 8M12 4l-8 8"/>',
    "copy": '<rect x="5.5" y="5.5" width="8" height="8" rx="1"/><path d="M3.5 10.5h-1v-8h8v1"/>',
    "save": '<path d="M2.5 3.5a1 1 0 0 1 1-1h7.5l2.5 2.5v7.5a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1zM5 '
    '2.5v3.5h5v-3.5M5 13.5v-4h6v4"/>',
    "open": '<path d="M2 12.5v-9h4l1.5 2h6.5v7z"/>',
    "edit": '<path d="M3 13l.6-2.8L10.8 3l2.2 2.2-7.2 7.2z"/>',
    "delete": '<path d="M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9M7 7v4M9 7v4"/>',
    "filter": '<path d="M2.5 3.5h11L9.5 8.5v4l-3 1v-5z"/>',
    "follow": '<path d="M8 2.5v8M4.5 7 8 10.5 11.5 7M3 13.5h10"/>',
    "up": '<path d="M4 10l4-4 4 4"/>',
    "down": '<path d="M4 6l4 4 4-4"/>',
    "up-breaking": '<path d="M2 10l3.5-4L9 10M12.7 3.5v5.8M12.7 12.2h.01"/>',
    "down-breaking": '<path d="M2 6l3.5 4L9 6M12.7 3.5v5.8M12.7 12.2h.01"/>',
    "left": '<path d="M10 4 6 8l4 4"/>',
    "right": '<path d="M6 4l4 4-4 4"/>',
    "arrow": '<path d="M2.5 8h11M9.5 4l4 4-4 4"/>',
    "more": '<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2"/>',
    "inspector": '<rect x="2" y="3" width="12" height="10" rx="1"/><path d="M10 3v10"/>',
    "strip": '<rect x="2" y="3" width="12" height="10" rx="1"/><path d="M2 9.5h12"/>',
    "pass": '<circle cx="8" cy="8" r="5.8"/><path d="M5.3 8.2 7.2 10l3.5-3.8"/>',
    "fail": '<circle cx="8" cy="8" r="5.8"/><path d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4"/>',
    "error": '<path d="M8 2.5 14 13H2zM8 6.5v3M8 11.3h.01"/>',
    "skip": '<circle cx="8" cy="8" r="5.8" stroke-dasharray="2.2 1.6"/><path d="M5.5 8h5"/>',
    "undecided": '<circle cx="8" cy="8" r="5.8"/>'
    '<path d="M6.3 6.4a1.8 1.8 0 1 1 2.5 1.7c-.5.2-.8.6-.8 1.1M8 11.2h.01"/>',
    "breaks-sender": '<path d="M2 8h7.5M6.5 5l3 3-3 3M12.5 3v10"/>',
    "breaks-receiver": '<path d="M14 8H6.5M9.5 5l-3 3 3 3M3.5 3v10"/>',
    "breaks-both": '<path d="M2 8h4M4 6l2 2-2 2M14 8h-4M12 6l-2 2 2 2M8 3v10"/>',
    "changed": '<path d="M3.5 6h9M3.5 10h9M10.5 3l-5 10"/>',
    "encoding": '<path d="M5.5 4.5 2.5 8l3 3.5M10.5 4.5l3 3.5-3 3.5M9 4l-2 8"/>',
    "masked": '<path d="M3 6.8c1.7-1.6 3.3-1.6 5 0s3.3 1.6 5 0M3 10.8c1.7-1.6 3.3-1.6 5 0s3.3 1.6 5 0"/>',
    "same": '<path d="M3.5 6h9M3.5 10h9"/>',
    "swap": '<path d="M2.5 5.5h11M10.5 2.5l3 3-3 3M13.5 10.5h-11M5.5 7.5l-3 3 3 3"/>',
    "notice": '<circle cx="8" cy="8" r="5.8"/><path d="M8 7.3v3.5M8 5.1h.01"/>',
    "remote": '<circle cx="8" cy="8" r="5.8"/>'
    '<path d="M2.2 8h11.6M8 2.2c2.2 2 2.2 9.6 0 11.6M8 2.2c-2.2 2-2.2 9.6 0 11.6"/>',
    "tour": '<circle cx="8" cy="8" r="5.8"/><path d="M10.5 5.5 9 9l-3.5 1.5L7 7z"/>',
    "hospital": '<path d="M3 13.5v-9l5-2.5 5 2.5v9zM8 5.5v4M6 7.5h4M6.5 13.5v-2h3v2M1.5 13.5h13"/>',
    "refresh": '<path d="M13 8a5 5 0 1 1-1.5-3.6L13 5.8M13 2.5v3.3H9.7"/>',
    "key": '<circle cx="5.5" cy="10.5" r="3"/><path d="M7.7 8.3 13.5 2.5M11 5l2 2"/>',
    "clock": '<circle cx="8" cy="8" r="5.8"/><path d="M8 4.8V8l2.3 1.5"/>',
    "patient": '<circle cx="8" cy="5" r="2.7"/><path d="M2.8 13.5c.5-3 2.5-4.5 5.2-4.5s4.7 1.5 5.2 4.5"/>',
    "document": '<path d="M4 2.5h5.5L12.5 5.5v8h-8.5zM9.5 2.5v3h3M6 8.5h4.5M6 11h4.5"/>',
    "message": '<path d="M2.5 3.5h11v7.5h-6L4.5 13.5v-2.5h-2z"/>',
    "command": '<path d="M3 5l3 3-3 3M7.5 11.5h5.5"/>',
    "settings": '<path d="M2.5 5h6M12 5h1.5M2.5 11h1.5M7.5 11h6"/><circle cx="10.2" cy="5" r="1.7"/>'
    '<circle cx="5.8" cy="11" r="1.7"/>',
    "browser": '<rect x="2" y="3" width="12" height="10" rx="1"/><path d="M2 6h12M4 4.5h.01M6 4.5h.01"/>',
    "dot": '<circle cx="8" cy="8" r="3.5" fill="{c}"/>',
    "ring": '<circle cx="8" cy="8" r="3.2"/>',
}

ICON_NAMES: tuple[str, ...] = tuple(_DRAWINGS)


def _svg(name: str, colour: str) -> QByteArray:
    drawing = _DRAWINGS[name].replace("{c}", colour)
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" fill="none" '
        f'stroke="{colour}" stroke-width="1.3" stroke-linecap="round" stroke-linejoin="round">'
    )
    return QByteArray(f"{head}{drawing}</svg>".encode())


def paint_icon(painter: QPainter, rect: QRect | QRectF, name: str, colour: str) -> None:
    """Draw the icon `name` into `rect` with one colour."""
    _renderer(name, colour).render(painter, QRectF(rect))


@lru_cache(maxsize=512)
def _renderer(name: str, colour: str) -> QSvgRenderer:
    """The drawing, read once; lists draw many at a time, and reading it takes longer than all else of a cell."""
    return QSvgRenderer(_svg(name, colour))


class _TintedEngine(QIconEngine):
    """Paints with the palette of the moment, so that a change of scheme needs no new icons."""

    def __init__(self, name: str, token: str) -> None:
        super().__init__()
        self._name = name
        self._token = token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        tokens = tokens_of(QGuiApplication.palette())
        token = "edge" if mode == QIcon.Mode.Disabled else self._token
        paint_icon(painter, rect, self._name, getattr(tokens, token))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        if size.isEmpty():
            return QPixmap()
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _TintedEngine(self._name, self._token)


def make_icon(name: str, tint: str = "text") -> QIcon:
    """The icon `name` in the colour of the token `tint`; on a primary button that is `on_accent`."""
    if name not in _DRAWINGS:
        raise KeyError(f"no icon “{name}”")
    return QIcon(_TintedEngine(name, tint))
