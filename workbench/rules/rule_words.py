"""Rules of the base in words of our own: what to change where one is broken, for those that are met most.

A key stands here only where it means the same in R4, R4B and R5; the others are told by their expressions.
"""

from __future__ import annotations

_UCUM = "http://unitsofmeasure.org"
_WORDS = {
    # Data types
    "age-1": f"an age above 0 needs a unit: a code of {_UCUM}, and its system",
    "att-1": "data needs a contentType, so that a reader knows what it is",
    "cnt-3": f"a count is a whole number with the unit “1” of {_UCUM}",
    "cod-1": "a display needs the code that it is of",
    "cpt-2": "a value needs a system: phone, fax, email, pager, url, sms or other",
    "dis-1": f"a distance needs a unit: a code of {_UCUM}, and its system",
    "drq-1": "it needs either a path or a searchParam, and not both",
    "drq-2": "it needs either a path or a searchParam, and not both",
    "exp-1": "it needs an expression, or a reference to one",
    "ident-1": "an identifier needs a value",
    "per-1": "the start must not be after the end",
    "qty-3": f"a code of a unit needs its system, mostly {_UCUM}",
    "rat-1": "it needs both a numerator and a denominator, or neither and an extension that says why",
    "ref-2": "it needs a reference, an identifier or a display",
    "rng-2": "the low value must not be above the high one",
    "sqty-1": "it must have no comparator, since the value is meant exactly",
    "tim-1": "a duration needs a durationUnit",
    "tim-2": "a period needs a periodUnit",
    "tim-4": "a duration must not be below 0",
    "tim-5": "a period must not be below 0",
    "tim-6": "a periodMax needs a period",
    "tim-7": "a durationMax needs a duration",
    "tim-8": "a countMax needs a count",
    "tim-9": "an offset needs an event in “when”, and not a meal as a whole",
    "tim-10": "it takes either timeOfDay or when, and not both",
    "trd-1": "it takes either data or timing, and not both",
    "trd-2": "a condition needs data",
    # Bundles
    "bdl-1": "a total belongs to a searchset or a history alone",
    "bdl-2": "“search” in an entry belongs to a searchset alone",
    "bdl-3": "every entry of a batch, transaction or history needs a request, and entries of other bundles have none",
    "bdl-4": "every entry of a response or a history needs a response, and entries of other bundles have none",
    "bdl-5": "an entry needs a resource, a request or a response",
    "bdl-7": "no two entries may have the same fullUrl, unless their versions differ",
    "bdl-8": "a fullUrl names no version; leave “/_history/…” out",
    "bdl-9": "a document needs an identifier with system and value",
    "bdl-10": "a document needs a timestamp",
    "bdl-11": "a document starts with a Composition in its first entry",
    "bdl-12": "a message starts with a MessageHeader in its first entry",
    "bdl-15": "an entry needs a fullUrl here",
    # Clinical and administrative resources
    "ait-1": "it needs a clinicalStatus, unless it was entered in error",
    "ait-2": "what was entered in error has no clinicalStatus",
    "app-1": "a participant needs a type or an actor",
    "app-2": "start and end go together; give both or neither",
    "app-3": "it needs start and end, unless it is proposed, cancelled or on the waitlist",
    "app-4": "a reason for cancelling belongs to what was cancelled or not attended",
    "apr-1": "it needs a participantType or an actor",
    "cmp-1": "a section needs a text, entries or sections",
    "cmp-2": "a section with entries has no emptyReason",
    "con-1": "a stage needs a summary or an assessment",
    "con-4": "with an abatement, its clinicalStatus is inactive, resolved or remission",
    "con-5": "what was entered in error has no clinicalStatus",
    "fhs-1": "it takes either an age or a time of birth, and not both",
    "fhs-2": "estimatedAge needs an age",
    "gol-1": "a target with a detail needs the measure that it is of",
    "grp-1": "members belong to an actual group alone",
    "imm-1": "it needs a documentType or a reference",
    "imr-1": "it needs a vaccineCode or a targetDisease",
    "ipn-1": "it needs an identifier or a name",
    "lnk-1": "it needs two items or more, since it links them",
    "lst-1": "a list with entries has no emptyReason",
    "mad-1": "a dosage needs a dose or a rate; since R5, a text will do",
    "mdd-1": "it must not be handed over before it was prepared",
    "mqty-1": "money needs a currency: a code of urn:iso:std:iso:4217, and its system",
    "mtqy-1": "money needs a currency: a code of urn:iso:std:iso:4217, and its system",
    "nor-1": "it needs an oralDiet, a supplement or an enteralFormula",
    "obs-3": "a reference range needs low, high or text",
    "obs-6": "it takes either a value or a dataAbsentReason, and not both",
    "obs-7": "where a component has the code of the observation, the value stands in the component alone",
    "org-1": "an organization needs an identifier or a name",
    "org-2": "an organization has no address of the use “home”",
    "org-3": "an organization has no telecom of the use “home”",
    "org-4": "an organization has no address of the use “home”",
    "pat-1": "a contact needs a name, a telecom, an address or an organization",
    "prr-1": "orderDetail needs the code of what is ordered",
    "qrs-1": "an item takes either answers or items of its own, and items within an answer stand in it",
    "rqg-1": "it takes either a resource or actions, and not both",
    "ces-1": "an item takes either a category or a productOrService, and not both",
    "cpl-3": "an activity takes either a reference or a detail, and not both",
    "enc-1": "a participant needs a type or an actor",
    "lst-2": "“deleted” belongs to a list of the mode “changes” alone",
    "lst-3": "a date of an entry belongs to a list of the mode “working” alone",
    "obs-8": "it takes either a bodySite or a bodyStructure, and not both",
    "ppc-1": "a consent needs a policy or a policyRule",
    "ras-2": "a probability must not be above 100",
    "sev-1": "it takes either a name or a query, and not both",
    # What describes: capability statements, operations, structures, terminology
    "cnl-1": "a url of a definition holds no “|”, no “#” and no blank",
    "cpb-1": "it needs rest, messaging or document",
    "cpb-2": "it needs a description, a software or an implementation",
    "cpb-3": "an endpoint for messages belongs to the kind “instance” alone",
    "cpb-9": "every type of resource stands once",
    "cpb-12": "every search parameter of a type stands once",
    "cpb-14": "the kind “instance” needs an implementation",
    "cpb-15": "the kind “capability” needs a software and has no implementation",
    "cpb-16": "the kind “requirements” has neither a software nor an implementation",
    "csd-1": "every code of a code system stands once",
    "eld-2": "min must not be above max",
    "eld-6": "a fixed value needs a single type",
    "eld-7": "a pattern needs a single type",
    "eld-8": "it takes either a fixed value or a pattern, and not both",
    "opd-1": "a parameter needs a type or parts",
    "opd-2": "a searchType belongs to the type “string” alone",
    "sdf-4": "it needs a baseDefinition, unless it is abstract",
    "sdf-5": "a definition of an extension needs the context in which it may stand",
    "sdf-6": "it needs a snapshot or a differential",
    "smp-1": "an element needs a context",
    "spd-2": "chain belongs to the type “reference” alone",
    "vsd-1": "it needs a system or a valueSet",
    "vsd-2": "concepts and filters need the system that they are of",
    "vsd-3": "it takes either concepts or filters, and not both",
    "vsd-6": "it needs a code or a display",
    "vsd-9": "it needs a code, unless it is abstract",
    "vsd-10": "a code needs its system",
    # Questionnaires
    "que-10": "maxLength belongs to items whose answer is a text or a number",
    "que-2": "every linkId must stand once in the questionnaire",
    "que-3": "an item of the type display has no code",
    "que-4": "it takes either answerOption or answerValueSet, and not both",
    "que-6": "an item of the type display has neither required nor repeats",
    "que-7": "the operator exists asks for an answer of true or false",
    "que-8": "a group or display has no initial value",
    "que-9": "an item of the type display has no readOnly",
    "que-11": "it takes either answerOption or initial, and not both; an option may be initialSelected",
    "que-12": "several enableWhen need an enableBehavior: all or any",
    "que-13": "several initial values need an item that repeats",
    # Vital signs
    "vs-1": "the time must be precise to the day",
    "vs-2": "it needs a value or a dataAbsentReason, unless it has components or members",
    "vs-3": "a component needs a value or a dataAbsentReason",
}  # fmt: skip
# Rules whose key has more than one meaning, and rules that many types have under keys of their own, by expression.
_OPERATION = "it takes either an operation or an assert, and not both"
_WORDS_OF = {
    "(part.exists() and value.empty() and resource.empty())"
    " or (part.empty() and (value.exists() xor resource.exists()))":
        "a parameter needs one of the three: a value, a resource, or parts",
    "lastModified.exists().not() or authoredOn.exists().not() or lastModified >= authoredOn":
        "lastModified must not be before authoredOn",
    "operation.exists() xor assert.exists()": _OPERATION,
    "code.exists() or detail.exists()": "evidence needs a code or a detail",
    "(type='group' implies item.empty().not()) and (type.trace('type')='display' implies item.trace('item').empty())":
        "an item of the type group has items in it, and one of the type display has none",
}  # fmt: skip
_NAME = "name.matches('"
_OF_NAME = (
    "the name must begin with a capital letter and hold letters, digits and “_” alone, so that programs can use it"
)


def tell_rule(key: str, expression: str = "") -> str:
    """Return a rule as a part of a sentence, by its expression or its key; empty where it has no words here."""
    if _NAME + "[A-Z](" in expression or _NAME + "^[A-Z](" in expression:
        return _OF_NAME
    return _WORDS_OF.get(expression) or _WORDS.get(key, "")
