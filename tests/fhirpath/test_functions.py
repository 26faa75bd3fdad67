from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from workbench.errors import WorkbenchError
from workbench.fhir.resource import Json
from workbench.fhirpath.environment import Environment, NotEvaluated, find_within
from workbench.fhirpath.expression import compile_expression, evaluate, root_node
from workbench.fhirpath.functions import FUNCTIONS
from workbench.fhirpath.tables import load_tables

OBSERVATION: Json = {
    "resourceType": "Observation",
    "id": "o",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}, {"code": "bp", "display": "B.P."}]},
    "subject": {"reference": "#p"},
    "performer": [{"reference": "#q"}, {"display": "Nobody"}],
    "contained": [
        {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1984-03"},
        {"resourceType": "Practitioner", "id": "q", "active": True},
    ],
    "effectiveDateTime": "2026-03-01T10:00:00+02:00",
    "component": [
        {
            "code": {"coding": [{"code": "8480-6"}]},
            "valueQuantity": {
                "value": Decimal("120"), "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]",
            },
        },
        {
            "code": {"coding": [{"code": "8462-4"}]},
            "valueString": "eighty",
            "extension": [{"url": "u", "valueInteger": 3}],
        },
    ],
    "_status": {"id": "s1", "extension": [{"url": "http://example.org/why", "valueCode": "x"}]},
    "note": [{"text": "one"}, {"text": "two"}],
}  # fmt: skip

D = Decimal
_NUMERIC = ("skip", "take", "substring", "log", "power")
CASES: list[tuple[str, list[Any]]] = [
    # existence
    ("{}.empty()", [True]),
    ("note.empty()", [False]),
    ("{}.exists()", [False]),
    ("note.exists(text = 'two')", [True]),
    ("note.exists(text = 'three')", [False]),
    ("note.all(text.length() = 3)", [True]),
    ("note.all(text = 'one')", [False]),
    ("{}.all(false)", [True]),
    ("(true | false).allTrue()", [False]),
    ("{}.allTrue()", [True]),
    ("(true | false).anyTrue()", [True]),
    ("{}.anyTrue()", [False]),
    ("(true | false).allFalse()", [False]),
    ("(false).allFalse()", [True]),
    ("(true | false).anyFalse()", [True]),
    ("{}.anyFalse()", [False]),
    ("('a' | 'b').subsetOf('a' | 'b' | 'c')", [True]),
    ("('a' | 'd').subsetOf('a' | 'b')", [False]),
    ("('a' | 'b').supersetOf('b')", [True]),
    ("('b').supersetOf('a' | 'b')", [False]),
    ("note.count()", [2]),
    ("{}.count()", [0]),
    ("(1).combine(1).combine(1.0).distinct()", [1]),
    ("note.text.combine(note.text).distinct()", ["one", "two"]),
    ("note.combine(note).distinct().count()", [2]),
    ("(1 | 2).isDistinct()", [True]),
    ("(1).combine(1).isDistinct()", [False]),
    # filtering and projection
    ("note.where(text = 'two').text", ["two"]),
    ("note.where({}).text", []),
    ("note.where($index = 1).text", ["two"]),
    ("note.select(text & '!')", ["one!", "two!"]),
    ("note.select($index)", [0, 1]),
    ("(1 | 2).select($this * 10)", [10, 20]),
    ("(3).repeat(iif($this > 0, $this - 1, {}))", [2, 1, 0]),
    ("repeat(contained).id", ["p", "q"]),
    ("component.value.ofType(Quantity).code", ["mm[Hg]"]),
    ("component.value.ofType(string)", ["eighty"]),
    ("contained.ofType(FHIR.Patient).id", ["p"]),
    ("(1 | 'a' | 2.5).ofType(Integer)", [1]),
    # subsetting
    ("note[1].text", ["two"]),
    ("note[2].text", []),
    ("note[-1].text", []),
    ("note.single()", "raises"),
    ("note.where(text = 'one').single().text", ["one"]),
    ("note.first().text", ["one"]),
    ("note.last().text", ["two"]),
    ("note.tail().text", ["two"]),
    ("note.skip(1).text", ["two"]),
    ("note.skip(-1).text", ["one", "two"]),
    ("note.take(1).text", ["one"]),
    ("note.take(0)", []),
    ("(1 | 2 | 3).intersect(2 | 3 | 4)", [2, 3]),
    ("(1).combine(1).combine(2).exclude(2)", [1, 1]),
    ("(1 | 2).union(2 | 3)", [1, 2, 3]),
    ("(1).combine(1)", [1, 1]),
    # aggregates and flow
    ("(1 | 2 | 3).aggregate($total + $this, 0)", [6]),
    ("(1 | 2 | 3).aggregate(iif($total.empty(), $this, $total * $this))", [6]),
    ("iif(status = 'final', 'yes', 1 / 'a')", ["yes"]),
    ("iif(status = 'draft', 1 / 'a', 'no')", ["no"]),
    ("iif({}, 1)", []),
    ("iif('text', 1, 2)", "raises"),
    ("(3 | 1 | 2).sort()", [1, 2, 3]),
    ("(3 | 1 | 2).sort(-$this)", [3, 2, 1]),
    ("note.sort(-text).text", ["two", "one"]),
    ("note.trace('n', text).count()", [2]),
    ("true.not()", [False]),
    ("{}.not()", []),
    # texts
    ("'Abc'.upper()", ["ABC"]),
    ("'Abc'.lower()", ["abc"]),
    ("' a '.trim()", ["a"]),
    ("'abc'.length()", [3]),
    ("{}.length()", []),
    ("'abc'.startsWith('ab')", [True]),
    ("'abc'.endsWith('ab')", [False]),
    ("'abc'.contains('b')", [True]),
    ("'abcb'.indexOf('b')", [1]),
    ("'abcb'.indexOf('x')", [-1]),
    ("'abcb'.lastIndexOf('b')", [3]),
    ("'abc'.toChars()", ["a", "b", "c"]),
    ("'abc'.substring(1)", ["bc"]),
    ("'abc'.substring(1, 1)", ["b"]),
    ("'abc'.substring(3)", []),
    ("'abc'.substring(-1)", []),
    ("'abab'.replace('b', 'x')", ["axax"]),
    ("'abc'.matches('b')", [True]),
    ("'abc'.matches('^b')", [False]),
    ("'a\\nb'.matches('a.b')", [True]),
    ("'abc'.matches({})", []),
    ("'abc'.matchesFull('b')", [False]),
    ("'abc'.matchesFull('a.c')", [True]),
    ("'11/30'.replaceMatches('(\\\\d+)/(\\\\d+)', '$2-$1')", ["30-11"]),
    ("'11/30'.replaceMatches('(?<m>\\\\d+)/(?<d>\\\\d+)', '${d}-${m}')", ["30-11"]),
    ("'abc'.replaceMatches('', 'x')", ["abc"]),
    ("'a,b,,c'.split(',')", ["a", "b", "", "c"]),
    ("note.text.join('; ')", ["one; two"]),
    ("note.text.join()", ["onetwo"]),
    ("'a+b?'.encode('base64')", ["YStiPw=="]),
    ("'a+b?'.encode('hex')", ["612b623f"]),
    ("'??>'.encode('urlbase64')", ["Pz8-"]),
    ("'YStiPw=='.decode('base64')", ["a+b?"]),
    ("'612b'.decode('hex')", ["a+"]),
    ("'xyz'.decode('hex')", "raises"),
    ("'<a b=\"c\">'.escape('html')", ["&lt;a b=&quot;c&quot;&gt;"]),
    ("'say \"a\"'.escape('json')", ['say \\"a\\"']),
    ("'&lt;a&gt;'.unescape('html')", ["<a>"]),
    ("'say \\\\\"a\\\\\"'.unescape('json')", ['say "a"']),
    ("(5).length()", "raises"),
    # numbers
    ("(-5).abs()", [5]),
    ("(-5.5 'mg').abs().toString()", ["5.5 'mg'"]),
    ("1.1.ceiling()", [2]),
    ("(-1.1).ceiling()", [-1]),
    ("1.9.floor()", [1]),
    ("(-1.1).floor()", [-2]),
    ("(-1.9).truncate()", [-1]),
    ("0.exp()", [D(1)]),
    ("1.ln()", [D(0)]),
    ("(-1).ln()", []),
    ("100.log(10)", [D(2)]),
    ("16.log(2)", [D(4)]),
    ("2.power(10)", [1024]),
    ("2.power(-1)", [D("0.5")]),
    ("(-1).power(0.5)", []),
    ("81.sqrt()", [D(9)]),
    ("(-1).sqrt()", []),
    ("3.14159.round(2)", [D("3.14")]),
    ("2.5.round()", [D(3)]),
    ("(-2.5).round()", [D(-3)]),
    ("1.587.lowBoundary()", [D("1.58650000")]),
    ("1.587.highBoundary(2)", [D("1.59")]),
    ("1 'cm'.highBoundary(1).toString()", ["1.5 'cm'"]),
    ("@2014.lowBoundary(6).toString()", ["2014-01"]),
    ("@2014-02.highBoundary().toString()", ["2014-02-28"]),
    ("@2016-02.highBoundary().toString()", ["2016-02-29"]),
    ("contained.birthDate.highBoundary().toString()", ["1984-03-31"]),
    ("@T10:30.highBoundary().toString()", ["10:30:59.999"]),
    ("@2014-01-01T08:05.lowBoundary().toString()", ["2014-01-01T08:05:00.000+14:00"]),
    ("1.5.lowBoundary(40)", []),
    ("'a'.lowBoundary()", "raises"),
    ("1.58700.precision()", [5]),
    ("@2014-01.precision()", [6]),
    ("@T10:30.precision()", [4]),
    ("now().toString()", ["2026-03-04T05:06:07.123Z"]),
    ("today().toString()", ["2026-03-04"]),
    ("timeOfDay().toString()", ["05:06:07.123"]),
    # conversions
    ("'T'.toBoolean()", [True]),
    ("'no'.toBoolean()", [False]),
    ("'maybe'.toBoolean()", []),
    ("'maybe'.convertsToBoolean()", [False]),
    ("1.toBoolean()", [True]),
    ("0.0.toBoolean()", [False]),
    ("'12'.toInteger()", [12]),
    ("'1.5'.toInteger()", []),
    ("true.toInteger()", [1]),
    ("'12'.convertsToInteger()", [True]),
    ("'12'.toLong()", [12]),
    ("'12'.convertsToLong()", [True]),
    ("'1.50'.toDecimal().toString()", ["1.50"]),
    ("1.toDecimal()", [D(1)]),
    ("'x'.convertsToDecimal()", [False]),
    ("1.50.toString()", ["1.50"]),
    ("true.toString()", ["true"]),
    ("note.toString()", "raises"),
    ("note.first().convertsToString()", [False]),
    ("@2014-01.convertsToString()", [True]),
    ("'2014-01'.toDate() = @2014-01", [True]),
    ("'2014-13'.toDate()", []),
    ("@2014-01-02T10:00:00.toDate() = @2014-01-02", [True]),
    ("'2014-01-01T10:00'.convertsToDate()", [False]),
    ("'2014-01-01T10:00'.toDateTime() = @2014-01-01T10:00", [True]),
    ("@2014-01-01.toDateTime() is DateTime", [True]),
    ("'x'.convertsToDateTime()", [False]),
    ("'10:30'.toTime() = @T10:30", [True]),
    ("'25:30'.convertsToTime()", [False]),
    ("'4 days'.toQuantity() = 4 days", [True]),
    ("'1 wk'.toQuantity()", []),
    ("'1000 \\'mg\\''.toQuantity('g').toString()", ["1.000 'g'"]),
    ("1.5.toQuantity() = 1.5 '1'", [True]),
    ("'4 days'.convertsToQuantity()", [True]),
    ("'1.a'.convertsToQuantity()", [False]),
    ("1 'cm'.comparable(1 'm')", [True]),
    ("1 'cm'.comparable(1 's')", [False]),
    # types
    ("component.value.type().name", ["Quantity", "string"]),
    ("status.type().namespace", ["FHIR"]),
    ("1.type().name", ["Integer"]),
    ("component.type().name", ["BackboneElement", "BackboneElement"]),
    ("status.is(code)", [True]),
    ("status.is(string)", [True]),
    ("status.is(System.String)", [False]),
    ("is(Observation)", [True]),
    ("is(Resource)", [True]),
    ("contained.first().is(DomainResource)", [True]),
    ("component.value.as(Quantity).unit", ["mmHg"]),
    ("component.value.as(Nothing)", "raises"),
    # FHIR's own
    ("children().count()", [13]),
    ("descendants().where($this is Coding).code", ["85354-9", "bp", "8480-6", "8462-4"]),
    ("status.extension('http://example.org/why').value", ["x"]),
    ("component.extension('u').value", [3]),
    ("component.extension('v')", []),
    ("status.hasValue()", [True]),
    ("code.hasValue()", [False]),
    ("note.text.hasValue()", [False]),
    ("status.getValue() = 'final'", [True]),
    ("code.getValue()", []),
    ("subject.resolve().gender", ["female"]),
    ("performer.resolve().active", [True]),
    ("'#p'.resolve().id", ["p"]),
    ("status.memberOf('http://example.org/vs')", [True]),
    ("code.memberOf('http://example.org/unknown')", "raises"),
    ("{}.memberOf('http://example.org/vs')", []),
    ("contained.first().conformsTo('http://example.org/profile')", [True]),
    ("conformsTo('http://example.org/profile')", [False]),
    ("contained.conformsTo('x')", "raises"),
    ("note.first().text.htmlChecks()", [False]),
    ("{}.htmlChecks()", []),
]


def make_environment(resource: Json) -> Environment:
    tables = load_tables()
    node = root_node(resource, tables)
    environment = Environment(
        tables,
        node,
        node,
        resolve=lambda reference: find_within(reference, environment),
        member_of=lambda item, canonical: None if "unknown" in canonical else item.value == "final",
        conforms_to=lambda item, canonical: item.type == "Patient",
        html_checks=lambda text: text.startswith("<div"),
        clock=lambda: datetime(2026, 3, 4, 5, 6, 7, 123456, UTC),
    )
    return environment


@pytest.mark.parametrize(("expression", "found"), CASES)
def test_a_function_gives(expression: str, found: Any) -> None:
    environment = make_environment(OBSERVATION)
    compiled = compile_expression(expression)
    if found == "raises":
        with pytest.raises(NotEvaluated):
            compiled.find([environment.root], environment)
        return
    actual = [getattr(item, "value", item) for item in compiled.find([environment.root], environment)]
    assert actual == found
    assert [type(value) for value in actual] == [type(value) for value in found]


def test_every_function_is_tried_here() -> None:
    tried = {name for expression, _ in CASES for name in re.findall(r"(\w+)\(", expression)}
    assert set(FUNCTIONS) <= tried


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_function_without_its_arguments_or_with_too_many_is_refused(name: str) -> None:
    function = FUNCTIONS[name]
    wrong = [", ".join(["1"] * (function.most + 1))] + ([""] if function.least else [])
    for arguments in wrong:
        with pytest.raises(WorkbenchError, match="number of arguments") as caught:
            compile_expression(f"1 + a.{name}({arguments})")
        assert caught.value.column == 7


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"iif", "aggregate"}))
def test_a_function_gives_the_same_for_nothing_whatever_its_arguments(name: str) -> None:
    """No function fails on the empty collection."""
    argument = {"as": "Patient", "ofType": "Patient"}.get(name, "1" if name in _NUMERIC else "'a'")
    arguments = ", ".join([argument] * FUNCTIONS[name].least)
    assert len(evaluate(OBSERVATION, f"{{}}.{name}({arguments})")) <= 1


def test_what_is_asked_of_nobody_is_not_evaluated() -> None:
    tables = load_tables()
    node = root_node(OBSERVATION, tables)
    alone = Environment(tables, node, node)
    for expression in (
        "status.memberOf('v')",
        "conformsTo('p')",
        "note.first().text.htmlChecks()",
        "'Patient/1'.resolve()",
    ):
        with pytest.raises(NotEvaluated):
            compile_expression(expression).find([node], alone)
    assert compile_expression("subject.resolve().id").find([node], alone)[0].value == "p"
