"""Palettes made of tokens, and the way back from a widget's palette to its tokens."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from ui.theme.tokens import DARK, LIGHT, Tokens

_Role = QPalette.ColorRole
_Group = QPalette.ColorGroup


def make_palette(tokens: Tokens) -> QPalette:
    """The whole palette of a scheme, so that no colour of the platform shines through."""
    palette = QPalette()
    roles = {
        _Role.Window: tokens.ground,
        _Role.WindowText: tokens.text,
        _Role.Base: tokens.raised,
        _Role.AlternateBase: tokens.ground,
        _Role.ToolTipBase: tokens.raised,
        _Role.ToolTipText: tokens.text,
        _Role.PlaceholderText: tokens.quiet,
        _Role.Text: tokens.text,
        _Role.Button: tokens.raised,
        _Role.ButtonText: tokens.text,
        _Role.BrightText: tokens.failed,
        _Role.Link: tokens.accent,
        _Role.LinkVisited: tokens.accent,
        _Role.Highlight: tokens.selected,
        _Role.HighlightedText: tokens.text,
        _Role.Accent: tokens.accent,
        _Role.Light: tokens.raised,
        _Role.Midlight: tokens.hover,
        _Role.Mid: tokens.border,
        _Role.Dark: tokens.edge,
        _Role.Shadow: tokens.sunken,
    }
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    for role in (_Role.WindowText, _Role.Text, _Role.ButtonText, _Role.HighlightedText):
        palette.setColor(_Group.Disabled, role, QColor(tokens.edge))
    return palette


def tokens_of(palette: QPalette) -> Tokens:
    """The tokens a palette was made of; widgets that paint ask with their own palette, so no global is needed."""
    return DARK if palette.color(_Role.Window).lightness() < 128 else LIGHT
