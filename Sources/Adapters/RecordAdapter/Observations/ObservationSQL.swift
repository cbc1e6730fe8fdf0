/// Statements about markers, cases of loss and the numbers they concern.
enum ObservationSQL {
    static let noteMarkers = """
        with forgotten as (delete from markers where noted_at < $4)
        insert into markers (observer, value, noted_at)
        select b.observer, b.value, $3 from unnest($1::text[], $2::int8[]) as b (observer, value)
        on conflict (observer) do update set value = greatest(markers.value, excluded.value), noted_at = excluded.noted_at
        """

    /// The queue is made after this: a number that is given later goes into the new one.
    static let madeAnew = """
        insert into queue_births (queue, reason, horizon, born_at)
        select b.queue, 'made_anew', n.last_value, $2 from unnest($1::text[]) as b (queue), dispatch_numbers n order by b.queue
        on conflict (queue, reason) do update set
            horizon = excluded.horizon, born_at = excluded.born_at, claimed_by = null, claimed_until = null, settled_at = null
        """

    static let overtaken = """
        insert into queue_births as c (queue, reason, horizon, born_at) values ($1, 'overtaken', $2, $3)
        on conflict (queue, reason) do update set
            horizon = greatest(c.horizon, excluded.horizon),
            born_at = case when c.settled_at is null then c.born_at else excluded.born_at end,
            settled_at = null
        """

    static let claim = """
        update queue_births c set claimed_by = $1, claimed_until = $3
        from (
            select queue, reason
            from queue_births
            where settled_at is null and (claimed_by is null or claimed_by = $1 or claimed_until < $2)
            order by queue, reason
            for update skip locked
        ) as b
        where c.queue = b.queue and c.reason = b.reason
        returning c.queue, c.reason, c.horizon, c.born_at
        """

    static let queued = """
        select class, priority, count(*)
        from tasks
        where state = 1 and ($1::int8 is null or number <= $1)
        group by class, priority
        """

    /// The lane holds as many numbers as the broker says are ready: the newest that nobody has in hand.
    static let missing = """
        with hands as materialized (
            select unnest(hand) as number from workers where status not in ('lost', 'stopped')
        ),
        free as (
            select t.id, t.number, t.exclusion_key, t.started_at, t.watch_from
            from tasks t
            where t.state = 1 and t.class = $1::int8 and t.priority = $2::int8 and t.published_at is not null
                and not exists (select from hands h where h.number = t.number)
            order by t.number desc
            offset $3
        )
        select id, number, exclusion_key, started_at is not null
        from free
        where number <= $4 and watch_from is null
        order by number
        limit $5
        """
}
