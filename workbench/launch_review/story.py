"""Story of what an app and a site did: launches, authorization requests, their answers, tokens, and calls with them."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from workbench.authorization_server.clients import takes_redirect
from workbench.authorization_server.rules import Client, SmartRules
from workbench.launch_review.endpoints import Endpoints
from workbench.launch_review.reading import Address, Kind, Pairs, Reading, first, has, read_address
from workbench.launch_review.review import LaunchFacts
from workbench.smart.json_answer import text_of, texts_of
from workbench.smart.scopes import Scope, parse_scopes
from workbench.smart.signature import check_signature

# Redirect addresses alone are compared, so the rules behind them do not matter here.
_REGISTERED = SmartRules(scope_versions=(), launches=(), context=(), registration="registered")


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
    def is_ambiguous(self) -> bool:
        """Whether a parameter stands twice, so that nobody can say which one counts."""
        return len({name for name, _ in self.parameters}) < len(self.parameters)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return parse_scopes(self.value("scope"))

    @property
    def scope_texts(self) -> frozenset[str]:
        return frozenset(scope.text for scope in self.scopes)

    @property
    def is_plain(self) -> bool:
        """Whether a challenge in it is the verifier itself, as it is where no method is named (RFC 7636, 4.3)."""
        return self.value("code_challenge_method") in ("", "plain")

    def repeats(self, earlier: Asked) -> bool:
        """Whether the browser sent the same once more, as when a page is loaded again; an app makes a new challenge."""
        return bool(self.value("code_challenge")) and self.parameters == earlier.parameters


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
    """A token request and its answer; `source` is the one whose refresh token this one trades.

    `told` are the members of its answer, and of those before it where it is silent, back to the one that a code gave;
    `began` is the exchange of that one, and `root` that one itself where this is a refresh.
    """

    reading: Reading
    grant_type: str
    client_id: str = ""
    returned: Returned | None = None
    asked: Asked | None = None
    source: Traded | None = None
    told: Mapping[str, Any] = field(default_factory=dict, repr=False)
    began: int = 0
    root: Traded | None = field(default=None, repr=False)

    @property
    def is_granted(self) -> bool:
        return self.reading.is_granted

    @property
    def has_proof(self) -> bool:
        """Whether a secret or a signed assertion came with it; whether it is right cannot be seen."""
        form = self.reading.form
        return self.reading.basic is not None or has(form, "client_secret") or has(form, "client_assertion")

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
        if "scope" in self.told:
            return parse_scopes(text_of(self.told, "scope"))
        return parse_scopes(self.reading.asked("scope") or (self.asked.value("scope") if self.asked else ""))

    @property
    def scope_texts(self) -> frozenset[str]:
        return frozenset(scope.text for scope in self.scopes)

    @property
    def consented(self) -> tuple[str, ...]:
        """The scopes of the launch itself, which a refresh may ask for again after one for fewer (RFC 6749, 6)."""
        return tuple(scope.text for scope in (self.root or self).scopes)

    def context(self, name: str) -> Any:
        """A launch context value, as it stands since the launch."""
        return self.told.get(name)

    @property
    def lifetime(self) -> float | None:
        value = self.reading.answer.get("expires_in")
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
            return float(value)
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return None
        try:
            return float(value)
        except OverflowError:  # JSON has integers of any length.
            return math.inf


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """A FHIR request; `source` is the answer that gave its token, where it was seen."""

    reading: Reading
    token: str = field(repr=False)
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
        """Readings of these kinds in their order."""
        if len(kinds) == 1:
            return iter(self._by_kind.get(kinds[0], ()))
        return (reading for reading in self.readings if reading.kind in kinds)

    @cached_property
    def _by_kind(self) -> Mapping[Kind, tuple[Reading, ...]]:
        return {kind: tuple(r for r in self.readings if r.kind == kind) for kind in {r.kind for r in self.readings}}

    @cached_property
    def notes(self) -> Mapping[int, str]:
        """What was noted on an exchange, such as that the site was asked to do wrongly."""
        return {r.index: r.exchange.note.rstrip(".") for r in self.readings if r.exchange.note}

    @cached_property
    def _first_read(self) -> Mapping[str, int]:
        """Addresses of discovery, and the exchange in which each was read first."""
        documents = self.of("smart-configuration", "capability-statement")
        return {reading.address.bare: reading.index for reading in reversed((*documents,))}

    def discovered(self, base: str, before: int) -> bool:
        """Whether discovery below a FHIR base was read before an exchange; of any base where it is empty."""
        return any(at < before and bare.startswith(f"{base}/" if base else "") for bare, at in self._first_read.items())

    @cached_property
    def configurations(self) -> tuple[Reading, ...]:
        """Those that can be read; what lacks in one that is no JSON object is that alone."""
        readings = self.of("smart-configuration")
        return tuple(reading for reading in readings if reading.status == 200 and isinstance(reading.json, dict))

    @cached_property
    def configuration(self) -> Mapping[str, Any]:
        """The last smart-configuration that the site gave; empty without one."""
        return next((reading.answer for reading in reversed(self.configurations) if reading.answer), {})

    def configuration_of(self, asked: Asked | None) -> Mapping[str, Any]:
        """That of the FHIR base which the app asked for; where it is not known, the last one."""
        base = read_address(asked.value("aud")).bare.rstrip("/") if asked is not None else ""
        return next(self.configurations_below(base), self.configuration)

    def configurations_below(self, base: str) -> Iterator[Mapping[str, Any]]:
        """Those of a FHIR base, the last one first."""
        place = f"{base}/.well-known/"
        return (r.answer for r in reversed(self.configurations) if base and r.address.bare.startswith(place))

    def issuer_of(self, asked: Asked | None) -> str:
        if told := text_of(self.configuration_of(asked), "issuer"):
            return told
        openid = (text_of(r.answer, "issuer") for r in self.of("openid-configuration"))
        return next((issuer for issuer in openid if issuer), "")

    @cached_property
    def takes_browser_apps(self) -> bool:
        """Whether the site says that it takes public apps, as one in a browser is, or says of no kind."""
        claimed = self.capabilities_of(None)
        return "client-public" in claimed or not any(name.startswith("client-") for name in claimed)

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
        client = self.client(client_id)
        return client.authentication if client is not None else ""

    @cached_property
    def granted(self) -> tuple[Traded, ...]:
        return tuple(traded for traded in self.traded if traded.is_granted)

    @cached_property
    def _by_grant(self) -> Mapping[tuple[str, str], tuple[Traded, ...]]:
        """Token requests by the code or the refresh token that they came with."""
        found: dict[tuple[str, str], list[Traded]] = {}
        for traded in self.traded:
            for name in ("code", "refresh_token"):
                if value := first(traded.reading.form, name):
                    found.setdefault((name, value), []).append(traded)
        return {grant: tuple(each) for grant, each in found.items()}

    @cached_property
    def _by_token(self) -> Mapping[str, tuple[Call, ...]]:
        found: dict[str, list[Call]] = {}
        for call in self.calls:
            found.setdefault(call.token, []).append(call)
        return {token: tuple(each) for token, each in found.items()}

    def calls_with(self, token: str, after: int) -> Iterator[Call]:
        """The calls with an access token that came after an exchange."""
        return (call for call in self._by_token.get(token, ()) if call.reading.index > after)

    @cached_property
    def _invalid_grants(self) -> tuple[int, ...]:
        return tuple(traded.reading.index for traded in self.traded if traded.error == "invalid_grant")

    def tried(self, name: Literal["code", "refresh_token"], value: str) -> tuple[Traded, ...]:
        """Token requests that came with this code or refresh token, in their order."""
        return self._by_grant.get((name, value), ())

    def has_invalid_grant(self, after: int, before: int) -> bool:
        """Whether a code or refresh token was refused between two exchanges: one that came twice ends all it gave."""
        at = bisect_right(self._invalid_grants, after)
        return at < len(self._invalid_grants) and self._invalid_grants[at] < before

    @property
    def answered(self) -> Iterator[Traded]:
        """Token requests that an answer came to."""
        return (traded for traded in self.traded if traded.reading.status)

    @property
    def launched(self) -> Iterator[Traded]:
        """Tokens of launches and their refreshes, not of backend services."""
        return (traded for traded in self.granted if traded.grant_type != "client_credentials")

    @cached_property
    def _by_access_token(self) -> Mapping[str, Traded]:
        return {traded.access_token: traded for traded in self.granted}

    def source_of(self, access_token: str) -> Traded | None:
        return self._by_access_token.get(access_token)


def unlike(documents: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Each document once, however often it came."""
    return tuple({json.dumps(each, sort_keys=True): each for each in documents}.values())


def is_registered(client: Client, address: str) -> bool:
    """Tell whether the redirect address is one of the client's (RFC 9700, 2.1; RFC 8252, 7.3)."""
    return takes_redirect(_REGISTERED, client, address)
