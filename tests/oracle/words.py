"""How a single value is read: blanks, fillers, names and class names (domain §1.2, §3.7, §3.8).

Every judgement is one letter: f filled, n declared none, i invalid, p placeholder, e empty.
"""

from __future__ import annotations

import re
import unicodedata

BLANKS = " \u00a0\t"
FILLERS = frozenset(
    (
        "-", "--", ".", "?", "0", "н/д", "нет данных", "не указано", "неизвестно", "unknown", "test", "тест",
        "mail@mail.ru", "no@no.no",
    )
)  # fmt: skip
DASHES = r"\-‐‑‒–—―−"
# Latin letters that look like Cyrillic ones (domain §3.8).
TWINS = str.maketrans("ABEKMHOPCTXYaeopcxy", "АВЕКМНОРСТХУаеорсху")
PALOCHKA_TYPED_AS = "Il1|ІіӀӏ"
PALOCHKA_AFTER = "кптфщцлъьх"
NAME = re.compile(r"[А-ЯЁӀ][а-яёӏ]+(?:[-' ][А-ЯЁӀа-яёӏ][а-яёӏ]*)*")
CLASS_NAME = re.compile(rf"(?P<number>1[0-2]|[1-9])[\s{DASHES}_./]*(?P<letter>[А-ЯЁ][0-9]?)?")
EXTRA_FIRST = re.compile(rf"1[\s{DASHES}]*ДОП\.?")
THE_WORD_CLASS = re.compile(r"КЛАСС|КЛ\.?")
QUOTES = re.compile("[\"«»“”„'`]")


def bare(text: str | None) -> str | None:
    """The text without blanks at its ends; None when nothing is left."""
    return (text or "").strip(BLANKS) or None


def tidy(text: str) -> str:
    """The text in composed Unicode with single spaces, none at its ends."""
    return re.sub(rf"[{BLANKS}]+", " ", unicodedata.normalize("NFC", text)).strip()


def is_filler(text: str, *, in_identity: bool = False) -> bool:
    """Whether a text that is not empty only fills the field; «нет» does so where a person is identified."""
    lowered = text.lower()
    if lowered in FILLERS or (in_identity and lowered == "нет"):
        return True
    # Spaces and hyphens make nothing longer; nothing but hyphens is the longest of them.
    squeezed = re.sub(r"[ \t\u00a0-]", "", lowered)
    return not squeezed or (len(squeezed) > 1 and len(set(squeezed)) == 1)


def letters_in(text: str) -> int:
    """How many letters of any alphabet the text has."""
    return sum(character.isalpha() for character in text)


def as_name(text: str) -> str:
    """A name in the one form in which names are compared and judged."""
    text = unicodedata.normalize("NFC", text)
    text = re.sub(rf"[{DASHES}]", "-", re.sub(r"[\s\u00a0]+", " ", text).strip())
    text = re.sub(r" ?- ?", "-", text)
    words = [_as_word(word) for word in re.split(r"([-' ])", text)]
    joined = "".join(words)
    # The palochka looks the same in both cases, and so says nothing of the case of a word.
    cased = re.sub("[Ӏӏ]", "", joined)
    if cased.isupper() or cased.islower():
        joined = "".join(word[:1].upper() + word[1:].lower() for word in re.split(r"([-' ])", joined))
    return joined


def _as_word(word: str) -> str:
    if not re.search(r"[А-Яа-яЁё]", word):
        return word
    word = word.translate(TWINS)
    characters = list(word)
    for place in range(1, len(characters)):
        if characters[place] in PALOCHKA_TYPED_AS and characters[place - 1].lower() in PALOCHKA_AFTER:
            characters[place] = "ӏ"
    return "".join(characters)


def judge_name(text: str | None) -> str:
    """Status of a last, first or middle name (domain §3.8)."""
    value = bare(text)
    if value is None:
        return "e"
    if is_filler(value, in_identity=True):
        return "p"
    return "f" if NAME.fullmatch(as_name(value)) else "i"


def folded(text: str | None) -> str:
    """A name as the match key holds it: upper case, without ё, hyphens and spaces."""
    value = bare(text)
    return "" if value is None else re.sub(r"[- ]", "", as_name(value)).upper().replace("Ё", "Е")


def read_class_name(text: str | None, *, is_adapted: bool) -> tuple[str | None, int | None]:
    """(name as it is shown, parallel or None when it is not known); domain §3.7."""
    value = bare(text)
    if value is None:
        return None, None
    value = tidy(value)
    upper = QUOTES.sub("", THE_WORD_CLASS.sub("", value.upper(), count=1)).strip()
    if EXTRA_FIRST.fullmatch(upper):
        return ("1 доп.", 0) if is_adapted else (value, None)
    found = CLASS_NAME.fullmatch(upper.translate(TWINS))
    if not found or (found["number"] == "12" and not is_adapted):
        return value, None
    return found["number"] + (found["letter"] or ""), int(found["number"])


def stage_of(parallel: int | None) -> str:
    """НОО, ООО, СОО or unknown."""
    if parallel is None:
        return "unknown"
    return "noo" if parallel <= 4 else "ooo" if parallel <= 9 else "soo"
