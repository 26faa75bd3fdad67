"""Exchanges made by hand, for models and views."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from workbench.exchange import Exchange, Failure, Headers, Request, Response

START = datetime(2025, 3, 4, 9, 30, tzinfo=UTC)
PATIENT = b'{"resourceType":"Patient","id":"amara-okafor","name":[{"family":"Okafor","given":["Amara"]}]}'
ADMISSION = b"MSH|^~\\&|REG|CH|LAB|CH|20250304093000||ADT^A01^ADT_A01|1|P|2.5.1\rPID|1||100001^^^CH^MR||Okafor^Amara\r"
REJECTION = b"MSH|^~\\&|LAB|CH|REG|CH|20250304093001||ACK^A01^ACK|2|P|2.5.1\rMSA|AR|1\rERR|||207^No^HL70357|E\r"


def make_read(number: int = 0, body: bytes = PATIENT, headers: Headers = (), status: int = 200) -> Exchange:
    request = Request("GET", f"http://127.0.0.1:4000/fhir/r4/Patient/{number}", headers)
    response = Response(status, (("Content-Type", "application/fhir+json"),), body)
    started = START + timedelta(seconds=number)
    return Exchange("workbench", "Community Hospital", request, response, started, 0.0123)


def make_message(answer: bytes | None = REJECTION) -> Exchange:
    request = Request("MLLP", "mllp://127.0.0.1:2575", (), ADMISSION)
    response = Response(None, (), answer) if answer is not None else None
    return Exchange("workbench", "Community Hospital", request, response, START, 0.004)


def make_refused() -> Exchange:
    failure = Failure("refused", "127.0.0.1:9 refused the connection.")
    request = Request("GET", "http://127.0.0.1:9/fhir/Patient/1")
    return Exchange("workbench", "Nobody", request, None, START, 0.001, failure)
