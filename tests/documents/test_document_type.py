"""Types of documents: found by their code in table 0270 or by LOINC, and others taken as the site's own."""

from __future__ import annotations

import pytest

from workbench.documents.document_type import DOCUMENT_TYPES, find_document_type


@pytest.mark.parametrize("code", ["PR", " pr ", "11506-3"])
def test_a_type_is_found_by_its_code_and_by_loinc(code: str) -> None:
    assert find_document_type(code) is DOCUMENT_TYPES["PR"]


def test_another_code_is_a_type_of_the_sites_own() -> None:
    found = find_document_type(" WARD7 ")
    assert found.code == "WARD7" and found not in DOCUMENT_TYPES.values()
