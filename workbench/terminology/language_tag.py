"""Language tags of BCP 47: grammar (RFC 5646, 2.1), and languages and regions of two letters by the lists."""

from __future__ import annotations

import re

from workbench.terminology.country_codes import COUNTRIES
from workbench.terminology.value_set import Membership

# ISO 639-1; those in the last line are withdrawn, and the registry of BCP 47 keeps them.
_LANGUAGES = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo
    es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg
    ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn
    no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq sr ss st su sv sw
    ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    in iw ji jw mo
    """.split()
)
# Regions of the registry that ISO 3166-1 does not list: reserved or withdrawn.
_FURTHER_REGIONS = frozenset("AC AN BU CP CQ CS DD DG EA EU EZ FX IC NT SU TA TP UN YD YU ZR".split())
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"
    r"(?:-(?P<script>[a-z]{4}))?"
    r"(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*"
    r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*"
    r"(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.IGNORECASE | re.ASCII,
)
_PRIVATE = re.compile(r"x(?:-[a-z0-9]{1,8})+", re.IGNORECASE | re.ASCII)
_GRANDFATHERED = frozenset(
    """
    en-gb-oed i-ami i-bnn i-default i-enochian i-hak i-klingon i-lux i-mingo i-navajo i-pwn i-tao i-tay i-tsu sgn-be-fr
    sgn-be-nl sgn-ch-de art-lojban cel-gaulish no-bok no-nyn zh-guoyu zh-hakka zh-min zh-min-nan zh-xiang
    """.split()
)


def judge_language_tag(tag: str) -> Membership:
    """Tell whether `tag` is a language tag; languages of three letters are taken by their form."""
    if tag.lower() in _GRANDFATHERED or _PRIVATE.fullmatch(tag):
        return Membership(True)
    found = _TAG.fullmatch(tag)
    if found is None:
        return Membership(False, f"“{tag}” is not written as a language tag is, such as en or en-US (BCP 47)")
    language, region = found["language"].lower(), (found["region"] or "").upper()
    primary = language.partition("-")[0]
    if len(primary) > 3 or (len(primary) == 2 and primary not in _LANGUAGES):
        return Membership(False, f"“{tag}” names a language that BCP 47 does not have")
    if region.isalpha() and region not in COUNTRIES | _FURTHER_REGIONS and not _is_private_region(region):
        return Membership(False, f"“{tag}” names a region that BCP 47 does not have")
    return Membership(True)


def _is_private_region(region: str) -> bool:
    return region in ("AA", "ZZ") or "QM" <= region <= "QZ" or "XA" <= region <= "XZ"
