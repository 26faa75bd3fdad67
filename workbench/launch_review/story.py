"""Story of what an app and a site did: each exchange put to the launch, the code and the token that it belongs to.

Launches of several apps may lie in one row; they are told apart by client id, state, code and token.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from workbench.authorization_server.clients import takes_redirect
from workbench.authorization_server.rules import Client, SmartRules
from workbench.exchange import Exchange, is_same_exchange
from workbench.launch_review.endpoints import Endpoints, find_endpoints, read_exchange
from workbench.launch_review.reading import (
    Address,
    Kind,
    Pairs,
    Reading,
    first,
    has,
    parse_pairs,
    read_address,
    text_of,
    texts_of,
)
from workbench.launch_review.review import LaunchFacts
from workbench.smart.scopes import Scope, parse_scopes
from workbench.smart.signature import check_signature

# Redirect addresses alone are compared, so the rules behind them do not matter here.
_REGISTERED = SmartRules(scope_versions=(), launches=(), context=(), registration="registered")
NEWEST = 50
"""Requests that one answer of the browser is held against."""


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """An EHR that sent the browser to an app, by `iss` and `launch`."""

    reading: Reading
    place: str
    parameters: Pairs

    @property
    def iss(self) -> str:
        return first(self.parameters, "iss")

    @property
    def launch(self) -> str:
        return first(self.parameters, "launch")


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """An authorization request; `opened` is the EHR launch that it follows."""

    reading: Reading
    opened: Opened | None = None

    @property
    def parameters(self) -> Pairs:
        return self.reading.parameters

    def value(self, name: str) -> str:
        return first(self.parameters, name)

    def place(self, name: str) -> str:
        return f"{self.reading.parameters_place}: {name}"

    @property
    def client_id(self) -> str:
        return self.value("client_id")

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return parse_scopes(self.value("scope"))


@dataclass(frozen=True, slots=True, eq=False)
class Returned:
    """The answer to an authorization request, as the browser carries it to the app."""

    reading: Reading
    place: str
    target: Address
    parameters: Pairs
    asked: Asked | None = None

    def value(self, name: str) -> str:
        return first(self.parameters, name)


@dataclass(frozen=True, slots=True, eq=False)
class Traded:
    """A token request and its answer; `source` is the one whose refresh token this one trades."""

    reading: Reading
    grant_type: str
    client_id: str = ""
    returned: Returned | None = None
    asked: Asked | None = None
    source: Traded | None = None

    @property
    def is_granted(self) -> bool:
        return self.reading.is_granted

    @property
    def access_token(self) -> str:
        return text_of(self.reading.answer, "access_token")

    @property
    def refresh_token(self) -> str:
        return text_of(self.reading.answer, "refresh_token")

    @property
    def error(self) -> str:
        return text_of(self.reading.answer, "error")

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Those granted; where the answer is silent, those asked for (RFC 6749, 5.1)."""
        told = next((each for each in self._line() if "scope" in each.reading.answer), None)
        if told is not None:
            return parse_scopes(text_of(told.reading.answer, "scope"))
        return parse_scopes(self.reading.asked("scope") or (self.asked.value("scope") if self.asked else ""))

    @property
    def scope_texts(self) -> frozenset[str]:
        return frozenset(scope.text for scope in self.scopes)

    def context(self, name: str) -> Any:
        """A launch context value, as it stands since the launch."""
        return next((value for each in self._line() if (value := each.reading.answer.get(name)) is not None), None)

    def _line(self) -> Iterator[Traded]:
        """This answer and those before it, back to the one that a code gave."""
        each: Traded | None = self
        while each is not None:
            yield each
            each = each.source

    @property
    def lifetime(self) -> float | None:
        value = self.reading.answer.get("expires_in")
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
            return float(value)
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A FHIR request; `source` is the answer that gave its token, where it was seen."""

    reading: Reading
    token: str
    source: Traded | None = None


@dataclass(frozen=True)
class Story:
    """All of it, in the order of the exchanges."""

    facts: LaunchFacts = field(default_factory=LaunchFacts)
    endpoints: Endpoints = field(default_factory=Endpoints)
    readings: tuple[Reading, ...] = ()
    opened: tuple[Opened, ...] = ()
    asked: tuple[Asked, ...] = ()
    returned: tuple[Returned, ...] = ()
    traded: tuple[Traded, ...] = ()
    calls: tuple[Call, ...] = ()

    def of(self, *kinds: Kind) -> Iterator[Reading]:
        return (reading for reading in self.readings if reading.kind in kinds)

    @cached_property
    def notes(self) -> Mapping[int, str]:
        """What was noted on an exchange, such as that the site was asked to do wrongly."""
        return {r.index: r.exchange.note.rstrip(".") for r in self.readings if r.exchange.note}

    @cached_property
    def configurations(self) -> tuple[Reading, ...]:
        return tuple(reading for reading in self.of("smart-configuration") if reading.status == 200)

    @cached_property
    def configuration(self) -> Mapping[str, Any]:
        """The last smart-configuration that the site gave; empty without one."""
        return next((reading.answer for reading in reversed(self.configurations) if reading.answer), {})

    def configuration_of(self, asked: Asked | None) -> Mapping[str, Any]:
        """That of the FHIR base which the app asked for; where it is not known, the last one."""
        base = read_address(asked.value("aud")).bare.rstrip("/") if asked is not None else ""
        own = (r.answer for r in reversed(self.configurations) if base and r.address.bare.startswith(f"{base}/.well-"))
        return next(own, self.configuration)

    def issuer_of(self, asked: Asked | None) -> str:
        if told := text_of(self.configuration_of(asked), "issuer"):
            return told
        openid = (text_of(r.answer, "issuer") for r in self.of("openid-configuration"))
        return next((issuer for issuer in openid if issuer), "")

    def capabilities_of(self, asked: Asked | None) -> frozenset[str]:
        return frozenset(texts_of(self.configuration_of(asked), "capabilities"))

    @cached_property
    def site_keys(self) -> tuple[Mapping[str, Any], ...]:
        """The key sets that the site published, and the one that is known otherwise."""
        seen = [reading.answer for reading in self.of("keys") if "keys" in reading.answer]
        return unlike([*seen, *([self.facts.site_keys] if self.facts.site_keys else [])])

    @cached_property
    def client_keys(self) -> tuple[Mapping[str, Any], ...]:
        """The key sets that apps published at an address."""
        return unlike(reading.answer for reading in self.of("client-keys") if "keys" in reading.answer)

    @cached_property
    def _signatures(self) -> dict[tuple[str, int, tuple[str, ...]], str]:
        return {}

    def judge_signature(self, token: str, keys: Iterable[Mapping[str, Any]], algorithms: tuple[str, ...]) -> str:
        """Return "" where a key of one of the sets signed the token, else why the first says that it did not."""
        problems = [self._judge_once(token, each, algorithms) for each in keys]
        return "" if "" in problems else next(iter(problems), "")

    def _judge_once(self, token: str, keys: Mapping[str, Any], algorithms: tuple[str, ...]) -> str:
        known = token, id(keys), algorithms
        if known not in self._signatures:
            self._signatures[known] = check_signature(token, keys, algorithms)
        return self._signatures[known]

    @cached_property
    def version(self) -> int:
        """1 where the site claims no more than SMART App Launch 1."""
        if not self.configuration:
            return 1 if self.facts.scope_versions == ("v1",) else 2
        claimed = self.capabilities_of(None)
        if {"permission-v1", "permission-v2"} & claimed:
            return 2 if "permission-v2" in claimed else 1
        newer = {"grant_types_supported", "code_challenge_methods_supported"} & self.configuration.keys()
        capabilities = {"authorize-post", "client-confidential-asymmetric"} & claimed
        scopes = parse_scopes(" ".join(texts_of(self.configuration, "scopes_supported")))
        return 2 if newer or capabilities or any(scope.version == "v2" for scope in scopes) else 1

    def client(self, client_id: str) -> Client | None:
        return next((client for client in self.facts.clients if client.id == client_id), None)

    def method_of(self, client_id: str) -> str:
        """How the app is registered to prove itself; empty where that is not known."""
        return str(getattr(self.client(client_id), "authentication", ""))

    @cached_property
    def granted(self) -> tuple[Traded, ...]:
        return tuple(traded for traded in self.traded if traded.is_granted)

    def source_of(self, access_token: str) -> Traded | None:
        return next((t for t in reversed(self.granted) if t.access_token == access_token), None)


def unlike(documents: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Each document once, however often it came."""
    return tuple({json.dumps(each, sort_keys=True): each for each in documents}.values())


def is_registered(client: Client, address: str) -> bool:
    """Tell whether the redirect address is one of the client's (RFC 9700, 2.1; RFC 8252, 7.3)."""
    return takes_redirect(_REGISTERED, client, address)


def tell_story(exchanges: Sequence[Exchange], facts: LaunchFacts) -> Story:
    endpoints = find_endpoints(exchanges, facts)
    readings = tuple(read_exchange(index, exchange, endpoints) for index, exchange in _once(exchanges))
    opened = tuple(_find_opened(readings))
    asked = tuple(_find_asked(readings, opened))
    returned = tuple(_find_returned(readings, asked))
    traded = tuple(_find_traded(readings, returned))
    calls = tuple(_find_calls(readings, traded))
    story = Story(facts, endpoints, readings, opened, asked, returned, traded, calls)
    return _keep_client(story, facts.client_id) if facts.client_id else story


def _once(exchanges: Sequence[Exchange]) -> Iterator[tuple[int, Exchange]]:
    """Each exchange once, where both its ends recorded it."""
    sent: dict[tuple[str, str, bytes], list[Exchange]] = {}
    for exchange in exchanges:
        if exchange.seen_by == "sender" and read_address(exchange.request.address).host:
            sent.setdefault(_key_of(exchange), []).append(exchange)
    for index, exchange in enumerate(exchanges):
        if exchange.protocol != "http":
            continue
        known = exchange.seen_by == "receiver" and bool(read_address(exchange.request.address).host)
        others = sent.get(_key_of(exchange), ()) if known else ()
        if not any(is_same_exchange(other, exchange) for other in others):
            yield index, exchange


def _key_of(exchange: Exchange) -> tuple[str, str, bytes]:
    address = read_address(exchange.request.address)
    return exchange.request.method, f"{address.port}{address.path}?{address.query}", exchange.request.body


def _find_opened(readings: Iterable[Reading]) -> Iterator[Opened]:
    seen: set[tuple[str, str]] = set()
    for reading in readings:
        place, pairs = "query", reading.query
        if reading.kind != "ehr-launch":
            place, pairs = "header: Location", parse_pairs(read_address(reading.response_header("location")).query)
            if not 300 <= reading.status < 400 or not (has(pairs, "iss") and has(pairs, "launch")):
                continue
        key = first(pairs, "iss"), first(pairs, "launch")
        # The redirect and the request that follows it are one launch.
        if key not in seen or reading.kind != "ehr-launch":
            yield Opened(reading, place, pairs)
        seen.add(key)


def _find_asked(readings: Iterable[Reading], opened: Sequence[Opened]) -> Iterator[Asked]:
    for reading in readings:
        if reading.kind == "authorize" and (reading.parameters or reading.method in ("GET", "POST")):
            launch = first(reading.parameters, "launch")
            earlier = [o for o in opened if o.reading.index < reading.index]
            same = next((o for o in reversed(earlier) if launch and o.launch == launch), None)
            yield Asked(reading, same)


def _find_returned(readings: Iterable[Reading], asked: Sequence[Asked]) -> Iterator[Returned]:
    seen: set[tuple[str, str, str]] = set()
    for reading in readings:
        if reading.kind == "return":
            place, target = "query", reading.address
        elif 300 <= reading.status < 400:
            place, target = "header: Location", read_address(reading.response_header("location"))
        else:
            continue
        pairs = parse_pairs(target.query) + parse_pairs(target.fragment)
        found = _match_asked(reading, target, pairs, asked)
        if not (has(pairs, "code") or has(pairs, "error")) or (found is None and not has(pairs, "state")):
            continue
        key = first(pairs, "code"), first(pairs, "error"), first(pairs, "state")
        if reading.kind == "return" and key in seen:
            continue
        seen.add(key)
        yield Returned(reading, place, target, pairs, found)


def _match_asked(reading: Reading, target: Address, pairs: Pairs, asked: Sequence[Asked]) -> Asked | None:
    """By the state; where that was changed, the last request that named this redirect address."""
    earlier = [a for a in asked if a.reading.index <= reading.index][-NEWEST:]
    state = first(pairs, "state")
    same_state = [a for a in earlier if state and a.value("state") == state]
    to_here = [a for a in earlier if read_address(a.value("redirect_uri")).bare == target.bare]
    own = [a for a in earlier if a.reading.index == reading.index]
    return next(iter((own or [a for a in same_state if a in to_here] or same_state or to_here)[::-1]), None)


def _find_traded(readings: Iterable[Reading], returned: Sequence[Returned]) -> Iterator[Traded]:
    codes: dict[str, Returned] = {}
    for back in returned:
        if code := back.value("code"):
            codes.setdefault(code, back)
    refreshes: dict[str, Traded] = {}
    for reading in readings:
        if reading.kind != "token":
            continue
        grant_type = first(reading.form, "grant_type") or first(reading.query, "grant_type")
        came = codes.get(first(reading.form, "code")) if grant_type == "authorization_code" else None
        asked = came.asked if came else _guess_asked(reading, grant_type, returned)
        source = refreshes.get(first(reading.form, "refresh_token"))
        if source is not None:
            asked = source.asked
        client_id = reading.client_id or (asked.client_id if asked else "") or (source.client_id if source else "")
        traded = Traded(reading, grant_type, client_id, came, asked, source)
        if traded.refresh_token and traded.is_granted:
            refreshes.setdefault(traded.refresh_token, traded)
        yield traded


def _guess_asked(reading: Reading, grant_type: str, returned: Sequence[Returned]) -> Asked | None:
    """The request before a code that was never seen: the last one of this app that came back."""
    if grant_type != "authorization_code":
        return None
    earlier = [b.asked for b in returned if b.reading.index < reading.index and b.asked is not None]
    own = [asked for asked in earlier if not reading.client_id or asked.client_id == reading.client_id]
    return own[-1] if own else None


def _find_calls(readings: Iterable[Reading], traded: Sequence[Traded]) -> Iterator[Call]:
    given = {t.access_token: t for t in traded if t.is_granted}
    for reading in readings:
        if reading.kind == "fhir":
            token = reading.bearer or first(reading.query, "access_token") or first(reading.form, "access_token")
            yield Call(reading, token, given.get(token))


def _keep_client(story: Story, client_id: str) -> Story:
    """What one app did, and what the site did to it; the pages of the browser belong to all."""
    asked = tuple(a for a in story.asked if a.client_id == client_id)
    traded = tuple(t for t in story.traded if t.client_id in (client_id, ""))
    returned = tuple(b for b in story.returned if b.asked is None or b.asked.client_id == client_id)
    of_others = {a.opened.reading.index for a in story.asked if a.client_id != client_id and a.opened}
    opened = tuple(o for o in story.opened if o.reading.index not in of_others)
    mine = {t.reading.index for t in traded}
    calls = tuple(c for c in story.calls if c.source is None or c.source.reading.index in mine)
    dropped = of_others | _indexes(story.asked) | _indexes(story.traded) | _indexes(story.calls)
    dropped -= _indexes(asked) | mine | _indexes(calls)
    readings = tuple(r for r in story.readings if r.index not in dropped)
    return Story(story.facts, story.endpoints, readings, opened, asked, returned, traded, calls)


def _indexes(items: Iterable[Asked | Traded | Call]) -> set[int]:
    return {item.reading.index for item in items}
