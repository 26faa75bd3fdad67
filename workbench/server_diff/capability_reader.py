"""Reader of capability statements: DSTU2 Conformance and the CapabilityStatement of STU3, R4, R4B and R5.

Total: what is not formed as the standard says is left out and told as a fault, and the rest is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json
from workbench.server_diff.capability import Capability, Item, Part, Rest, is_older, release_of
from workbench.server_diff.capability_json import StatementJson, dicts, expectation_of, extensions_of, reference_of

TYPES = ("CapabilityStatement", "Conformance")
COMBINATION = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-parameter-combination"

_HEAD = ("url", "version", "name", "title", "status", "experimental", "date", "publisher", "kind", "acceptUnknown")
_RESOURCE_VALUES = (
    "versioning",
    "readHistory",
    "updateCreate",
    "conditionalCreate",
    "conditionalRead",
    "conditionalUpdate",
    "conditionalPatch",
    "conditionalDelete",
)
# DSTU2, Conformance.rest.transactionMode: what became interactions of the system in STU3.
_TRANSACTION_MODES = {
    "batch": ("batch",),
    "transaction": ("transaction",),
    "both": ("batch", "transaction"),
    "not-supported": (),
}


def read_capability(statement: Any) -> Capability:
    """Read a statement of any release; raises WorkbenchError where `statement` is none."""
    if not isinstance(statement, dict) or statement.get("resourceType") not in TYPES:
        kind = statement.get("resourceType") if isinstance(statement, dict) else None
        what = f"a resource of type {kind}" if isinstance(kind, str) else "no FHIR resource"
        raise WorkbenchError(
            f"This is not a capability statement but {what}.",
            hint="Take what the server gives at /metadata: a CapabilityStatement, or a Conformance of DSTU2.",
        )
    return _Reader().read(statement)


class _Reader(StatementJson):
    def read(self, statement: Json) -> Capability:
        release = _release(statement)
        rests: dict[str, Rest] = {}
        for at, rest in self.objects(statement, "rest", ""):
            read = self.rest(rest, at)
            rests[read.mode] = self.merge(rests[read.mode], read, at) if read.mode in rests else read
        return Capability(release, self.own(statement), rests, self.messaging(statement), tuple(self.faults))

    def own(self, statement: Json) -> Part:
        values = self.values(statement, "", ("fhirVersion", *_HEAD))
        for name, inner in (("software", ("name", "version", "releaseDate")), ("implementation", ("url",))):
            part = self.child(statement, name, "")
            values |= {f"{name}.{key}": value for key, value in self.values(part, name, inner).items()}
        lists = {
            name: self.codes(statement, name, "", canonical)
            for name, canonical in (
                ("format", False),
                ("patchFormat", False),
                ("acceptLanguage", False),
                ("implementationGuide", True),
                ("instantiates", True),
                ("imports", True),
                ("profile", True),
            )
        }
        lists["document"] = self.keyed(statement, "document", "", ("mode", "profile"))
        return Part(_filled(lists), values)

    def rest(self, rest: Json, path: str) -> Rest:
        mode = self.text(rest, "mode", path) or "server"
        here = f"rest[{mode}]"
        resources: dict[str, Part] = {}
        for at, resource in self.objects(rest, "resource", path):
            name = self.text(resource, "type", at)
            if not name:
                self.fault(at, "names no type, so it was left out")
                continue
            read = self.resource(resource, f"{here}.resource[{name}]")
            if name in resources:
                self.fault(f"{here}.resource[{name}]", "stands twice; both were read as one")
                read = _merged(resources[name], read)
            resources[name] = read
        lists = {
            "interaction": self.system_interactions(rest, here),
            "searchParam": self.parameters(rest, here),
            "operation": self.operations(rest, here),
            "compartment": self.codes(rest, "compartment", here, canonical=True),
        }
        return Rest(mode, Part(_filled(lists)), self.security(rest, here), resources)

    def system_interactions(self, rest: Json, path: str) -> dict[str, Item]:
        found = self.interactions(rest, path)
        mode = self.text(rest, "transactionMode", path)
        if mode not in ("", *_TRANSACTION_MODES):
            self.fault(f"{path}.transactionMode", f"is “{mode}”, which no release defines")
        return found | {code: Item(code) for code in _TRANSACTION_MODES.get(mode, ()) if code not in found}

    def resource(self, resource: Json, path: str) -> Part:
        lists = {
            "interaction": self.interactions(resource, path),
            "searchParam": self.parameters(resource, path),
            "search-parameter-combination": self.combinations(resource),
            "profile": self.codes(resource, "profile", path, canonical=True),
            "supportedProfile": self.codes(resource, "supportedProfile", path, canonical=True),
            "operation": self.operations(resource, path),
            "searchInclude": self.codes(resource, "searchInclude", path),
            "searchRevInclude": self.codes(resource, "searchRevInclude", path),
            "referencePolicy": self.codes(resource, "referencePolicy", path),
        }
        return Part(_filled(lists), self.values(resource, path, _RESOURCE_VALUES))

    def interactions(self, holder: Json, path: str) -> dict[str, Item]:
        return self.named(holder, "interaction", path, "code", lambda item, _: Item(self.text(item, "code", path)))

    def parameters(self, holder: Json, path: str) -> dict[str, Item]:
        def read(item: Json, at: str) -> Item:
            return Item(self.text(item, "type", at), reference_of(item.get("definition")))

        return self.named(holder, "searchParam", path, "name", read)

    def operations(self, holder: Json, path: str) -> dict[str, Item]:
        """By name; servers list `export` for the system, for groups and for patients, told apart by definition."""
        found: dict[str, Item] = {}
        for at, item in self.objects(holder, "operation", path):
            name, definition = self.text(item, "name", at).lstrip("$"), reference_of(item.get("definition"))
            if not name and not definition:
                self.fault(at, "has neither name nor definition, so it was left out")
                continue
            key = name or definition
            if key in found and found[key].definition != definition:
                key = f"{key} {definition}".strip()
            found[key] = Item(definition or f"${name}", definition, expectation_of(item))
        return found

    def combinations(self, resource: Json) -> dict[str, Item]:
        found: dict[str, Item] = {}
        for extension in extensions_of(resource, COMBINATION):
            parts = [part for part in dicts(extension.get("extension")) if part.get("url") in ("required", "optional")]
            names = sorted(str(part["valueString"]) for part in parts if isinstance(part.get("valueString"), str))
            if names:
                found["+".join(names)] = Item(" with ".join(names), "", expectation_of(extension))
        return found

    def security(self, rest: Json, path: str) -> Part:
        security = self.child(rest, "security", path)
        at = f"{path}.security"
        services: dict[str, Item] = {}
        for _, service in self.objects(security, "service", at):
            codes = [coding.get("code") for coding in dicts(service.get("coding"))]
            for code in [code for code in codes if isinstance(code, str)] or [str(service.get("text") or "unnamed")]:
                services.setdefault(code, Item(code))
        return Part(
            _filled({"service": services, "oauth-uris": _addresses(security), "capabilities": _abilities(security)}),
            self.values(security, at, ("cors",)),
        )

    def messaging(self, statement: Json) -> Part:
        endpoints: dict[str, Item] = {}
        messages: dict[str, Item] = {}
        for at, messaging in self.objects(statement, "messaging", ""):
            for _, endpoint in self.objects(messaging, "endpoint", at):
                protocol = endpoint.get("protocol")
                code = str(protocol.get("code") or "unnamed") if isinstance(protocol, dict) else "unnamed"
                endpoints.setdefault(code, Item(str(endpoint.get("address") or code)))
            messages |= self.keyed(messaging, "supportedMessage", at, ("mode", "definition"))
            messages |= self.keyed(messaging, "event", at, ("mode", "code"))  # DSTU2 and STU3
        return Part(_filled({"endpoint": endpoints, "supportedMessage": messages}))

    def merge(self, one: Rest, other: Rest, path: str) -> Rest:
        self.fault(path, f"is a second one of mode {one.mode}; both were read as one")
        resources = dict(one.resources)
        for name, resource in other.resources.items():
            resources[name] = _merged(resources[name], resource) if name in resources else resource
        return Rest(one.mode, _merged(one.own, other.own), _merged(one.security, other.security), resources)


def _release(statement: Json) -> str:
    """By `fhirVersion`, else by what only one release has."""
    said = statement.get("fhirVersion")
    named = release_of(said) if isinstance(said, str) else ""
    if statement["resourceType"] == "Conformance":
        return named if named and is_older(named, "STU3") else "DSTU2"
    if named:
        return named
    resources = [each for rest in dicts(statement.get("rest")) for each in dicts(rest.get("resource"))]
    if "acceptUnknown" in statement or any(isinstance(each.get("profile"), dict) for each in resources):
        return "STU3"
    if any("conditionalPatch" in each for each in resources):
        return "R5"
    return "R4" if any("supportedProfile" in each or "operation" in each for each in resources) else ""


def _addresses(security: Json) -> dict[str, Item]:
    """SMART App Launch 1, oauth-uris: `authorize`, `token` … by their names."""
    found: dict[str, Item] = {}
    for extension in dicts(security.get("extension")):
        if str(extension.get("url")).endswith("/StructureDefinition/oauth-uris"):
            for part in dicts(extension.get("extension")):
                address = part.get("valueUri", part.get("valueUrl"))
                if isinstance(part.get("url"), str) and isinstance(address, str):
                    found.setdefault(part["url"], Item(address))
    return found


def _abilities(security: Json) -> dict[str, Item]:
    """SMART App Launch 1, capabilities: codes such as `launch-ehr`."""
    codes = [
        extension.get("valueCode")
        for extension in dicts(security.get("extension"))
        if str(extension.get("url")).endswith("fhir-registry.smarthealthit.org/StructureDefinition/capabilities")
    ]
    return {code: Item(code) for code in codes if isinstance(code, str)}


def _merged(one: Part, other: Part) -> Part:
    names = {**one.lists, **other.lists}
    lists = {name: {**other.lists.get(name, {}), **one.lists.get(name, {})} for name in names}
    return Part(lists, {**other.values, **one.values})


def _filled(lists: Mapping[str, dict[str, Item]]) -> dict[str, dict[str, Item]]:
    return {name: items for name, items in lists.items() if items}
