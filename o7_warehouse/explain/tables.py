"""The tables of an explanation, in Russian."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from o7_warehouse.explain.facts import OFFICIAL_PROFILE
from o7_warehouse.explain.section import Column, Section, count, minus, share
from o7_warehouse.report.formats import Absent, count_text, points_text, share_text

if TYPE_CHECKING:
    from o7_warehouse.explain.facts import Explanation, Figure, Loss, Win

# What is no leaf (a contact, one identity) is mended by hand as well.
FILLED_BY: Final = {
    "M": "организация",
    "A": "О7, автоматически",
    "L": "О7, из другого раздела",
    None: "организация",
}
MEND_LEAF: Final = "Заполнить или исправить поле в О7"


def losses(explanation: Explanation) -> Section:
    """The waterfall from the denominator to the numerator."""
    figure = explanation.figure
    lost = sum(loss.persons for loss in explanation.losses)
    people = "педагогический работник" if explanation.indicator == "4.3" else "обучающийся"
    return Section(
        title="Почему не все: потери числителя",
        paragraphs=(
            f"Каждый {people} вне числителя отнесен ровно к одной причине: потери складываются точно.",
        ),
        columns=(
            Column("Причина"),
            Column("Человек", is_figure=True),
            Column("Доля знаменателя, %", is_figure=True),
            Column("Остается", is_figure=True),
            Column("Что сделать"),
        ),
        rows=(
            ("Знаменатель", "", "", count_text(figure.denominator), ""),
            *(_loss(explanation, loss) for loss in explanation.losses),
            (
                "Всего вне числителя; числитель",
                minus(lost),
                share_text(share(lost, figure.denominator)),
                count(figure.numerator),
                "",
            ),
        ),
        totals=1,
    )


def _loss(explanation: Explanation, loss: Loss) -> tuple[str, ...]:
    is_leaf = explanation.indicator == OFFICIAL_PROFILE and loss.remedy is None
    return (
        f"Не выполнено только {loss.reason}: {loss.label}" if is_leaf else loss.label,
        minus(loss.persons),
        share_text(share(loss.persons, explanation.figure.denominator)),
        count_text(loss.remaining),
        (loss.remedy or MEND_LEAF) if loss.persons else "",
    )


def wins(explanation: Explanation) -> Section:
    """What would complete most profiles, beside who lacks it at all."""
    if not explanation.nearest_wins:
        return Section(title="")
    note = (
        "Сколько профилей завершит исправление одного требования. «Не выполнено всего» считает и тех, кому не хватает "
        "не только его, поэтому этот столбец не складывается."
    )
    return Section(
        title="Ближайшие результаты",
        paragraphs=(note,),
        columns=(
            Column("Место", is_figure=True),
            Column("Требование"),
            Column("Заполняет"),
            Column("Завершит профилей", is_figure=True),
            Column("Не выполнено всего", is_figure=True),
            Column("Показатель станет, %", is_figure=True),
            Column("Прирост, п.п.", is_figure=True),
        ),
        rows=tuple(_win(explanation.figure, win) for win in explanation.nearest_wins),
    )


def _win(figure: Figure, win: Win) -> tuple[str, ...]:
    raised = None if figure.numerator is None else figure.numerator + win.completes
    return (
        str(win.place),
        win.label if win.fill is None else f"{win.requirement}: {win.label}",
        FILLED_BY[win.fill],
        count_text(win.completes),
        count_text(win.lacks),
        share_text(share(raised, figure.denominator)),
        points_text(Absent.NO_DATA if win.rise is None else win.rise),
    )


def controls(explanation: Explanation) -> Section:
    """The other readings."""
    return Section(
        title="Контрольные значения при других прочтениях",
        columns=(
            Column("Прочтение"),
            Column("Ответ на"),
            Column("Числитель", is_figure=True),
            Column("Знаменатель", is_figure=True),
            Column("Значение, %", is_figure=True),
        ),
        rows=tuple(
            (
                f"{one.reading}: {one.label}",
                one.answers.replace("|", ", "),
                count(one.numerator),
                count_text(one.denominator),
                share_text(share(one.numerator, one.denominator)),
            )
            for one in explanation.controls
        ),
    )


def interpretations(explanation: Explanation) -> Section:
    """How the order is read where it leaves something open."""
    return Section(
        title="Прочтения приказа, действующие для показателя",
        columns=(Column("Код"), Column("Вопрос"), Column("Как читается"), Column("Место в приказе")),
        rows=tuple(
            (one.code, one.question, one.reading, one.legal_place) for one in explanation.interpretations
        ),
    )


def batches(explanation: Explanation) -> Section:
    """The rows of the delivery."""
    return Section(
        title="Партии исходных данных",
        columns=(
            Column("Сущность"),
            Column("Строк принято", is_figure=True),
            Column("Допущено", is_figure=True),
            Column("В карантине", is_figure=True),
        ),
        rows=tuple(
            (
                one.entity,
                count_text(one.rows_in),
                count_text(one.rows_admitted),
                count_text(one.rows_quarantined),
            )
            for one in explanation.batches
        ),
    )
