{{ kept_by_pupil() }}

with

portfolio_items as (

    {{ of_the_rebuilt('stg_o7__portfolio_items') }}

),

legal_bases as (

    {{ of_the_rebuilt('stg_o7__legal_bases') }}

),

categories as (

    {{ in_force('portfolio_categories', 'category_code') }}

),

-- A basis of another pupil is no basis.
joined as (

    select
        portfolio_items.*,
        categories.category_code as known_category,
        coalesce(categories.counts, false) as is_mapped,
        {{ moscow_day('portfolio_items.added_at') }} as added_on,
        coalesce({{ holds_on_the_night('legal_bases.valid_from', 'legal_bases.valid_to') }}, false) as has_legal_basis

    from portfolio_items

    left join categories
        on portfolio_items.category_code = categories.category_code

    left join legal_bases
        on
            portfolio_items.legal_basis_id = legal_bases.legal_basis_id
            and portfolio_items.student_key = legal_bases.student_key

),

-- The first test that fails names the outcome (docs/leaf-rules.md).
judged as (

    select
        joined.portfolio_item_id,
        joined.student_key,
        joined.school_id,
        joined.known_category as category_code,
        joined.level_code,
        joined.result_code,
        joined.added_by_role,
        joined.event_date,
        joined.added_at,
        case
            when joined.deleted_at < {{ end_of_the_night() }} then 'deleted'
            when not joined.is_mapped then 'unmapped'
            when not coalesce(joined.file_count >= 1 or joined.has_registry_link, false) then 'no_attachment'
            when not coalesce(joined.event_date <= joined.added_on and joined.added_on <= {{ the_night() }}, false)
                then 'bad_dates'
            when not joined.has_legal_basis then 'no_legal_basis'
            else 'counts'
        end as outcome

    from joined

)

select * from judged
