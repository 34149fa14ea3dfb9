{#-
    The rows of an entity that staging may read: valid on the night and not quarantined. The one place of both tests.

    key: 'student' or 'staff' adds the pseudonym of the person the column `key_from` points to. It is joined here, in the
    one layer that may see identities, so that a child table never carries the identity any further. The join keeps every
    row: the register has one key per identity, and a row without one would have been quarantined for its parent.

    The rows of pupils stay from night to night (kept_by_pupil); those of a pupil are read again where one of them, of this
    very entity, has changed.
-#}
{% macro admitted(entity, key=none, key_from=none) -%}
    {%- if key == 'student' -%}
        {{ kept_by_pupil("is_changed_in('" ~ entity ~ "')", added='') }}
    {%- endif -%}
    select
        delivered.*
        {%- if key is not none %},
        {{ key }}_keys.{{ key }}_key
        {%- endif %}

    from {{ source('raw_o7', entity) }} as delivered
    {%- if key is not none %}

    left join {{ source('raw_o7', key ~ '_keys') }} as {{ key }}_keys
        on delivered.{{ key_from or key ~ '_id' }} = {{ key }}_keys.{{ key }}_id
    {%- endif %}

    where
        delivered._night_from <= {{ the_night() }}
        and delivered._night_to > {{ the_night() }}
        and not exists (
            select 1
            from {{ source('quarantine', 'entry') }} as quarantined
            where
                quarantined.night = {{ the_night() }}
                and quarantined.entity = '{{ entity }}'
                and quarantined.row_hash = delivered._row_hash
                and quarantined.source_id is not distinct from delivered.source_id
        )
        {%- if key == 'student' and (touched_only() or not execute) %}
        and delivered.{{ key_from or 'student_id' }} in ({{ changed_in(entity) }})
        {%- endif %}
{%- endmacro %}
