"""New messages for a site: in its version, to its application, with what its rules ask besides."""

from __future__ import annotations

from datetime import datetime

from workbench.hl7v2.message import parse_message
from workbench.hl7v2.new_message import Extent, Parties, make_message
from workbench.site.messages import judge_message
from workbench.site.site import Site

# What a rule asks may call for more; nothing asks in more steps than this.
_STEPS = 3


def make_site_message(
    site: Site, kind: str, *, now: datetime, control_id: str, version: str = "", extent: Extent = "usual"
) -> str:
    """A message of `kind` as `site` wants it; where the site refuses it for other reasons than gaps, it is left so.

    Raises WorkbenchError where the version has no structure for it.
    """
    rules = site.hl7v2
    parties = Parties(
        receiver=rules.application, receiving_facility=rules.facility, authority=rules.assigning_authority
    )
    also: tuple[str, ...] = ()
    text = ""
    for _ in range(_STEPS):
        text = make_message(
            kind,
            version=version or rules.version,
            now=now,
            control_id=control_id,
            extent=extent,
            parties=parties,
            also=also,
        )
        gaps = (reason.location for reason in judge_message(site, parse_message(text)) if reason.code == "101")
        fields = tuple(place.partition(".")[0] for place in gaps if "-" in place)
        if set(fields) <= set(also):
            break
        also += fields
    return text
