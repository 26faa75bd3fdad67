"""Placement: each segment in the group where it belongs, whatever the message."""

from __future__ import annotations

import random
import time

import pytest

from workbench.errors import WorkbenchError
from workbench.hl7v2.dictionary import KNOWN_VERSIONS, StructureNode, load_dictionary
from workbench.hl7v2.message import parse_message
from workbench.hl7v2.placement import Placement, place_message
from workbench.hl7v2.structure_plan import ANY_SEGMENT, load_plan

ORU = "MSH|^~\\&|||||||ORU^R01^ORU_R01|1|P|2.5.1\r"
ADT = "MSH|^~\\&|||||||ADT^A01^ADT_A01|1|P|2.5.1\r"
OML = "MSH|^~\\&|||||||OML^O21^OML_O21|1|P|2.5.1\r"


def place(header: str, names: str, **options: str) -> Placement:
    placement = place_message(parse_message(header + "".join(f"{name}|\r" for name in names.split())), **options)
    assert placement is not None
    return placement


def paths(placement: Placement) -> list[str]:
    return [placed.path for placed in placement.segments]


def faults(placement: Placement) -> list[tuple[str, str]]:
    return [(placed.path, placed.fit) for placed in placement.segments if placed.fit]


def test_segments_stand_in_their_groups_with_ordinals() -> None:
    placed = place(ORU, "PID PV1 ORC OBR OBX NTE NTE OBX ORC OBR OBX")
    result, first, second = "PATIENT_RESULT[1]", "ORDER_OBSERVATION[1]", "ORDER_OBSERVATION[2]"
    assert paths(placed) == [
        "MSH",
        f"{result}/PATIENT/PID",
        f"{result}/PATIENT/VISIT/PV1",
        f"{result}/{first}/ORC",
        f"{result}/{first}/OBR",
        f"{result}/{first}/OBSERVATION[1]/OBX",
        f"{result}/{first}/OBSERVATION[1]/NTE[1]",
        f"{result}/{first}/OBSERVATION[1]/NTE[2]",
        f"{result}/{first}/OBSERVATION[2]/OBX",
        f"{result}/{second}/ORC",
        f"{result}/{second}/OBR",
        f"{result}/{second}/OBSERVATION[1]/OBX",
    ]
    assert not faults(placed)


def test_the_tree_holds_each_segment_once_and_in_order() -> None:
    placed = place(ORU, "PID ZPI ORC OBR OBX ZZZ NTE SPM OBX")
    assert [each.segment.index for each in placed.root.segments()] == list(range(10))
    assert tuple(placed.root.segments()) == placed.segments


def test_a_second_patient_opens_the_group_around_the_patient_again() -> None:
    assert paths(place(ORU, "PID OBR OBX PID OBR"))[-2:] == [
        "PATIENT_RESULT[2]/PATIENT/PID",
        "PATIENT_RESULT[2]/ORDER_OBSERVATION[1]/OBR",
    ]


def test_an_order_that_could_be_a_prior_one_is_the_next_order_unless_a_prior_patient_stands_before_it() -> None:
    assert paths(place(OML, "PID ORC OBR OBX ORC OBR"))[-1] == "ORDER[2]/OBSERVATION_REQUEST/OBR"
    prior = "ORDER[1]/OBSERVATION_REQUEST/PRIOR_RESULT[1]"
    assert paths(place(OML, "PID ORC OBR OBX PID ORC OBR"))[-3:] == [
        f"{prior}/PATIENT_PRIOR/PID",
        f"{prior}/ORDER_PRIOR[1]/ORC",
        f"{prior}/ORDER_PRIOR[1]/OBR",
    ]


def test_a_role_belongs_to_what_it_follows() -> None:
    placed = place(ADT, "EVN PID ROL PV1 ROL PR1 ROL IN1 ROL ROL")
    assert [path for path in paths(placed) if "ROL" in path] == [
        "ROL[1]",
        "ROL[1]",
        "PROCEDURE[1]/ROL[1]",
        "INSURANCE[1]/ROL[1]",
        "INSURANCE[1]/ROL[2]",
    ]
    assert len({each.node for each in placed.segments if each.segment.name == "ROL"}) == 4


def test_a_local_segment_stays_where_it_stands_and_breaks_nothing() -> None:
    placed = place(ORU, "PID ZPI OBR OBX ZOB NTE ZOB OBX")
    assert faults(placed) == [
        ("PATIENT_RESULT[1]/PATIENT/ZPI", "local"),
        ("PATIENT_RESULT[1]/ORDER_OBSERVATION[1]/OBSERVATION[1]/ZOB", "local"),
        ("PATIENT_RESULT[1]/ORDER_OBSERVATION[1]/OBSERVATION[1]/ZOB[2]", "local"),
    ]
    assert paths(placed)[6].endswith("OBSERVATION[1]/NTE[1]")


@pytest.mark.parametrize(
    ("names", "misplaced"),
    [
        ("PID EVN PV1 PV2", ["PID"]),
        ("EVN PV1 PV2 PID PD1 NK1", ["PID"]),
        ("EVN PDA PID PV1 AL1", ["PDA"]),
        ("EVN PID PV1 AL1 OBX AL1 DG1", ["OBX"]),
        ("EVN PID PV1 GT1 PD1 IN1 IN2", ["PD1"]),
        ("EVN PID AL1 PV1 DG1", ["AL1"]),
    ],
)
def test_one_segment_out_of_order_makes_no_other_one_so(names: str, misplaced: list[str]) -> None:
    placed = place(ADT, names)
    assert [each.segment.name for each in placed.segments if each.fit] == misplaced
    assert all(each.node for each in placed.segments)


def test_a_missing_required_segment_makes_none_out_of_order() -> None:
    placed = place(ORU, "PID OBX NTE OBX")
    assert not faults(placed)
    assert paths(placed)[-1] == "PATIENT_RESULT[1]/ORDER_OBSERVATION[1]/OBSERVATION[2]/OBX"


def test_a_segment_that_the_structure_does_not_know_has_no_node() -> None:
    placed = place(ADT, "EVN PID TXA PV1 XYZ TXA")
    assert faults(placed) == [("TXA", "unknown"), ("XYZ", "unknown"), ("TXA[2]", "unknown")]


def test_a_segment_whose_name_is_in_small_letters_or_between_blanks_has_the_place_of_the_one_that_is_meant() -> None:
    assert faults(place(ADT, "EVN pid PV1 obx")) == [("pid", "name"), ("obx[1]", "name")]
    placed = place_message(parse_message(ADT + "EVN|\r PID|\rPV1 |\r"))
    assert placed is not None
    assert faults(placed) == [(" PID", "name"), ("PV1 ", "name")]


@pytest.mark.parametrize(
    ("names", "misplaced"),
    [
        ("PID PV1 OBR OBX NTE ZPI PV2", ["PV2"]),
        ("PID PV1 OBR OBX PD1", ["PD1"]),
        ("PID OBR OBX PV1", ["PV1"]),
        ("PID OBR OBX OBX NK1 OBR OBX", ["NK1"]),
        ("PV1 OBR OBX PID", ["PID"]),
        ("PID PV1 NTE OBR OBX", ["NTE"]),
        ("PID OBR OBX PD1 NK1 PV1", ["PD1"]),
        ("PID PV1 OBR ORC OBX OBX", ["ORC"]),
        ("PID PV1 OBR OBX PV1", ["PV1"]),
        ("PID PD1 OBR OBX PD1", ["PD1"]),
    ],
)
def test_a_segment_opens_no_further_group_where_an_earlier_one_could_have_taken_it(
    names: str, misplaced: list[str]
) -> None:
    placed = place(ORU, names)
    assert [each.segment.name for each in placed.segments if each.fit == "order"] == misplaced
    assert not any("PATIENT_RESULT[2]" in path for path in paths(placed))


@pytest.mark.parametrize(
    ("names", "opened"),
    [
        ("PID OBX NTE OBX", "PATIENT_RESULT[1]/ORDER_OBSERVATION[1]/OBSERVATION[1]/OBX"),
        ("PID OBR OBX PID", "PATIENT_RESULT[2]/PATIENT/PID"),
        ("PID PID OBR OBX", "PATIENT_RESULT[2]/PATIENT/PID"),
        ("PID PV1 OBR OBX PV1 OBR OBX", "PATIENT_RESULT[2]/PATIENT/VISIT/PV1"),
        ("PID PD1 PV1 OBR OBX PD1 PV1 OBR OBX", "PATIENT_RESULT[2]/PATIENT/PD1"),
        ("PID PV1 OBR OBX NK1 PV1 OBR OBX", "PATIENT_RESULT[2]/PATIENT/NK1[1]"),
        ("PID ORC OBR OBX ORC OBX", "PATIENT_RESULT[1]/ORDER_OBSERVATION[2]/ORC"),
    ],
)
def test_a_group_without_its_beginning_is_opened_where_nothing_else_could_take_the_segment(
    names: str, opened: str
) -> None:
    placed = place(ORU, names)
    assert not faults(placed)
    assert opened in paths(placed)


def test_after_a_segment_out_of_order_may_stand_what_might_have_stood_before_it() -> None:
    placed = place(ORU, "PID PV1 OBR OBX PV2")
    assert placed.names_after(5) == placed.names_after(4)
    assert "PV2" not in placed.names_after(5)
    assert [spot.after for spot in place(ORU, "PID PV1 OBR OBX").find_places("PV2")] == [2]


def test_names_are_given_after_no_segment_and_after_the_last_one() -> None:
    placed = place(ORU, "PID OBR")
    assert placed.names_after(-1)[0] == "MSH"
    assert placed.names_after(99) == placed.names_after(2)


def test_any_segment_of_the_structure_takes_what_has_no_place_of_its_own() -> None:
    placed = place("MSH|^~\\&|||||||MFN^M03^MFN_M03|1|P|2.5.1\r", "MFI MFE OM1 OM2 MFE OM1 OM4 OM5")
    assert not faults(placed)
    assert paths(placed)[4] == "MF_TEST[1]/OM2"
    assert paths(placed)[-1] == "MF_TEST[2]/OM5[2]"


def test_the_structure_of_the_event_stands_in_for_one_that_the_version_has_not() -> None:
    message = parse_message("MSH|^~\\&|||||||ADT^A04^ADT_A04|1|P|2.8\rEVN|\rPID|\rPV1|\r")
    placement = place_message(message)
    assert placement is not None
    assert placement.root.node == 0
    assert placement.plan.nodes[0].name == "ADT_A01"
    assert place_message(message, structure="XXX_X99") is None


def test_paths_by_group_are_read_with_groups_left_out() -> None:
    placed = place(ORU, "PID OBR OBX OBX OBR OBX OBX")
    assert placed.to_flat_path("ORDER_OBSERVATION[2]/OBX[2]-5.1") == "OBX[4]-5.1"
    assert placed.to_flat_path("PATIENT_RESULT/ORDER_OBSERVATION[2]/OBSERVATION[2]/OBX-5") == "OBX[4]-5"
    assert placed.to_flat_path("OBX[2]-5") == "OBX[2]-5"
    for path in ("ORDER_OBSERVATION[3]/OBX-5", "ORDER_OBSERVATION[1]/OBX[3]", "PID/OBX", "/", "ORDER OBSERVATION/OBX"):
        with pytest.raises(WorkbenchError, match="Nothing stands at"):
            placed.to_flat_path(path)


def test_every_path_leads_to_its_segment() -> None:
    placed = place(ORU, "PID NTE NTE PV1 ORC OBR OBX NTE SPM OBX OBX OBR OBX PID OBR OBX DSC")
    for each in placed.segments:
        assert placed.find(each.path) is each


def test_an_inserted_segment_stands_without_a_fault_where_it_is_said_to_belong() -> None:
    names = ["PID", "PV1", "ORC", "OBR", "OBX", "NTE", "OBX", "OBR", "OBX"]
    placed = place(ORU, " ".join(names))
    for name in sorted(placed.plan.leaves):
        for spot in placed.find_places(name):
            again = place(ORU, " ".join([*names[: spot.after], name, *names[spot.after :]]))
            assert again.segments[spot.after + 1].segment.name == name
            assert again.segments[spot.after + 1].fit != "order", (name, spot)


def test_what_is_missing_is_told_where_it_belongs() -> None:
    found = place(ORU, "PID OBX").find_places("OBR")
    told = [(spot.after, spot.path, spot.missing) for spot in found]
    assert (1, "PATIENT_RESULT[1]/ORDER_OBSERVATION[1]/OBR", True) in told
    assert not place(ADT, "EVN PID PV1").find_places("PID")


def test_names_that_may_follow_are_those_that_fit_with_the_nearest_first() -> None:
    placed = place(ORU, "PID OBR OBX")
    after = placed.names_after(3)
    assert after[0] == "OBX"
    assert {"NTE", "ORC", "OBR", "PID", "SPM", "DSC"} <= set(after)
    assert not {"MSH", "PV1", "PD1", "TQ2"} & set(after)


def test_a_name_that_stands_for_any_is_offered_to_nobody() -> None:
    placed = place("MSH|^~\\&|||||||MFN^M03^MFN_M03|1|P|2.5.1\r", "MFI MFE OM1")
    assert ANY_SEGMENT in placed.plan.leaves
    assert ANY_SEGMENT not in placed.names_after(3)


def shortest(node: StructureNode) -> list[str]:
    """The names of a smallest occurrence of a group: what is required, or the first where nothing is."""
    if node.kind == "segment":
        return [node.name]
    children = node.children[:1] if node.choice else [each for each in node.children if each.required]
    return [name for child in children or node.children[:1] for name in shortest(child)]


@pytest.mark.parametrize("version", KNOWN_VERSIONS)
def test_the_smallest_message_of_every_structure_is_placed_without_a_fault(version: str) -> None:
    for name in load_dictionary(version).structures():
        structure = load_dictionary(version).structure(name)
        assert structure is not None
        if [child.name for child in structure.children].count("MSH") != 1:
            continue  # a query and its answer in one table
        names = [each if each != ANY_SEGMENT else "OM3" for each in shortest(structure)]
        header = f"MSH|^~\\&|||||||||P|{version}\r"
        placement = place(header, " ".join(names[1:]), structure=name)
        assert not [each for each in placement.segments if each.fit], (name, faults(placement))


def test_whatever_the_order_every_segment_is_placed_once() -> None:
    rng = random.Random(4)  # noqa: S311
    for version in ("2.3", "2.5.1", "2.8"):
        structures = load_dictionary(version).structures()
        for _ in range(300):
            name = rng.choice(structures)
            plan = load_plan(version, name)
            assert plan is not None
            known = [*plan.leaves, "ZZZ", "TXA", "OBX", "MSH", "x"]
            names = " ".join(rng.choice(known) for _ in range(rng.randrange(30)))
            placed = place(f"MSH|^~\\&|||||||||P|{version}\r", names, structure=name)
            assert sorted(each.segment.index for each in placed.root.segments()) == list(range(len(placed.segments)))
            assert len({each.path for each in placed.segments if not each.fit}) >= 1


@pytest.mark.usefixtures("settled_heap")
def test_time_grows_with_the_number_of_segments_and_not_faster() -> None:
    def measure(count: int) -> float:
        message = parse_message(ORU + "PID|\rOBR|\r" + "OBX|\rNTE|\r" * count + "PV1|\r" * count)
        assert len(message.segments) == 3 + 3 * count
        start = time.process_time()
        place_message(message)
        return time.process_time() - start

    measure(10)
    assert min(measure(4000) for _ in range(3)) < 10 * min(measure(1000) for _ in range(3)) + 0.1
