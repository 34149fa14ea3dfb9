{#- A relation that others cross join must have exactly one row: with none they would lose everything, with two double it. -#}
{% test one_row(model) %}

select count(*) as row_count

from {{ model }}

having count(*) <> 1

{% endtest %}
