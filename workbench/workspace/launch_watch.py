"""LaunchWatch: how far a launch has come, from the exchanges that its site has seen."""

from __future__ import annotations

from typing import Literal, get_args

from workbench.exchange import Exchange, Response
from workbench.smart.json_answer import parse_object, text_of
from workbench.smart.launch_answer import first_values, form_of, split_address
from workbench.smart.launch_trace import describe_exchange

Milestone = Literal["authorize", "code", "token", "use", "refresh"]
MILESTONES: tuple[Milestone, ...] = get_args(Milestone)
WORDS: dict[Milestone, str] = {
    "authorize": "asked to be let in",
    "code": "got its code",
    "token": "got an access token",
    "use": "used its access token",
    "refresh": "refreshed its access token",
}


class LaunchWatch:
    """Is shown each exchange with `add`; tokens are remembered to know them again, and never told."""

    def __init__(self, until: Milestone = "use") -> None:
        self.until = until
        self.reached: list[Milestone] = []
        self.refusal = ""
        """The last refusal since the milestone before, in words."""
        self._tokens: set[str] = set()

    @property
    def is_over(self) -> bool:
        """Whether the launch came as far as it is watched, or was refused."""
        return self.until in self.reached or bool(self.refusal)

    @property
    def may_refresh(self) -> bool:
        """Whether a refresh is awaited of an app that has its token: it needs no browser for that."""
        return self.until == "refresh" and "token" in self.reached and not self.is_over

    @property
    def sentence(self) -> str:
        """How far it came."""
        if not self.reached:
            return "The app was refused." if self.refusal else "The app did not ask to be let in."
        latest = max(self.reached, key=MILESTONES.index)
        if self.until in self.reached:
            return f"The app {WORDS[latest]}."
        return f"The app {WORDS[latest]}, and {'no more' if not self.refusal else 'was refused then'}."

    def add(self, exchange: Exchange) -> None:
        response = exchange.response
        if response is None:
            return
        if (form := form_of(exchange)).get("grant_type"):
            self._take_token(form["grant_type"], response)
        elif _is_authorization(exchange, form):
            self._reach("authorize")
            if (response.status or 0) >= 400:
                self._refuse(exchange)
        elif self._carries_token(exchange):
            self._reach("use")
        query = first_values(split_address(response.header("location")).query)
        if "code" in query and "state" in query:
            self._reach("code")
        elif "error" in query:
            self._refuse(exchange)
        if form.get("grant_type") and (response.status or 0) >= 400:
            self._refuse(exchange)

    def _take_token(self, grant_type: str, response: Response) -> None:
        token = _access_token(response)
        if token:
            self._tokens.add(token)
            self._reach("refresh" if grant_type == "refresh_token" else "token")

    def _carries_token(self, exchange: Exchange) -> bool:
        scheme, _, token = exchange.request.header("authorization").partition(" ")
        return scheme.lower() == "bearer" and token.strip() in self._tokens

    def _reach(self, milestone: Milestone) -> None:
        self.refusal = ""
        if milestone not in self.reached:
            self.reached.append(milestone)

    def _refuse(self, exchange: Exchange) -> None:
        self.refusal = describe_exchange(exchange)


def _is_authorization(exchange: Exchange, form: dict[str, str]) -> bool:
    asked = form or first_values(split_address(exchange.request.address).query)
    return "response_type" in asked or ("client_id" in asked and "redirect_uri" in asked)


def _access_token(response: Response) -> str:
    answer = parse_object(response)
    return "" if isinstance(answer, str) else text_of(answer, "access_token")
