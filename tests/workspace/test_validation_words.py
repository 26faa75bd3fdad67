from __future__ import annotations

from workbench.issue import Issue
from workbench.workspace.validation_result import FileResult
from workbench.workspace.validation_words import file_lines, summary_lines, undecided_lines

RACE = "the value set http://example.org/race is not installed"
ERROR = Issue("error", "required", "“name” must stand.", "Patient", "Patient.name min", "http://example.org/p|1", 2, 1)


def undecided(cause: str, line: int, subject: str = "") -> Issue:
    said, profile = f"It cannot be decided here: {cause}.", "http://example.org/StructureDefinition/p|1"
    where = f"Patient.extension[{line}]"
    return Issue("information", "not-supported", said, where, "", profile, line, 1, cause=cause, subject=subject)


def test_what_is_undecided_stands_after_the_errors_by_cause_with_its_first_places() -> None:
    issues = (
        *(undecided(RACE, line, f"“{line}”") for line in range(1, 6)),
        ERROR,
        undecided("a system is not here", 9),
    )
    result = FileResult("a.json", issues)
    assert list(file_lines(result)) == [
        "a.json: 1 error, 6 undecided",
        "  2:1  error  Patient",
        "              “name” must stand. (Patient.name min, p|1)",
    ]
    assert list(undecided_lines([result]))[1:] == [
        f"  5 places: {RACE} (asked by p|1)",
        "      1:1  Patient.extension[1]  “1”",
        "      2:1  Patient.extension[2]  “2”",
        "      3:1  Patient.extension[3]  “3”",
        "      …",
        "  1 place: a system is not here",
        "      9:1  Patient.extension[9]",
        "",
    ]
    assert sum("undecided" in line for line in file_lines(result, whole=True)) == 1 + 6


def test_causes_of_several_files_are_one_with_the_files_that_have_it() -> None:
    results = [FileResult(f"{name}.json", (undecided(RACE, 4),)) for name in "abcd"]
    lines = list(undecided_lines(results))
    assert lines[1] == f"  4 places in 4 files: {RACE}"
    assert lines[2] == "      a.json:4:1  Patient.extension[4]"


def test_many_causes_are_counted_and_not_listed() -> None:
    result = FileResult("a.json", tuple(undecided(f"the package {at} is not here", at) for at in range(40)))
    lines = list(undecided_lines([result]))
    assert lines[-2] == "  … and 32 other causes, at 32 places."


def test_only_what_was_decided_as_a_whole_is_called_valid() -> None:
    results = [
        FileResult("a", ()),
        FileResult("b", (undecided(RACE, 1),)),
        FileResult("c", (ERROR, undecided(RACE, 1))),
        FileResult("d", failure="It cannot be read."),
    ]
    assert next(summary_lines(results)) == (
        "4 files, 4 resources: 1 valid, 1 invalid, 1 without an error but undecided in part, 1 could not be judged"
        " (1 error, 2 undecided)."
    )
    assert list(undecided_lines(results[:1])) == []
