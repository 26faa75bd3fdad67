"""Faults of the words of ED: type of data, subtype and encoding, present and as a receiver can know them."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.documents.carrier import Carrier
from workbench.documents.fault import Fault
from workbench.documents.media_type import encapsulated_words
from workbench.hl7v2.message import Message


def find_word_faults(message: Message, carrier: Carrier) -> Iterator[Fault]:
    """ED-2 to ED-4: present, and words that a receiver can know."""
    if carrier.place == 5:
        yield from _find_type_faults(message, carrier)
        yield from _find_encoding_faults(carrier)


def _find_type_faults(message: Message, carrier: Carrier) -> Iterator[Fault]:
    at, start = carrier.at, carrier.segment.start
    sort, subtype = (carrier.component(number).strip() for number in (2, 3))
    example = "^".join(encapsulated_words("application/pdf", message.version or "2.5.1"))
    whole = next(((number, word) for number, word in ((2, sort), (3, subtype)) if "/" in word), None)
    if whole:
        yield _words_fault(
            "type-whole",
            f"{at}-5.{whole[0]} holds the whole media type “{whole[1]}”.",
            f"Part it: {example}.",
            f"{at}-5.{whole[0]}",
            start,
        )
    elif not subtype and not sort:
        yield _words_fault(
            "type-missing",
            f"{at}-5.2 and {at}-5.3 do not say what the document is.",
            f"Write for instance {example}.",
            f"{at}-5.2",
            start,
        )
    elif not subtype or not sort:
        number, missing = (3, "subtype") if sort else (2, "type of data")
        yield _words_fault(
            "subtype-missing" if sort else "type-missing",
            f"{at}-5.{number}, the {missing}, is empty.",
            f"Write for instance {example}.",
            f"{at}-5.{number}",
            start,
        )


def _find_encoding_faults(carrier: Carrier) -> Iterator[Fault]:
    at, start, coding = carrier.at, carrier.segment.start, carrier.component(4).strip()
    if not coding:
        yield Fault(
            "encoding-missing",
            "The receiver shows the base64 as text, or an empty document.",
            f"{at}-5.4 does not say how the document is encoded.",
            "Write Base64 there (table 0299).",
            f"{at}-5.4",
            start,
            code="required",
        )
    elif coding.lower() not in ("base64", "hex", "a"):
        yield Fault(
            "encoding-unknown",
            "The receiver does not decode the document.",
            f"“{coding}” in {at}-5.4 is no encoding of table 0299.",
            "Write Base64, Hex or A.",
            f"{at}-5.4",
            start,
            code="code-invalid",
        )
    elif coding not in ("Base64", "Hex", "A"):
        right = {"base64": "Base64", "hex": "Hex", "a": "A"}[coding.lower()]
        yield Fault(
            "encoding-case",
            "Receivers that compare letter by letter do not decode the document.",
            f"{at}-5.4 is “{coding}”, and table 0299 writes {right}.",
            f"Write {right}.",
            f"{at}-5.4",
            start,
            "warning",
            "code-invalid",
        )


def _words_fault(name: str, cause: str, remedy: str, path: str, start: int) -> Fault:
    symptom = "The receiver does not know with what to open the document."
    return Fault(name, symptom, cause, remedy, path, start, code="code-invalid" if "whole" in name else "required")
