"""UCUM: whether a text is a unit of the Unified Code for Units of Measure, case sensitive (UCUM 2.1)."""

from __future__ import annotations

import re
from functools import lru_cache

_PREFIXES = ("da", "Ki", "Mi", "Gi", "Ti", *"YZEPTGMkhdcmunpfazy")
# Atoms that take a prefix (UCUM, tables 1 to 5, “metric: yes”).
_METRIC = frozenset(
    """
    [Amb'a'1'U] [anti'Xa'U] [APL'U] [arb'U] [AU] [BAU] [bdsk'U] [beth'U] [c] [CCID_50] [CFU] [D'ag'U] [dye'U] [e]
    [EID_50] [ELU] [eps_0] [EU] [FEU] [FFU] [G] [g] [GPL'U] [h] [IR] [IU] [iU] [k] [ka'U] [knk'U] [Lf] [ly] [m_e]
    [m_p] [mclg'U] [MPL'U] [mu_0] [PFU] [PNU] [smgy'U] [tb'U] [TCID_50] [todd'U] [USP'U] A ar B B[10.nV] B[kW]
    B[mV] B[SPL] B[uV] B[V] B[W] bar Bd Bi bit Bq By C cal cal_[15] cal_[20] cal_IT cal_m cal_th cd Cel Ci dyn eq
    erg eV F G g g% Gal Gb gf Gy H Hz J K kat Ky L l lm Lmb lx m m[H2O] m[Hg] mho mol Mx N Np Oe Ohm osm P Pa pc ph
    R RAD rad REM S s sb sr St st Sv T t tex U u V W Wb
    """.split()
)
# Atoms that stand alone.
_PLAIN = frozenset(
    """
    % %[slope] ' '' 10* 10^ [acr_br] [acr_us] [bbl_us] [bf_i] [Btu] [Btu_39] [Btu_59] [Btu_60] [Btu_IT] [Btu_m]
    [Btu_th] [bu_br] [bu_us] [Cal] [car_Au] [car_m] [cft_i] [Ch] [ch_br] [ch_us] [cicero] [cin_i] [cml_i] [cr_i]
    [crd_us] [cup_m] [cup_us] [cyd_i] [degF] [degR] [degRe] [den] [didot] [diop] [dpt_us] [dqt_us] [dr_ap] [dr_av]
    [drp] [fdr_br] [fdr_us] [foz_br] [foz_m] [foz_us] [ft_br] [ft_i] [ft_us] [fth_br] [fth_i] [fth_us] [fur_us]
    [gal_br] [gal_us] [gal_wi] [gil_br] [gil_us] [gr] [hd_i] [hnsf'U] [hp'_C] [hp'_M] [hp'_Q] [hp'_X] [HP] [hp_C]
    [hp_M] [hp_Q] [hp_X] [HPF] [in_br] [in_i'H2O] [in_i'Hg] [in_i] [in_us] [kn_br] [kn_i] [kp_C] [kp_M] [kp_Q]
    [kp_X] [lb_ap] [lb_av] [lb_tr] [lbf_av] [lcwt_av] [ligne] [lk_br] [lk_us] [lne] [LPF] [lton_av] [m/s2/Hz^(1/2)]
    [mesh_i] [MET] [mi_br] [mi_i] [mi_us] [mil_i] [mil_us] [min_br] [min_us] [nmi_br] [nmi_i] [oz_ap] [oz_av]
    [oz_m] [oz_tr] [p'diop] [pc_br] [pca] [pca_pr] [pH] [pi] [pied] [pk_br] [pk_us] [pnt] [pnt_pr] [pouce] [ppb]
    [ppm] [ppth] [pptr] [PRU] [psi] [pt_br] [pt_us] [pwt_tr] [qt_br] [qt_us] [rch_us] [rd_br] [rd_us] [rlk_us] [S]
    [sc_ap] [sct] [scwt_av] [sft_i] [sin_i] [smi_us] [smoot] [srd_us] [ston_av] [stone_av] [syd_i] [tbs_m] [tbs_us]
    [tsp_m] [tsp_us] [twp] [wood'U] [yd_br] [yd_i] [yd_us] a a_g a_j a_t Ao atm att AU b bit_s circ d deg gon h min
    mo mo_g mo_j mo_s sph wk
    """.split()
)
# A space within, and an annotation behind parentheses, are lapses that HL7's own lists of units have.
_ANNOTATION = re.compile(r"\{[ -z|~]*\}")
_EXPONENT = re.compile(r"[+-]?\d+", re.ASCII)
_FACTOR = re.compile(r"\d+", re.ASCII)
# Brackets are a part of an atom's name; elsewhere a name ends at a digit, an operator or an annotation.
_NAME = re.compile(r"10[*^]|(?:\[[^\]\s]*\]|[A-Za-z%_'])+")
_LONGEST = 500


@lru_cache(maxsize=2048)
def is_ucum(text: str) -> bool:
    """Tell whether `text` is a unit; the empty text is none."""
    if not text or len(text) > _LONGEST or not text.isascii():
        return False
    end = _read_term(text, 0, 0)
    return end == len(text)


def _read_term(text: str, start: int, depth: int) -> int:
    """Return where the term ends that begins at `start`; -1 where there is none."""
    if depth > 20:
        return -1
    place = start + 1 if text.startswith("/", start) else start
    place = _read_component(text, place, depth)
    while 0 <= place < len(text) and text[place] in "./":
        place = _read_component(text, place + 1, depth)
    return place


def _read_component(text: str, start: int, depth: int) -> int:
    if text.startswith("(", start):
        end = _read_term(text, start + 1, depth + 1)
        if end < 0 or not text.startswith(")", end):
            return -1
        return note.end() if (note := _ANNOTATION.match(text, end + 1)) else end + 1
    place = start
    if unit := _NAME.match(text, place):
        if not is_simple_unit(unit.group()):
            return -1
        place = unit.end()
        place = power.end() if (power := _EXPONENT.match(text, place)) else place
    elif factor := _FACTOR.match(text, place):
        place = factor.end()
    if note := _ANNOTATION.match(text, place):
        place = note.end()
    return place if place > start else -1


def is_simple_unit(name: str) -> bool:
    """Tell whether `name` is an atom, or a prefix and an atom that takes one."""
    if name in _METRIC or name in _PLAIN:
        return True
    return any(name.startswith(prefix) and name[len(prefix) :] in _METRIC for prefix in _PREFIXES)
