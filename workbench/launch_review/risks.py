"""Risks that a launch leaves, though it may have come about: what the review of an EHR's vendor would raise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from workbench.launch_review.discovery_rules import gives_codes
from workbench.launch_review.fhir_calls import aim_of, end_of
from workbench.launch_review.reading import Reading, first, has, most_bits, read_address
from workbench.launch_review.review import Evidence, Party, Risk
from workbench.launch_review.rule import fails, list_words, quote
from workbench.launch_review.story import Asked, Story, Traded
from workbench.smart.json_answer import texts_of
from workbench.smart.scopes import Scope, parse_scopes

MOST_EVIDENCE = 20
MINUTE = 60.0
RiskFinder = Callable[[Story], Iterable[Evidence]]
_FINDERS: list[tuple[Risk, RiskFinder]] = []


def find_risks(story: Story) -> Iterator[Risk]:
    for risk, find in _FINDERS:
        if found := sorted(find(story), key=lambda evidence: evidence.exchange)[:MOST_EVIDENCE]:
            yield Risk(risk.id, risk.party, risk.title, risk.why, risk.clause, tuple(found))


def all_risks() -> tuple[Risk, ...]:
    """Each risk that is looked for, without evidence."""
    return tuple(risk for risk, _ in _FINDERS)


def _raises(id_: str, party: Party, title: str, clause: str, why: str) -> Callable[[RiskFinder], RiskFinder]:
    def put(find: RiskFinder) -> RiskFinder:
        _FINDERS.append((Risk(id_, party, title, why, clause, ()), find))
        return find

    return put


@_raises(
    "no-state",
    "app",
    "No state",
    "RFC 9700, 4.7; RFC 6749, 10.12",
    "Somebody can make a user's browser finish a launch that they began, and the user works in their chart.",
)
def _no_state(story: Story) -> Iterator[Evidence]:
    for asked in story.asked:
        if not asked.value("state"):
            yield fails(asked.reading, asked.place("state"), "The request has no state.")


@_raises(
    "weak-state",
    "app",
    "A state that can be guessed or comes again",
    "SMART App Launch 2.2, Obtain authorization code; RFC 9700, 4.7",
    "A state that somebody else can know protects as little as none.",
)
def _weak_state(story: Story) -> Iterator[Evidence]:
    seen: dict[str, Asked] = {}
    for asked in story.asked:
        if not (state := asked.value("state")):
            continue
        if state in seen and not asked.repeats(seen[state]):
            before = seen[state].reading.index + 1
            yield fails(asked.reading, asked.place("state"), f"It stood in exchange {before} already.")
        elif most_bits(state) < 122:
            bits = most_bits(state)
            yield fails(
                asked.reading, asked.place("state"), f"It holds at most {bits:.0f} bits, and 122 are asked for."
            )
        seen.setdefault(state, asked)


@_raises(
    "no-pkce",
    "app",
    "No PKCE",
    "RFC 9700, 2.1.1; RFC 7636, 1",
    "Whoever gets hold of the code, from a log or by an app of the same address, redeems it.",
)
def _no_pkce(story: Story) -> Iterator[Evidence]:
    for asked in story.asked:
        if not asked.value("code_challenge"):
            yield fails(asked.reading, asked.place("code_challenge"), "The request has no code challenge.")


@_raises(
    "plain-pkce",
    "app",
    "PKCE by plain",
    "RFC 7636, 7.2; RFC 9700, 2.1.1",
    "Whoever can read the request can redeem the code: the challenge is the verifier.",
)
def _plain_pkce(story: Story) -> Iterator[Evidence]:
    for asked in story.asked:
        if has(asked.parameters, "code_challenge") and asked.is_plain:
            yield fails(asked.reading, asked.place("code_challenge_method"), "The challenge is made by plain.")


@_raises(
    "token-in-address",
    "app",
    "A token or secret in an address",
    "RFC 9700, 4.3.2; RFC 6750, 5.3",
    "Addresses stay in browser histories and in the logs of every server on the way.",
)
def _token_in_address(story: Story) -> Iterator[Evidence]:
    names = ("access_token", "refresh_token", "id_token", "client_secret", "client_assertion", "code_verifier")
    for reading in story.readings:
        for name in names:
            if has(reading.query, name):
                yield fails(reading, f"query: {name}", f"{name} stands in the address.")


@_raises(
    "token-in-redirect",
    "server",
    "A token in a redirect",
    "RFC 9700, 2.1.2 and 4.3.2",
    "What stands in a redirect's address stays in the browser's history and reaches every script of the page.",
)
def _token_in_redirect(story: Story) -> Iterator[Evidence]:
    for back in story.returned:
        for name in ("access_token", "id_token", "refresh_token"):
            if has(back.parameters, name):
                yield fails(back.reading, back.place, f"The site put {name} into the redirect.")


@_raises(
    "secret-in-public-app",
    "app",
    "A secret in an app that cannot keep one",
    "RFC 8252, 8.5; SMART App Launch 2.2, Support for public and confidential apps",
    "A secret in a browser or on a desktop can be read by every user, and then speaks for the app at every hospital.",
)
def _secret_in_public_app(story: Story) -> Iterator[Evidence]:
    for traded in story.traded:
        form = traded.reading.form
        secret = traded.reading.basic is not None or has(form, "client_secret")
        if not secret:
            continue
        registered = story.method_of(traded.client_id) == "none"
        browser = traded.reading.is_from_browser
        if registered or browser:
            where = "A script in a browser sent it." if browser else "The app is registered as one without a secret."
            place = "body: client_secret" if has(form, "client_secret") else "header: Authorization"
            yield fails(traded.reading, place, where)


@_raises(
    "wildcard-scopes",
    "app",
    "Wildcard scopes",
    "SMART App Launch 2.2, Wildcard scopes; RFC 9700, 2.3",
    "The app asks for everything, also for what the hospital will add later; many sites refuse it.",
)
def _wildcard_scopes(story: Story) -> Iterator[Evidence]:
    for reading, place, scopes in _asked_scopes(story):
        wide = [scope.text for scope in scopes if scope.type == "*"]
        if wide:
            yield fails(reading, place, f"Asked for: {list_words(wide)}.")


def _asked_scopes(story: Story) -> Iterator[tuple[Reading, str, tuple[Scope, ...]]]:
    for asked in story.asked:
        yield asked.reading, asked.place("scope"), asked.scopes
    for traded in story.traded:
        if traded.grant_type == "client_credentials":
            yield traded.reading, "body: scope", parse_scopes(first(traded.reading.form, "scope"))


@_raises(
    "unused-scopes",
    "app",
    "More scopes than were used",
    "SMART App Launch 2.2, Obtain authorization code; RFC 9700, 2.3",
    "Each right that an app holds and does not need is one that somebody else can use with a stolen token.",
)
def _unused_scopes(story: Story) -> Iterator[Evidence]:
    used: dict[int, Counter[tuple[str, str]]] = {}
    for call in story.calls:
        aim = aim_of(story, call.reading) if call.source is not None else None
        if call.source is not None and aim is not None:
            used.setdefault(call.source.began, Counter())[aim.interaction, aim.type] += 1
    for traded in story.granted:
        aims = used.get(traded.began)
        if traded.source is not None or aims is None:
            continue
        unused = [
            scope.text
            for scope in traded.scopes
            if scope.kind == "resource" and not any(scope.covers(*aim) for aim in aims)
        ]
        if unused:
            bad = f"Granted, and not used in the {aims.total()} calls that were seen: {list_words(unused)}."
            yield fails(traded.reading, "body: scope", bad)


@_raises(
    "open-redirect-address",
    "app",
    "A redirect address without TLS",
    "RFC 9700, 2.6",
    "The code travels over the network where anybody on the way can read it.",
)
def _open_redirect_address(story: Story) -> Iterator[Evidence]:
    for asked in story.asked:
        address = read_address(asked.value("redirect_uri"))
        if address.scheme == "http" and not address.is_loopback:
            yield fails(asked.reading, asked.place("redirect_uri"), f"It is {quote(address.bare)}.")


@_raises(
    "no-aud",
    "app",
    "No aud",
    "SMART App Launch 2.2, Obtain authorization code",
    "A counterfeit FHIR server that the app was led to gets a genuine token.",
)
def _no_aud(story: Story) -> Iterator[Evidence]:
    for asked in story.asked:
        if not asked.value("aud"):
            yield fails(asked.reading, asked.place("aud"), "The request has no aud.")


@_raises(
    "kept-token",
    "app",
    "A token that was used after it had been given back, or had ended",
    "RFC 7009, 2.1; SMART App Launch 2.2, App protection",
    "The app kept what the user thinks is gone: after a logout somebody else may work with it.",
)
def _kept_token(story: Story) -> Iterator[Evidence]:
    for reading in story.of("revocation"):
        token = first(reading.form, "token")
        family = {t.access_token for t in story.granted if token in (t.access_token, t.refresh_token)} | {token}
        calls = (call for each in family for call in story.calls_with(each, reading.index))
        for call in calls if token and reading.status == 200 else ():
            bad = f"Its token had been given back in exchange {reading.index + 1}."
            yield fails(call.reading, "header: Authorization", bad)
    for call in story.calls:
        ends = end_of(call)
        if ends is not None and call.reading.started > ends + MINUTE:
            bad = f"Its token had ended {call.reading.started - ends:.0f} seconds before."
            yield fails(call.reading, "header: Authorization", bad)


@_raises(
    "refresh-reused",
    "app",
    "A refresh token that came twice",
    "RFC 6749, 6; RFC 9700, 4.14.2",
    "It cannot be told from a stolen one: a site that looks ends the sign-in, and the user must sign in anew.",
)
def _refresh_reused(story: Story) -> Iterator[Evidence]:
    seen: dict[str, Traded] = {}
    for traded in story.traded:
        token = first(traded.reading.form, "refresh_token")
        if not token:
            continue
        before = seen.get(token)
        # Where no newer one came, the same one must be used again.
        if before is not None and before.refresh_token not in ("", token):
            bad = f"It was used in exchange {before.reading.index + 1}, which gave a newer one."
            yield fails(traded.reading, "body: refresh_token", bad)
        if traded.is_granted:
            seen[token] = traded


@_raises(
    "offline-browser-app",
    "app",
    "offline_access in a browser app",
    "RFC 9700, 4.14; SMART App Launch 2.2, Best practices",
    "A refresh token that holds for months lies in a browser, where a script that slips in can take it.",
)
def _offline_browser_app(story: Story) -> Iterator[Evidence]:
    for traded in story.granted:
        browser = traded.reading.is_from_browser
        if browser and "offline_access" in traded.scope_texts and traded.source is None:
            yield fails(traded.reading, "body: scope", "offline_access was granted to a script in a browser.")


@_raises(
    "id-token-unchecked",
    "app",
    "An id token whose signature was not checked, as far as can be seen",
    "SMART App Launch 2.2, Steps for using an ID token; OpenID Connect Core 1.0, 3.1.3.7",
    "An app that signs users in by a token that it does not check believes whoever writes one.",
)
def _id_token_unchecked(story: Story) -> Iterator[Evidence]:
    if any(story.of("keys")):
        return
    used = {call.source.reading.index for call in story.calls if call.source is not None}
    for traded in story.granted:
        if traded.reading.index in used and traded.source is None and traded.reading.answer.get("id_token"):
            yield fails(traded.reading, "body: id_token", "The app never asked for the site's keys.")


@_raises(
    "long-token",
    "server",
    "An access token that holds for more than an hour",
    "SMART App Launch 2.2, Obtain access token: Response",
    "A stolen token opens the chart for as long as it holds.",
)
def _long_token(story: Story) -> Iterator[Evidence]:
    for traded in story.granted:
        if traded.lifetime is not None and traded.lifetime > 3600:
            yield fails(traded.reading, "body: expires_in", f"It holds for {traded.lifetime / 3600:.1f} hours.")


@_raises(
    "pkce-not-offered",
    "server",
    "PKCE is not offered",
    "RFC 9700, 2.1.1",
    "The site cannot protect a code that gets into other hands, whatever the app does.",
)
def _pkce_not_offered(story: Story) -> Iterator[Evidence]:
    for reading in story.configurations:
        if gives_codes(reading) and "S256" not in texts_of(reading.answer, "code_challenge_methods_supported"):
            yield fails(reading, "body: code_challenge_methods_supported", "S256 is not listed.")


@_raises(
    "pkce-left-out",
    "server",
    "An app without PKCE and without a secret is let in",
    "RFC 9700, 2.1.1",
    "A code of such an app is worth a token to whoever reads it.",
)
def _pkce_left_out(story: Story) -> Iterator[Evidence]:
    for traded in story.granted:
        asked = traded.asked
        if (
            traded.grant_type == "authorization_code"
            and asked
            and not asked.value("code_challenge")
            and not traded.has_proof
        ):
            yield fails(traded.reading, "body: access_token", "A token was given without either.")


@_raises(
    "iss-from-anywhere",
    "app",
    "One redirect address for several hospitals, and no issuer in the answer",
    "RFC 9700, 4.4; RFC 9207, 1",
    "An app that cannot tell who answered sends the code of one hospital to the other.",
)
def _iss_from_anywhere(story: Story) -> Iterator[Evidence]:
    doors: dict[tuple[str, str], str] = {}
    for back in story.returned:
        if back.asked is None or back.value("iss"):
            continue
        key = back.asked.client_id, back.asked.value("redirect_uri")
        door = back.asked.reading.address.bare
        if doors.setdefault(key, door) != door:
            yield fails(back.reading, back.place, f"{quote(doors[key])} and {quote(door)} send codes to one address.")


@_raises(
    "refresh-not-rotated",
    "server",
    "A refresh token that goes on for an app without a secret",
    "RFC 9700, 2.2.2 and 4.14.2",
    "Whoever steals it works beside the app for as long as it holds, and nobody notices.",
)
def _refresh_not_rotated(story: Story) -> Iterator[Evidence]:
    for traded in story.granted:
        used = first(traded.reading.form, "refresh_token")
        bound = bool(traded.reading.request_header("dpop"))
        if used and not traded.has_proof and not bound and traded.refresh_token in ("", used):
            yield fails(traded.reading, "body: refresh_token", "No new one came with the refresh.")
