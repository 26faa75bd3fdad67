"""Visit of a site's pages without a person: a scripted user answers them, and goes where they send.

No script runs, cookies are kept for each origin, and the visit stays within the origins it was given: an address to
come back to ends it, and any other address ends it in words.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from workbench.app_launch.scripted_user import CannotFill, Pairs, ScriptedUser, choose_form
from workbench.app_launch.web_form import Form, Page, parse_page
from workbench.app_launch.wire import no_answer, send_anyhow
from workbench.exchange import Exchange, Request, Response
from workbench.smart.launch_answer import name_page, reason_of
from workbench.smart_app.launch_refusal import NEEDS_A_PERSON, LaunchRefused, Stage
from workbench.transports.http_client import HttpClient, is_loopback

MAX_STEPS = 30


@dataclass(frozen=True, slots=True)
class Arrived:
    """The browser was sent to the address that the visit was to end at."""

    address: str


async def visit(
    client: HttpClient,
    user: ScriptedUser,
    where: str | Request,
    *,
    until: str,
    origins: Iterable[str] = (),
    stage: Stage = "sign-in",
    receiver: str = "",
    within: float = 30.0,
    home: str = "",
) -> AsyncGenerator[Exchange | Arrived | LaunchRefused, None]:
    """Open an address or post a form, and answer page after page; the last item is Arrived at `until` or LaunchRefused.

    `origins` may be visited beside that of `where`. With `home` they are those of the site, and an app may be elsewhere
    on this machine too; a page of the app ends the visit, unless it is a form that goes to the site.
    """
    request = where if isinstance(where, Request) else Request("GET", where, (("Accept", "text/html"),))
    allowed, cookies = {origin_of(request.address), *(origin_of(origin) for origin in origins)}, Cookies()
    site = {origin_of(origin) for origin in origins}
    sent: set[tuple[str, Pairs]] = set()
    for _ in range(MAX_STEPS):
        headers = (*request.headers, *cookies.headers_for(request.address))
        request = Request(request.method, request.address, headers, request.body)
        exchange = await send_anyhow(client, request, sender="scripted user", receiver=receiver, within=within)
        yield exchange
        if exchange.response is None:
            yield no_answer(stage, exchange)
            return
        cookies.take(request.address, exchange.response)
        if home:
            allowed |= _of_this_machine(request.address, exchange.response)
        if home and origin_of(request.address) not in site and not exchange.response.header("location"):
            step = _leave_home(user, request, exchange.response, site, stage)
        else:
            step = _next_step(user, request, exchange.response, until, allowed, stage, sent)
        if not isinstance(step, Request):
            yield step
            return
        request = step
    yield LaunchRefused(stage, "too_many_pages", f"The site showed over {MAX_STEPS} pages without coming back.")


def _of_this_machine(address: str, response: Response) -> set[str]:
    """The origin that the browser is sent to, where that is on this machine: an app may live at several."""
    target = _join(address, response.header("location"))
    try:
        host = urlsplit(target).hostname
    except ValueError:
        return set()
    return {origin_of(target)} if host and is_loopback(host) else set()


def _leave_home(
    user: ScriptedUser, request: Request, response: Response, site: set[str], stage: Stage
) -> Request | Arrived | LaunchRefused:
    """The form by which a page of the app asks the site to let it in; any other page of the app is the end."""
    if response.status == 200 and "html" in response.header("content-type").lower():
        chosen = choose_form(user, parse_page(response.body.decode("utf-8", "replace")))
        if chosen is not None and not isinstance(chosen, CannotFill):
            form, pairs = chosen
            target = _join(request.address, form.action or request.address)
            if origin_of(target) in site:
                return _to_request(form, target, pairs)
    return _end_at_home(request, response, stage)


def _end_at_home(request: Request, response: Response, stage: Stage) -> Arrived | LaunchRefused:
    if response.status is not None and response.status < 400:
        return Arrived(request.address)
    sentence = f"The app answered {response.status} at {_bare(request.address)}."
    return LaunchRefused(stage, f"http_{response.status}", sentence)


def _next_step(
    user: ScriptedUser,
    request: Request,
    response: Response,
    until: str,
    allowed: set[str],
    stage: Stage,
    sent: set[tuple[str, Pairs]],
) -> Request | Arrived | LaunchRefused:
    location = response.header("location")
    if response.status in (301, 302, 303, 307, 308) and location:
        return _follow(request, response, _join(request.address, location), until, allowed, stage)
    if response.status != 200:
        sentence = f"The site answered {response.status}{reason_of(response)} at {_bare(request.address)}."
        return LaunchRefused(stage, f"http_{response.status}", sentence)
    return _answer_page(user, request, response, allowed, stage, sent)


def _follow(
    request: Request, response: Response, target: str, until: str, allowed: set[str], stage: Stage
) -> Request | Arrived | LaunchRefused:
    if _bare(target) == _bare(until):
        return Arrived(target)
    if origin_of(target) not in allowed:
        sentence = (
            f"The site sent the browser to {_bare(target)}, where this launch has no business: a person is needed."
        )
        return LaunchRefused(stage, NEEDS_A_PERSON, sentence)
    if response.status in (307, 308):
        kept = tuple(pair for pair in request.headers if pair[0].lower() in ("accept", "content-type"))
        return Request(request.method, target, kept, request.body)
    return Request("GET", target, (("Accept", "text/html"),))


def _answer_page(
    user: ScriptedUser,
    request: Request,
    response: Response,
    allowed: set[str],
    stage: Stage,
    sent: set[tuple[str, Pairs]],
) -> Request | LaunchRefused:
    page = parse_page(response.body.decode("utf-8", "replace"))
    chosen = choose_form(user, page)
    if chosen is None or isinstance(chosen, CannotFill):
        return LaunchRefused(stage, NEEDS_A_PERSON, _tell_unfilled(page, chosen))
    form, pairs = chosen
    target = _join(request.address, form.action or _bare(request.address))
    if origin_of(target) not in allowed:
        sentence = f"The page “{page.title}” sends its form to {_bare(target)}: a person is needed."
        return LaunchRefused(stage, NEEDS_A_PERSON, sentence)
    visible = tuple((name, value) for name, value in pairs if name in form.names)
    if (_bare(target), visible) in sent:
        said = f" It says: “{page.alert}”" if page.alert else ""
        sentence = f"The site showed its {name_page(form.names)} again after it was answered.{said}"
        return LaunchRefused(stage, "not_accepted", sentence)
    sent.add((_bare(target), visible))
    return _to_request(form, target, pairs)


def _to_request(form: Form, target: str, pairs: Pairs) -> Request:
    if form.method == "GET":
        return Request("GET", f"{_bare(target)}?{urlencode(pairs)}", (("Accept", "text/html"),))
    headers = (
        ("Accept", "text/html"),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Origin", origin_of(target)),
    )
    return Request("POST", target, headers, urlencode(pairs).encode())


def _tell_unfilled(page: Page, problem: CannotFill | None) -> str:
    where = f"The page “{page.title}”" if page.title else "The page"
    said = f" It says: “{page.alert}”" if page.alert else ""
    if problem is None:
        return f"{where} has no form to fill: a person is needed.{said}"
    names = tuple(dict.fromkeys(name for form in page.forms for name in form.names))
    return f"{where} asks for {', '.join(f'“{name}”' for name in names)}, and {problem.reason}.{said}"


def _join(base: str, target: str) -> str:
    """The address that `target` means on the page at `base`; as it is where it means none."""
    try:
        return urljoin(base, target)
    except ValueError:
        return target


def _bare(address: str) -> str:
    """An address without its query and fragment, which may hold codes and tokens."""
    return address.partition("#")[0].partition("?")[0]


def origin_of(address: str) -> str:
    """Scheme and host of an address; empty where it is none, which is nobody's origin."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}"


class Cookies:
    """Cookies by origin and name; paths and lifetimes do not matter within one visit, but a deletion does."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], str] = {}

    def take(self, address: str, response: Response) -> None:
        for name, value in response.headers:
            if name.lower() == "set-cookie":
                self._take_one(origin_of(address), value)

    def _take_one(self, origin: str, text: str) -> None:
        try:
            parsed = SimpleCookie(text)
        except CookieError:
            return
        for key, morsel in parsed.items():
            if str(morsel["max-age"]) == "0":
                self._kept.pop((origin, key), None)
            else:
                self._kept[(origin, key)] = morsel.coded_value

    def headers_for(self, address: str) -> Pairs:
        pairs = [f"{name}={value}" for (origin, name), value in self._kept.items() if origin == origin_of(address)]
        return (("Cookie", "; ".join(pairs)),) if pairs else ()
