"""Theme: tokens, palettes, style sheet, icons and fonts of the window."""
