"""Words and signs of a sandbox's state, and the one line that says what it speaks."""

from __future__ import annotations

from ui.bench import SandboxState

STATE_WORDS = {
    "stopped": "stopped",
    "starting": "starting…",
    "up": "up",
    "stopping": "stopping…",
    "failed": "failed",
    "unknown": "not checked",
}
_SIGNS = {
    "up": ("dot", "passed"),
    "starting": ("ring", "error"),
    "stopping": ("ring", "error"),
    "failed": ("fail", "failed"),
}


def sign_of(state: SandboxState) -> tuple[str, str]:
    """Icon and token of the state; the word always stands beside it."""
    return _SIGNS.get(state.state, ("ring", "quiet"))


def summarize_sandbox(state: SandboxState) -> str:
    """`FHIR R4 · US Core 6.1.0 · HL7 v2.5.1`, or what a remote sandbox is known to have."""
    if state.site is not None:
        site = state.site
        release = site.fhir.release if site.fhir.release.startswith("R") else f"R{site.fhir.release[:1]}"
        return f"FHIR {release} · US Core {site.fhir.us_core} · HL7 v{site.hl7v2.version}"
    parts = []
    if state.fhir_base:
        parts.append(f"FHIR at {state.fhir_base}")
    if state.mllp is not None:
        parts.append(("MLLP by TLS at {}:{}" if state.is_mllp_secured else "MLLP at {}:{}").format(*state.mllp))
    return " · ".join(parts) or state.message
