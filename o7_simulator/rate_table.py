"""The table of intended values: how often each kind is met on each leaf, and the status it has.

Written as `group kind status rate, … | group …`; a rate is the share of pupils at factor 1. What the groups
mean is told in `rates`, which is the only reader of this table.
"""

from __future__ import annotations

_SECTION = "natural declared n .450, file f .100 | fault blank e .010, empty e .090"

LEAVES = {
    "P02": ("noise upper f .010 | fault duplicate i .002, empty e .002, placeholder p .001"),
    "P03": (
        "natural double f .010 | "
        "noise caps f .010, spaces f .008, homoglyph f .008, dash f .002, palochka f .004 | "
        "fault digit i .002, latin i .002, initial i .001, placeholder p .001, empty e .001"
    ),
    "P04": (
        "noise caps f .008, lower f .003, spaces f .006, homoglyph f .006 | "
        "fault digit i .0015, latin i .001, placeholder p .001, empty e .001"
    ),
    "P05": (
        "natural absent n .012, oglu f .006 | "
        "noise caps f .006 | "
        "fault digit i .0015, placeholder p .003, empty e .006"
    ),
    "P06": (
        "fault epoch p .0015, too_young i .0015, too_old i .001, before_1990 i .0005, future i "
        ".0005, enrolment_day i .0008, empty e .001"
    ),
    "P07": ("natural two_languages f .030 | fault unknown i .004, placeholder p .003, empty e .008"),
    "P08": ("noise word f .020, lower f .005 | fault wrong i .001, placeholder p .0005, empty e .002"),
    "P09": (
        "natural dual f .004, foreign f .009, stateless f .0005 | "
        "fault no_country i .0015, unknown_country i .0005, bad_kind i .001, empty e .004"
    ),
    "P10": (
        "optional empty e .350 | "
        "noise typed f .300 | "
        "natural abroad f .002 | "
        "fault incomplete i .010, missing_digit i .006, bad_prefix i .004, placeholder p .006"
    ),
    "P11": (
        "optional empty e .600 | "
        "noise typed f .150 | "
        "fault incomplete i .012, missing_digit i .003, bad_prefix i .002, placeholder p .004"
    ),
    "P12": (
        "optional empty e .550 | "
        "noise upper f .010 | "
        "fault no_at i .008, inner_space i .002, no_dot i .003, placeholder p .004"
    ),
    "P13": (
        "noise formatted f .350, plain f .100, dashed f .020 | "
        "fault check_digits i .006, lost_zero i .003, not_checkable i .0008, too_long i .0006, "
        "duplicate i .0012, placeholder p .003, empty e .012"
    ),
    "P14": (
        "optional empty e .400 | "
        "noise spaces f .010 | "
        "fault check_digits i .006, lost_zero i .010, organisation i .001, duplicate i .0008, "
        "placeholder p .002"
    ),
    "P15": ("fault duplicate i .003, placeholder p .002, empty e .010"),
    "P16": (
        "natural extramural f .002, evening f .003, family f .0015, self_taught f .0005 | "
        "fault unknown i .002, placeholder p .0005, empty e .003"
    ),
    "P17": (
        "natural two_documents f .060 | "
        "noise typed_series f .080 | "
        "fault bad_number i .004, bad_series i .003, early_passport i .001, not_current i .003, "
        "unknown_type i .001, zeros p .002, placeholder p .001, blank e .001, none e .006"
    ),
    "P18": (
        "natural temporary f .040, fias f .250, two_rows f .010 | "
        "fault no_house i .006, open_ended i .003, placeholder p .003, blank e .002, none e .004"
    ),
    "P19": (
        "natural separate f .300, fias f .100 | "
        "fault no_house i .005, placeholder p .003, blank e .002, none e .005"
    ),
    "P20": ("noise spaces f .005 | fault short i .001, digits i .001, placeholder p .002, empty e .008"),
    "P21": ("natural filled f .010, declared n .030 | fault unknown i .001, empty e .008"),
    "P22": ("natural filled f .050, declared n .020 | fault unknown i .001, empty e .008"),
    "P23": (
        "natural yes f .010, declared n .020 | "
        "fault undated i .002, other i .0008, placeholder p .001, empty e .008"
    ),
    "P24": ("natural none n .100, declared n .010 | fault other i .002, placeholder p .001, empty e .010"),
    "P25": ("natural yes f .007, declared n .020 | fault other i .001, placeholder p .0005, empty e .008"),
    "P26": ("natural yes f .001, declared n .020 | fault other i .0005, placeholder p .0005, empty e .008"),
    "P27": (
        "natural yes f .004, declared n .020 | "
        "fault undated i .001, other i .0005, placeholder p .001, empty e .008"
    ),
    "P28": ("natural filled f .050, declared n .020 | fault unknown i .001, empty e .008"),
    "P29": ("fault negative p .003, unknown i .0005, declared e .0005, empty e .012"),
    "P30": ("natural filled f .018, declared n .020 | fault unknown i .001, empty e .008"),
    "P31": ("natural category f .300, declared n .020 | fault short i .001, placeholder p .001, none e .010"),
    "P32": (
        "natural two f .450, in_care f .004 | "
        "fault name_digit i .002, unknown_type i .001, placeholder p .002, care_without_head e "
        ".001, blank e .001, none e .008"
    ),
    "P33": (
        "natural ahead f .0006 | "
        "fault gap i .004, overlap i .003, reversed i .001, double i .0015, double_elsewhere i "
        ".0007"
    ),
    "P34": ("fault none e .006, expired e .003, other_stage i .003, unknown_level i .001"),
    "P35": ("fault undated i .010, unknown_type i .005, none e .050"),
    "P36": ("fault zero e .003, last_year e .002, none e .010"),
    "P37": ("fault partial i .020, none e .060"),
    "P38": ("fault partial i .010, none e .030"),
    "P39": ("natural released x .020 | fault none e .040, last_year e .008, release_ended e .002"),
    "P44": (
        "natural file f .100 | optional empty e .300 | fault short i .020, blank e .010, declared e .010"
    ),
    "P49": ("natural files f .150 | fault text_only i .010, empty e .100"),
    "P50": ("natural no n .200, declared n .150 | fault short i .002, empty e .080"),
    "P51": ("natural text f .100 | fault blank e .004, empty e .120"),
}
LEAVES |= dict.fromkeys(("P40", "P41", "P42", "P43", "P45", "P46", "P47", "P48"), _SECTION)

CLASS_NAME = (
    "noise spaced f .080, hyphen f .100, quotes f .100, straight_quotes f .030, latin f .040, lower"
    " f .060, word f .060, slash f .010 | "
    "fault leading_zero i .001, beyond i .001, reversed i .001, two_letters i .001, zero i .0005, "
    "words i .001, twelve i .0005, placeholder p .001"
)
"""P01 is drawn once for each class, not for each pupil."""

CHANGES = {
    "mend": 0.0030,
    "break": 0.0010,
    "unduplicate": 0.0005,
    "activity": 0.0020,
    "change_class": 0.0003,
    "change_school": 0.0002,
    "leave": 0.0002,
    "arrive": 0.0003,
    "drop_row": 0.0001,
    "vanish": 0.00002,
}
"""Share of the pupils that each kind of change meets on a next night, before the profile's scale."""
