with

content_resources as (

    select * from {{ ref('stg_o7__content_resources') }}

),

content_verifications as (

    select * from {{ ref('stg_o7__content_verifications') }}

),

parameters as (

    select * from {{ ref('parameters') }}

),

-- The order defines the content of 4.3 by its platform (reading A8).
platforms as (

    select lower(parameters.value) as platform

    from parameters

    where
        parameters.parameter = 'content_platform_4_3'
        and {{ holds_on_the_night('parameters.valid_from', 'parameters.valid_to') }}

),

-- The order asks for all three: the examination (543), the supplier (544) and the units of content (545), all of
-- 11.08.2021. An evidence without a number is none.
verified as (

    select content_verifications.content_resource_id

    from content_verifications

    where
        content_verifications.order_no in ('543', '544', '545')
        and content_verifications.evidence_no is not null
        and {{ holds_on_the_night('content_verifications.valid_from', 'content_verifications.valid_to') }}

    group by content_verifications.content_resource_id

    having count(distinct content_verifications.order_no) = 3

),

judged as (

    select
        content_resources.content_resource_id,
        content_resources.resource_name,
        content_resources.platform,
        platforms.platform is not null as is_platform_of_staff,
        verified.content_resource_id is not null as is_verified

    from content_resources

    left join verified
        on content_resources.content_resource_id = verified.content_resource_id

    left join platforms
        on lower(content_resources.platform) = platforms.platform

)

select * from judged
