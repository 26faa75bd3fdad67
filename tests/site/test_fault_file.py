import pytest

from workbench.authorization_server.fault_rule import FaultRule
from workbench.errors import WorkbenchError
from workbench.site.fault_file import read_faults
from workbench.yaml_file import parse_yaml

FAULTS = """\
faults:
  - expired-token once for vitals-app
  # Each answer of the token endpoint is late.
  - slow-answer 5 s
"""


def test_a_site_file_names_its_faults_in_their_order() -> None:
    assert read_faults(parse_yaml(FAULTS)) == (
        FaultRule("expired-token", "fhir", "vitals-app", 1),
        FaultRule("slow-answer", "token", amount=5),
    )


def test_a_site_file_without_faults_has_none() -> None:
    assert read_faults(parse_yaml("launches: []")) == ()


def test_a_fault_that_is_not_known_is_told_with_its_line() -> None:
    with pytest.raises(WorkbenchError) as caught:
        read_faults(parse_yaml(FAULTS.replace("slow-answer", "slow-answers"), "hospital.yaml"))
    assert caught.value.place == "hospital.yaml:4:5"
    assert caught.value.message == "“slow-answers 5 s” is no fault of a launch. “slow-answers” is not known."
    assert caught.value.hint == "Did you mean slow-answer?"
