"""Sequence drawing: the lanes of those who talk, and each request and answer between them as arrows with marks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPolygonF

from ui.theme.icons import paint_icon
from ui.theme.tokens import CORNER, SPACE_1, SPACE_2, Tokens
from ui.widgets.verdict_label import VERDICT_ICONS

_WRAP = int(Qt.TextFlag.TextWordWrap)
_MOST_LINES = 3
# In heights of a line.
_NARROWEST_LANE = 5.4
_NARROWEST_LABEL = 24.0


@dataclass(frozen=True, slots=True)
class Mark:
    """What is thought of one side of an exchange: a verdict and its words; an empty verdict draws nothing."""

    verdict: str = ""
    words: str = ""


NO_MARK = Mark()


@dataclass(frozen=True, slots=True)
class Arrow:
    """One request from lane to lane and its answer; `time` tells when, from the first one on."""

    number: int
    source: str
    target: str
    time: str
    asked: str
    answered: str
    mark: Mark = NO_MARK
    answer_mark: Mark = NO_MARK


@dataclass(frozen=True, slots=True)
class SequenceLayout:
    """Where the lanes stand in `width` pixels, and how high an arrow with its words is in `font`.

    `make_layout` measures once what all arrows ask: the font's own name, a line and the gutter of the times.
    """

    lanes: tuple[tuple[str, str], ...]
    width: int
    font: QFont
    key: str
    line: int
    gutter: int

    @property
    def spacing(self) -> float:
        return (self.width - self.gutter - SPACE_2) / max(1, len(self.lanes))

    def place(self, lane: str) -> float:
        """The middle of a lane; of one that is not drawn, the first."""
        at = next((i for i, (name, _) in enumerate(self.lanes) if name == lane), 0)
        return self.gutter + (at + 0.5) * self.spacing

    def measure(self, arrow: Arrow) -> int:
        """The height of an arrow, its answer and their words."""
        return sum((*self._heights(arrow), 2 * self._band, 3 * SPACE_1))

    @property
    def _band(self) -> int:
        return self.line + 2

    def _heights(self, arrow: Arrow) -> tuple[int, int]:
        width = round(self._label_span(arrow)[1])
        return _fit(self.key, arrow.asked, width)[1], _fit(self.key, arrow.answered, width)[1]

    def _label_span(self, arrow: Arrow) -> tuple[float, float]:
        """Left end and width of the words: as wide as the arrow, or as words want where that is little."""
        first, last = sorted((self.place(arrow.source), self.place(arrow.target)))
        left_most, right_most = float(self.gutter), float(self.width - SPACE_2)
        width = min(max(last - first - 2 * SPACE_2, self.line * _NARROWEST_LABEL), right_most - left_most)
        return max(left_most, min(first + SPACE_2, right_most - width)), width

    def paint(self, painter: QPainter, rect: QRect, arrow: Arrow, tokens: Tokens, ground: str) -> None:
        """Draw an arrow, its answer and the piece of each lane beside them into `rect`."""
        painter.save()
        painter.setFont(self.font)
        painter.translate(rect.left(), rect.top())
        self._paint_lanes(painter, rect.height(), tokens)
        self._paint_gutter(painter, arrow, tokens)
        left, width = self._label_span(arrow)
        top = float(SPACE_1)
        sides = (arrow.asked, arrow.mark), (arrow.answered, arrow.answer_mark)
        ends = self.place(arrow.source), self.place(arrow.target)
        for at, (whole, mark) in enumerate(sides):
            words, height = _fit(self.key, whole, round(width))
            self._paint_words(painter, QRectF(left, top, width, height), words, tokens, ground, quiet=at > 0)
            top += height
            start, end = ends if at == 0 else ends[::-1]
            self._paint_arrow(painter, QLineF(start, top + self._band / 2, end, top + self._band / 2), mark, tokens, at)
            self._paint_mark(painter, (start + end) / 2, top, mark, tokens, ground)
            top += self._band
        painter.restore()

    def _paint_lanes(self, painter: QPainter, height: int, tokens: Tokens) -> None:
        painter.setPen(QPen(QColor(tokens.border), 1, Qt.PenStyle.DashLine))
        for lane, _ in self.lanes:
            x = round(self.place(lane)) + 0.5
            painter.drawLine(QLineF(x, 0, x, height))

    def _paint_gutter(self, painter: QPainter, arrow: Arrow, tokens: Tokens) -> None:
        painter.setPen(QColor(tokens.quiet))
        space = QRectF(SPACE_2, SPACE_1, self.gutter - 2 * SPACE_2, self.line)
        painter.drawText(space, int(Qt.AlignmentFlag.AlignRight), str(arrow.number))
        space.translate(0, self.line)
        painter.drawText(space, int(Qt.AlignmentFlag.AlignRight), arrow.time)

    def _paint_words(
        self, painter: QPainter, space: QRectF, words: str, tokens: Tokens, ground: str, *, quiet: bool
    ) -> None:
        shown = painter.boundingRect(space, _WRAP, words).intersected(space)
        painter.fillRect(shown.adjusted(-2, 0, 2, 0), QColor(ground))
        painter.setPen(QColor(tokens.quiet if quiet else tokens.text))
        painter.drawText(space, _WRAP, words)

    def _paint_arrow(self, painter: QPainter, line: QLineF, mark: Mark, tokens: Tokens, answer: int) -> None:
        colour = QColor(tokens.verdict(mark.verdict) if mark.verdict in ("fail", "error") else tokens.quiet)
        pen = QPen(colour, 1.5, Qt.PenStyle.DashLine if answer else Qt.PenStyle.SolidLine)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(pen)
        painter.drawLine(line)
        size = self.line * 0.36
        back = -size if line.dx() > 0 else size
        head = [QPointF(line.x2() + back, line.y2() + side * size * 0.6) for side in (-1, 1)]
        painter.setPen(QPen(colour, 1.5))
        if answer:
            painter.drawPolyline(QPolygonF([head[0], line.p2(), head[1]]))
        else:
            painter.setBrush(colour)
            painter.drawPolygon(QPolygonF([head[0], line.p2(), head[1]]))
            painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_mark(
        self, painter: QPainter, middle: float, top: float, mark: Mark, tokens: Tokens, ground: str
    ) -> None:
        if not mark.verdict:
            return
        metrics, side = _metrics(self.key), self.line - 2
        width = side + (SPACE_1 + metrics.horizontalAdvance(mark.words) if mark.words else 0)
        space = QRectF(middle - width / 2, top, width, self._band)
        painter.fillRect(space.adjusted(-SPACE_1, 0, SPACE_1, 0), QColor(ground))
        colour = tokens.verdict(mark.verdict)
        paint_icon(painter, QRectF(space.left(), top + 2, side, side), VERDICT_ICONS[mark.verdict], colour)
        painter.setPen(QColor(colour))
        painter.drawText(space.adjusted(side + SPACE_1, 0, 2, 0), int(Qt.AlignmentFlag.AlignVCenter), mark.words)

    def paint_heads(self, painter: QPainter, height: int, tokens: Tokens) -> None:
        """Draw the names of the lanes in boxes, from which the lanes hang."""
        if not self.lanes:
            return
        painter.save()
        bold = QFont(self.font)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = min(self.spacing - SPACE_1, self.line * 11)
        # The longest word of a name must have room, or it would be cut.
        longest = max(QFontMetrics(bold).horizontalAdvance(word) for _, name in self.lanes for word in name.split())
        if longest > width - 6:
            bold.setPointSizeF(bold.pointSizeF() * max(0.6, (width - 6) / longest))
            painter.setFont(bold)
        for lane, name in self.lanes:
            box = QRectF(self.place(lane) - width / 2, SPACE_1, width, height - SPACE_1)
            painter.setPen(QColor(tokens.edge))
            painter.setBrush(QColor(tokens.ground))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), CORNER, CORNER)
            painter.setPen(QColor(tokens.text))
            painter.drawText(box.adjusted(2, 0, -2, 0), int(Qt.AlignmentFlag.AlignCenter) | _WRAP, name)
        painter.restore()

    @property
    def head_height(self) -> int:
        """Room for names of two lines."""
        return 2 * self.line + 2 * SPACE_1


def make_layout(lanes: tuple[tuple[str, str], ...], width: int, font: QFont) -> SequenceLayout:
    """The layout of these lanes in `width` pixels, or in as many as they need at the least."""
    key = font.toString()
    metrics = _metrics(key)
    gutter = metrics.horizontalAdvance("+00.000 s") + 2 * SPACE_2
    return SequenceLayout(lanes, max(width, _narrowest(len(lanes), font)), font, key, metrics.lineSpacing(), gutter)


def _narrowest(lanes: int, font: QFont) -> int:
    """The width below which a diagram of so many lanes is scrolled and not squeezed."""
    line = _metrics(font.toString()).lineSpacing()
    return round(lanes * line * _NARROWEST_LANE + line * 5)


@lru_cache(maxsize=16)
def _metrics(font: str) -> QFontMetrics:
    found = QFont()
    found.fromString(font)
    return QFontMetrics(found)


@lru_cache(maxsize=4096)
def _fit(font: str, words: str, width: int) -> tuple[str, int]:
    """The words as they have room in a few lines of `width`, with an ellipsis where they have not; and their height."""
    metrics = _metrics(font)
    if metrics.horizontalAdvance(words) <= width:
        return words, metrics.lineSpacing()
    most = _height_of(metrics, "\n".join("x" * _MOST_LINES), width)
    high = _height_of(metrics, words, width)
    if high <= most:
        return words, high
    fits, over = 0, len(words)
    while fits + 1 < over:
        middle = (fits + over) // 2
        if _height_of(metrics, words[:middle] + "…", width) <= most:
            fits = middle
        else:
            over = middle
    return words[:fits].rstrip() + "…", most


def _height_of(metrics: QFontMetrics, words: str, width: int) -> int:
    return metrics.boundingRect(QRect(0, 0, width, 10_000), _WRAP, words).height()
