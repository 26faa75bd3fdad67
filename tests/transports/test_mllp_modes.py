import pytest

from workbench.exchange import utc_now
from workbench.hl7v2.correlation import Asked, choose_codes
from workbench.hl7v2.mllp import Frame, FrameReader
from workbench.transports.mllp_modes import reply_in_mode
from workbench.transports.mllp_reply import Reply

ERROR = "MSH|^~\\&|EHR|H|||2026||ACK|K|P|2.5.1\rMSA|%s|C1|No bed\rERR||PV1^1^3|101^^HL70357|E||||No bed\r"


def message(accept: str, application: str) -> bytes:
    return f"MSH|^~\\&|A|B|EHR|H|2026||ADT^A01|C1|P|2.5.1|||{accept}|{application}\rPID|1\r".encode()


def sent(payload: bytes, code: str) -> list[str]:
    """The acknowledgments that go out, in short."""
    reply = reply_in_mode(payload, (ERROR % code).encode(), now=utc_now(), control_id="K9")
    if reply is None:
        return []
    pieces = (b"\x0b" + reply + b"\x1c\r",) if isinstance(reply, bytes) else reply.pieces
    if isinstance(reply, Reply):
        assert reply.accept and reply.answer == (ERROR % code).encode()
    frames = [event.payload for piece in pieces for event in FrameReader().feed(piece) if isinstance(event, Frame)]
    return [frame.decode().partition("MSA|")[2].replace("\r", " ").strip() for frame in frames]


def test_acknowledgment_goes_out_as_decided_in_original_mode() -> None:
    assert sent(message("", ""), "AE")[0].startswith("AE|C1|No bed ERR")
    assert sent(b"hello", "AR")[0].startswith("AR")


def test_accept_acknowledgment_goes_before_and_says_nothing_of_the_content() -> None:
    first, second = sent(message("AL", "AL"), "AE")
    assert first == "CA|C1"
    assert second.startswith("AE|C1|No bed ERR")


def test_accept_code_stands_in_place_of_the_application_code_that_nobody_wants() -> None:
    (only,) = sent(message("AL", "NE"), "AE")
    assert only.startswith("CE|C1|No bed ERR")
    assert sent(message("NE", "NE"), "AE") == []


@pytest.mark.parametrize(
    ("accept", "application", "codes"),
    [
        ("", "", (("AA",), ("AE",), ("AR",))),
        ("NE", "AL", (("AA",), ("AE",), ("AR",))),
        ("AL", "AL", (("CA", "AA"), ("CA", "AE"), ("CA", "AR"))),
        ("SU", "SU", (("CA", "AA"), (), ())),
        ("AL", "ER", (("CA",), ("CA", "AE"), ("CA", "AR"))),
        ("ER", "AL", (("AA",), ("AE",), ("AR",))),
        ("AL", "NE", (("CA",), ("CE",), ("CR",))),
        ("ER", "", ((), ("CE",), ("CR",))),
        ("NE", "NE", ((), (), ())),
    ],
)
def test_codes_are_those_that_the_message_asks_for(
    accept: str, application: str, codes: tuple[tuple[str, ...], ...]
) -> None:
    asked = Asked("C1", "", accept, application)
    assert tuple(choose_codes(asked, code) for code in ("AA", "AE", "AR")) == codes
