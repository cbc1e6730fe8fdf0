extension Migration {
    /// Batches of verbs on dead letters, and what finds and counts letters among a million.
    ///
    /// Lists are sorted by time of death. `letters_group` serves every combination of words: the tallies say which combinations there are,
    /// and each is then one walk along the index. The tallies are kept by triggers, sharded so that writers do not wait for each other.
    static let letterBatches = Migration(
        number: 6,
        name: "letterBatches",
        sql: """
            create extension if not exists pg_trgm;

            alter table letters add column class smallint, add column priority smallint, add column olt bigint;
            update letters l set class = t.class, priority = t.priority, olt = t.olt from all_tasks t where t.id = l.task;

            drop index letters_open;
            create index letters_group on letters (
                state, reason, coalesce(kind, ''), coalesce(class, -1), coalesce(error_class, ''), last_died_at, id
            );
            create index letters_died on letters (last_died_at, id);
            create index letters_class on letters (coalesce(class, -1), last_died_at, id);
            create index letters_kind on letters (coalesce(kind, ''), last_died_at, id);
            create index letters_olt on letters (olt, last_died_at, id) where olt is not null;
            create index letters_text on letters using gin (message gin_trgm_ops);

            create table letter_tallies (
                state text not null,
                reason text not null,
                kind text not null,
                class smallint not null,
                error_class text not null,
                shard smallint not null,
                count bigint not null,
                primary key (state, reason, kind, class, error_class, shard)
            ) with (fillfactor = 50);
            insert into letter_tallies
            select state, reason, coalesce(kind, ''), coalesce(class, -1), coalesce(error_class, ''), 0, count(*)
            from letters
            group by 1, 2, 3, 4, 5;

            create function tally_letters() returns trigger language plpgsql as $$
            begin
                if tg_op = 'INSERT' then
                    insert into letter_tallies as t
                    select state, reason, coalesce(kind, ''), coalesce(class, -1), coalesce(error_class, ''), pg_backend_pid() % 16, count(*)
                    from fresh
                    group by 1, 2, 3, 4, 5
                    order by 1, 2, 3, 4, 5
                    on conflict (state, reason, kind, class, error_class, shard) do update set count = t.count + excluded.count;
                elsif tg_op = 'DELETE' then
                    insert into letter_tallies as t
                    select state, reason, coalesce(kind, ''), coalesce(class, -1), coalesce(error_class, ''), pg_backend_pid() % 16, -count(*)
                    from gone
                    group by 1, 2, 3, 4, 5
                    order by 1, 2, 3, 4, 5
                    on conflict (state, reason, kind, class, error_class, shard) do update set count = t.count + excluded.count;
                else
                    insert into letter_tallies as t
                    select state, reason, coalesce(kind, ''), coalesce(class, -1), coalesce(error_class, ''), pg_backend_pid() % 16, sum(change)
                    from (select *, 1 as change from fresh union all select *, -1 from gone) as b
                    group by 1, 2, 3, 4, 5
                    having sum(change) <> 0
                    order by 1, 2, 3, 4, 5
                    on conflict (state, reason, kind, class, error_class, shard) do update set count = t.count + excluded.count;
                end if;
                return null;
            end
            $$;
            create trigger letters_inserted after insert on letters
                referencing new table as fresh for each statement execute function tally_letters();
            create trigger letters_updated after update on letters
                referencing old table as gone new table as fresh for each statement execute function tally_letters();
            create trigger letters_deleted after delete on letters
                referencing old table as gone for each statement execute function tally_letters();

            create table letter_batches (
                id bigint generated always as identity primary key,
                verb text not null,
                selection text not null,
                ids bigint[],
                priority smallint,
                payload text,
                per_second double precision,
                state text not null,
                total bigint not null,
                done bigint not null default 0,
                left_open bigint not null default 0,
                bound bigint not null,
                cursor_at timestamptz,
                cursor_id bigint,
                due_at timestamptz not null,
                created_at timestamptz not null,
                updated_at timestamptz not null,
                finished_at timestamptz
            );
            create index letter_batches_running on letter_batches (due_at, id) where state = 'running';
            """
    )
}
