"""Pages that a person sees in the browser while the workbench is launched as an app."""

from __future__ import annotations

import base64
import hashlib
import html
from urllib.parse import parse_qsl

from workbench.exchange import Request, Response

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0; display: grid; place-items: center; min-height: 100vh;
  background: #f7f8fa; color: #1b1f27; }}
main {{ max-width: 30rem; margin: 16px; padding: 24px; background: #fff; border: 1px solid #d5d9e0;
  border-radius: 4px; }}
h1 {{ font-size: 1.25rem; margin: 0 0 8px; }} p {{ margin: 0 0 8px; }} .quiet {{ color: #586072; margin: 0; }}
button {{ font: inherit; padding: 6px 16px; color: #fff; background: #1d5c7a; border: 0; border-radius: 4px; }}
@media (prefers-color-scheme: dark) {{ body {{ background: #16181d; color: #e6e9ef; }}
  main {{ background: #1e2128; border-color: #333846; }} .quiet {{ color: #9aa3b5; }} }}
</style></head>
<body><main><h1>{title}</h1><p>{sentence}</p>{rest}</main></body></html>
"""
CLOSE = '<p class="quiet">You may close this page.</p>'
SEND = "document.forms[0].submit()"


def render_page(status: int, title: str, sentence: str) -> Response:
    return _render(status, title, sentence, CLOSE, "default-src 'none'; style-src 'unsafe-inline'")


def render_form_page(form: Request) -> Response:
    """A page that posts the form `form` at once, or by its button where no script runs."""
    digest = base64.b64encode(hashlib.sha256(SEND.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; frame-ancestors 'none'"
    fields = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in parse_qsl(form.body.decode(), keep_blank_values=True)
    )
    action = html.escape(form.address)
    rest = f'<form method="post" action="{action}">{fields}<button>Go on</button></form><script>{SEND}</script>'
    return _render(200, "Sign in at the site", "The Interop Workbench sends you on to the site.", rest, policy)


def _render(status: int, title: str, sentence: str, rest: str, policy: str) -> Response:
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Connection", "close"),
    )
    text = PAGE.format(title=html.escape(title), sentence=html.escape(sentence), rest=rest)
    return Response(status, headers, text.encode())
