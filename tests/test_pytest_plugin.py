"""Scenario files are pytest items wherever pytest is given them, and cost other runs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

HEAD = "version: 1\nname: Metadata\nsites: [community-hospital]\nsteps:\n"
PASSES = "  - name: ask what it offers\n    fhir: GET metadata\n"
FAILS = "  - name: expect a teapot\n    fhir: GET metadata\n    checks:\n      - status: 418\n"
SKIPS = "  - name: notes by FHIR\n    when: {note: hl7v2}\n    fhir: GET metadata\n"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project of somebody who has the workbench installed."""
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(pytester.path))
    monkeypatch.setenv("HOME", str(pytester.path))
    return pytester


def write(project: pytest.Pytester, steps: str, name: str = "mine", head: str = HEAD) -> None:
    (project.path / f"{name}.scenario.yaml").write_text(head + steps, "utf-8")


def test_a_scenario_that_passes_is_a_test_that_passes(project: pytest.Pytester) -> None:
    write(project, PASSES)
    result = project.runpytest("-v", "mine.scenario.yaml")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["mine.scenario.yaml::community-hospital PASSED*"])


def test_a_failure_is_told_in_words_with_expected_and_actual(project: pytest.Pytester) -> None:
    write(project, PASSES + FAILS)
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*Metadata at community-hospital*",
            "“Metadata” at Community Hospital: fail",
            "  fail  2. expect a teapot *",
            "            expected “418”",
            "            actual   “200”",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_requirement_that_failed_on_a_launch_is_told_with_a_failure(project: pytest.Pytester) -> None:
    who = "    user: berg\n    patient: grace-nguyen\n"
    launch = f"  - launch: standalone\n    scope: launch/patient patient/Patient.r\n{who}"
    write(project, f"{launch}    fault: wrong-token-type\n    checks:\n      - review: no failures\n")
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    told = ["*review of “launch”: 1 of * requirements failed.", "*Failed: The token's type is Bearer.*"]
    result.stdout.fnmatch_lines(told)


def test_a_scenario_with_every_step_skipped_is_a_skipped_test(project: pytest.Pytester) -> None:
    write(project, SKIPS)
    result = project.runpytest("-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*SKIPPED*It is for sites with note hl7v2*"])


def test_a_scenario_runs_at_each_site_that_is_asked_for(project: pytest.Pytester) -> None:
    write(project, SKIPS)
    sites = ("--workbench-site", "academic-medical-center", "--workbench-site", "community-hospital")
    result = project.runpytest("-v", *sites)
    result.assert_outcomes(passed=1, skipped=1)


def test_a_faulty_file_is_refused_with_its_place(project: pytest.Pytester) -> None:
    write(project, "  - fihr: GET metadata\n")
    result = project.runpytest()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*mine.scenario.yaml:5:5: “fihr” is not a kind of step. Did you mean fhir[?]*"])


def test_a_scenario_without_sites_asks_for_one(project: pytest.Pytester) -> None:
    write(project, PASSES, head=HEAD.replace("sites: [community-hospital]\n", ""))
    project.runpytest().stdout.fnmatch_lines(["*names no site. Give one with --workbench-site.*"])


def test_an_unknown_site_is_an_error_in_words(project: pytest.Pytester) -> None:
    write(project, PASSES)
    result = project.runpytest("--workbench-site", "mars")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["“Metadata” at mars: error", "  There is no site “mars”. Known sites: *"])


def test_only_scenario_files_are_taken(project: pytest.Pytester) -> None:
    (project.path / "community.yaml").write_text("version: 1\n", "utf-8")
    (project.path / "scenario.yaml").write_text("version: 1\n", "utf-8")
    assert project.runpytest().ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_the_fixture_replays_a_scenario_in_a_test(project: pytest.Pytester) -> None:
    write(project, FAILS)
    project.makepyfile(
        """
        def test_it(replay_scenario):
            finished = replay_scenario("mine.scenario.yaml", "community-hospital")
            assert finished.verdict == "fail"
            assert finished.results[0].checks[0].actual == "200"
        """
    )
    project.runpytest("test_the_fixture_replays_a_scenario_in_a_test.py").assert_outcomes(passed=1)


def test_a_run_without_scenarios_loads_nothing_of_the_workbench(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_other="""
        import sys

        def test_other():
            loaded = {name for name in sys.modules if name.startswith("workbench")}
            assert loaded <= {"workbench", "workbench.pytest_plugin"}
        """
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(project.path / "test_other.py")],
        cwd=project.path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_two_scenarios_do_not_see_each_others_data(project: pytest.Pytester) -> None:
    """What one replay makes, the next one at the same site must not find."""
    admission = (
        "  - hl7v2: |\n"
        "      MSH|^~\\&|REG|COMMUNITY|EHR|COMMUNITY|20261116||ADT^A04|1|P|2.5.1\n"
        "      PID|1||777777^^^CHMRN^MR||New^Nina||19900101|F\n"
        "      PV1|1|O\n"
    )
    update = admission.replace("ADT^A04", "ADT^A08")
    checks = "    checks:\n      - acknowledgment: AE\n"
    write(project, admission, "a")
    write(project, update + checks, "b")
    project.runpytest().assert_outcomes(passed=2)
