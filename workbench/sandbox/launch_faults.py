"""LaunchFaults: the launch faults of a site that runs, in their order, each with how often it was met and used."""

from __future__ import annotations

from workbench.authorization_server.fault_rule import FaultPlace, FaultRule, LaunchFault
from workbench.sandbox.counted_rules import CountedRule, CountedRules

FaultUse = CountedRule[FaultRule]


class LaunchFaults(CountedRules[FaultRule]):
    """May be asked and changed from any thread; of the rules of one fault the first that is due acts."""

    def take(self, fault: LaunchFault, client: str, *places: FaultPlace) -> FaultRule | None:
        """The rule by which this fault happens here and now to `client` ("" where unknown); counted as used."""
        return self._choose(lambda rule: rule.is_about(fault, client, places))

    def is_asked(self, fault: LaunchFault, client: str, *places: FaultPlace) -> bool:
        """Tell whether there is a rule of this fault here, due or not."""
        return any(use.enabled and use.rule.is_about(fault, client, places) for use in self._uses)

    def foresee(self, fault: LaunchFault, client: str, *places: FaultPlace) -> FaultRule | None:
        """The rule by which this fault would happen next; nothing is counted."""
        about = (use for use in self._uses if use.enabled and use.rule.is_about(fault, client, places))
        return next((use.rule for use in about if use.rule.is_due(use.seen + 1, use.used)), None)
