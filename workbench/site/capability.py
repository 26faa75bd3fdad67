"""Capability statement of a site, derived from its rules alone."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.definitions.search_paths import find_parameter
from workbench.fhir.resource import Json
from workbench.fhir.rules import FhirRules, ResourceRules

SMART_SECURITY = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
SECURITY_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
US_CORE_SERVER = "http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server"


def capability_statement(
    rules: FhirRules,
    base: str,
    *,
    date: str,
    name: str,
    description: str = "",
    oauth_uris: Mapping[str, str] | None = None,
) -> Json:
    """Return what stands at `<base>/metadata`; `date` is a dateTime, `oauth_uris` are addresses by their names."""
    statement: Json = {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date,
        "publisher": name,
        "kind": "instance",
        "software": {"name": "Interop Workbench simulated site"},
        "implementation": {"description": description or name, "url": base},
        "fhirVersion": rules.release,
        "format": ["application/fhir+json", "json"],
    }
    if rules.us_core:
        statement["instantiates"] = [f"{US_CORE_SERVER}|{rules.us_core}"]
    rest: Json = {"mode": "server"}
    if oauth_uris is not None:
        rest["security"] = _security(oauth_uris)
    rest["resource"] = [_resource(resource) for resource in rules.resources]
    if rules.system_interactions:
        rest["interaction"] = [{"code": code} for code in rules.system_interactions]
    return statement | {"rest": [rest]}


def _security(oauth_uris: Mapping[str, str]) -> Json:
    """SMART App Launch 1, “Using CapabilityStatement”: kept beside smart-configuration, for apps that read it here."""
    addresses = [{"url": name, "valueUri": address} for name, address in oauth_uris.items()]
    return {
        **({"extension": [{"url": SMART_SECURITY, "extension": addresses}]} if addresses else {}),
        "cors": True,
        "service": [{"coding": [{"system": SECURITY_SERVICE, "code": "SMART-on-FHIR"}], "text": "SMART App Launch"}],
    }


def _resource(rules: ResourceRules) -> Json:
    resource: Json = {"type": rules.type}
    if rules.profiles:
        resource["supportedProfile"] = list(rules.profiles)
    resource["interaction"] = [{"code": code} for code in rules.interactions]
    resource["versioning"] = rules.versioning
    resource["readHistory"] = "vread" in rules.interactions
    resource["updateCreate"] = False
    resource["conditionalCreate"] = "create" in rules.interactions
    resource["conditionalUpdate"] = False
    if rules.include:
        resource["searchInclude"] = list(rules.include)
    if rules.search:
        resource["searchParam"] = [_parameter(rules.type, name) for name in rules.search]
    return resource


def _parameter(type_name: str, name: str) -> Json:
    parameter = find_parameter(type_name, name)
    return {"name": name, "type": parameter.kind if parameter else "special"}
