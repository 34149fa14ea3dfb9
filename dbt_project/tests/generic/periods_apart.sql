{#-
    No two rows of a dated definition hold on the same night: each would be the law. A failing row is a key with the first night
    of the later row. To mend: end the earlier row (valid_to) on the day before the later one begins.
-#}
{% test periods_apart(model, columns) %}

select
    {{ columns | join(',\n    ') }},
    valid_from

from (
    select
        *,
        lag(coalesce(valid_to, 'infinity'::date)) over (
            partition by {{ columns | join(', ') }} order by valid_from
        ) as previous_valid_to
    from {{ model }}
) as dated

where
    valid_to < valid_from
    or previous_valid_to >= valid_from

{% endtest %}
