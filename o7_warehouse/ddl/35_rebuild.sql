-- Which pupils a night builds anew. Unlogged like staging itself: what empties that after a crash empties these too, and
-- the next night builds everybody.

set local role o7_transformer;

create unlogged table if not exists rebuild.built_state (
    run_id uuid primary key,
    night date not null,
    project_digest text not null
);
comment on table rebuild.built_state is
'The run whose night staging, intermediate and marts hold, whole; no row: nobody can tell';

create unlogged table if not exists rebuild.scope (
    run_id uuid primary key,
    night date not null,
    since date
);
comment on table rebuild.scope is
'What the run under way builds: the pupils touched since the night `since` was built, or everybody where it is null';

create unlogged table if not exists rebuild.touched_student (student_id text primary key);
comment on table rebuild.touched_student is
'Pupils whose rows, classes or schools are others than on the night that was built last';

create unlogged table if not exists rebuild.touched_row (
    entity text not null,
    student_id text not null,
    primary key (entity, student_id)
);
comment on table rebuild.touched_row is
'By entity, the pupils some row of which is another than on the night that was built last';

create unlogged table if not exists rebuild.touched_identity (kind text not null, value text not null);
comment on table rebuild.touched_identity is
'What told the touched pupils apart when the last night was built: whoever shares it is touched as well';

create unlogged table if not exists rebuild.built_catalogue (
    night date primary key,
    made_of text not null,
    left_behind text not null
);
comment on table rebuild.built_catalogue is
'The night in which the catalogue was built whole, digests of what it was built of and of what that left; no row: nobody can tell';
