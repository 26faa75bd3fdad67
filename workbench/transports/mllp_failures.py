"""Failures of MLLP, in words: what the other end did or did not do, where, and what to look at."""

from __future__ import annotations

import ssl

from workbench.exchange import Failure
from workbench.hl7v2.mllp import FramingFault
from workbench.transports.tls_words import tell_tls


def tell_unreachable(error: Exception, place: str) -> Failure:
    """No connection came about."""
    if isinstance(error, ConnectionRefusedError):
        said = f"Nothing listens for HL7 v2 at {place}: the connection was refused."
        return Failure("refused", f"{said} Start what should listen there, or check the port.")
    said = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
    return Failure("refused", f"{place} could not be reached: {said}. Check the address, or the VPN.")


def tell_unreached(place: str, within: float) -> Failure:
    said = f"{place} could not be reached within {within:g} s."
    return Failure("timeout", f"{said} A firewall may let nothing through, or the address be another.")


def tell_closed(error: Exception | None, receiver: str, *, by_tls: bool) -> Failure:
    """The connection ended before anything of an answer came."""
    if isinstance(error, ssl.SSLError):
        return Failure("tls", tell_tls(error, receiver))
    cause = error.strerror if isinstance(error, OSError) else None
    said = f"{receiver} closed the connection without an acknowledgment{f': {cause}' if cause else ''}."
    hint = "Some receivers do so that miss a certificate of the sender." if by_tls else "Its log may say why."
    return Failure("closed", f"{said} {hint}")


def tell_fault(fault: FramingFault, receiver: str, *, is_over: bool) -> Failure:
    """What came is no whole frame; `is_over` tells whether the connection ended with it."""
    if fault.kind == "too-large":
        return Failure("too-large", f"{receiver} answered with too much. {fault.reason}")
    if fault.kind == "truncated" and is_over:
        return Failure("closed", f"{receiver} closed the connection within its acknowledgment. {fault.reason}")
    if fault.kind == "truncated":
        return Failure("protocol", f"{receiver} broke off its acknowledgment and began another. {fault.reason}")
    shown = fault.received[:40].partition(b"\r")[0].decode("latin-1")
    is_shown = fault.kind == "garbage" and shown and shown.isascii() and shown.isprintable()
    seen = f" It starts with “{shown}”." if is_shown else ""
    return Failure("protocol", f"{receiver} answered without an MLLP frame. {fault.reason}{seen}")


def tell_silence(
    faults: tuple[FramingFault, ...], receiver: str, wanted: str, within: float, *, is_kept: bool
) -> Failure:
    """No answer came in time, or only the beginning of one, which `faults` tell of."""
    said = f"{receiver} sent no {wanted} within {within:g} s."
    for fault in faults:
        whole = fault.kind != "truncated"
        return tell_fault(fault, receiver, is_over=False) if whole else Failure("timeout", f"{said} {fault.reason}")
    hint = "Should it come yet, it is told as late." if is_kept else "It may be busy, or give none to such a message."
    return Failure("timeout", f"{said} {hint}")
