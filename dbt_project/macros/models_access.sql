{#-
    Whether an account works on the night (readings A8, A9): free, given and linked by then, neither blocked nor revoked yet.
    blocked_on and revoked_on are the first days it no longer does.
-#}
{% macro is_entitled(grants) -%}
    coalesce(
            {{ grants }}.is_free
            and {{ grants }}.granted_on <= {{ the_night() }}
            and {{ grants }}.linked_on <= {{ the_night() }}
            and ({{ grants }}.blocked_on is null or {{ grants }}.blocked_on > {{ the_night() }})
            and ({{ grants }}.revoked_on is null or {{ grants }}.revoked_on > {{ the_night() }}),
            false
        )
{%- endmacro %}
