"""Style sheet of the window: one text, made from tokens and a scale."""

from __future__ import annotations

from pathlib import Path

from ui.theme.tokens import Tokens

_IMAGES = Path(__file__).parent / "images"

# @name is a token, 8px a length that grows with the scale, IMAGES the folder of the few pictures a sheet can only name.
_SHEET = """
QWidget { color: @text; selection-background-color: @selected; selection-color: @text; }
QMainWindow, QDialog { background: @ground; }
QMainWindow::separator { background: @border; width: 1px; height: 1px; }
QMainWindow::separator:hover { background: @accent; }
QToolTip { background: @raised; color: @text; border: 1px solid @edge; padding: 4px 8px; }
*[mono="true"] { font-family: "MONOSPACE"; }
QLabel { background: transparent; }
QLabel[role="title"] { font-size: TITLEpt; font-weight: 600; }
QLabel[role="heading"] { font-weight: 600; }
QLabel[role="quiet"] { color: @quiet; }
QLabel[role="small"] { color: @quiet; font-size: SMALLpt; }
QLabel[role="link"] { color: @accent; }
QLabel[verdict="pass"] { color: @passed; }
QLabel[verdict="fail"] { color: @failed; }
QLabel[verdict="error"] { color: @error; }
QLabel[verdict="skip"] { color: @skipped; }

*[ground="raised"] { background: @raised; }
*[ground="sunken"] { background: @sunken; }
*[ground="ground"] { background: @ground; }
QFrame[role="card"] { background: @raised; border: 1px solid @border; border-radius: 4px; }
QFrame[role="card"][chosen="true"] { border: 1px solid @accent; }
QFrame[role="line"] { background: @border; border: none; }
QFrame[role="notice"] { background: @raised; border: 1px solid @border; border-radius: 4px; }
QFrame[role="notice"][kind="error"] { background: @removed; border: 1px solid @failed; }
QFrame[role="notice"][kind="warning"] { background: @changed; border: 1px solid @error; }
QFrame[role="notice"][kind="success"] { background: @added; border: 1px solid @passed; }

QPushButton { background: @raised; border: 1px solid @edge; border-radius: 4px; padding: 4px 12px; min-height: 18px; }
QPushButton, QToolButton { icon-size: 16px; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @sunken; }
QPushButton:focus { border: 2px solid @accent; padding: 3px 11px; }
QPushButton:disabled { color: @edge; border-color: @border; background: @ground; }
QPushButton:checked { background: @selected; border-color: @accent; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QPushButton:default, QPushButton[role="primary"] { background: @accent; color: @on_accent;
  border: 1px solid @accent; font-weight: 600; }
QPushButton:default:hover, QPushButton[role="primary"]:hover { background: @accent_hover; border-color: @accent_hover; }
QPushButton:default:focus, QPushButton[role="primary"]:focus { border: 2px solid @text; padding: 3px 11px; }
QPushButton:default:disabled, QPushButton[role="primary"]:disabled { background: @sunken; color: @edge;
  border-color: @border; }
QPushButton[role="quiet"] { background: transparent; border: 1px solid transparent; padding: 4px 8px; }
QPushButton[role="quiet"]:hover { background: @hover; }
QPushButton[role="quiet"]:checked { background: @selected; border-color: @accent; }
QPushButton[role="quiet"]:focus { border: 2px solid @accent; padding: 3px 7px; }
QPushButton[role="link"] { background: transparent; border: 1px solid transparent; color: @accent;
  padding: 2px 4px; min-height: 16px; text-align: left; }
QPushButton[role="link"]:disabled { color: @edge; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { border: 2px solid @accent; padding: 1px 3px; }
QPushButton[role="chip"] { background: transparent; border: 1px solid @border; border-radius: 4px;
  padding: 2px 8px; color: @quiet; }
QPushButton[role="chip"][opens="true"] { border-color: @edge; color: @text; padding-right: 20px; }
QPushButton[role="chip"]:hover { background: @hover; }
QPushButton[role="chip"]:checked { background: @raised; border-color: @edge; color: @text; }
QPushButton[role="chip"]:focus { border: 2px solid @accent; padding: 1px 7px; }
QPushButton::menu-indicator { image: url("IMAGES/down-SCHEME.svg"); width: 12px; height: 12px;
  subcontrol-position: right center; right: 4px; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 4px; }
QToolButton:hover { background: @hover; }
QToolButton:pressed { background: @sunken; }
QToolButton:checked { background: @selected; border-color: @accent; }
QToolButton[role="filter"] { color: @edge; padding: 2px 8px; }
QToolButton[role="filter"]:checked { background: @raised; color: @text; border-color: @border; }
QToolButton[role="filter"]:focus { padding: 1px 7px; }
QToolButton:focus { border: 2px solid @accent; padding: 3px; }
QToolButton:disabled { color: @edge; }
QToolButton::menu-indicator { image: none; }
QToolButton[popupMode="2"] { padding-right: 4px; }

QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox {
   background: @raised; border: 1px solid @edge; border-radius: 4px; padding: 3px 8px; min-height: 20px; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus { border: 2px solid @accent; padding: 2px 7px; }
QLineEdit[role="name"] { background: transparent; border: 1px solid transparent; min-height: 18px; }
QLineEdit[role="name"]:hover { background: @hover; }
QLineEdit[role="name"]:focus { background: @raised; border: 2px solid @accent; padding: 2px 7px; }
QAbstractItemView QLineEdit, QAbstractItemView QLineEdit:focus {
  min-height: 0; padding: 0 3px; border-width: 1px; border-radius: 2px; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled {
  color: @edge; background: @ground; border-color: @border; }
QLineEdit, QComboBox, QTextEdit, QPlainTextEdit { placeholder-text-color: @quiet; }
QLineEdit[readOnly="true"] { background: @ground; border-color: @border; }
QLineEdit[invalid="true"] { border: 2px solid @failed; padding: 2px 7px; }
QComboBox { padding-right: 24px; }
QSpinBox QLineEdit, QDoubleSpinBox QLineEdit, QComboBox QLineEdit {
  border: none; padding: 0 1px; min-height: 0; background: transparent; }
QCheckBox, QRadioButton { spacing: 8px; padding: 2px; border: 2px solid transparent; border-radius: 4px; }
QCheckBox:focus, QRadioButton:focus { border-color: @accent; }
QCheckBox::indicator, QTableView::indicator {
  width: 14px; height: 14px; border: 1px solid @quiet; border-radius: 3px; background: @raised; }
QCheckBox::indicator:checked, QTableView::indicator:checked {
  background: @accent; border-color: @accent; image: url("IMAGES/check-SCHEME.svg"); }
QRadioButton::indicator {
  width: 14px; height: 14px; border: 1px solid @quiet; border-radius: RADIO-OFF; background: @raised; }
QRadioButton::indicator:checked { border: 5px solid @accent; border-radius: RADIO-ON; width: 6px; height: 6px;
  background: @on_accent; }
QRadioButton::indicator:disabled { border-color: @border; background: @ground; }
QCheckBox::indicator:disabled { border-color: @border; background: @ground; }
QCheckBox::indicator:checked:disabled { background: @edge; }
QComboBox:focus { padding-right: 23px; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("IMAGES/down-SCHEME.svg"); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @edge; padding: 4px; outline: 0; }
QSpinBox, QDoubleSpinBox { padding-right: 20px; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button {
  border: none; background: transparent; width: 18px; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url("IMAGES/up-SCHEME.svg"); width: 10px; height: 10px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url("IMAGES/down-SCHEME.svg"); width: 10px; height: 10px; }

QPlainTextEdit, QTextEdit, QTextBrowser { background: @raised; border: 1px solid @border; border-radius: 4px; }
QPlainTextEdit:focus, QTextEdit:focus, QTextBrowser:focus { border: 1px solid @accent; }
QPlainTextEdit[bare="true"], QTextBrowser[bare="true"], QAbstractScrollArea[bare="true"] { border: none;
  border-radius: 0; }
QPlainTextEdit[bare="true"]:focus, QAbstractScrollArea[bare="true"]:focus { border: 1px solid @accent; }

QAbstractItemView { background: @raised; alternate-background-color: @ground; border: 1px solid @border; outline: 0;
  selection-background-color: @selected; selection-color: @text; }
QAbstractItemView:focus { border: 1px solid @accent; }
QAbstractItemView[bare="true"] { border: none; }
QAbstractItemView[bare="true"]:focus { border: 1px solid @accent; }
QTableView { gridline-color: @border; }
QTableView::item { padding: 0 5px; border: none; }
QTableView[roomy="true"]::item { padding: 4px 5px; }
QTableView::item:selected, QListView::item:selected, QTreeView::item:selected { background: @selected; color: @text; }
QTableView::item:hover, QListView::item:hover, QTreeView::item:hover { background: @hover; }
QTableView::item:selected:hover, QListView::item:selected:hover, QTreeView::item:selected:hover {
  background: @selected; }
QTreeView::item { padding: 3px 4px; border: none; }
QListView::item { min-height: 24px; padding: 2px 8px; border-radius: 4px; }
QHeaderView { background: @ground; border: none; }
QHeaderView::section { background: @ground; color: @quiet; border: none; border-bottom: 1px solid @border;
  padding: 4px 8px; font-size: SMALLpt; }
QTableCornerButton::section { background: @ground; border: none; }

QListView#navigation { background: @sunken; border: none; border-right: 1px solid @border; padding: 8px 4px; }
QListView#navigation:focus { border: 0px; border-right: 1px solid @border; }
QListView#navigation::item { padding: 4px 8px; margin: 1px 4px; border: 1px solid transparent; }
QListView#navigation::item:selected { background: @raised; border: 1px solid @border; font-weight: 600; }
QListView#navigation::item:selected:focus { border: 2px solid @accent; padding: 3px 7px; }

QTabWidget::pane { border: none; border-top: 1px solid @border; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab { background: transparent; color: @quiet; padding: 6px 12px; border: 1px solid transparent;
  border-bottom: 2px solid transparent; }
QTabBar::tab:hover { color: @text; background: @hover; }
QTabBar::tab:selected { color: @text; border-bottom: 2px solid @accent; }
QTabBar::tab:selected:focus { border: 1px solid @accent; border-bottom: 2px solid @accent; }
QTabBar::close-button { image: url("IMAGES/close-SCHEME.svg"); subcontrol-position: right; }
QTabBar::close-button:hover { background: @hover; border-radius: 4px; }

QDockWidget { titlebar-close-icon: none; }
QSplitter::handle { background: @border; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QSplitter::handle:hover { background: @accent; }

QToolBar { background: @ground; border: none; padding: 0; spacing: 0; }
QToolBar#top { border-bottom: 1px solid @border; }
QMenuBar { background: @ground; border-bottom: 1px solid @border; padding: 2px 4px; }
QMenuBar::item { background: transparent; padding: 4px 8px; border-radius: 4px; }
QMenuBar::item:selected { background: @hover; }
QMenu { background: @raised; border: 1px solid @edge; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: @selected; }
QMenu::item:disabled { color: @edge; }
QMenu::separator { height: 1px; background: @border; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }

QStatusBar { background: @ground; border-top: 1px solid @border; }
QStatusBar::item { border: none; }
QProgressBar { background: @sunken; border: 1px solid @border; border-radius: 4px; text-align: center;
  max-height: 8px; min-height: 8px; color: transparent; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }

QScrollArea { border: none; background: transparent; }
QScrollArea > QWidget > QWidget[role="page"] { background: transparent; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 0; }
QScrollBar::handle { background: @edge; border-radius: 3px; margin: 3px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: @quiet; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; border: none; }
QGroupBox { border: none; margin-top: 20px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0; }
"""


def make_style_sheet(tokens: Tokens, *, scale: float, monospace: str, base_points: float) -> str:
    """The whole style sheet; lengths and the three type sizes follow `scale`."""
    sheet = _SHEET.replace("SCHEME", "dark" if tokens.dark else "light").replace("IMAGES", _IMAGES.as_posix())
    sheet = sheet.replace("MONOSPACE", monospace)
    sheet = sheet.replace("TITLE", f"{base_points * 1.3:.1f}").replace("SMALL", f"{base_points * 0.9:.1f}")
    for name in sorted(Tokens.__dataclass_fields__, key=len, reverse=True):
        sheet = sheet.replace(f"@{name}", str(getattr(tokens, name)))
    # Half of what a button is wide, once rounded: Qt draws no rounded corner at all that is larger.
    off, on = (round(14 * scale) + 2) // 2, (round(6 * scale) + 2 * round(5 * scale)) // 2
    sheet = sheet if scale == 1 else _scale_lengths(sheet, scale)
    return sheet.replace("RADIO-OFF", f"{off}px").replace("RADIO-ON", f"{on}px")


def _scale_lengths(sheet: str, scale: float) -> str:
    import re

    def grow(found: re.Match[str]) -> str:
        length = int(found.group(1))
        return f"{length if length <= 2 else round(length * scale)}px"

    return re.sub(r"\b(\d+)px", grow, sheet)
