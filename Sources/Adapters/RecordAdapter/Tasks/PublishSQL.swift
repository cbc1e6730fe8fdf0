/// Statements about what the broker confirmed, and what it did not.
enum PublishSQL {
    /// Rows are locked in order of id, as whoever records outcomes does.
    static let published = """
        update tasks t set published_at = $2
        from (
            select id from tasks where state = 1 and number = any($1) and published_at is null order by id for update
        ) as b
        where t.id = b.id and t.state + 0 = 1
        """

    /// Asking claims: whoever asks next within the same span does not get them again.
    static let unpublished = """
        with lost as (
            select id
            from tasks
            where state = 1 and published_at is null and queued_at < $1
            order by number
            limit $2
            for update skip locked
        ),
        claimed as (
            update tasks t set queued_at = $3 from lost where t.id = lost.id and t.state + 0 = 1 returning t.*
        )
        select \(DispatchRows.columns) from claimed t left join olts o on o.id = t.olt order by t.number
        """

    static let keysOfUnpublished = """
        select distinct exclusion_key
        from tasks
        where state = 1 and published_at is null and number = any($1) and exclusion_key is not null
        """

    /// A number leaves its key with its row, and only then: it may have been confirmed or ended meanwhile.
    static let giveBack = """
        with given as (
            select id, number, exclusion_key
            from tasks
            where state = 1 and published_at is null and number = any($1)
            order by id
            for update
        ),
        waiting as (
            update tasks t set
                state = 0, number = null, queued_at = null, watch_from = null, started_at = null, worker = null, due_at = $2,
                waiting_because = $3
            from given g
            where t.id = g.id and t.state + 0 = 1
        )
        delete from exclusions e using given g where e.key = g.exclusion_key and e.number = g.number
        """
}

/// Finds keys whose tasks are blocked behind nobody, walking from key to key instead of from task to task.
enum ForgottenSQL {
    static let keys = """
        with recursive keys as (
            (select exclusion_key as key from tasks where state = 2 order by exclusion_key limit 1)
            union all
            select (
                select t.exclusion_key from tasks t where t.state = 2 and t.exclusion_key > keys.key order by t.exclusion_key limit 1
            )
            from keys
            where keys.key is not null
        )
        select key
        from keys
        where key is not null
            and not exists (select from exclusions e where e.key = keys.key)
            and not exists (select from tasks w where w.state = 0 and w.exclusion_key = keys.key and w.due_at <= $1)
        limit 1000
        """
}
