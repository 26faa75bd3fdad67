"""Words of a sending: each message's line, how far it is, and the table of what became of them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from workbench.plain_text import printable
from workbench.workspace.send_result import OUTCOMES, Outcome, SendResult
from workbench.workspace.sending import SendFinished

_VERDICTS: dict[Outcome, str] = {
    "accepted": "pass", "refused": "fail", "failed": "fail", "unreadable": "not sent", "left out": "left out",
    "not sent": "not sent",
}  # fmt: skip
_MOST_REASONS = 12
_LONGEST = 110


def result_line(result: SendResult, *, with_file: bool) -> str:
    """One message in one line: its place, type and control ID, and what became of it."""
    place = f"{result.source}:{result.line}" if with_file else f"line {result.line}"
    name = " ".join(word for word in (result.type_name, result.control_id) if word) or "message"
    said = tell_answer(result)
    note = f" ({result.note})" if result.note else ""
    return printable(f"{place}: {name}: {_VERDICTS[result.outcome]}{': ' if said else ''}{said}{note}")


def tell_answer(result: SendResult) -> str:
    """The code that came, with its reason and place, or why there is none; after CA that too: `CA, then AE: …`."""
    code = result.code if result.code[:1] in ("A", "C") else ""
    text = result.text or {"AA": "accepted", "CA": "received"}.get(code, "")
    if result.location and result.location not in text:
        text = f"{result.location}: {text}"
    said = f"{code}: {text}" if code and text else code or text
    return f"{result.accept}, then {said}" if result.accept else said


def progress_words(counts: Counter[Outcome], read: int, size: int) -> str:
    """How far it is, in a line that is written over."""
    done = counts.total()
    bad = counts["refused"] + counts["failed"]
    share = f"{min(read / size, 1):.0%} · " if size else ""
    return f"{share}{done:,} message{'' if done == 1 else 's'} · {counts['accepted']:,} accepted · {bad:,} not"


class SendTable:
    """What became of all messages: by type, and by the reasons that were given, however many there are."""

    def __init__(self) -> None:
        self._by_type: dict[str, Counter[Outcome]] = {}
        self._reasons: Counter[str] = Counter()
        self._duration = 0.0
        self._answered = 0

    def add(self, result: SendResult) -> None:
        unnamed = "unreadable" if result.outcome == "unreadable" else "without a type"
        self._by_type.setdefault(result.type_name or unnamed, Counter())[result.outcome] += 1
        if result.outcome in ("accepted", "refused"):
            self._answered += 1
            self._duration += result.duration
        if result.is_bad and (len(self._reasons) < 1000 or tell_answer(result) in self._reasons):
            self._reasons[tell_answer(result)] += 1

    def lines(self) -> Iterator[str]:
        """A row a type with the outcomes that occur, and the reasons of what was not accepted, most frequent first."""
        shown = [each for each in OUTCOMES if any(counts[each] for counts in self._by_type.values())]
        width = max([len(name) for name in self._by_type] + [8])
        yield "  ".join([" " * width, *(f"{each:>10}" for each in shown)])
        for name, counts in sorted(self._by_type.items()):
            yield "  ".join([f"{printable(name):<{width}}", *(f"{counts[each]:>10,}" for each in shown)])
        for reason, count in self._reasons.most_common(_MOST_REASONS):
            said = printable(reason)
            yield f"{count:>7,} × {said if len(said) <= _LONGEST else said[: _LONGEST - 1] + '…'}"
        if len(self._reasons) > _MOST_REASONS:
            yield f"        and {len(self._reasons) - _MOST_REASONS:,} reasons more"
        if self._answered:
            yield f"On average {self._duration / self._answered * 1000:.1f} ms for an answer."


def finish_line(finished: SendFinished) -> str:
    total, accepted = sum(finished.counts.values()), finished.counts.get("accepted", 0)
    stopped = f" {finished.stopped}" if finished.stopped else ""
    messages, were = "message" if total == 1 else "messages", "was" if accepted == 1 else "were"
    return f"{accepted:,} of {total:,} {messages} {were} accepted.{stopped}"
