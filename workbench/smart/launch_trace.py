"""Words for each exchange of a SMART launch: who asked whom for what, and what came of it; never with a secret.

Each exchange is told by itself, from its address, its form fields and the shape of its answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from workbench.exchange import Exchange
from workbench.smart.launch_answer import (
    first_values,
    form_of,
    is_page,
    last_segment,
    page_of,
    split_address,
    tell_answer,
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


def describe_exchange(exchange: Exchange) -> str:
    """One or two sentences, such as “The app asked the site how to sign in (smart-configuration).”"""
    return " ".join(describe_parts(exchange)).strip()


def describe_parts(exchange: Exchange) -> tuple[str, str]:
    """What was asked, and what came of it, which is empty where the answer says no more than that it worked."""
    return _tell_request(exchange), tell_answer(exchange)


def _tell_request(exchange: Exchange) -> str:
    request, path = exchange.request, split_address(exchange.request.address).path
    query = first_values(split_address(request.address).query)
    form = form_of(exchange)
    if request.method == "OPTIONS":
        return "The browser asked whether a page of the app may send what follows (CORS)."
    if path.endswith("/.well-known/smart-configuration"):
        return "The app asked the site how to sign in (smart-configuration)."
    if path.endswith("/.well-known/openid-configuration"):
        return "The app read how the site signs users in (OpenID configuration)."
    if path.endswith("/metadata"):
        return "The app read the site’s capability statement."
    if "grant_type" in form:
        return _tell_token_request(exchange, form)
    if path.endswith(("/jwks", "/jwks.json")):
        return "Public keys were fetched (JWKS), to check a signature by them."
    for asked in (query, form):
        if asked.get("response_type") or ("client_id" in asked and "redirect_uri" in asked):
            return _tell_authorization_request(asked)
    if told := _tell_about_token(exchange, form):
        return told
    if "launch" in query and "iss" in query:
        return f"The EHR opened the app with a launch for {query['iss']}."
    if "state" in query and ("code" in query or "error" in query):
        return _tell_return(query)
    if "launch_uri" in form:
        return _tell_ehr_launch(form)
    if form:
        return _tell_answered_page(form)
    if is_page(exchange.response):
        return f"The browser opened the site’s {page_of(exchange.response)}."
    return _tell_fhir(exchange)


def _tell_token_request(exchange: Exchange, form: Mapping[str, str]) -> str:
    shown = _tell_proof(exchange, form)
    if form["grant_type"] == "refresh_token":
        return f"The app asked for a new access token with its refresh token{f' and {shown}' if shown else ''}."
    if form["grant_type"] == "client_credentials":
        count = len(form.get("scope", "").split())
        asked = f"The backend service asked for an access token with {count} scope{'s' if count != 1 else ''}"
        return f"{asked}{f' and {shown}' if shown else ''}."
    pkce = "proved with its code verifier that it is the one who asked (PKCE)" if form.get("code_verifier") else ""
    told = " and ".join(words for words in (shown, pkce) if words)
    return f"The app exchanged the code for an access token{f' and {told}' if told else ''}."


def _tell_proof(exchange: Exchange, form: Mapping[str, str]) -> str:
    """How the app showed that it is itself; nothing for an app without a secret."""
    if form.get("client_assertion"):
        return "signed with its key that it is itself"
    basic = exchange.request.header("authorization").lower().startswith("basic ")
    return "showed its secret" if basic or form.get("client_secret") else ""


def _tell_about_token(exchange: Exchange, form: Mapping[str, str]) -> str:
    """Introspection, revocation and userinfo: what is asked of a token that was given."""
    tail = last_segment(exchange.request.address)
    kind = " refresh" if form.get("token_type_hint") == "refresh_token" else ""
    if "token" in form and tail.startswith("introspect"):
        return f"What a{kind} token is worth was asked (introspection)."
    if "token" in form and tail.startswith("revo"):
        return f"The app gave a{kind} token back (revocation)."
    return "The app asked who signed in (userinfo)." if tail == "userinfo" else ""


def _tell_authorization_request(query: Mapping[str, str]) -> str:
    count = len(query.get("scope", "").split())
    asked = f"{count} scope{'s' if count != 1 else ''}" if count else "no scope"
    pkce = ", with PKCE" if query.get("code_challenge") else ", without PKCE"
    launch = " in the launch that the EHR handed over" if query.get("launch") else ""
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
    path = [unquote(part) for part in split_address(exchange.request.address).path.split("/") if part]
    at = next((i for i, part in enumerate(path) if TYPE_NAME.fullmatch(part)), None)
    method = exchange.request.method
    if at is None and method == "GET" and path and "." in path[-1] and not exchange.request.header("authorization"):
        return f"The browser loaded {path[-1]}."
    if at is None or method not in FHIR_VERBS:
        return f"The app sent {method} to {split_address(exchange.request.address).path}."
    verb = "search" if method == "GET" and len(path) == at + 1 else FHIR_VERBS[method]
    done = exchange.response is not None and (exchange.response.status or 0) < 400
    return f"The app {PAST[verb] if done else f'tried to {verb}'} {'/'.join(path[at:])}."
