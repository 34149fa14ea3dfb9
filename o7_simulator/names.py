"""Names in three languages for synthetic people (domain §4.3); no name of a real official is combined."""

from __future__ import annotations

_KABARDIAN_LAST = (
    "Шогенов Кушхов Карданов Тлупов Бижоев Кодзоков Хашхожев Бгажноков Жилов Кардангушев Тхагапсоев "
    "Губжоков Аброков Гедгафов Пшигошев Хуранов Нагоев Дышеков Мамхегов Кумыков Теуважуков Абазов "
    "Шидов Ногмов Тхамоков Хоконов Темиржанов Бекулов"
).split()
_BALKAR_LAST = (
    "Кулиев Мокаев Гуртуев Отаров Атабиев Созаев Байсиев Этезов Бозиев Жабоев Чеченов Ульбашев Мизиев "
    "Геккиев Шаваев Текуев Рахаев Жанатаев Кучмезов Эфендиев Афашагов Биттиров Хуболов Аппаев"
).split()
_RUSSIAN_LAST = (
    "Смирнов Кузнецов Попов Васильев Соколов Михайлов Новиков Фёдоров Морозов Волков Алексеев Лебедев "
    "Семёнов Егоров Павлов Козлов Степанов Николаев Орлов Андреев Макаров Никитин Захаров Зайцев "
    "Соловьёв Борисов Яковлев Григорьев"
).split()
_OTHER_LAST = (
    "Алиев Гасанов Мамедов Ахмедов Исмаилов Османов Юсупов Хачатуров Оганесов Тедеев Кумуков Ибрагимов"
).split()

_CAUCASUS_MALE = (
    "Астемир Идар Инал Кантемир Азамат Аслан Анзор Залим Заур Беслан Ислам Алим Тимур Руслан Мурат "
    "Амир Дамир Эльдар Темиркан Алан Ибрагим Магомед Тахир Расул Солтан Таулан Кайсын Ахмат"
).split()
_CAUCASUS_FEMALE = (
    "Залина Милана Дисана Сатаней Дана Даяна Ариана Амина Камила Лиана Ляна Самира Фатима Мадина "
    "Марьяна Алина Дарина Лейла Халимат Зухра Асият Жаннет Айла Айшат"
).split()
_RUSSIAN_MALE = (
    "Александр Дмитрий Максим Сергей Андрей Алексей Артём Илья Кирилл Михаил Никита Матвей Роман Егор "
    "Иван Владимир Даниил Ярослав Тимофей Степан Глеб Марк Лев Пётр"
).split()
_RUSSIAN_FEMALE = (
    "Анастасия Мария Дарья Анна Елизавета Виктория Полина Варвара Екатерина Александра София Арина "
    "Вероника Ксения Валерия Ульяна Кира Вера Василиса Алёна Таисия Маргарита Ольга Юлия"
).split()

_PATRONYMIC_STEMS = (
    "Азаматов Асланов Анзоров Залимов Зауров Бесланов Исламов Алимов Тимуров Русланов Муратов Амиров "
    "Дамиров Эльдаров Аланов Ибрагимов Магомедов Тахиров Расулов Солтанов Ахматов Хасанбиев "
    "Мухаметгериев Хажмуратов Хажибекиров Барасбиев Мухамедов Хасанов Борисов Владимиров Александров "
    "Михайлов Иванов Петров Викторов Олегов Юрьев Андреев Алексеев Сергеев Дмитриев Николаев Романов "
    "Артуров Арсенов Адамов Аскеров Вячеславов Хусейнов Мартинов Эдуардов Игорев Кириллов Денисов "
    "Антонов Евгеньев Павлов Максимов Тембулатов Хазретов"
).split()
PATRONYMICS = len(_PATRONYMIC_STEMS)
"""How many patronymics there are; all differ also after ё is folded to е."""

_NAMES = {
    "kbd": (_KABARDIAN_LAST, _CAUCASUS_MALE, _CAUCASUS_FEMALE),
    "krc": (_BALKAR_LAST, _CAUCASUS_MALE, _CAUCASUS_FEMALE),
    "rus": (_RUSSIAN_LAST, _RUSSIAN_MALE, _RUSSIAN_FEMALE),
    "other": (_OTHER_LAST, _CAUCASUS_MALE, _CAUCASUS_FEMALE),
}

PALOCHKA_LAST = ("Щоджэнц{}ык{}у", "К{}эрэф", "Къанщауэщ{}ык{}у", "Мэк{}уауэ")
"""Kabardian spellings with a palochka where `{}` stands."""

LANGUAGES = {
    "kbd": ("кабардинский", "Кабардинский", "кабардино-черкесский", "адыгэбзэ"),
    "krc": ("балкарский", "Балкарский", "карачаево-балкарский"),
    "rus": ("русский", "Русский"),
    "other": (
        "турецкий",
        "осетинский",
        "армянский",
        "азербайджанский",
        "грузинский",
        "украинский",
        "чеченский",
        "кумыкский",
    ),
}

_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch - y - e yu ya".replace("-", "").split(
            " "
        ),
        strict=True,
    )
)
HOMOGLYPHS = str.maketrans("АВЕКМНОРСТХаеорсху", "ABEKMHOPCTXaeopcxy")


def last_name(origin: str, index: int, *, is_male: bool) -> str:
    """A surname; the feminine form adds «а»."""
    names = _NAMES[origin][0]
    stem = names[index % len(names)]
    return stem if is_male else stem + "а"


def first_name(origin: str, index: int, *, is_male: bool) -> str:
    """A given name of the origin."""
    names = _NAMES[origin][1 if is_male else 2]
    return names[index % len(names)]


def patronymic(index: int, *, is_male: bool) -> str:
    """The patronymic number `index` (0 … PATRONYMICS − 1), agreeing with the sex."""
    return _PATRONYMIC_STEMS[index] + ("ич" if is_male else "на")


def transliterated(text: str) -> str:
    """Latin lower-case form of a Cyrillic word, for logins and mailboxes."""
    return "".join(_LATIN.get(letter, "") for letter in text.lower())
