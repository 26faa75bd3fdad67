"""Holds HL7 v2 messages against a message profile with PyPI `hl7types`, and prints what it has against each.

Arguments: the profile, then a file with messages, each ended by a line "--". Prints "## N" and one line a complaint.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

from hl7types import HL7Registry, decode_er7
from hl7types.profiles.builder import build_registry_from_profile
from hl7types.profiles.parser import parse_profile
from pydantic import ValidationError


def main(profile: str, messages: str) -> None:
    registry = HL7Registry()
    build_registry_from_profile(parse_profile(Path(profile)), registry)
    for number, text in enumerate(Path(messages).read_text("utf-8").split("\n--\n")):
        print(f"## {number}")
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                decode_er7(text.replace("\n", "\r"), registry=registry, strict=False)
            except ValidationError as error:
                for each in error.errors():
                    print("invalid", ".".join(map(str, each["loc"])), each["msg"].replace("\n", " "), sep="\t")
            except Exception as error:  # noqa: BLE001 # whatever a peer does, the others are asked
                print("unreadable", type(error).__name__, str(error).replace("\n", " ")[:200], sep="\t")
        for each in told:
            print("warning", str(each.message).replace("\n", " ")[:300], sep="\t")


if __name__ == "__main__":
    main(*sys.argv[1:3])
