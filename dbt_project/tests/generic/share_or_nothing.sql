{#- A share lies between nought and one, or is not asked at all; 90 instead of 0.90 would let nobody through. -#}
{% test share_or_nothing(model, column_name) %}

select {{ column_name }}
from {{ model }}
where {{ column_name }} not between 0 and 1

{% endtest %}
