"""Words for each exchange of a SMART launch: who asked whom for what, and what came of it; never with a secret.

Each exchange is told by itself, from its address, its form fields and the shape of its answer.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote, urlsplit

from workbench.exchange import Exchange, Response

PAGES = (
    (("launch_uri",), "EHR page"),
    (("scope", "decision"), "consent page"),
    (("patient",), "patient choice"),
    (("encounter",), "visit choice"),
    (("resource",), "choice of what is open"),
    (("user", "username", "login", "password"), "sign-in page"),
)
FHIR_VERBS = {"GET": "read", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
PAST = {
    "read": "read",
    "search": "searched",
    "create": "created",
    "update": "updated",
    "patch": "patched",
    "delete": "deleted",
}
TYPE_NAME = re.compile(r"[A-Z][a-z][A-Za-z]{1,40}")
INPUT_NAME = re.compile(
    rb"""<(?:input|select|button|textarea)\b[^<>]*?\bname\s*=\s*["']?([\w.-]{1,60})""", re.IGNORECASE
)
TITLE = re.compile(rb"<title[^<>]*>([^<]{0,200})</title", re.IGNORECASE)


def describe_exchange(exchange: Exchange) -> str:
    """One or two sentences, such as “The app asked the site how to sign in (smart-configuration).”"""
    return " ".join(describe_parts(exchange)).strip()


def describe_parts(exchange: Exchange) -> tuple[str, str]:
    """What was asked, and what came of it, which is empty where the answer says no more than that it worked."""
    return _tell_request(exchange), _tell_outcome(exchange)


def name_page(field_names: tuple[str, ...]) -> str:
    """What a page of an authorization server is for, from the names of its form fields."""
    return next((page for names, page in PAGES if any(name in field_names for name in names)), "page")


def _tell_request(exchange: Exchange) -> str:
    request, path = exchange.request, urlsplit(exchange.request.address).path
    query = _first_values(urlsplit(request.address).query)
    form = _form_of(exchange)
    if path.endswith("/.well-known/smart-configuration"):
        return "The app asked the site how to sign in (smart-configuration)."
    if path.endswith("/metadata"):
        return "The app read the site’s capability statement."
    if "grant_type" in form:
        return _tell_token_request(form)
    if path.endswith(("/jwks", "/jwks.json")):
        return "The app fetched the site’s public keys."
    if query.get("response_type") or ("client_id" in query and "redirect_uri" in query):
        return _tell_authorization_request(query)
    if "launch" in query and "iss" in query:
        return f"The EHR opened the app with a launch for {query['iss']}."
    if "state" in query and ("code" in query or "error" in query):
        return _tell_return(query)
    if "launch_uri" in form:
        return _tell_ehr_launch(form)
    if form and not _is_fhir(exchange):
        return _tell_answered_page(form)
    if _is_page(exchange.response):
        return f"The browser opened the site’s {_page_of(exchange.response)}."
    return _tell_fhir(exchange)


def _tell_token_request(form: Mapping[str, str]) -> str:
    if form["grant_type"] == "refresh_token":
        return "The app asked for a new access token with its refresh token."
    proof = (
        " and proved with its code verifier that it is the one who asked (PKCE)" if form.get("code_verifier") else ""
    )
    return f"The app exchanged the code for an access token{proof}."


def _tell_authorization_request(query: Mapping[str, str]) -> str:
    count = len(query.get("scope", "").split())
    asked = f"{count} scope{'s' if count != 1 else ''}" if count else "no scope"
    pkce = ", with PKCE" if query.get("code_challenge") else ", without PKCE"
    launch = " in the visit that the EHR handed over" if query.get("launch") else ""
    return f"The app “{query.get('client_id', '')}” asked for {asked}{launch}{pkce}."


def _tell_return(query: Mapping[str, str]) -> str:
    if "error" in query:
        return f"The browser came back to the app with the error {query['error']}."
    return "The browser came back to the app with a code."


def _tell_ehr_launch(form: Mapping[str, str]) -> str:
    about = [f"patient {form['patient']}"] if form.get("patient") else []
    about += [f"encounter {form['encounter']}"] if form.get("encounter") else []
    who = f"{form['user']} " if form.get("user") else "The user "
    return f"{who}launched the app from the EHR" + (f" for {', '.join(about)}." if about else ".")


def _tell_answered_page(form: Mapping[str, str]) -> str:
    decision = form.get("decision", "")
    if decision:
        return "The user refused the app." if decision in ("deny", "reject", "no") else "The user allowed the app."
    if form.get("patient"):
        return f"The user chose the patient {form['patient']}."
    if form.get("encounter"):
        return f"The user chose the visit {form['encounter']}."
    user = next((form[name] for name in ("user", "username", "login") if form.get(name)), "")
    return f"{user} signed in." if user else "The user sent a page of the site."


def _tell_fhir(exchange: Exchange) -> str:
    path = [unquote(part) for part in urlsplit(exchange.request.address).path.split("/") if part]
    at = next((i for i, part in enumerate(path) if TYPE_NAME.fullmatch(part)), None)
    method = exchange.request.method
    if at is None or method not in FHIR_VERBS:
        return f"The app sent {method} to {urlsplit(exchange.request.address).path}."
    verb = "search" if method == "GET" and len(path) == at + 1 else FHIR_VERBS[method]
    done = exchange.response is not None and (exchange.response.status or 0) < 400
    return f"The app {PAST[verb] if done else f'tried to {verb}'} {'/'.join(path[at:])}."


def _tell_outcome(exchange: Exchange) -> str:
    if exchange.failure:
        return exchange.failure.reason
    response = exchange.response
    if response is None or response.status is None:
        return ""
    location = response.header("location")
    if 300 <= response.status < 400 and location:
        return _tell_redirect(location)
    if response.status >= 400:
        return f"The site refused: {response.status}{reason_of(response)}."
    form = _form_of(exchange)
    if _is_page(response) and (form or urlsplit(exchange.request.address).query):
        return f"The site showed its {_page_of(response)}."
    return _tell_tokens(response) if "grant_type" in form else ""


def _tell_redirect(location: str) -> str:
    query = _first_values(urlsplit(location).query)
    if query.get("code"):
        return "The site sent the browser back to the app with a code."
    if query.get("error"):
        return f"The site sent the browser back to the app with the error {query['error']}."
    if query.get("launch") and query.get("iss"):
        return "The EHR sent the browser to the app with its FHIR base (iss) and a launch."
    return "The site sent the browser on."


def _tell_tokens(response: Response) -> str:
    answer = _json_of(response)
    count = len(str(answer.get("scope", "")).split())
    parts = [f"{count} scope{'s' if count != 1 else ''}"]
    parts += [f"{name} {answer[name]}" for name in ("patient", "encounter") if isinstance(answer.get(name), str)]
    parts += [
        words for name, words in (("id_token", "an id token"), ("refresh_token", "a refresh token")) if answer.get(name)
    ]
    return f"The site granted {', '.join(parts)}."


def reason_of(response: Response) -> str:
    """What a refusal says of itself: an OAuth error, an OperationOutcome, or a page's title."""
    answer = _json_of(response)
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


def _page_of(response: Response | None) -> str:
    names = tuple(match.decode() for match in INPUT_NAME.findall(response.body[:200_000])) if response else ()
    return name_page(names)


def _is_page(response: Response | None) -> bool:
    return response is not None and response.status == 200 and "html" in response.header("content-type").lower()


def _is_fhir(exchange: Exchange) -> bool:
    return "json" in exchange.request.header("content-type").lower()


def _json_of(response: Response) -> Mapping[str, object]:
    if "json" not in response.header("content-type").lower():
        return {}
    try:
        value = json.loads(response.body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _form_of(exchange: Exchange) -> dict[str, str]:
    if "form-urlencoded" not in exchange.request.header("content-type").lower():
        return {}
    return _first_values(exchange.request.body.decode("utf-8", "replace"))


def _first_values(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
