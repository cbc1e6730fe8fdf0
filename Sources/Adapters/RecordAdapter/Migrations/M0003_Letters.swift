extension Migration {
    /// Dead letters, and the copies of messages that came back on the dead-letter queue, joined by number.
    static let letters = Migration(
        number: 3,
        name: "letters",
        sql: """
            create table letters (
                id bigint generated always as identity primary key,
                task uuid,
                number bigint,
                kind text,
                reason text not null,
                error_class text,
                message text not null,
                attempts integer not null,
                first_died_at timestamptz not null,
                last_died_at timestamptz not null,
                retried_as uuid,
                state text not null,
                body bytea,
                content_type text,
                queue text
            );
            create unique index letters_number on letters (number) where number is not null;
            create index letters_task on letters (task) where task is not null;
            create index letters_open on letters (id) where state = 'dead';

            create table evidence (
                number bigint primary key,
                task uuid,
                reason text not null,
                queue text,
                body bytea not null,
                content_type text,
                noted_at timestamptz not null
            );
            create index evidence_noted on evidence (noted_at);
            """
    )
}
