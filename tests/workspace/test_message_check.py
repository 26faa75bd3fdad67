"""Messages checked as they stand in an editor."""

from __future__ import annotations

from pathlib import Path

from workbench.workspace.message_check import MOST_ISSUES, MessageChoice, check_messages
from workbench.workspace.text_check import TextCheck

ROOT = Path(__file__).parents[2]
SITE = ROOT / "fixtures" / "sites" / "community-hospital.yaml"
MESSAGE = (ROOT / "fixtures" / "messages" / "adt-a01-admission.hl7").read_text("utf-8")


def check(text: str, choice: MessageChoice | None = None) -> TextCheck:
    shown = text.replace("\r", "\n")
    return check_messages(shown, shown.replace("\n", "\r").encode(), choice or MessageChoice())


def places(text: str, found: TextCheck) -> list[str]:
    """What stands at each issue."""
    lines = text.replace("\r", "\n").split("\n")
    pairs = zip(found.issues, found.lengths, strict=True)
    return [lines[(issue.line or 1) - 1][(issue.column or 1) - 1 :][:length] for issue, length in pairs]


def test_a_good_message_names_the_version_and_the_site_it_was_held_against() -> None:
    found = check(MESSAGE, MessageChoice(site=str(SITE), site_name="Community Hospital"))
    assert [issue.message for issue in found.issues if issue.is_error] == []
    assert (found.kind, found.against) == ("message", ("HL7 v2.5.1", "Community Hospital"))


def test_each_issue_has_the_length_of_what_stands_at_its_place() -> None:
    text = MESSAGE.replace("|19760130|", "|30.1.1976|").replace("|M||", "|M^ale||")
    found = check(text)
    assert "30.1.1976" in places(text, found)


def test_another_version_is_held_against_when_it_is_asked_for() -> None:
    assert check(MESSAGE, MessageChoice("2.3.1")).against == ("HL7 v2.3.1",)


def test_a_text_that_is_no_message_is_told_so_and_an_empty_one_is_not() -> None:
    found = check("hello world")
    assert found.kind == "other"
    assert "MSH" in found.issues[0].message
    assert check(" \n").kind == "empty"


def test_of_very_many_issues_the_gravest_are_kept() -> None:
    many = MESSAGE + "".join(f"AL1|{number}|DA|||\r" for number in range(2, 1_500))
    found = check(many)
    assert found.is_cut
    assert len(found.issues) == len(found.lengths) == MOST_ISSUES


def test_a_site_file_that_changes_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    text = SITE.read_text("utf-8")
    path.write_text(text, "utf-8")
    choice = MessageChoice(site=str(path), site_name="Hospital")
    before = check(MESSAGE, choice)
    path.write_text(text.replace("versions: []", 'versions: ["2.8"]'), "utf-8")
    after = check(MESSAGE, choice)
    assert len(after.issues) == len(before.issues) + 1


def test_a_site_is_found_by_its_id_in_the_workspace(tmp_path: Path) -> None:
    choice = MessageChoice(site="academic-medical-center", site_name="Academic", folder=str(tmp_path))
    assert any("2.3.1" in issue.message for issue in check(MESSAGE, choice).issues)
