"""The lists of profiles to check against, and of what a package holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.ui.conftest import Run
from ui.bench import Bench
from ui.dialogs.choose_profile import ChooseProfileDialog
from ui.models.content_model import ContentModel
from ui.models.profile_model import DETAIL_ROLE, ProfileModel
from workbench.definitions.definitions import load_definitions
from workbench.workspace.check_choices import CheckChoice
from workbench.workspace.known_definitions import known_profiles
from workbench.workspace.package_contents import ContentHead

BP = "http://hl7.org/fhir/StructureDefinition/bp"
HEADS = (
    ContentHead("value set", "http://x/v", "Races"),
    ContentHead("extension", "http://x/race", "US Core Race", "Patient"),
    ContentHead("profile", "http://x/patient", "US Core Patient", "Patient"),
    ContentHead("profile", "http://x/allergy", "US Core Allergy", "AllergyIntolerance"),
)


@pytest.fixture
def profiles() -> ProfileModel:
    made = ProfileModel()
    made.set_heads(known_profiles("4.0"))
    return made


def titles(model: ProfileModel | ContentModel) -> list[str]:
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_the_profile_model_keeps_qts_rules(qtmodeltester: ModelTester, profiles: ProfileModel) -> None:
    qtmodeltester.check(profiles)
    profiles.search("blood")
    profiles.set_heads(())
    qtmodeltester.check(profiles)


def test_known_profiles_are_of_resources_alone() -> None:
    definitions = load_definitions("4.0")
    heads = known_profiles("4.0")
    assert BP in [head.url for head in heads]
    assert all(definitions.is_resource(head.type) for head in heads)
    assert "http://hl7.org/fhir/StructureDefinition/patient-birthPlace" not in [head.url for head in heads]


def test_the_first_row_stands_for_what_is_claimed(profiles: ProfileModel) -> None:
    assert titles(profiles)[0] == "What it claims"
    assert profiles.head_at(profiles.index(0, 0)) is None


def test_profiles_are_found_by_title_and_address_and_narrowed_by_type(profiles: ProfileModel) -> None:
    profiles.search("r4.core blood pressure")
    assert titles(profiles)[1:] == ["Observation Blood Pressure Profile 4.0.1"]
    profiles.search("StructureDefinition/bp")
    assert profiles.index(1, 0).data(DETAIL_ROLE) == "Observation · bp · hl7.fhir.r4.core#4.0.1"
    assert profiles.index(1, 0).data(Qt.ItemDataRole.ToolTipRole) == BP
    profiles.search("")
    profiles.set_type("Observation")
    heads = [profiles.head_at(profiles.index(row, 0)) for row in range(1, profiles.rowCount())]
    assert heads
    assert {head.type for head in heads if head is not None} == {"Observation"}
    assert profiles.row_of(f"{BP}|4.0.1") > 0
    assert profiles.row_of("http://nowhere") == 0


def test_the_content_model_keeps_qts_rules(qtmodeltester: ModelTester) -> None:
    model = ContentModel()
    model.set_heads(HEADS)
    qtmodeltester.check(model)
    model.set_kind("profile")
    qtmodeltester.check(model)


def test_contents_stand_by_kind_then_title(qtmodeltester: ModelTester) -> None:
    model = ContentModel()
    model.set_heads(HEADS)
    assert titles(model) == ["US Core Allergy", "US Core Patient", "US Core Race", "Races"]
    assert model.count_kinds() == {"profile": 2, "extension": 1, "value set": 1}
    model.search("patient")
    assert titles(model) == ["US Core Patient", "US Core Race"]
    model.set_kind("extension")
    assert titles(model) == ["US Core Race"]
    assert model.row_of("http://x/race") == 0
    assert model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) == "http://x/race"


async def until(true: Callable[[], object]) -> None:
    while not true():  # noqa: ASYNC110  # Qt tells some of these things by no event
        await asyncio.sleep(0.01)


@pytest.fixture
def dialog(bench: Bench, run: Run, qtbot: QtBot) -> ChooseProfileDialog:
    made = ChooseProfileDialog(bench, CheckChoice("4.0"), "Observation")
    qtbot.addWidget(made)
    made.show()
    run(until(lambda: made.model.count_profiles() > 0))
    return made


def test_a_profile_is_chosen_by_typing_and_enter(dialog: ChooseProfileDialog, run: Run, qtbot: QtBot) -> None:
    found: list[tuple[CheckChoice, str]] = []
    dialog.chosen.connect(lambda choice, title: found.append((choice, title)))
    dialog.search.setText("r4.core blood pressure")
    run(until(lambda: dialog.model.count_profiles() == 1))
    qtbot.keyClick(dialog.search, Qt.Key.Key_Return)
    choice, title = found[0]
    assert (choice.release, choice.profile) == ("4.0", f"{BP}|4.0.1")
    assert title == "Observation Blood Pressure Profile 4.0.1"


def test_another_release_offers_its_own_profiles(dialog: ChooseProfileDialog, run: Run) -> None:
    dialog.release.setCurrentIndex(dialog.release.findData("5.0"))
    run(until(lambda: dialog.model.row_of(f"{BP}|5.0.0") > 0))
    dialog.list.setCurrentIndex(dialog.model.index(0))
    found: list[CheckChoice] = []
    dialog.chosen.connect(lambda choice, _: found.append(choice))
    dialog.accept()
    assert found == [CheckChoice("5.0")]
