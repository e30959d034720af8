-- State of one row of lake.clocks at the moment $as_of: met, breached, overdue, running, cancelled;
-- null: at that moment the clock had not started.
--
-- A clock that went on after a reopening has a row for each run; each speaks of its own moments.
-- A stop exactly at due is met. A share is met whenever it got its property, and breached once it
-- is ripe without it, not before: losses known early against gains known late would bias the share
-- of young contacts to nothing. A citizen who left not later than due cancels the clock, later
-- breaches it.
select
    case
        when clocks.started_at > $as_of or clocks.since_at > $as_of or clocks.until_at <= $as_of
            then null
        when clocks.stopped_at <= $as_of and clocks.stop_kind = 'gave_up'
            then
                case when clocks.stopped_at <= clocks.due_at then 'cancelled' else 'breached' end
        when clocks.stopped_at <= $as_of and clocks.stop_kind = 'failed'
            then
                case
                    when clocks.kind = 'share' and clocks.due_at >= $as_of then 'running'
                    else 'breached'
                end
        when clocks.stopped_at <= $as_of
            then
                case
                    when clocks.kind in ('clock', 'reading') and clocks.stopped_at > clocks.due_at
                        then 'breached'
                    else 'met'
                end
        when clocks.due_at < $as_of
            then
                case when clocks.kind = 'share' then 'breached' else 'overdue' end
        else 'running'
    end as state
from clocks
