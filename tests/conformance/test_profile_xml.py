"""A profile is read from HL7's and NIST's XML, safely, and is the profile that its YAML would be."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.conformance.message_profile import GroupRule, MessageProfile, Range, SegmentRule
from workbench.conformance.profile_file import parse_profile
from workbench.conformance.profile_judge import judge_profile
from workbench.conformance.profile_writer import to_profile_yaml
from workbench.conformance.profile_xml import parse_profile_xml, read_profile_xml
from workbench.errors import WorkbenchError
from workbench.hl7v2.message import parse_message

HL7 = b"""<?xml version="1.0"?>
<!DOCTYPE HL7v2xConformanceProfile SYSTEM "http://127.0.0.1:9/never-asked.dtd">
<HL7v2xConformanceProfile HL7Version="2.5.1" ProfileType="Constrainable">
 <MetaData Name="Hilltop admissions" OrgName="Hilltop"/>
 <HL7v2xStaticDef MsgType="ADT" EventType="A01" MsgStructID="ADT_A01" EventDesc="Admit" Role="Sender">
  <Segment Name="MSH" LongName="Message Header" Usage="R" Min="1" Max="1">
   <Field Name="Field Separator" Usage="R" Min="1" Max="1" Datatype="ST" Length="1" ConstantValue="|"/>
   <Field Name="Encoding Characters" Usage="R" Min="1" Max="1" Datatype="ST" Length="4"/>
   <Field Name="Sending Application" Usage="R" Min="1" Max="1" Datatype="HD" Length="180" Table="HL70361">
    <Component Name="Namespace ID" Usage="R" Datatype="IS" Length="20" ConstantValue="REG"/>
   </Field>
  </Segment>
  <Segment Name="PID" LongName="Patient Identification" Usage="R" Min="1" Max="1">
   <Field Name="Set ID" Usage="X" Min="0" Max="*" Datatype="SI" Length="4"/>
   <Field Name="Patient ID" Usage="B" Datatype="CX" Length="0"/>
   <Field Name="Patient Identifier List" Usage="R" Min="1" Max="*" Datatype="CX" Length="250">
    <Component Name="ID Number" Usage="R" Datatype="ST" Length="15"/>
    <Component Name="Check Digit" Usage="O" Datatype="ST" Length="1"/>
    <Component Name="Scheme" Usage="C" Datatype="ID" Length="3" Table="0061">
     <Predicate>If the check digit
       is valued.</Predicate>
    </Component>
    <Component Name="Assigning Authority" Usage="RE" Datatype="HD" Length="227">
     <SubComponent Name="Namespace ID" Usage="C(R/X)" Datatype="IS" Length="20" Table="0363">
      <Predicate>PID-3.5 = MR</Predicate>
     </SubComponent>
    </Component>
    <Component Name="Type" Usage="o" Datatype="ID" Length="5"/>
   </Field>
  </Segment>
  <SegGroup Name="Procedure Group" LongName="PROCEDURE" Usage="O" Min="0" Max="3">
   <Segment Name="PR1" LongName="Procedures" Usage="R" Min="1" Max="1"/>
  </SegGroup>
 </HL7v2xStaticDef>
 <hl7tables><hl7table id="0363" name="Authority" type="USER">
   <tableElement order="1" code="HH" description="Hilltop"/><tableElement order="2" code="OLD" usage="X"/>
 </hl7table></hl7tables>
</HL7v2xConformanceProfile>
"""
NIST = b"""<?xml version="1.0" encoding="UTF-8"?>
<ConformanceProfile ID="1" HL7Version="2.5.1">
 <MetaData Name="Guide"/>
 <Messages>
  <Message ID="m1" Name="Results" Type="ORU" Event="R01" StructID="ORU_R01">
   <Segment Ref="MSH_G" Usage="R" Min="1" Max="1"/>
   <Group ID="g" Name="ORU_R01.PATIENT_RESULT" Usage="R" Min="1" Max="*">
    <Segment Ref="OBX_1" Usage="R" Min="1" Max="1"/><Segment Ref="OBX_2" Usage="RE" Min="0" Max="*"/>
   </Group>
  </Message>
  <Message ID="m2" Name="Acknowledgment" Type="ACK" Event="R01" StructID="ACK">
   <Segment Ref="MSH_G" Usage="R"/></Message>
 </Messages>
 <Segments>
  <Segment ID="MSH_G" Name="MSH" Description="Message Header">
   <Field Name="Separator" Usage="R" Datatype="ST" MinLength="1" MaxLength="1" ConfLength="NA"/>
  </Segment>
  <Segment ID="OBX_1" Name="OBX">
   <Field Name="Set ID" Usage="R" Datatype="SI" MinLength="1" MaxLength="4" ConfLength="4="/>
   <Field Name="Code" Usage="RE" Datatype="CWE_G" MinLength="0" MaxLength="*" Binding="HL70125"/></Segment>
  <Segment ID="OBX_2" Name="OBX"/>
 </Segments>
 <Datatypes>
  <Datatype ID="CWE_G" Name="CWE"><Component Name="Identifier" Usage="R" Datatype="ST" MinLength="1" MaxLength="20"/>
   <Component Name="Nested" Usage="O" Datatype="CWE_G" MinLength="0" MaxLength="*"/></Datatype>
  <Datatype ID="ST" Name="ST"/><Datatype ID="SI" Name="SI"/>
 </Datatypes>
 <ValueSetDefinitions><ValueSetDefinition BindingIdentifier="HL70125" Name="Kinds" Extensibility="Closed">
  <ValueElement Value="NM" DisplayName="Numeric"/><ValueElement Value="XX" Usage="E"/>
 </ValueSetDefinition></ValueSetDefinitions>
</ConformanceProfile>
"""


def hl7() -> MessageProfile:
    (profile,) = parse_profile_xml(HL7)
    return profile


def test_profile_of_hl7_has_the_rules_of_its_elements() -> None:
    profile = hl7()
    assert (profile.message, profile.version, profile.structure) == ("ADT^A01", "2.5.1", "ADT_A01")
    assert (profile.name, profile.description, profile.complete) == ("Hilltop admissions", "Admit", True)
    header, patient, group = profile.children
    assert isinstance(header, SegmentRule) and isinstance(patient, SegmentRule) and isinstance(group, GroupRule)
    application = header.fields[2]
    assert (application.number, application.table, application.cardinality) == (3, "0361", Range(1, 1))
    assert (application.parts[0].constant, application.parts[0].length) == ("REG", Range(0, 20))
    set_id, old, identifiers = patient.fields
    assert (set_id.usage, set_id.cardinality) == ("X", None), "what stands beside X is what was there before"
    assert (old.usage, old.length, old.cardinality) == ("B", None, None)
    assert identifiers.cardinality == Range(1, None)
    scheme, authority, kind = identifiers.parts[2:]
    assert (scheme.usage_text, scheme.condition and scheme.condition.expression) == ("C(R/X)", None)
    assert scheme.condition and scheme.condition.text == "If the check digit is valued."
    namespace = authority.parts[0]
    assert namespace.usage_text == "C(R/X)" and namespace.condition and namespace.condition.expression
    assert kind.usage == "O"
    assert (group.name, group.usage, group.cardinality) == ("PROCEDURE_GROUP", "O", Range(0, 3))
    assert [(table.number, table.values) for table in profile.tables] == [("0363", (("HH", "Hilltop"),))]


def test_older_form_of_messaging_workbench_is_read_too() -> None:
    for written in (b"v2.5.1", b"V2.5.1", b" 2.5.1 "):
        (profile,) = parse_profile_xml(HL7.replace(b'HL7Version="2.5.1"', b'HL7Version="' + written + b'"'))
        assert profile.version == "2.5.1"
    older = HL7.replace(b"HL7v2xConformanceProfile HL7Version", b'Specification SpecName="S" HL7Version')
    older = older.replace(b"/HL7v2xConformanceProfile", b"/Specification").replace(b"HL7v2xStaticDef", b"Message")
    older = older.replace(b"Usage=", b"Optionality=").replace(
        b"DOCTYPE HL7v2xConformanceProfile", b"DOCTYPE Specification"
    )
    (profile,) = parse_profile_xml(older)
    assert profile == hl7()


def test_profile_of_nist_is_put_together_from_its_references() -> None:
    results, acknowledgment = parse_profile_xml(NIST)
    assert (results.message, results.name, acknowledgment.message) == ("ORU^R01", "Results", "ACK^R01")
    _, group = results.children
    assert isinstance(group, GroupRule) and group.name == "PATIENT_RESULT" and group.cardinality == Range(1, None)
    first, second = group.children
    assert isinstance(first, SegmentRule) and isinstance(second, SegmentRule)
    assert (first.name, first.usage, second.usage, second.fields) == ("OBX", "R", "RE", ())
    assert (first.fields[0].length, first.fields[0].conformance_length) == (Range(1, 4), "4=")
    code = first.fields[1]
    assert (code.datatype, code.table, code.length) == ("CWE", "0125", None)
    assert [part.number for part in code.parts] == [1, 2] and code.parts[1].parts[1].parts == (), (
        "no deeper than a message"
    )
    assert results.find_table("0125") and results.find_table("0125").codes == {"NM"}  # type: ignore[union-attr]


def test_profile_that_was_read_judges_messages() -> None:
    message = parse_message(
        "MSH|^~\\&|OTHER|||||||ADT^A01|1|P|2.5.1\rPID|1||123^^^HX^MR\rPR1|1\r".replace("|||||||ADT", "||||||ADT")
    )
    found = [(issue.path, issue.rule) for issue in judge_profile(message, hl7())]
    assert ("MSH-3.1", "MSH-3.1 constant REG") in found
    assert ("PID-1", "PID-1 X") in found
    assert ("PID-3.4.1", "PID-3.4.1 table 0363") in found
    assert ("PID-3.3", "PID-3.3 C(R/X)") in found, "undecided, since its condition is in words"


def test_profile_that_was_read_is_written_as_yaml_of_the_same_rules() -> None:
    profile = hl7()
    written = to_profile_yaml(profile)
    again = parse_profile(written)
    assert "# C(R/X) if: If the check digit is valued." in written
    assert [rule.name for _, rule in again.segments()] == ["MSH", "PID", "PR1"] and again.complete
    fields = {rule.name: rule.fields for _, rule in again.segments()}
    mine = {rule.name: rule.fields for _, rule in profile.segments()}
    assert fields["MSH"] == mine["MSH"] and fields["PID"][0] == mine["PID"][0]


def test_tables_may_lie_in_a_file_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "PROFILE.xml").write_bytes(NIST)
    (tmp_path / "VALUESETS.xml").write_bytes(
        b'<ValueSetLibrary><ValueSetDefinition BindingIdentifier="HL70061" Name="Schemes" Extensibility="Open">'
        b'<ValueElement Value="M10"/></ValueSetDefinition></ValueSetLibrary>'
    )
    profile, _ = read_profile_xml(tmp_path / "PROFILE.xml")
    table = profile.find_table("0061")
    assert table and table.codes == {"M10"} and not table.closed


@pytest.mark.parametrize(
    ("data", "words", "line"),
    [
        (b"", "not well-formed", 1),
        (b"{}", "not well-formed", 1),
        (b"<a>\n<b></a>", "not well-formed", 2),
        (b"<Other/>", "This XML is “Other”, and no message profile.", 1),
        (b'<?xml version="1.0" encoding="x-none"?><a/>', "", 1),
        (HL7.replace(b'Usage="RE"', b'Usage="Z"'), "“Z” is no usage.", 23),
        (HL7.replace(b'Max="3"', b'Max="many"'), "is no range", 31),
        (HL7.replace(b'Name="PR1"', b'Name="../"'), "is no name of a segment", 32),
        (NIST.replace(b'Ref="OBX_2"', b'Ref="OBX_9"'), "names the segment “OBX_9”, and has none of that ID", 8),
        (b'<ConformanceProfile HL7Version="2.5"/>', "has no message", 1),
        (b"<HL7v2xConformanceProfile/>", "has no message", 1),
    ],
)
def test_file_that_is_no_profile_is_refused_with_its_line(data: bytes, words: str, line: int) -> None:
    with pytest.raises(WorkbenchError) as refused:
        parse_profile_xml(data, "a.xml")
    assert words in str(refused.value) and (refused.value.source, refused.value.line) == ("a.xml", line)


def test_entities_are_refused_before_they_grow() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>'
    outside = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    for data in (bomb, outside):
        with pytest.raises(WorkbenchError, match="defines an entity"):
            parse_profile_xml(data)


def test_depth_and_size_have_limits() -> None:
    with pytest.raises(WorkbenchError, match="nested too deeply"):
        parse_profile_xml(b"<a>" * 1000 + b"</a>" * 1000)
