"""Authorization answer as it must be: what a site sends back with the browser, and when it must not."""

from __future__ import annotations

from workbench.launch_review.reading import Reading, has, most_bits, parse_pairs, read_address
from workbench.launch_review.rule import Chapter, Found, gets_answer, holds, list_words, passes, quote
from workbench.launch_review.story import Asked, Returned, Story, is_registered
from workbench.smart.json_answer import texts_of
from workbench.smart.scope_cover import missing_scopes
from workbench.smart.scopes import Scope, parse_scope

CHAPTER = Chapter("authorize")
ANSWER = "SMART App Launch 2.2, Obtain authorization code"
ERRORS = frozenset(
    {
        "invalid_request",
        "unauthorized_client",
        "access_denied",
        "unsupported_response_type",
        "invalid_scope",
        "server_error",
        "temporarily_unavailable",
        "interaction_required",
        "login_required",
        "account_selection_required",
        "consent_required",
        "invalid_request_uri",
        "invalid_request_object",
        "request_not_supported",
        "request_uri_not_supported",
        "registration_not_supported",
        "invalid_target",
        "invalid_authorization_details",
        "unmet_authentication_requirements",
    }
)
# RFC 6749, 10.10: the chance of a guess must be at most 2 to the power of -128.
LEAST_BITS = 128


@CHAPTER.asks(
    "code",
    "server",
    "An app that is let in is sent a code in the query of its redirect address, never a token.",
    f"{ANSWER}; RFC 6749, 4.1.2; RFC 9700, 2.1.2",
)
def _code(story: Story) -> Found:
    for back in story.returned:
        if back.value("error"):
            continue
        loose = [name for name in ("access_token", "id_token") if has(back.parameters, name)]
        in_query = bool(dict(parse_pairs(back.target.query)).get("code"))
        bad = f"The redirect carries {list_words(loose)}." if loose else "The code does not stand in the query."
        yield holds(back.reading, f"{back.place}: code", in_query and not loose, "The code is in the query.", bad)


@CHAPTER.asks(
    "state-returned",
    "server",
    "The state comes back exactly as it was sent, with a code and with an error.",
    f"{ANSWER}; RFC 6749, 4.1.2 and 4.1.2.1",
    "An app that checks it, as it must, stops here.",
)
def _state_returned(story: Story) -> Found:
    for back in story.returned:
        if back.asked is not None and not back.asked.is_ambiguous and (sent := back.asked.value("state")):
            came = back.value("state")
            bad = "It came back changed." if came else "It did not come back."
            yield holds(back.reading, f"{back.place}: state", came == sent, "It is the same.", bad)


@CHAPTER.asks(
    "redirect-exact",
    "server",
    "The browser is sent to the redirect address of the request and to no other.",
    "RFC 6749, 4.1.2; RFC 9700, 4.1.3",
    "A code at another address is a code in other hands.",
)
def _redirect_exact(story: Story) -> Found:
    for back in story.returned:
        sure = back.asked is not None and not back.asked.is_ambiguous
        wanted = read_address(back.asked.value("redirect_uri")) if back.asked and sure else None
        if wanted is not None and wanted.text:
            kept = back.target.bare == wanted.bare and _keeps_query(back, wanted.query)
            bad = f"The browser went to {quote(back.target.bare)}, and the app had named {quote(wanted.bare)}."
            yield holds(back.reading, back.place, kept, "It is the app's.", bad)


def _keeps_query(back: Returned, query: str) -> bool:
    return set(parse_pairs(query)) <= set(parse_pairs(back.target.query))


@CHAPTER.asks(
    "redirect-refused",
    "server",
    "Where the app or its redirect address is not known, the browser is sent nowhere.",
    "RFC 6749, 4.1.2.1; RFC 9700, 4.11.2",
    "The site would send users wherever a link says.",
)
def _redirect_refused(story: Story) -> Found:
    for asked in story.asked:
        client, address = story.client(asked.client_id), asked.value("redirect_uri")
        strange = not asked.client_id or (client is None and story.facts.registration == "registered")
        if client is not None and client.redirect_uris and address:
            strange = strange or not is_registered(client, address)
        if strange:
            sent = [b for b in story.returned if b.asked is asked]
            place = asked.place("redirect_uri")
            bad = f"The site sent the browser to {quote(read_address(address).bare)}, which it does not know."
            yield holds((sent[0] if sent else asked).reading, place, not sent, "The browser was sent nowhere.", bad)


@CHAPTER.asks(
    "redirect-taken",
    "server",
    "A redirect address that the app registered is taken.",
    "RFC 6749, 3.1.2.3; RFC 8252, 7.3",
    "The launch ends at the site's own error page.",
)
def _redirect_taken(story: Story) -> Found:
    for asked in story.asked:
        client, address = story.client(asked.client_id), asked.value("redirect_uri")
        if client is None or not address or not client.redirect_uris or not asked.reading.status or asked.is_ambiguous:
            continue
        if is_registered(client, address):
            refused = 400 <= asked.reading.status < 500
            bad = f"The site answered {asked.reading.status} to an app and an address that it knows."
            yield holds(asked.reading, "status", not refused, "It was taken.", bad)


@CHAPTER.asks(
    "error-words",
    "server",
    "An error that is sent to the app is one of OAuth's, or of OpenID Connect's.",
    "RFC 6749, 4.1.2.1; OpenID Connect Core 1.0, 3.1.2.6",
)
def _error_words(story: Story) -> Found:
    for back in story.returned:
        if error := back.value("error"):
            bad = f"{quote(error)} is no error of an authorization answer."
            yield holds(back.reading, f"{back.place}: error", error in ERRORS, f"It is {error}.", bad)


@CHAPTER.asks(
    "scope-taken",
    "server",
    "Scopes that the site itself lists are not refused as invalid.",
    "SMART App Launch 2.2, Conformance: Metadata; RFC 6749, 4.1.2.1",
    "An app that asks for what was offered cannot start.",
)
def _scope_taken(story: Story) -> Found:
    for back in story.returned:
        listed = texts_of(story.configuration_of(back.asked), "scopes_supported")
        if back.value("error") == "invalid_scope" and back.asked and listed:
            unknown = [s.text for s in back.asked.scopes if not _is_listed(s, listed) or _may_be_refused(s, back.asked)]
            bad = "The site refused the scopes as invalid, and lists every one of them."
            good = f"Refused for {list_words(unknown)}." if unknown else "A scope that it needs was not asked for."
            kept = bool(unknown) or _lacks_scope(back.asked)
            yield holds(back.reading, f"{back.place}: error", kept, good, bad)
        elif back.asked and listed and back.value("code"):
            yield passes(back.reading, f"{back.place}: code", "The scopes were taken.")


def _lacks_scope(asked: Asked) -> bool:
    """Whether no scope is asked for (RFC 6749, 3.3), or a launch is handed back without the scope for it."""
    return not asked.scopes or (bool(asked.value("launch")) and "launch" not in asked.scope_texts)


def _may_be_refused(scope: Scope, asked: Asked) -> bool:
    """What a site may refuse though it lists it: a patient whom nobody chooses, and what is not for a user."""
    chosen = asked.value("launch") or "launch/patient" in asked.scope_texts
    wants_launch = scope.context == "patient" or scope.text == "launch"
    return scope.context == "system" or (wants_launch and not chosen)


def _is_listed(scope: Scope, listed: tuple[str, ...]) -> bool:
    """Whether the site says that it takes the scope, or wider ones that are written in the same way."""
    alike = [text for text in listed if parse_scope(text).version == scope.version]
    return scope.text in listed or (scope.kind == "resource" and not missing_scopes([scope.text], alike))


@CHAPTER.asks(
    "aud-taken",
    "server",
    "A request for the site's own FHIR base is not refused for its aud.",
    ANSWER,
)
def _aud_taken(story: Story) -> Found:
    bases = {base.bare.rstrip("/") for base in story.endpoints.bases}
    for back in story.returned:
        if back.asked is None or back.asked.is_ambiguous:
            continue
        if read_address(back.asked.value("aud")).bare.rstrip("/") not in bases:
            continue
        told = back.value("error_description").lower()
        blamed = back.value("error") in ("invalid_request", "invalid_target") and "aud" in told
        bad = "The site refused its own FHIR base as aud."
        yield holds(back.reading, f"{back.place}: error_description", not blamed, "It was taken.", bad)


@CHAPTER.asks(
    "aud-checked",
    "server",
    "A request for the FHIR base of another server gets no code.",
    ANSWER,
    "The app would carry a genuine token to a counterfeit server.",
)
def _aud_checked(story: Story) -> Found:
    # One site may have several FHIR bases; a base at its own origin may be one that was not seen.
    origins = {base.origin for base in story.endpoints.bases}
    for asked in story.asked:
        aud = read_address(asked.value("aud"))
        if aud.text and origins and aud.origin not in {*origins, asked.reading.address.origin}:
            codes = [b for b in story.returned if b.asked is asked and b.value("code")]
            bad = f"A code was given for {quote(aud.bare)}."
            yield holds(
                (codes[0] if codes else asked).reading, asked.place("aud"), not codes, "There was no code.", bad
            )


@CHAPTER.asks(
    "plain-refused",
    "server",
    "A code challenge by plain gets no code.",
    "SMART App Launch 2.2, Considerations for PKCE Support",
    since=2,
)
def _plain_refused(story: Story) -> Found:
    for asked in story.asked:
        if has(asked.parameters, "code_challenge") and asked.is_plain:
            codes = [b for b in story.returned if b.asked is asked and b.value("code")]
            place = asked.place("code_challenge_method")
            bad = "A code was given for a challenge by plain."
            yield holds((codes[0] if codes else asked).reading, place, not codes, "There was no code.", bad)


@CHAPTER.asks(
    "issuer-returned",
    "server",
    "A site that says it names itself in its answers does so, as iss.",
    "RFC 9207, 2 and 3",
    "An app of several hospitals cannot tell which one answered.",
)
def _issuer_returned(story: Story) -> Found:
    for back in story.returned:
        iss, issuer = back.value("iss"), story.issuer_of(back.asked)
        claimed = story.configuration_of(back.asked).get("authorization_response_iss_parameter_supported") is True
        if claimed or iss:
            kept = bool(iss) and (not issuer or iss == issuer)
            bad = f"iss is {quote(iss)}, and the issuer {quote(issuer)}." if iss else "iss is missing."
            yield holds(back.reading, f"{back.place}: iss", kept, "It names the issuer.", bad)


@CHAPTER.asks(
    "code-fresh",
    "server",
    "Each authorization has a code of its own.",
    "RFC 6749, 4.1.2",
)
def _code_fresh(story: Story) -> Found:
    seen: dict[str, Returned] = {}
    for back in story.returned:
        if code := back.value("code"):
            before = seen.setdefault(code, back)
            same = before is back or (before.asked is back.asked and back.reading.kind == "return")
            bad = f"The same code was given in exchange {before.reading.index + 1}."
            yield holds(back.reading, f"{back.place}: code", same, "It is new.", bad)


@CHAPTER.asks(
    "code-random",
    "server",
    f"A code cannot be guessed: at least {LEAST_BITS} bits.",
    "RFC 6749, 10.10",
)
def _code_random(story: Story) -> Found:
    for back in story.returned:
        if code := back.value("code"):
            bits = most_bits(code)
            bad = f"{len(code)} characters of its alphabet hold at most {bits:.0f} bits."
            yield holds(back.reading, f"{back.place}: code", bits >= LEAST_BITS, "It is long enough.", bad)


@CHAPTER.asks(
    "no-307",
    "server",
    "A page that a form was sent to does not redirect by 307 or 308, which would send the form on.",
    "RFC 9700, 4.12",
    "What a user typed, a password it may be, would be posted to the next page or to the app.",
)
def _no_307(story: Story) -> Found:
    for reading in story.of("authorize", "page"):
        # Only what was posted can be posted on.
        if reading.method == "POST" and 300 <= reading.status < 400:
            said = f"It is {reading.status}."
            yield holds(reading, "status", reading.status not in (307, 308), said, said)


@CHAPTER.asks(
    "no-cors",
    "server",
    "The authorization endpoint is not open to scripts of other origins.",
    "RFC 9700, 2.6",
    "A page could read what only the browser's own window may see.",
)
def _no_cors(story: Story) -> Found:
    for asked in story.asked:
        if asked.reading.status:
            allowed = asked.reading.response_header("access-control-allow-origin")
            bad = f"Access-Control-Allow-Origin is {quote(allowed)}."
            yield holds(asked.reading, "header: Access-Control-Allow-Origin", not allowed, "It is absent.", bad)


@CHAPTER.asks(
    "framing",
    "server",
    "Pages where a user signs in or consents cannot be framed by another site.",
    "RFC 6749, 10.13; RFC 9700, 4.16",
    "A user could be made to click “Allow” without seeing it.",
)
def _framing(story: Story) -> Found:
    for reading in story.of("authorize", "page"):
        if reading.status == 200 and "html" in reading.response_header("content-type").lower():
            if reading.kind == "page" and b"<form" not in _body(reading):
                continue
            bad = "Neither frame-ancestors nor X-Frame-Options keeps other sites from framing the page."
            yield holds(
                reading, "header: Content-Security-Policy", not _may_be_framed(reading), "It cannot be framed.", bad
            )


def _may_be_framed(reading: Reading) -> bool:
    """By any site: where frame-ancestors stands, X-Frame-Options is not looked at (CSP 3, 6.4.2.2)."""
    policies = reading.response_header("content-security-policy").lower().replace(",", ";").split(";")
    ancestors = [words[1:] for policy in policies if (words := policy.split()) and words[0] == "frame-ancestors"]
    if ancestors:
        return all({"*", "http:", "https:"} & {*words} for words in ancestors)
    return reading.response_header("x-frame-options").strip().lower() not in ("deny", "sameorigin")


def _body(reading: Reading) -> bytes:
    response = reading.exchange.response
    return response.body[:200_000].lower() if response is not None else b""


@CHAPTER.asks(
    "referrer",
    "server",
    "Pages on the way to a code do not tell their address to others.",
    "RFC 9700, 4.2.4",
    "State and code would stand in the Referer of whatever the page loads.",
    level="should",
)
def _referrer(story: Story) -> Found:
    for reading in story.of("authorize", "page"):
        if reading.status == 200 and b"<form" in _body(reading):
            policy = reading.response_header("referrer-policy").rpartition(",")[2].strip().lower()
            kept = bool(policy) and policy not in ("unsafe-url", "no-referrer-when-downgrade")
            bad = f"Referrer-Policy is {quote(policy)}." if policy else "There is no Referrer-Policy."
            yield holds(reading, "header: Referrer-Policy", kept, "It is kept.", bad)


@CHAPTER.asks(
    "answers",
    "server",
    "The site answers an authorization request, and not with an error of its own.",
    "RFC 6749, 4.1.2.1; OpenID Connect Core 1.0, 3.1.2.6",
)
def _answers(story: Story) -> Found:
    for asked in story.asked:
        yield from gets_answer(asked.reading, "The site")


@CHAPTER.asks(
    "post",
    "server",
    "The authorization endpoint takes POST as well as GET.",
    "SMART App Launch 2.2, Obtain authorization code; OpenID Connect Core 1.0, 3.1.2.1",
    since=2,
)
def _post(story: Story) -> Found:
    for asked in story.asked:
        if asked.reading.method == "POST" and asked.reading.form and asked.reading.status:
            kept = asked.reading.status not in (404, 405, 501)
            yield holds(asked.reading, "status", kept, "It was taken.", f"It was answered {asked.reading.status}.")
