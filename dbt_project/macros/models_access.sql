{#-
    The first test an account fails on the night (readings A8, A9): free, given and linked by then, neither blocked nor revoked
    yet; entitled passes them all. blocked_on and revoked_on are the first days it no longer works.
-#}
{% macro grant_outcome(grants) -%}
    case
            when {{ grants }}.is_free is not true then 'not_free'
            when {{ grants }}.granted_on is null or {{ grants }}.granted_on > {{ the_night() }} then 'not_granted'
            when {{ grants }}.linked_on is null or {{ grants }}.linked_on > {{ the_night() }} then 'not_linked'
            when {{ grants }}.blocked_on <= {{ the_night() }} then 'blocked'
            when {{ grants }}.revoked_on <= {{ the_night() }} then 'revoked'
            else 'entitled'
        end
{%- endmacro %}

{#- What an account may come to, from the farthest from access to access itself. -#}
{% macro access_outcomes() -%}
    array['other_platform', 'not_free', 'not_granted', 'not_linked', 'blocked', 'revoked', 'not_verified', 'gives_access']
{%- endmacro %}

{#- What the nearest to access of several accounts came to; null without any. -#}
{% macro nearest_outcome(outcome) -%}
    ({{ access_outcomes() }})[max(array_position({{ access_outcomes() }}, {{ outcome }}))]
{%- endmacro %}

{#- Why a numerator leaves its holder out; null where the nearest of his accounts gives access. -#}
{% macro access_loss(nearest) -%}
    nullif(coalesce({{ nearest }}, 'no_grant'), 'gives_access')
{%- endmacro %}
