import pytest

from workbench.hl7v2.correlation import Answered, Asked, read_answered, read_asked

HEAD = "MSH|^~\\&|A|B|C|D|2026||ADT^A01|C1|P|2.5.1"


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        (HEAD + "\rPID|1\r", Asked("C1")),
        (HEAD, Asked("C1")),
        (HEAD + "|7||AL|NE\rPID|1\r", Asked("C1", "7", "AL", "NE")),
        (HEAD + "|||ER|SU|USA\rPID|1\r", Asked("C1", "", "ER", "SU")),
        (HEAD + "|||USA|AL\rPID|1\r", Asked("C1")),
        (HEAD.replace("C1", "a\\T\\b") + "\rPID|1\r", Asked("a&b")),
        (HEAD.replace("|", "#") + "#7##AL\rPID#1\r", Asked("C1", "7", "AL")),
        (HEAD + "|||AL\nPID|1\n", Asked("C1", "", "AL")),
        ("\ufeff" + HEAD + "|||AL\rPID|1\r", Asked("C1", "", "AL")),
        (HEAD.replace("|A|", f"|{'x' * 5000}|") + "|||AL\rPID|1\r", Asked("C1", "", "AL")),
        ("MSH|^~\\&|\r", Asked()),
        ("hello", Asked()),
        ("", Asked()),
    ],
)
def test_what_a_message_asks_is_read_from_its_header(message: str, asked: Asked) -> None:
    assert read_asked(message.encode()) == asked


def test_what_a_message_in_utf_16_asks_is_read_too() -> None:
    assert read_asked((HEAD + "|||AL|NE\r").encode("utf-16")) == Asked("C1", "", "AL", "NE")


@pytest.mark.parametrize(
    ("answer", "answered"),
    [
        ("MSH|^~\\&|\rMSA|AA|C1\r", Answered("AA", "C1")),
        ("MSH|^~\\&|\rMSA|CA|C1||8\r", Answered("CA", "C1", "8")),
        ("MSH|^~\\&|\rMSA|AA| C1 |fine\rERR|\r", Answered("AA", "C1")),
        ("MSH|^~\\&|\nMSA|AR|C1\n", Answered("AR", "C1")),
        ("MSH|^~\\&|\rMSA|AA|a\\T\\b\r", Answered("AA", "a&b")),
        ("MSH#^~\\&#\rMSA#AA#C1\r", Answered("AA", "C1")),
        ("MSH|^~\\&|\rSFT|x\rMSA|AE|\r", Answered("AE", "")),
        ("MSH|^~\\&|\rMSA\r", Answered("", "")),
        ("MSH|^~\\&|\rPID|1\r", None),
        ("MSA|AA|C1\r", None),
        ("ACK", None),
    ],
)
def test_what_an_answer_says_of_its_message_is_read_from_its_msa(answer: str, answered: Answered | None) -> None:
    assert read_answered(answer.encode()) == answered
