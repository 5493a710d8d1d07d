-- One row per week, region, channel and campaign: what was spent and what it bought.
-- key: week, region, channel, campaign_id
with
-- What sellers call themselves, and what the company calls the channel. Facebook became Meta in
-- July 2022: two names of one channel.
channels (platform, channel) as (
    values
    ('tv_network', 'tv'),
    ('google_ads', 'search'),
    ('facebook', 'social'),
    ('meta', 'social'),
    ('youtube', 'video'),
    ('programmatic', 'display'),
    ('newsletter', 'email'),
    ('Hörfunk', 'radio'),
    ('Außenwerbung', 'out_of_home'),
    ('Zeitungsbeilagen', 'print')
),
-- The agency writes German dates, names of states, and amounts like 1.234,56.
agency as (
    select
        cast(
            substr(b."Woche", 7, 4) || '-' || substr(b."Woche", 4, 2) || '-' || substr(b."Woche", 1, 2) as date
        ) as week,
        r.region,
        b."Mediengattung" as platform,
        b."Kampagne" as campaign_id,
        try_cast(replace(replace(b."Kosten", '.', ''), ',', '.') as decimal(14, 2)) as spend,
        b."Kontakte" as impressions
    from agency_bookings as b
    left join regions as r on r.name = b."Bundesland"
),
booked as (
    select week, region, platform, campaign_id, spend, impressions, clicks from ads
    union all
    select week, region, platform, campaign_id, spend, impressions, cast(null as bigint) from agency
)
select
    b.week,
    b.region,
    c.channel,
    b.campaign_id,
    k.topic,
    k.creative,
    k.call_to_action,
    b.spend,
    -- Search is paid by the click, everything else by who sees it.
    case when c.channel = 'search' then b.clicks else b.impressions end as exposure,
    b.impressions,
    b.clicks
from booked as b
left join channels as c on c.platform = b.platform
left join campaigns as k on k.campaign_id = b.campaign_id
-- The agency's file is read whole; the platforms' rows are cut to the weeks that the run needs.
where b.week >= (select min(week) from ads) and b.week < $end
