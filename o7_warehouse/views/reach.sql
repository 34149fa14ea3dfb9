-- Whose rows the login of this session may see, by the map of ddl/70_access.sql. It asks for session_user, which neither
-- `set role` nor a setting changes. Whoever is not in the map sees nothing.

create view visible.reach as
select
    coalesce(bool_or(scope.level = 'republic'), false) as sees_all,
    coalesce(bool_or(scope.level = 'republic' and scope.tells_cards), false) as tells_all_cards
from access.user_scope as scope
where scope.login = session_user;

-- The units of a published night within a scope, by where they stood on that night: a municipality's login sees a school
-- that has moved away on the nights before it moved.
create view visible.units as
select
    units.night,
    units.level,
    units.org_unit_code,
    bool_or(scope.tells_cards) as tells_cards
from published.org_units as units
left join published.org_units as parents
    on
        units.night = parents.night
        and units.parent_code = parents.org_unit_code
        and (units.level, parents.level) in (('class', 'school'), ('school', 'municipality'))
inner join access.user_scope as scope
    on
        scope.level = 'republic'
        or (scope.level, scope.unit_code) in (
            (units.level, units.org_unit_code), (parents.level, parents.org_unit_code)
        )
        or units.level = 'class' and (scope.level, scope.unit_code) = ('municipality', parents.parent_code)
where scope.login = session_user
group by units.night, units.level, units.org_unit_code;
