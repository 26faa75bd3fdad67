"""Web pages of a simulated site: rendered, guarded by headers, and their forms read back.

They work without JavaScript, and no other site may frame them, style them or post to them.
"""

from __future__ import annotations

import functools
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from workbench.exchange import Headers, Request, Response
from workbench.fhir_server.media_type import is_form
from workbench.site.site import Site

if TYPE_CHECKING:
    import jinja2

STYLE_PATH = "/auth/style.css"
EMBLEM_PATH = "/auth/emblem.svg"
FORM_LIMIT = 100_000
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
SECURITY: Headers = (
    ("Cache-Control", "no-store"),
    ("Cross-Origin-Opener-Policy", "same-origin-allow-popups"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)
# Calm colours, each with white text on it at 4.5 : 1 or better. Which one a site has follows from its id.
ACCENTS = ("#1d5c7a", "#2b5a8c", "#2f6f5e", "#5b4b8a", "#7a4458", "#6b5420")


def render_page(site: Site, name: str, *, status: int = 200, leads_out: bool = False, **values: Any) -> Response:
    """Render `pages/<name>.html` with the site's name; everything in it is escaped.

    The form of a page that `leads_out` is answered with a redirect to the app, which form-action would hold back in
    Chromium however often the app redirects in turn; all others stay at this site.
    """
    text = _environment().get_template(f"{name}.html").render(site=site, style=STYLE_PATH, emblem=EMBLEM_PATH, **values)
    policy = POLICY if leads_out else f"{POLICY}; form-action 'self'"
    headers = (("Content-Type", "text/html; charset=utf-8"), ("Content-Security-Policy", policy), *SECURITY)
    return Response(status, headers, text.encode("utf-8"))


def render_error(site: Site, sentence: str, *, hint: str = "", status: int = 400) -> Response:
    return render_page(site, "error", status=status, sentence=sentence, hint=hint)


def render_style(site: Site) -> Response:
    return _render_look(site, "style.css", "text/css; charset=utf-8")


def render_emblem(site: Site) -> Response:
    return _render_look(site, "emblem.svg", "image/svg+xml")


def accent_of(site: Site) -> str:
    return ACCENTS[zlib.crc32(site.id.encode("utf-8")) % len(ACCENTS)]


def redirect(address: str) -> Response:
    """By 303, with which no browser carries a form on to where it is sent (RFC 9700, 4.12)."""
    headers = (("Location", address), ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer"))
    return Response(303, headers)


def read_form(request: Request) -> list[tuple[str, str]]:
    """The pairs of an urlencoded body; none where it is of another type, too large or not UTF-8."""
    if not is_form(request.header("content-type")) or len(request.body) > FORM_LIMIT:
        return []
    return parse_pairs(request.body.decode("utf-8", "replace"))


def read_query(request: Request) -> list[tuple[str, str]]:
    return parse_pairs(urlsplit(request.address).query)


def parse_pairs(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return []


def is_cross_site(request: Request) -> bool:
    """Tell whether a browser sent this from a page of another site.

    `Sec-Fetch-Site` decides where it stands, since our referrer policy makes a browser send the Origin `null`.
    """
    site = request.header("sec-fetch-site")
    if site:
        return site not in ("same-origin", "none")
    origin = request.header("origin")
    return bool(origin) and origin.lower() != f"http://{request.header('host').lower()}"


def _render_look(site: Site, name: str, content_type: str) -> Response:
    text = _environment().get_template(name).render(accent=accent_of(site))
    guards = tuple((key, value) for key, value in SECURITY if key != "Cache-Control")
    kept = (("Content-Type", content_type), ("Cache-Control", "max-age=3600"), ("Content-Security-Policy", POLICY))
    return Response(200, (*kept, *guards), text.encode())


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("workbench.sandbox", "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
