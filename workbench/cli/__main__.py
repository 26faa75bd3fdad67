"""Entry for `python -m workbench.cli`."""

from __future__ import annotations

import sys

from workbench.cli import main

if __name__ == "__main__":  # a process that works for it reads this again
    sys.exit(main())
