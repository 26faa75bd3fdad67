"""Answers of a site in a launch, in words: what it granted, refused or showed, and where it sent the browser."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qs, urlsplit

from workbench.exchange import Exchange, Response
from workbench.smart.secrets import mask_text

PAGES = (
    (("launch_uri",), "EHR page"),
    (("scope", "decision"), "consent page"),
    (("patient",), "patient choice"),
    (("encounter",), "visit choice"),
    (("resource",), "choice of what is open"),
    (("user", "username", "login", "password"), "sign-in page"),
)
INPUT_NAME = re.compile(
    rb"""<(?:input|select|button|textarea)\b[^<>]*?\bname\s*=\s*["']?([\w.-]{1,60})""", re.IGNORECASE
)
TITLE = re.compile(rb"<title[^<>]*>([^<]{0,200})</title", re.IGNORECASE)
SCOPE_WANTED = re.compile(r'scope="([^"]{1,400})"')
CONTEXT = ("patient", "encounter")
ALSO = (("id_token", "an id token"), ("refresh_token", "a refresh token"))


def name_page(field_names: tuple[str, ...]) -> str:
    """What a page of an authorization server is for, from the names of its form fields."""
    return next((page for names, page in PAGES if any(name in field_names for name in names)), "page")


def tell_answer(exchange: Exchange) -> str:
    """What came of it in one sentence; empty where the answer says no more than that it worked."""
    if exchange.failure:
        return exchange.failure.reason
    response = exchange.response
    if response is None or response.status is None:
        return ""
    location = response.header("location")
    if is_at_app(exchange):
        return _tell_app(response)
    if 300 <= response.status < 400 and location:
        return _tell_redirect(location)
    if response.status >= 400:
        return _tell_refusal(response)
    form = form_of(exchange)
    if is_page(response) and (form or split_address(exchange.request.address).query):
        return f"The site showed its {page_of(response)}."
    if "grant_type" in form:
        return _tell_tokens(response)
    return _tell_status(last_segment(exchange.request.address), form, json_of(response))


def is_at_app(exchange: Exchange) -> bool:
    """Tell whether the browser went to the app: it was opened from an EHR, or came back from a site."""
    query = first_values(split_address(exchange.request.address).query)
    return "grant_type" not in query and (
        ("iss" in query and "launch" in query) or ("state" in query and ("code" in query or "error" in query))
    )


def _tell_app(response: Response) -> str:
    status = response.status or 0
    if status >= 400:
        return f"The app answered {status}{reason_of(response)}."
    return "The app sent the browser on." if 300 <= status < 400 and response.header("location") else ""


def _tell_refusal(response: Response) -> str:
    """The refusal with its reason; where the site names the scope that was missing, that comes first."""
    challenge = response.header("www-authenticate")
    wanted = SCOPE_WANTED.search(challenge) if "insufficient_scope" in challenge else None
    want = f" for want of the scope {wanted[1]}" if wanted else ""
    return f"The site refused{want}: {response.status}{reason_of(response)}."


def _tell_status(tail: str, form: Mapping[str, str], answer: Mapping[str, object]) -> str:
    """What is told of a token or of a user, and that a token was taken back."""
    if "token" in form:
        return _tell_worth(answer) if isinstance(answer.get("active"), bool) else "The site took it."
    if tail == "userinfo" and isinstance(answer.get("sub"), str):
        person = answer.get("fhirUser") or answer.get("profile")
        return f"The site named {mask_text(str(person or answer['sub']))}."
    return ""


def _tell_worth(answer: Mapping[str, object]) -> str:
    if not answer["active"]:
        return "The site said that it is worth nothing any more."
    return f"The site said that it holds, for {', '.join(_list_rights(answer))}."


def _list_rights(answer: Mapping[str, object]) -> list[str]:
    count = len(str(answer.get("scope", "")).split())
    context = [f"{name} {answer[name]}" for name in CONTEXT if isinstance(answer.get(name), str)]
    return [f"{count} scope{'s' if count != 1 else ''}", *context]


def _tell_redirect(location: str) -> str:
    query = first_values(split_address(location).query)
    if query.get("code"):
        return "The site sent the browser back to the app with a code."
    if query.get("error"):
        description = query.get("error_description", "").rstrip(".")
        why = f" (“{mask_text(description)}”)" if description else ""
        return f"The site sent the browser back to the app with the error {query['error']}{why}."
    if query.get("launch") and query.get("iss"):
        return "The EHR sent the browser to the app with its FHIR base (iss) and a launch."
    return "The site sent the browser on."


def _tell_tokens(response: Response) -> str:
    answer = json_of(response)
    also = [words for name, words in ALSO if answer.get(name)]
    return f"The site granted {', '.join(_list_rights(answer) + also)}."


def reason_of(response: Response) -> str:
    """What a refusal says of itself: an OAuth error, an OperationOutcome, or a page's title."""
    answer = json_of(response)
    if isinstance(answer.get("error"), str):
        description = answer.get("error_description")
        return f" {answer['error']}" + (f" (“{description.rstrip('.')}”)" if isinstance(description, str) else "")
    issues = answer.get("issue")
    if isinstance(issues, list) and issues and isinstance(issues[0], dict):
        details = issues[0].get("details")
        words = issues[0].get("diagnostics") or (details.get("text") if isinstance(details, dict) else "")
        return f" (“{str(words).rstrip('.')}”)" if words else ""
    title = TITLE.search(response.body)
    return f" (“{html.unescape(title[1].decode('utf-8', 'replace')).strip()}”)" if title else ""


def page_of(response: Response | None) -> str:
    names = tuple(match.decode() for match in INPUT_NAME.findall(response.body[:200_000])) if response else ()
    return name_page(names)


def is_page(response: Response | None) -> bool:
    return response is not None and response.status == 200 and "html" in response.header("content-type").lower()


def json_of(response: Response) -> Mapping[str, object]:
    if "json" not in response.header("content-type").lower():
        return {}
    try:
        value = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def form_of(exchange: Exchange) -> dict[str, str]:
    if "form-urlencoded" not in exchange.request.header("content-type").lower():
        return {}
    return first_values(exchange.request.body.decode("utf-8", "replace"))


def first_values(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}


def split_address(address: str) -> SplitResult:
    """The parts of an address; one that cannot be read has none."""
    try:
        return urlsplit(address)
    except ValueError:
        return SplitResult("", "", "", "", "")


def last_segment(address: str) -> str:
    return split_address(address).path.rstrip("/").rpartition("/")[2]
