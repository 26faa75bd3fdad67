"""Needs: what a scenario asks of a sandbox, held against what a site offers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from workbench.scenario.scenario import Step
from workbench.scenario.variables import holds
from workbench.site.site import Site

_CHECKABLE = re.compile(r"[a-z]+\.[a-z-]+|[a-z0-9]{3}\^[a-z0-9]{3}|(ehr|standalone|smart) launch")


def offers_of(site: Site) -> frozenset[str]:
    """What a site offers, in the words of “needs”: `ehr launch`, `Observation.create`, `ADT^A01`."""
    offers = {f"{rules.type}.{interaction}" for rules in site.fhir.resources for interaction in rules.interactions}
    offers |= {rule.message for rule in site.hl7v2.messages}
    offers |= {f"{kind} launch" for kind in site.smart.launches}
    if site.smart.launches:
        offers.add("smart launch")
    return frozenset(offer.lower() for offer in offers)


def find_unmet(needs: tuple[str, ...], traits: Mapping[str, str], offers: frozenset[str]) -> tuple[str, ...]:
    """The needs that a sandbox is known not to meet; what is not known, or is words alone, counts as met."""
    return tuple(need for need in needs if not _is_met(need.strip(), traits, offers))


def _is_met(need: str, traits: Mapping[str, str], offers: frozenset[str]) -> bool:
    trait, sign, wanted = need.partition("=")
    if sign:
        return holds(trait.strip(), wanted.strip(), traits) is not False
    if not offers or not _CHECKABLE.fullmatch(need.lower()):
        return True
    return need.lower() in offers


def explain_when(step: Step, traits: Mapping[str, str]) -> str:
    """Why `step` does not apply at a site with these traits; empty where it does."""
    wanted: dict[str, list[str]] = {}
    for trait, value in step.when:
        wanted.setdefault(trait, []).append(value)
    for trait, values in wanted.items():
        states = [holds(trait, value, traits) for value in values]
        if all(state is None for state in states):
            return f"This sandbox does not say its “{trait}”, which the step asks for ({' or '.join(values)})."
        if not any(states):
            return f"It is for sites with {trait} {' or '.join(values)}, and here it is {traits.get(trait) or 'empty'}."
    return ""
