import pytest

from workbench.hl7v2.sequence import SequenceReceiver, SequenceSender, read_number


def test_link_starts_with_zero_and_goes_on_from_what_was_accepted_last() -> None:
    fresh, known = SequenceReceiver(), SequenceReceiver(last=7)
    assert (fresh.judge("0").standing, fresh.judge("0").expected) == ("start", -1)
    assert (known.judge("0").standing, known.judge("0").expected) == ("start", 8)
    assert fresh.judge("42").standing == "next"


def test_numbers_are_accepted_in_order_alone() -> None:
    link = SequenceReceiver()
    for number in ("5", "6", "7"):
        assert link.judge(number).expected == int(number)
        link.accept(number)
    assert link.judge("7").standing == "repeated" and link.judge("7").expected == 8
    gap, old = link.judge("9"), link.judge("5")
    assert (gap.standing, gap.expected) == (old.standing, old.expected) == ("out of order", 8)
    assert gap.reason == "MSH-13 is 9, and 8 is expected."
    assert link.judge("8").standing == "next"


def test_number_that_was_not_accepted_is_expected_again() -> None:
    link = SequenceReceiver(last=1)
    assert link.judge("2").standing == link.judge("2").standing == "next"


def test_minus_one_starts_the_numbers_anew() -> None:
    link = SequenceReceiver(last=7)
    assert (link.judge("-1").standing, link.judge("-1").expected) == ("anew", -1)
    assert link.judge("300").standing == "next"


@pytest.mark.parametrize("text", ["x", "-2", "1.5", "", "9" * 16, "٣"])
def test_what_is_no_number_is_told(text: str) -> None:
    assert read_number(text) is None
    assert SequenceReceiver(last=3).judge(text).standing == "no number"


def test_both_ends_agree_over_a_lost_acknowledgment() -> None:
    sender, receiver = SequenceSender(), SequenceReceiver()
    sender.start(str(receiver.judge("0").expected))
    for _ in range(3):
        verdict = receiver.judge(str(sender.next))
        assert verdict.standing == "next"
        receiver.accept(str(sender.next))
        assert sender.settle(str(verdict.expected)) == ""
    receiver.accept(str(sender.next))  # and its acknowledgment is lost, so that it is sent again
    assert receiver.judge(str(sender.next)).standing == "repeated"
    assert "had accepted sequence number 4 before" in sender.settle(str(receiver.judge(str(sender.next)).expected))
    assert (sender.next, receiver.expected) == (5, 5)


def test_sender_goes_on_where_the_receiver_says() -> None:
    sender = SequenceSender()
    sender.start("12")
    assert sender.next == 12
    assert "had accepted sequence number 12 before" in sender.settle("13")
    assert (sender.next, sender.trouble) == (13, "")


@pytest.mark.parametrize("expected", ["", "99", "3", "x"])
def test_sender_stands_still_where_the_ends_do_not_agree(expected: str) -> None:
    sender = SequenceSender(first=7)
    assert "the link stands still" in sender.settle(expected)
    assert sender.trouble and sender.next == 7
    lost = SequenceSender()
    lost.start("")
    assert lost.trouble


def test_number_of_a_message_that_is_refused_is_not_used_up() -> None:
    sender = SequenceSender(first=4)
    assert sender.settle("4", is_accepted=False) == ""
    assert sender.next == 4
