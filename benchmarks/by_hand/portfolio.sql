-- By hand: every document of the portfolio and the first test it fails.
create table bench.hand_portfolio as
with
kinds as (
    select distinct on (category_code) category_code, counts
    from catalogue.portfolio_categories where valid_from <= %(night)s
    order by category_code asc, valid_from desc
)

select
    item.portfolio_item_id, item.student_key, item.school_id, kinds.category_code, item.level_code, item.result_code,
    item.added_by_role, item.event_date, item.added_at,
    case
        when item.deleted_at < (%(night)s::date + 1)::timestamp at time zone 'Europe/Moscow' then 'deleted'
        when kinds.counts is not true then 'unmapped'
        when (item.file_count >= 1 or item.has_registry_link) is not true then 'no_attachment'
        when (
            item.event_date <= (item.added_at at time zone 'Europe/Moscow')::date
            and (item.added_at at time zone 'Europe/Moscow')::date <= %(night)s
        ) is not true then 'bad_dates'
        when (
            basis.valid_from <= %(night)s and (basis.valid_to is null or basis.valid_to >= %(night)s)
        ) is not true then 'no_legal_basis'
        else 'counts'
    end as outcome
from bench_source.stg_o7__portfolio_items as item
left join kinds on item.category_code = kinds.category_code
left join staging.stg_o7__legal_bases as basis
    on item.legal_basis_id = basis.legal_basis_id and item.student_key = basis.student_key
