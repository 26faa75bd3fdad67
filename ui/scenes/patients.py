"""Patients of the scenes: one that is right, and others that are wrong in telling ways."""

from __future__ import annotations

_DIV = '<div xmlns=\\"http://www.w3.org/1999/xhtml\\">Amara Okafor</div>'


PATIENT = f"""{{
  "resourceType": "Patient",
  "id": "amara-okafor",
  "text": {{ "status": "generated", "div": "{_DIV}" }},
  "identifier": [
    {{ "system": "http://hospital.example.org/mrn", "value": "100001" }}
  ],
  "active": true,
  "name": [
    {{ "use": "official", "family": "Okafor", "given": ["Amara", "Ngozi"] }}
  ],
  "gender": "female",
  "birthDate": "1984-02-29"
}}
"""


FAULTY_PATIENT = """{
  "resourceType": "Patient",
  "id": "amara okafor",
  "meta": { "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient"] },
  "identifier": [
    { "system": "http://hospital.example.org/mrn", "value": 100001 }
  ],
  "active": "yes",
  "nme": [ { "use": "legal", "family": "Okafor", "given": "Amara" } ],
  "telecom": [ { "system": "phone", "value": "+1 555 0100", "period": { "start": "2026-13-01" } } ],
  "gender": "mann",
  "birthDate": "29.2.1984",
  "maritalStatus": { "coding": [ { "system": "http://snomed.info/sct", "code": "87915002" } ] },
  "contact": [ {} ],
  "generalPractitioner": [ { "reference": "Patient/another" } ]
}
"""


XML_PATIENT = """<?xml version="1.0" encoding="UTF-8"?>
<Patient xmlns="http://hl7.org/fhir">
  <id value="amara-okafor"/>
  <!-- as the registration desk wrote it -->
  <active value="yes"/>
  <name>
    <given value="Amara"/>
    <family value="Okafor"/>
  </name>
  <gender value="female"/>
  <birthDate value="29.2.1984"/>
</Patient>
"""
