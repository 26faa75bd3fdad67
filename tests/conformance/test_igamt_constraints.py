"""What an export of NIST's tool says beside its profile, of conditions and value sets, goes to the rules it is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.conformance.message_profile import GroupRule, MessageProfile, PartRule, Rule, SegmentRule
from workbench.conformance.profile_judge import judge_profile
from workbench.conformance.profile_xml import read_profile_xml
from workbench.hl7v2.message import parse_message

PROFILE = """<ConformanceProfile HL7Version="2.5.1"><Messages>
<Message ID="M" Name="Results" Type="ORU" Event="R01" StructID="ORU_R01">
 <Segment Ref="MSH" Usage="R" Min="1" Max="1"/>
 <Group ID="G" Name="ORDER" Usage="R" Min="1" Max="*">
  <Segment Ref="OBR" Usage="R" Min="1" Max="1"/><Segment Ref="OBX" Usage="C" Min="0" Max="*"/>
 </Group></Message></Messages>
<Segments><Segment ID="MSH" Name="MSH"/>
<Segment ID="OBR" Name="OBR"><Field Name="Set ID" Usage="O" Datatype="SI"/>
 <Field Name="Placer" Usage="C" Datatype="EI"/>
 <Field Name="Filler" Usage="O" Datatype="EI"/><Field Name="Status" Usage="C" Datatype="ID"/></Segment>
<Segment ID="OBX" Name="OBX"><Field Name="Set ID" Usage="C" Datatype="SI"/>
 <Field Name="Type" Usage="R" Datatype="ID"/></Segment>
</Segments><Datatypes><Datatype ID="EI" Name="EI"><Component Name="Identifier" Usage="R" Datatype="ST"/>
 <Component Name="Namespace" Usage="C" Datatype="IS"/><Component Name="Other" Usage="C" Datatype="IS"/></Datatype>
<Datatype ID="SI" Name="SI"/><Datatype ID="ID" Name="ID"/><Datatype ID="ST" Name="ST"/></Datatypes>
</ConformanceProfile>"""
CONSTRAINTS = """<ConformanceContext><Predicates>
<Datatype><ByID ID="EI">
 <Predicate Target="2[1]" TrueUsage="R" FalseUsage="X"><Description>If EI.1 is LAB</Description>
  <Condition><AND><Presence Path="1[1]"/><PlainText Path="1[1]" Text="LAB" IgnoreCase="false"/></AND></Condition>
 </Predicate>
 <Predicate Target="3[1]" TrueUsage="RE" FalseUsage="O"><Description>If EI.1 looks like a number</Description>
  <Condition><Plugin QualifiedClassName="a.b.C"/></Condition></Predicate>
</ByID></Datatype>
<Segment><ByName Name="OBR">
 <Predicate Target="2[1]" TrueUsage="R" FalseUsage="RE">
 <Description>No filler</Description>
 <Condition><NOT><AND><Presence Path="3[1]"/><Presence Path="3[1]"/></AND></NOT></Condition>
 </Predicate></ByName></Segment>
<Group><ByID ID="G">
 <Predicate Target="2[1]" TrueUsage="R" FalseUsage="X"><Description>Final</Description><Condition>
  <StringList Path="1[1].4[1]" CSV="F,C" NotPresentBehavior="FAIL"/></Condition></Predicate>
 <Predicate Target="2[1].1[1]" TrueUsage="R" FalseUsage="O"><Description>Typed</Description><Condition>
  <OR><PlainText Path="2[1].2[1]" Text="NM" NotPresentBehavior="FAIL"/><Presence Path="1[1].3[1].2[1]"/></OR>
 </Condition></Predicate>
</ByID></Group></Predicates><Constraints>
<Datatype><ByID ID="EI"><Constraint ID="EI-1"><Description>EI.1 has no blank.</Description>
 <Assertion><Format Path="1[1]" Regex="[^ ]*"/></Assertion></Constraint>
 <Constraint ID="EI-2" Strength="SHOULD"><Assertion><PlainText Path="1[1]" Text="NEVER"/></Assertion></Constraint>
</ByID></Datatype>
<Segment><ByID ID="OBX"><Constraint ID="OBX-A"><Description>A number has a set ID.</Description><Assertion>
 <IMPLY><PlainText Path="2[1]" Text="NM" NotPresentBehavior="FAIL"/><Presence Path="1[1]"/></IMPLY>
 </Assertion></Constraint><Constraint ID="OBX-B"><Assertion><SetID Path="1[1]"/></Assertion></Constraint>
</ByID></Segment></Constraints></ConformanceContext>"""
BINDINGS = """<ValueSetBindingsContext><ValueSetBindings><Segment><ByID ID="OBX">
 <ValueSetBinding BindingStrength="R" Target="2[*]">
 <Bindings><Binding BindingIdentifier="HL70125"/></Bindings></ValueSetBinding>
 </ByID><ByID ID="OBR">
 <ValueSetBinding BindingStrength="S" Target="4[*]">
 <Bindings><Binding BindingIdentifier="HL70125"/></Bindings></ValueSetBinding>
 </ByID></Segment></ValueSetBindings></ValueSetBindingsContext>"""
VALUE_SETS = """<ValueSetLibrary><NoValidation><BindingIdentifier>HL70078</BindingIdentifier></NoValidation>
<ValueSetDefinition BindingIdentifier="HL70125" Name="Types">
 <ValueElement Value="NM"/><ValueElement Value="ST"/></ValueSetDefinition>
<ValueSetDefinition BindingIdentifier="HL70361" Name="Apps"><ValueElement Value="..."/></ValueSetDefinition>
</ValueSetLibrary>"""


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> MessageProfile:
    folder: Path = tmp_path_factory.mktemp("export")
    files = {"PROFILE": PROFILE, "CONSTRAINTS": CONSTRAINTS, "VALUESETBINDINGS": BINDINGS, "VALUESETS": VALUE_SETS}
    for name, text in files.items():
        (folder / f"{name}.xml").write_text(text, "utf-8")
    (found,) = read_profile_xml(folder / "PROFILE.xml")
    return found


def segment(profile: MessageProfile, name: str) -> SegmentRule:
    group = profile.children[1]
    assert isinstance(group, GroupRule)
    return next(child for child in group.children if isinstance(child, SegmentRule) and child.name == name)


def part(profile: MessageProfile, name: str, number: int, *below: int) -> PartRule:
    found = segment(profile, name).find(number)
    for each in below:
        assert found is not None
        found = found.find(each)
    assert found is not None
    return found


def said(rule: Rule) -> tuple[str, str]:
    return rule.usage_text, rule.condition.text if rule.condition else ""


def test_predicate_of_a_data_type_holds_in_each_of_its_fields(profile: MessageProfile) -> None:
    assert said(part(profile, "OBR", 2, 2)) == (
        "C(R/X)",
        "valued OBR-2.1 and (not valued OBR-2.1 or OBR-2.1 = LAB)",
    )
    assert said(part(profile, "OBR", 3, 2))[1].startswith("valued OBR-3.1")


def test_predicate_that_cannot_be_decided_stays_in_words(profile: MessageProfile) -> None:
    rule = part(profile, "OBR", 2, 3)
    assert said(rule) == ("C(RE/O)", "If EI.1 looks like a number")
    assert rule.condition and rule.condition.expression is None


def test_predicate_of_a_segment_is_found_by_its_name(profile: MessageProfile) -> None:
    assert said(part(profile, "OBR", 2)) == ("C(R/RE)", "not valued OBR-3[1]")


def test_predicate_of_a_group_counts_its_children_and_then_their_fields(profile: MessageProfile) -> None:
    assert said(segment(profile, "OBX")) == ("C(R/X)", "OBR-4[1] in (F, C)")
    assert said(part(profile, "OBX", 1)) == ("C(R/O)", "OBX-2[1] = NM or valued OBR-3[1].2")


def test_conditional_without_a_predicate_asks_nothing(profile: MessageProfile) -> None:
    assert said(part(profile, "OBR", 4)) == ("C(R/X)", "")


def test_statements_stand_where_their_segment_and_data_type_do(profile: MessageProfile) -> None:
    assert [(each.at, each.holds.text, each.message) for each in profile.statements] == [
        ("ORDER/OBR-2", 'not valued OBR-2.1 or OBR-2.1 matches "[^ ]*"', "EI.1 has no blank."),
        ("ORDER/OBR-3", 'not valued OBR-3.1 or OBR-3.1 matches "[^ ]*"', "EI.1 has no blank."),
        ("ORDER/OBX", "OBX-2[1] != NM or valued OBX-1[1]", "A number has a set ID."),
    ]


def test_value_set_that_must_be_kept_is_bound_and_a_suggestion_is_not(profile: MessageProfile) -> None:
    assert part(profile, "OBX", 2).table == "0125" and part(profile, "OBR", 4).table == ""
    kept = {table.number: (sorted(table.codes), table.closed) for table in profile.tables}
    assert kept == {"0078": ([], False), "0125": (["NM", "ST"], True), "0361": ([], False)}


@pytest.mark.parametrize(
    ("orders", "wrong"),
    [
        ("OBR||LAB^N||F\rOBX|1|NM\r", []),
        ("OBR||LAB||F\rOBX|1|NM\r", ["OBR-2.2"]),
        ("OBR||7^N||F\rOBX|1|NM\r", ["OBR-2.2"]),
        ("OBR||||F\rOBX|1|NM\r", ["OBR-2"]),
        ("OBR|||8|F\rOBX||NM\r", ["OBX", "OBX-1"]),
        ("OBR|||8 9|F\rOBX|1|NM\rOBR|||8|F\rOBX|1|ST\r", ["OBR[1]-3"]),
        ("OBR|||8|F\rOBX||ST\r", []),
        ("OBR|||LAB^N|P\rOBX|1|ST\r", ["ORDER[1]/OBX"]),
        ("OBR|||8|F\r", ["ORDER[1]/OBX"]),
        ("OBR|||8|F\rOBX|1|XX\r", ["OBX-2"]),
        ("OBR|||8|F\rOBX|1|NM\rOBR|||9|P\r", []),
    ],
)
def test_conditions_are_decided_in_messages(profile: MessageProfile, orders: str, wrong: list[str]) -> None:
    message = parse_message(f"MSH|^~\\&|A|B|C|D|||ORU^R01^ORU_R01|1|P|2.5.1\r{orders}")
    assert [issue.path for issue in judge_profile(message, profile) if issue.is_error] == wrong
