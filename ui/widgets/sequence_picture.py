"""Sequence picture: a whole sequence diagram as an SVG or PNG file's bytes, to show to somebody else.

It is drawn some arrows at a time, so that the window goes on meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator

from ui.theme.tokens import LIGHT, SPACE_2, Tokens
from ui.widgets.sequence_drawing import Arrow, SequenceLayout

_SHARPNESS = 2
_MOST_PIXELS = 30_000
_AT_A_TIME = 10


async def to_svg(plan: SequenceLayout, arrows: Sequence[Arrow], title: str, tokens: Tokens = LIGHT) -> bytes:
    """The diagram as SVG; its words stay text."""
    data, size = QByteArray(), _measure(plan, arrows)
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(0, 0, size.width(), size.height()))
    generator.setTitle(title)
    generator.setResolution(96)
    await _paint(QPainter(generator), plan, arrows, size, tokens)
    buffer.close()
    return bytes(data.data())


async def to_png(plan: SequenceLayout, arrows: Sequence[Arrow], tokens: Tokens = LIGHT) -> bytes:
    """The diagram as PNG, sharp enough for a projector; one that is very long is drawn less sharp."""
    size = _measure(plan, arrows)
    sharpness = _SHARPNESS if size.height() * _SHARPNESS <= _MOST_PIXELS else 1
    image = QImage(size * sharpness, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    painter.scale(sharpness, sharpness)
    await _paint(painter, plan, arrows, size, tokens)
    return await asyncio.to_thread(_encode, image)


def _encode(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # it takes the name of a format as text
    return bytes(data.data())


def _measure(plan: SequenceLayout, arrows: Sequence[Arrow]) -> QSize:
    return QSize(plan.width, plan.head_height + sum(plan.measure(arrow) for arrow in arrows) + SPACE_2)


async def _paint(painter: QPainter, plan: SequenceLayout, arrows: Sequence[Arrow], size: QSize, tokens: Tokens) -> None:
    try:
        painter.fillRect(QRect(0, 0, size.width(), size.height()), QColor(tokens.raised))
        plan.paint_heads(painter, plan.head_height, tokens)
        top = plan.head_height
        for at, arrow in enumerate(arrows):
            height = plan.measure(arrow)
            plan.paint(painter, QRect(0, top, plan.width, height), arrow, tokens, tokens.raised)
            top += height
            if at % _AT_A_TIME == 0:
                await asyncio.sleep(0)
    finally:
        painter.end()
