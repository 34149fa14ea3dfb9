"""Two bounds of the gate out: how far the figures moved, and how far the unplaced might move them."""

# ruff: noqa: S608 - the statements are built from constants of this module
from __future__ import annotations

from typing import Final

from o7_warehouse.gate_out_checks import Check
from o7_warehouse.unplaced import PERSONS, UNPLACED

_PARAMETER = """(
    select value::numeric from catalogue.parameters
    where
        parameter = '{parameter}' and valid_from <= %(night)s
        and (valid_to is null or valid_to >= %(night)s)
)"""
_TOLERATED_WIDTH = _PARAMETER.format(parameter="interval_tolerance")
_TOLERATED_JUMP = _PARAMETER.format(parameter="jump_tolerance")

# Counting all of them in, or none of them, gives the ends of the interval: numerator / (denominator +
# refused) and (numerator + refused) / (denominator + refused).
_INTERVALS = f"""
    select
        figures.indicator, figures.numerator, figures.denominator, outside.refused,
        coalesce(
            100 * outside.refused / nullif(figures.denominator + outside.refused, 0)::numeric, 0
        ) as width
    from figures
    inner join (
        select
            people.people,
            {PERSONS} as refused
        from (values ('pupils'), ('staff')) as people (people)
        left join ({UNPLACED}) as unplaced on people.people = unplaced.people
        group by people.people
    ) as outside on (case figures.indicator when '4.3' then 'staff' else 'pupils' end) = outside.people
    where figures.level = 'region' and figures.education_stage = 'all'
"""
INTERVAL_TOO_WIDE: Final = f"""
    select format('%%s: ширина %%s п.п.', indicator, round(width, 2)) as place
    from ({_INTERVALS}) as intervals
    -- Without the parameter nothing is tolerated.
    where width > coalesce({_TOLERATED_WIDTH}, -1)
"""
INTERVAL_MEASURED: Final = f"""
    select string_agg(
        format(
            '%%s: вне подсчета %%s, от %%s до %%s %%%%', indicator, refused,
            round(100 * numerator / nullif(denominator + refused, 0)::numeric, 2),
            round(100 * (numerator + refused) / nullif(denominator + refused, 0)::numeric, 2)
        ), '; ' order by indicator
    )
    from ({_INTERVALS}) as intervals
"""

# Compared with the newest earlier night that was published, whichever that is; the explanation names the
# units right below that moved most.
JUMPED: Final = f"""
    select format(
        '%%s %%s: было %%s, стало %%s (%%s п.п.); больше всего изменились: %%s',
        moved.indicator, moved.org_unit_code, round(moved.before, 2), round(moved.value, 2),
        to_char(moved.change, 'FMSG990.00'), coalesce(most.units, 'нет подчиненных единиц')
    ) as place
    from ({{moves}}) as moved
    left join lateral (
        select string_agg(
            format('%%s (%%s)', below.org_unit_code, to_char(below.change, 'FMSG990.00')), ', '
            order by abs(below.change) desc, below.org_unit_code
        ) as units
        from (
            select children.* from ({{moves}}) as children
            where children.parent_code = moved.org_unit_code and children.indicator = moved.indicator
            order by abs(children.change) desc, children.org_unit_code
            limit 3
        ) as below
    ) as most on true
    where moved.level in ('region', 'municipality') and abs(moved.change) > coalesce({_TOLERATED_JUMP}, 0)
""".format(
    moves="""
    select
        figures.indicator, figures.level, figures.org_unit_code, units.parent_code, figures.value,
        earlier.value as before, figures.value - earlier.value as change
    from figures
    inner join units on figures.level = units.level and figures.org_unit_code = units.org_unit_code
    inner join (
        select night.night, night.build_id from published.night
        where night.night < %(night)s order by night.night desc limit 1
    ) as last on true
    inner join indicators.indicator_values as earlier
        on
            last.night = earlier.night and last.build_id = earlier.build_id
            and figures.indicator = earlier.indicator and figures.level = earlier.level
            and figures.org_unit_code = earlier.org_unit_code
            and figures.education_stage = earlier.education_stage
    where
        figures.education_stage = 'all' and figures.level <> 'class'
        -- Where there was or is no value nothing can be said to have moved.
        and figures.value <> earlier.value
    """
)

BOUNDS: Final = (
    Check(
        check_id="interval_within_tolerance",
        says="Ширина интервала показателя из-за карантина не больше допустимой",
        broken=INTERVAL_TOO_WIDE,
        measured=INTERVAL_MEASURED,
    ),
    Check(
        check_id="jump_explained",
        says="Показатель изменился с последней опубликованной ночи не больше допустимого",
        broken=JUMPED,
        stops=False,
    ),
)
