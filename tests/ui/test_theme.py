from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, QSize
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from ui.theme.icons import ICON_NAMES, make_icon
from ui.theme.palette import make_palette, tokens_of
from ui.theme.style_sheet import make_style_sheet
from ui.theme.theme import SCALES, Scheme, Theme
from ui.theme.tokens import DARK, LIGHT, Tokens, contrast

GROUNDS = ("ground", "raised", "sunken", "hover", "selected")
WORDS = ("text", "quiet", "accent", "passed", "failed", "error", "skipped")
WIRE = ("accent", "text", "quiet", "string", "number", "special")


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("word", WORDS)
def test_words_stand_out_from_every_ground(tokens: Tokens, ground: str, word: str) -> None:
    assert contrast(getattr(tokens, word), getattr(tokens, ground)) >= 4.5


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_wire_text_stands_out_from_an_editor_s_grounds(tokens: Tokens) -> None:
    for ground in ("raised", "ground", "field", "selected", "added", "removed", "changed"):
        for word in WIRE:
            assert contrast(getattr(tokens, word), getattr(tokens, ground)) >= 4.5, (word, ground)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_words_stand_out_on_the_accent_and_on_notices(tokens: Tokens) -> None:
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.on_accent, tokens.accent_hover) >= 4.5
    for ground in (tokens.added, tokens.removed, tokens.changed):
        assert contrast(tokens.text, ground) >= 4.5
        assert contrast(tokens.quiet, ground) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", [QLineEdit, QPlainTextEdit, QComboBox])
def test_what_stands_in_an_empty_field_is_quiet_and_no_paler(
    qtbot: QtBot, theme: Theme, scheme: Scheme, kind: type[QLineEdit | QPlainTextEdit | QComboBox]
) -> None:
    field = kind()
    qtbot.addWidget(field)
    inner = field.lineEdit() if isinstance(field, QComboBox) and not field.setEditable(True) else field
    theme.set_scheme(scheme)
    field.show()
    for enabled in (True, False):
        field.setEnabled(enabled)
        colour = inner.palette().color(QPalette.ColorRole.PlaceholderText)
        assert colour.name() == theme.tokens.quiet.lower() and colour.alpha() == 255
        assert contrast(colour.name(), theme.tokens.ground) >= 4.5
    theme.set_scheme("light")


def test_contrast_of_black_and_white_is_21() -> None:
    assert round(contrast("#000000", "#FFFFFF"), 2) == 21
    assert contrast("#123456", "#123456") == 1


def test_palette_gives_its_tokens_back() -> None:
    assert tokens_of(make_palette(LIGHT)) is LIGHT
    assert tokens_of(make_palette(DARK)) is DARK


@pytest.mark.parametrize("scale", [0.8, 1.0, 2.0])
def test_style_sheet_has_every_token_filled_in(scale: float) -> None:
    sheet = make_style_sheet(DARK, scale=scale, monospace="Mono", base_points=10 * scale)
    assert "@" not in sheet
    for rest in ("SCHEME", "IMAGES", "MONOSPACE", "TITLE", "SMALL"):
        assert rest not in sheet


def test_pictures_of_the_style_sheet_exist() -> None:
    for tokens in (LIGHT, DARK):
        sheet = make_style_sheet(tokens, scale=1, monospace="Mono", base_points=10)
        paths = [part.split('"')[0] for part in sheet.split('url("')[1:]]
        assert paths
        assert all(Path(path).is_file() for path in paths)


@pytest.mark.parametrize("name", ICON_NAMES)
def test_icon_is_drawn_in_the_colour_of_the_scheme(qapp: QApplication, theme: Theme, name: str) -> None:
    image = make_icon(name).pixmap(QSize(32, 32)).toImage()
    drawn = {
        image.pixelColor(x, y).name() for x in range(32) for y in range(32) if image.pixelColor(x, y).alpha() > 250
    }
    assert QColor(LIGHT.text).name() in drawn


def test_scheme_and_scale_are_remembered(qapp: QApplication, theme: Theme, tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "view.ini"), QSettings.Format.IniFormat)
    first = Theme(qapp, settings)
    first.set_scheme("dark")
    first.zoom(2)
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.ground
    second = Theme(qapp, settings)
    assert (second.scheme, second.scale) == ("dark", first.scale)
    second.zoom(0)
    assert second.scale == 1.0
    theme.apply()
    assert qapp.font().pointSizeF() == 10
    first.deleteLater()
    second.deleteLater()


@pytest.mark.parametrize("role", ["", "quiet", "chip", "filter"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_button_that_is_switched_on_looks_so(
    qapp: QApplication, theme: Theme, qtbot: QtBot, role: str, scheme: Scheme
) -> None:
    theme.set_scheme(scheme)
    button = QToolButton() if role == "filter" else QPushButton()
    button.setText("Empty fields")
    button.setProperty("role", role)
    button.setCheckable(True)
    qtbot.addWidget(button)
    off = button.grab().toImage()
    button.setChecked(True)
    on = button.grab().toImage()
    theme.set_scheme("light")
    assert on != off


@pytest.mark.parametrize("scale", SCALES)
def test_what_is_round_stays_round_at_every_scale(scale: float) -> None:
    """Qt leaves out a rounded corner that is larger than half of what it belongs to."""
    sheet = make_style_sheet(LIGHT, scale=scale, monospace="Mono", base_points=10)
    for state in ("", ":checked"):
        rule = sheet.split(f"QRadioButton::indicator{state} {{")[1].split("}")[0]
        found = {name: int(value) for name, value in re.findall(r"(width|border|border-radius): (\d+)px", rule)}
        assert 2 * found["border-radius"] <= found["width"] + 2 * found["border"]
