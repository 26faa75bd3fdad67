"""Launch from the EHR as it must be: what the EHR hands over, and what the app does with it."""

from __future__ import annotations

from workbench.launch_review.reading import read_address
from workbench.launch_review.rule import Chapter, Found, holds, quote
from workbench.launch_review.story import Story

CHAPTER = Chapter("launch")
LAUNCH = "SMART App Launch 2.2, Launch App: EHR Launch"


@CHAPTER.asks(
    "parameters",
    "server",
    "The EHR opens the app with both iss and launch, neither empty.",
    LAUNCH,
    "Without them the app knows neither the hospital nor the chart.",
)
def _parameters(story: Story) -> Found:
    for opened in story.opened:
        missing = [name for name, value in (("iss", opened.iss), ("launch", opened.launch)) if not value]
        place = f"{opened.place}: {missing[0] if missing else 'iss'}"
        yield holds(opened.reading, place, not missing, "Both are there.", f"{' and '.join(missing)} has no value.")


@CHAPTER.asks(
    "iss-base",
    "server",
    "The iss that the EHR hands over is its FHIR base, as an absolute address.",
    LAUNCH,
    "The app looks for the smart-configuration below it.",
)
def _iss_base(story: Story) -> Found:
    base = read_address(story.facts.fhir_base).bare.rstrip("/")
    for opened in story.opened:
        iss = read_address(opened.iss)
        if not base or not iss.host:
            good, bad = "It is an absolute address.", f"The iss is {quote(opened.iss)}, which is no absolute address."
            yield holds(opened.reading, f"{opened.place}: iss", bool(iss.host), good, bad)
        else:
            bad = f"The iss is {quote(opened.iss)}, and the FHIR base is {quote(base)}."
            yield holds(
                opened.reading, f"{opened.place}: iss", iss.bare.rstrip("/") == base, "It is the FHIR base.", bad
            )


@CHAPTER.asks(
    "fresh",
    "server",
    "Each launch has a launch value of its own.",
    LAUNCH,
    "A value used twice lets one user's app open in another's chart.",
)
def _fresh(story: Story) -> Found:
    seen: dict[str, int] = {}
    for opened in story.opened:
        if opened.launch:
            before = seen.setdefault(opened.launch, opened.reading.index)
            fresh = before == opened.reading.index
            bad = f"The same launch value was handed over before, in exchange {before + 1}."
            yield holds(opened.reading, f"{opened.place}: launch", fresh, "It was not seen before.", bad)


@CHAPTER.asks(
    "echoed",
    "app",
    "The app hands the launch value back unchanged when it asks to be authorized.",
    "SMART App Launch 2.2, Obtain authorization code",
    "Otherwise the EHR cannot tell whose chart is open.",
)
def _echoed(story: Story) -> Found:
    known = {opened.launch for opened in story.opened}
    for asked in story.asked:
        earlier = [o for o in story.opened if o.reading.index < asked.reading.index]
        launch = asked.value("launch")
        if launch and known:
            bad = "The launch value is none that the EHR handed over."
            yield holds(asked.reading, asked.place("launch"), launch in known, "It is the EHR's.", bad)
        elif earlier and "launch" in asked.scope_texts:
            bad = "The app asks for the scope launch, and hands no launch value back."
            yield holds(asked.reading, asked.place("launch"), bool(launch), "It is there.", bad)


@CHAPTER.asks(
    "scope",
    "app",
    "An app that was opened by the EHR asks for the scope launch.",
    "SMART App Launch 2.2, Apps that launch from the EHR",
    "A site may give no context of the open chart without it.",
)
def _scope(story: Story) -> Found:
    for asked in story.asked:
        if asked.value("launch"):
            kept = "launch" in asked.scope_texts
            bad = "A launch value is handed back, and the scope launch is not asked for."
            yield holds(asked.reading, asked.place("scope"), kept, "The scope launch is asked for.", bad)


@CHAPTER.asks(
    "discovers-iss",
    "app",
    "An app that was opened by the EHR reads below the iss that it was given where to ask to be authorized.",
    "SMART App Launch 2.2, Retrieve .well-known/smart-configuration",
    "An app that takes its endpoints from elsewhere works at one hospital alone.",
    level="should",
)
def _discovers_iss(story: Story) -> Found:
    for asked in story.asked:
        if asked.opened is not None and asked.opened.iss:
            base = read_address(asked.opened.iss).bare.rstrip("/")
            read = story.discovered(base, asked.reading.index)
            bad = f"Nothing below {quote(base)} was read before the app asked to be authorized."
            yield holds(asked.reading, "address", read, "It was read.", bad)


@CHAPTER.asks(
    "standalone",
    "app",
    "An app that was not opened by an EHR asks for the context it needs, such as launch/patient.",
    "SMART App Launch 2.2, Standalone apps",
    "A site may refuse patient scopes where no patient is asked for.",
    level="should",
)
def _standalone(story: Story) -> Found:
    for asked in story.asked:
        if not asked.value("launch") and any(scope.context == "patient" for scope in asked.scopes):
            bad = "Scopes for one patient are asked for, and neither launch/patient nor a launch says which."
            yield holds(
                asked.reading,
                asked.place("scope"),
                "launch/patient" in asked.scope_texts,
                "launch/patient is there.",
                bad,
            )
