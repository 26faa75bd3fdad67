from __future__ import annotations

from typing import Any

import pytest

from tests.validation.profiles import element, make_extension, make_profile, slicing, told, validator_of
from workbench.definitions.structure import Binding, Constraint, ElementType, Structure
from workbench.fhir.resource import Json
from workbench.terminology.value_set import Selection, ValueSet

MRN = "http://example.org/mrn"
SSN = "http://example.org/ssn"


SYSTEM = element(
    "Patient.identifier:mrn.system", 1, 1, types=["uri"], base_path="Identifier.system", fixed=("uri", MRN)
)


def patient(*systems: str, **more: Any) -> Json:
    return {"resourceType": "Patient", "identifier": [{"system": name, "value": "1"} for name in systems], **more}


def identifier_slices(rules: str = "open", ordered: bool = False, kind: str = "value") -> Structure:
    fact = {"value": "fixed", "pattern": "pattern"}[kind]
    return make_profile(
        "sliced-patient",
        "Patient",
        [
            element("Patient.identifier", slicing=slicing((kind, "system"), rules=rules, ordered=ordered)),
            element("Patient.identifier:mrn", 1, 1, types=["Identifier"]),
            element(
                "Patient.identifier:mrn.system",
                1,
                1,
                types=["uri"],
                base_path="Identifier.system",
                **{fact: ("uri", MRN)},
            ),
            element("Patient.identifier:mrn.value", 1, 1, types=["string"], base_path="Identifier.value"),
            element("Patient.identifier:ssn", 0, 1, types=["Identifier"]),
            element(
                "Patient.identifier:ssn.system",
                1,
                1,
                types=["uri"],
                base_path="Identifier.system",
                **{fact: ("uri", SSN)},
            ),
        ],
    )


@pytest.mark.parametrize("kind", ["value", "pattern"])
def test_an_element_belongs_to_the_slice_whose_value_it_has(kind: str) -> None:
    profile = identifier_slices(kind=kind)
    validator = validator_of(profile)
    assert told(validator, patient(MRN, "http://example.org/other", SSN), profile) == []
    assert told(validator, patient(SSN), profile) == [
        ("error", "Patient.identifier", "Patient.identifier:mrn min"),
    ]
    assert told(validator, patient(MRN, SSN, SSN), profile) == [
        ("error", "Patient.identifier[2]", "Patient.identifier:ssn max"),
    ]


def test_what_a_slice_asks_is_asked_of_its_elements_alone() -> None:
    profile = identifier_slices()
    resource = patient(MRN, "http://example.org/other")
    for identifier in resource["identifier"]:
        del identifier["value"]
    assert told(validator_of(profile), resource, profile) == [
        ("error", "Patient.identifier[0].value", "Patient.identifier:mrn.value min"),
    ]


def test_a_closed_slicing_takes_no_others() -> None:
    profile = identifier_slices("closed")
    assert told(validator_of(profile), patient(MRN, "http://example.org/other"), profile) == [
        ("error", "Patient.identifier[1]", "Patient.identifier slicing"),
    ]


def test_others_come_last_where_a_slicing_is_open_at_its_end() -> None:
    profile = identifier_slices("openAtEnd")
    validator = validator_of(profile)
    assert told(validator, patient(MRN, "http://example.org/other"), profile) == []
    assert told(validator, patient("http://example.org/other", MRN), profile) == [
        ("error", "Patient.identifier[1]", "Patient.identifier order"),
    ]


def test_an_ordered_slicing_asks_for_the_order_of_its_slices() -> None:
    profile = identifier_slices(ordered=True)
    validator = validator_of(profile)
    assert told(validator, patient(MRN, SSN), profile) == []
    assert told(validator, patient(SSN, MRN), profile) == [
        ("error", "Patient.identifier[1]", "Patient.identifier order"),
    ]


def test_a_missing_element_is_told_and_not_its_slices_too() -> None:
    profile = make_profile(
        "needs-identifiers",
        "Patient",
        [
            element("Patient.identifier", 1, slicing=slicing(("value", "system"))),
            element("Patient.identifier:mrn", 1, 1, types=["Identifier"]),
            element(
                "Patient.identifier:mrn.system", 1, 1, types=["uri"], base_path="Identifier.system", fixed=("uri", MRN)
            ),
        ],
    )
    assert told(validator_of(profile), {"resourceType": "Patient"}, profile) == [
        ("error", "Patient.identifier", "Patient.identifier min"),
    ]


def test_a_slice_by_existence() -> None:
    profile = make_profile(
        "by-existence",
        "Patient",
        [
            element("Patient.identifier", slicing=slicing(("exists", "period"))),
            element("Patient.identifier:past", 1, 1, types=["Identifier"]),
            element("Patient.identifier:past.period", 1, 1, types=["Period"], base_path="Identifier.period"),
            element("Patient.identifier:current", 0, 1, types=["Identifier"]),
            element("Patient.identifier:current.period", 0, 0, types=["Period"], base_path="Identifier.period"),
        ],
    )
    validator = validator_of(profile)
    past = {"system": MRN, "period": {"end": "2020"}}
    assert told(validator, {"resourceType": "Patient", "identifier": [past, {"system": SSN}]}, profile) == []
    assert told(validator, {"resourceType": "Patient", "identifier": [{"system": SSN}, {"system": MRN}]}, profile) == [
        ("error", "Patient.identifier", "Patient.identifier:past min"),
        ("error", "Patient.identifier[1]", "Patient.identifier:current max"),
    ]


def observation(**more: Any) -> Json:
    return {"resourceType": "Observation", "status": "final", "code": {"text": "x"}, **more}


def test_a_slice_of_a_choice_by_its_type() -> None:
    profile = make_profile(
        "quantity-alone",
        "Observation",
        [
            element("Observation.value[x]", 0, 1, slicing=slicing(("type", "$this"), rules="closed")),
            element("Observation.value[x]:valueQuantity", 1, 1, types=["Quantity"]),
            element("Observation.value[x]:valueQuantity.unit", 1, 1, types=["string"], base_path="Quantity.unit"),
        ],
    )
    validator = validator_of(profile)
    assert told(validator, observation(valueQuantity={"value": 1, "unit": "kg"}), profile) == []
    assert told(validator, observation(valueQuantity={"value": 1}), profile) == [
        ("error", "Observation.value.unit", "Observation.value[x]:valueQuantity.unit min"),
    ]
    assert ("error", "Observation.value", "Observation.value[x] slicing") in told(
        validator, observation(valueString="x"), profile
    )


def coded(system: str, code: str) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def test_a_slice_by_a_pattern_of_the_whole_element() -> None:
    profile = make_profile(
        "two-categories",
        "Observation",
        [
            element("Observation.category", slicing=slicing(("pattern", "$this"))),
            element(
                "Observation.category:social",
                1,
                1,
                types=["CodeableConcept"],
                pattern=("CodeableConcept", coded("http://example.org/c", "social")),
            ),
        ],
    )
    validator = validator_of(profile)
    assert told(validator, observation(category=[coded("http://example.org/c", "social")]), profile) == []
    assert told(validator, observation(category=[coded("http://example.org/c", "other")]), profile) == [
        ("error", "Observation.category", "Observation.category:social min"),
    ]


def test_a_slice_by_a_required_binding_and_one_that_cannot_be_decided() -> None:
    here = ValueSet(
        "http://example.org/ValueSet/here", includes=(Selection("http://example.org/c", codes=(("a", ""), ("b", ""))),)
    )

    def profile(value_set: str) -> Structure:
        return make_profile(
            "by-binding",
            "Observation",
            [
                element("Observation.category", slicing=slicing(("value", "$this"))),
                element(
                    "Observation.category:bound",
                    1,
                    1,
                    types=["CodeableConcept"],
                    binding=Binding("required", value_set),
                ),
            ],
        )

    known = profile(here.url)
    validator = validator_of(known, value_sets=[here])
    assert told(validator, observation(category=[coded("http://example.org/c", "a")]), known) == []
    assert [row[0] for row in told(validator, observation(category=[coded("http://example.org/c", "z")]), known)] == [
        "error"
    ]
    unknown = profile("http://example.org/ValueSet/elsewhere")
    found = validator_of(unknown).validate(
        observation(category=[coded("http://example.org/c", "a")]), profiles=[unknown.url]
    )
    assert [issue.rule for issue in found if issue.is_undecided] == ["Observation.category:bound min"]
    assert not any(issue.is_error for issue in found)


def test_a_slice_within_a_slice_and_a_reslice() -> None:
    profile = make_profile(
        "resliced",
        "Patient",
        [
            element("Patient.identifier", slicing=slicing(("value", "system"))),
            element("Patient.identifier:mrn", 1, None, types=["Identifier"], slicing=slicing(("value", "use"))),
            SYSTEM,
            element("Patient.identifier:mrn/official", 1, 1, types=["Identifier"]),
            element(
                "Patient.identifier:mrn/official.use",
                1,
                1,
                types=["code"],
                base_path="Identifier.use",
                fixed=("code", "official"),
            ),
            element(
                "Patient.identifier:mrn.type.coding", 0, None, types=["Coding"], base_path="CodeableConcept.coding",
                slicing=slicing(("value", "system")),
            ),
            element("Patient.identifier:mrn.type", 0, 1, types=["CodeableConcept"], base_path="Identifier.type"),
        ],
    )  # fmt: skip
    validator = validator_of(profile)
    good = {
        "resourceType": "Patient",
        "identifier": [{"system": MRN, "use": "official"}, {"system": MRN, "use": "old"}],
    }
    assert told(validator, good, profile) == []
    bad = {"resourceType": "Patient", "identifier": [{"system": MRN, "use": "usual"}]}
    assert told(validator, bad, profile) == [("error", "Patient.identifier", "Patient.identifier:mrn/official min")]


def test_slices_of_entries_by_type_and_by_profile() -> None:
    named = make_profile("named-patient", "Patient", [element("Patient.name", 1)])
    profile = make_profile(
        "document",
        "Bundle",
        [
            element("Bundle.entry", slicing=slicing(("profile", "resource"), rules="open")),
            element("Bundle.entry:patient", 1, 1, types=["BackboneElement"]),
            element(
                "Bundle.entry:patient.resource",
                1,
                1,
                types=[ElementType("Patient", profiles=(named.url,))],
                base_path="Bundle.entry.resource",
            ),
        ],
    )
    validator = validator_of(named, profile)

    def bundle(resource: Json) -> Json:
        return {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"fullUrl": "urn:uuid:" + UUID, "resource": resource}],
        }

    assert told(validator, bundle({"resourceType": "Patient", "name": [{"text": "A"}]}), profile) == []
    assert told(validator, bundle({"resourceType": "Patient"}), profile) == [
        ("error", "Bundle.entry", "Bundle.entry:patient min"),
    ]


UUID = "53fefa32-fcbb-4ff8-8a92-55ee120877b7"


def test_a_slice_by_what_a_reference_resolves_to() -> None:
    profile = make_profile(
        "performed",
        "Observation",
        [
            element("Observation.performer", slicing=slicing(("type", "resolve()"))),
            element(
                "Observation.performer:person",
                1,
                1,
                types=[ElementType("Reference", targets=("http://hl7.org/fhir/StructureDefinition/Practitioner",))],
            ),
        ],
    )
    validator = validator_of(profile)

    def performed(contained: Json) -> Json:
        return observation(contained=[contained], performer=[{"reference": "#p"}])

    assert told(validator, performed({"resourceType": "Practitioner", "id": "p"}), profile) == []
    assert told(validator, performed({"resourceType": "Organization", "id": "p", "name": "C"}), profile) == [
        ("error", "Observation.performer", "Observation.performer:person min"),
    ]
    elsewhere = told(validator, observation(performer=[{"reference": "http://example.org/x"}]), profile)
    assert elsewhere == [("information", "Observation.performer", "Observation.performer:person min")]


def test_the_type_that_a_reference_to_elsewhere_names_tells_its_slice() -> None:
    practitioner = ElementType("Reference", targets=("http://hl7.org/fhir/StructureDefinition/Practitioner",))
    profile = make_profile(
        "performed",
        "Observation",
        [
            element("Observation.performer", slicing=slicing(("type", "resolve()"))),
            element("Observation.performer:person", 1, 1, types=[practitioner]),
        ],
    )
    validator = validator_of(profile)
    missing = ("error", "Observation.performer", "Observation.performer:person min")
    for reference in ("Practitioner/1", "https://a.example/Practitioner/1"):
        assert told(validator, observation(performer=[{"reference": reference}]), profile) == []
    assert missing in told(validator, observation(performer=[{"reference": "Organization/1"}]), profile)
    assert missing in told(validator, observation(performer=[{"display": "somebody"}]), profile)


def test_an_element_of_two_slices_at_once_is_an_error_and_is_missed_in_neither() -> None:
    a, b = ({"system": f"http://example.org/{name}", "code": name} for name in "ab")
    slices = [
        element(
            f"Observation.category:{coding['code']}",
            1,
            1,
            types=["CodeableConcept"],
            pattern=("CodeableConcept", {"coding": [coding]}),
        )
        for coding in (a, b)
    ]
    sliced = element("Observation.category", 1, slicing=slicing(("pattern", "$this")))
    profile = make_profile("categories", "Observation", [sliced, *slices])
    validator = validator_of(profile)
    assert told(validator, observation(category=[{"coding": [a]}, {"coding": [b]}]), profile) == []
    assert told(validator, observation(category=[{"coding": [a, b]}]), profile) == [
        ("error", "Observation.category[0]", "Observation.category slicing"),
    ]


def test_a_slice_is_missed_though_an_element_of_another_slice_is_wrong() -> None:
    profile = identifier_slices()
    wrong = {"system": SSN, "value": 1}
    assert told(validator_of(profile), {"resourceType": "Patient", "identifier": [wrong]}, profile) == [
        ("error", "Patient.identifier[0].value", "Identifier.value format"),
        ("error", "Patient.identifier", "Patient.identifier:mrn min"),
    ]


@pytest.mark.parametrize("wrong", [{"system": 1}, None, "mrn"])
def test_a_slice_is_not_missed_where_what_is_wrong_may_be_it(wrong: Any) -> None:
    profile = identifier_slices()
    issues = told(validator_of(profile), {"resourceType": "Patient", "identifier": [wrong]}, profile)
    assert [path for _, path, _ in issues] == ["Patient.identifier[0]" + (".system" if isinstance(wrong, dict) else "")]


def test_a_slice_by_position() -> None:
    profile = make_profile(
        "by-position",
        "Patient",
        [
            element("Patient.name", slicing=slicing(("position", "$this"))),
            element("Patient.name:first", 1, 1, types=["HumanName"]),
            element("Patient.name:first.family", 1, 1, types=["string"], base_path="HumanName.family"),
        ],
        release="5.0",
    )
    validator = validator_of(profile, release="5.0")
    resource = {"resourceType": "Patient", "name": [{"text": "A"}, {"text": "B"}]}
    assert told(validator, resource, profile) == [("error", "Patient.name[0].family", "Patient.name:first.family min")]


def test_an_extension_that_is_not_defined_here_is_still_a_slice_by_its_url() -> None:
    url = "http://example.org/elsewhere"
    profile = make_profile(
        "with-extension",
        "Patient",
        [
            element("Patient.extension", slicing=slicing(("value", "url"))),
            element("Patient.extension:there", 1, 1, types=[ElementType("Extension", profiles=(url,))]),
        ],
    )
    validator = validator_of(profile)
    resource = {"resourceType": "Patient", "extension": [{"url": url, "valueString": "x"}]}
    assert [row[0] for row in told(validator, resource, profile)] == ["information"]
    assert told(validator, {"resourceType": "Patient"}, profile) == [
        ("error", "Patient.extension", "Patient.extension:there min")
    ]


def test_a_target_of_a_slice_is_judged_with_what_it_contains_itself() -> None:
    whole = make_profile(
        "whole",
        "Observation",
        [
            element(
                "Observation",
                constraints=(Constraint("own-1", "error", "performer.resolve().exists() and %resource.id = 'b'"),),
            )
        ],
    )
    profile = make_profile(
        "with-members",
        "Observation",
        [
            element("Observation.hasMember", slicing=slicing(("profile", "resolve()"))),
            element("Observation.hasMember:whole", 1, 1, types=[ElementType("Reference", targets=(whole.url,))]),
        ],
    )
    practitioner = {"resourceType": "Practitioner", "id": "p"}
    member = observation(id="b", contained=[practitioner], performer=[{"reference": "#p"}])
    entries = [
        {
            "fullUrl": "http://example.org/fhir/Observation/a",
            "resource": observation(
                id="a", meta={"profile": [profile.url]}, hasMember=[{"reference": "Observation/b"}]
            ),
        },
        {"fullUrl": "http://example.org/fhir/Observation/b", "resource": member},
    ]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    assert told(validator_of(whole, profile), bundle) == []


def test_a_slice_by_the_value_of_an_extension() -> None:
    kind = make_extension("kind", "Identifier", types=("code",))
    where = f"extension('{kind.url}').value"
    profile = make_profile(
        "by-extension",
        "Patient",
        [
            element("Patient.identifier", slicing=slicing(("value", where))),
            element("Patient.identifier:old", 1, 1, types=["Identifier"]),
            element(
                "Patient.identifier:old.extension",
                base_path="Identifier.extension",
                types=["Extension"],
                slicing=slicing(("value", "url")),
            ),
            element(
                "Patient.identifier:old.extension:kind",
                1,
                1,
                types=[ElementType("Extension", profiles=(kind.url,))],
                base_path="Identifier.extension",
            ),
            element(
                "Patient.identifier:old.extension:kind.value[x]",
                1,
                1,
                types=["code"],
                base_path="Extension.value[x]",
                fixed=("code", "old"),
            ),
            element("Patient.identifier:old.value", 1, 1, types=["string"], base_path="Identifier.value"),
        ],
    )
    validator = validator_of(kind, profile)

    def identifier(code: str, **more: Any) -> Json:
        extension = {"url": kind.url, "valueCode": code}
        return {"resourceType": "Patient", "identifier": [{"system": MRN, "extension": [extension], **more}]}

    assert told(validator, identifier("old", value="1"), profile) == []
    assert told(validator, identifier("old"), profile) == [
        ("error", "Patient.identifier[0].value", "Patient.identifier:old.value min")
    ]
    assert told(validator, identifier("new", value="1"), profile) == [
        ("error", "Patient.identifier", "Patient.identifier:old min")
    ]


def test_a_slice_by_a_value_of_one_type() -> None:
    profile = make_profile(
        "by-typed-value",
        "Observation",
        [
            element("Observation.component", slicing=slicing(("value", "value.ofType(CodeableConcept)"))),
            element("Observation.component:social", 1, 1, types=["BackboneElement"]),
            element(
                "Observation.component:social.value[x]",
                1,
                1,
                types=["CodeableConcept"],
                base_path="Observation.component.value[x]",
                pattern=("CodeableConcept", coded("http://example.org/c", "social")),
            ),
        ],
    )
    validator = validator_of(profile)

    def component(**value: Any) -> Json:
        return observation(component=[{"code": {"text": "x"}, **value}])

    assert told(validator, component(valueCodeableConcept=coded("http://example.org/c", "social")), profile) == []
    assert told(validator, component(valueString="social"), profile) == [
        ("error", "Observation.component", "Observation.component:social min")
    ]


def test_a_slice_that_its_discriminators_do_not_tell_is_undecided() -> None:
    profile = make_profile(
        "untold",
        "Patient",
        [
            element("Patient.identifier", slicing=slicing(("value", "system"))),
            element("Patient.identifier:any", 1, 1, types=["Identifier"]),
        ],
    )
    assert [row[0] for row in told(validator_of(profile), patient(MRN), profile)] == ["information"]
