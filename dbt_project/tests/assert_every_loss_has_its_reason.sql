-- A reason nobody wrote down would be shown to the ministry as a code. A row here is such a reason of this build, with
-- how many units it stands in. To mend: add it to seeds/loss_reasons.csv, or see why the model gives it.
select
    losses.indicator,
    losses.reason,
    count(*) as units

from {{ ref('indicator_losses') }} as losses

left join {{ ref('loss_reasons') }} as reasons
    on
        losses.indicator = reasons.indicator
        and losses.reason = reasons.reason

left join {{ ref('profile_fields') }} as leaves
    on
        losses.indicator = '4.1'
        and losses.reason = leaves.leaf_code

where
    losses.night = {{ the_night() }}
    and losses.build_id = {{ the_build() }}
    and reasons.reason is null
    and leaves.leaf_code is null

group by losses.indicator, losses.reason
