from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from workbench.errors import WorkbenchError
from workbench.fhirpath.expression import evaluate

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "a",
    "active": True,
    "gender": "female",
    "name": [{"family": "Okafor", "given": ["Amara", "B."]}, {"given": ["Ama"]}],
    "birthDate": "1984-03-12",
    "contact": [{"gender": "male", "name": {"family": "Obi"}}],
    "multipleBirthInteger": 2,
}
D = Decimal


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        # precedence
        ("1 + 2 * 3", [7]),
        ("(1 + 2) * 3", [9]),
        ("-1 + 2", [1]),
        ("-2.power(2)", [-4]),
        ("2 - 1 - 1", [0]),
        ("1 | 2 + 1", [1, 3]),
        ("1 = 1 and 2 > 1", [True]),
        ("true or false and false", [True]),
        ("false implies false implies false", [False]),
        ("1 in 1 | 2", [True]),
        ("1 < 2 = true", [True]),
        ("1 + 1 is Integer", [True]),
        ("'a' & 'b' + 'c'", ["abc"]),
        # literals
        ("{}", []),
        ("'it\\'s \\u0041 \\\\ \\/ \\`'", ["it's A \\ / `"]),
        ("1.50", [D("1.50")]),
        ("@2014-01-25T14:30:14.559+10:00", ["2014-01-25T14:30:14.559+10:00"]),
        ("@2014T", ["2014"]),
        ("@T14:30", ["14:30"]),
        ("4 days", ["4 days"]),
        ("4.5 'mg'", ["4.5 'mg'"]),
        ("1 /* one */ + // two\n 2", [3]),
        # names
        ("Patient.id", ["a"]),
        ("`Patient`.`name`.`family`", ["Okafor"]),
        ("DomainResource.id", ["a"]),
        ("Observation.id", []),
        ("multipleBirth", [2]),
        ("multipleBirthInteger", [2]),
        ("contact.gender", ["male"]),
        ("Patient.contact.name.family", ["Obi"]),
        ("nothing.at.all", []),
        ("Patient.div | Patient.mod", []),
        ("contact.name.is(HumanName)", [True]),
        ("%context.id", ["a"]),
        ("%resource.name.where(family.exists()).given.first()", ["Amara"]),
        ("%rootResource.id", ["a"]),
        ("%ucum", ["http://unitsofmeasure.org"]),
        ("%`vs-name`", ["http://hl7.org/fhir/ValueSet/name"]),
        ("%'ext-name'", ["http://hl7.org/fhir/StructureDefinition/name"]),
        ("%loinc & %sct", ["http://loinc.orghttp://snomed.info/sct"]),
        ("$this.id", ["a"]),
        # arithmetic
        ("7 div 2", [3]),
        ("-7 div 2", [-3]),
        ("7 mod 3", [1]),
        ("-7 mod 3", [-1]),
        ("2.2 mod 1.8", [D("0.4")]),
        ("7 / 2", [D("3.5")]),
        ("1 / 0", []),
        ("1 div 0", []),
        ("1 mod 0", []),
        ("1 + {}", []),
        ("1.5 + 1", [D("2.5")]),
        ("0.1 + 0.2 = 0.3", [True]),
        ("9223372036854775807 + 1", []),
        ("'a' & {}", ["a"]),
        ("'a' + {}", []),
        ("3 'm' + 20 'cm'", ["3.20 'm'"]),
        ("3 'm' * 2 'm'", ["6 'm2'"]),
        ("6 'm' / 2 's'", ["3 'm/s'"]),
        ("3 'm' + 1 's'", []),
        ("2 * 3 'mg'", ["6 'mg'"]),
        # equality
        ("'a' = 'a'", [True]),
        ("'a' = 'A'", [False]),
        ("'a' ~ ' A'.trim()", [True]),
        ("'a b' ~ 'A\\tB'", [True]),
        ("1 = 1.0", [True]),
        ("1 = '1'", [False]),
        ("true = 1", [False]),
        ("active = true", [True]),
        ("1 = {}", []),
        ("{} = {}", []),
        ("{} ~ {}", [True]),
        ("{} !~ 1", [True]),
        ("(1 | 2) = (2 | 1)", [False]),
        ("(1 | 2) ~ (2 | 1)", [True]),
        ("(1 | 2) != (1 | 2 | 3)", [True]),
        ("1.20 = 1.2", [True]),
        ("1.2 / 1.8 ~ 0.67", [True]),
        ("name = name", [True]),
        ("name[0] = name[1]", [False]),
        ("name ~ (name[1] | name[0])", [True]),
        ("gender = 'female'", [True]),
        ("birthDate = @1984-03-12", [True]),
        ("birthDate = '1984-03-12'", [True]),
        ("birthDate = @1984-03", []),
        ("birthDate ~ @1984-03", [False]),
        ("birthDate != @1984-04", [True]),
        ("@2012-04-15T15:00:00+02:00 = @2012-04-15T16:00:00+03:00", [True]),
        ("@2012-04-15T15:00:00Z = @2012-04-15T15:00:00", []),
        ("@T10:00 = @2012-01-01", [False]),
        ("1 'g' = 1000 'mg'", [True]),
        ("1 'g' = 1 's'", []),
        ("1 'g' ~ 1 's'", [False]),
        ("4 'g' ~ 4040 'mg'", [True]),
        ("7 days = 1 week", [True]),
        ("7 days = 1 'wk'", [True]),
        ("1 year = 1 'a'", []),
        ("1 year ~ 1 'a'", [True]),
        ("12 months = 1 year", [True]),
        ("1 '[in_i]' = 2.54 'cm'", [True]),
        ("1 'mmol/L' = 1000 'umol/L'", [True]),
        ("1 'no such' = 1 'no such'", [True]),
        ("1 'Cel' = 1 'K'", []),
        # order
        ("'a' < 'b'", [True]),
        ("2 >= 2.0", [True]),
        ("{} > 1", []),
        ("@2014 < @2015-03", [True]),
        ("@2014 < @2014-03", []),
        ("birthDate <= today()", [True]),
        ("@T10:30 < @T11", [True]),
        ("1 'm' > 90 'cm'", [True]),
        ("1 'm' > 1 'g'", []),
        # logic
        ("true and {}", []),
        ("{} and false", [False]),
        ("{} or true", [True]),
        ("false or {}", []),
        ("true xor {}", []),
        ("true xor false", [True]),
        ("{} implies true", [True]),
        ("{} implies {}", []),
        ("false implies {}", [True]),
        ("name.first() and true", [True]),
        # collections
        ("1 in {}", [False]),
        ("{} in (1 | 2)", []),
        ("(1 | 2) contains 2", [True]),
        ("'Ama' in name.given", [True]),
        ("(1 | 2) | (2 | 3)", [1, 2, 3]),
        ("name.given | name.given", ["Amara", "B.", "Ama"]),
        # types
        ("active is boolean", [True]),
        ("active is FHIR.boolean", [True]),
        ("active is Boolean", [False]),
        ("true is Boolean", [True]),
        ("1 'mg' is Quantity", [True]),
        ("1 'mg' is System.Quantity", [True]),
        ("gender is string", [True]),
        ("{} is string", []),
        ("(multipleBirth as integer) + 1", [3]),
        ("multipleBirth as boolean", []),
        ("gender as string", []),
        # dates
        ("@2014-01-31 + 1 month", ["2014-02-28"]),
        ("@2016-02-29 - 1 year", ["2015-02-28"]),
        ("@2014-12-31 + 1 day", ["2015-01-01"]),
        ("@2014 + 24 months", ["2016"]),
        ("@2014-01 + 31 days", ["2014-02"]),
        ("@2014-01-01T23:30 + 45 minutes", ["2014-01-02T00:15"]),
        ("@2014-01-01T00:00:00.000Z - 1 'ms'", ["2013-12-31T23:59:59.999Z"]),
        ("@T23:30 + 1 hour", ["00:30"]),
        ("@9999-12-31 + 1 day", []),
        ("birthDate + 18 years < @2010-01-01", [True]),
    ],
)
def test_an_expression_finds(expression: str, found: list[Any]) -> None:
    assert list(evaluate(PATIENT, expression)) == found


@pytest.mark.parametrize(
    "expression",
    [
        "1 + 'a'", "'a' - 'b'", "true + 1", "1 < 'a'", "true < false", "(1 | 2) + 1", "name.given & 'x'", "-'a'",
        "@2014 + 1 'mo'", "@2014-01-01 + 1 'cm'", "@2014 + 1", "(1 | 2) in (1 | 2)", "name.given is string",
        "%nothing", "name[0 | 1]", "name and true", "1.nosuch()", "'a' div 'b'", "@T10:00 < @2014",
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_refused_in_words(expression: str) -> None:
    with pytest.raises(WorkbenchError, match="could not be evaluated: "):
        evaluate(PATIENT, expression)


@pytest.mark.parametrize(
    ("expression", "line", "column"),
    [
        ("1 +", 1, 4), ("name.", 1, 6), ("a.$this", 1, 3), ("1 is", 1, 5), ("1 is 2", 1, 6), ("{1}", 1, 2),
        ("a[1", 1, 4), ("f(1,)", 1, 5), ("@2014-13-01", 1, 1), ("@2014-02-30", 1, 1), ("@T10:30Z", 1, 8),
        ("name\n  ..given", 2, 4), ("a /* open", 1, 4), ("'a", 1, 1), ("% x", 1, 1), ("and", 1, 1), ("1 2", 1, 3),
        ("@2014T25", 1, 1),
    ],
)  # fmt: skip
def test_a_syntax_fault_is_told_with_line_and_column(expression: str, line: int, column: int) -> None:
    with pytest.raises(WorkbenchError) as caught:
        evaluate(PATIENT, expression)
    assert (caught.value.line, caught.value.column) == (line, column)
