import Postgres
import TestSupport
import Testing

@Suite("Values on their way to PostgreSQL and back", .timeLimit(.minutes(2)))
struct PostgresValueTests {
    @Test("every scalar comes back as it went, and NULL as nil")
    func scalars() async throws {
        try await PostgresLab.withFresh { pool async throws in
            let uuid = PostgresUUID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
            let row = try #require(
                try await pool.query(
                    "select $1, $2, $3, $4, $5, $6, $7, $8, $9, $2 is null, $8::text, extract(epoch from $9)::bigint",
                    [
                        .bool(true), .int16(-2), .int32(.min), .int64(.max), .double(-0.125), .text("grüße 🚢"), .bytes([0, 0xFF, 0x80]),
                        .uuid(uuid), .timestamp(1_700_000_000_123_456),
                    ]
                ).rows.first
            )

            #expect(try row.bool(0))
            #expect(try row.int16(1) == -2)
            #expect(try row.int32(2) == .min)
            #expect(try row.int64(3) == .max)
            #expect(try row.double(4) == -0.125)
            #expect(try row.text(5) == "grüße 🚢")
            #expect(try row.bytes(6) == [0, 0xFF, 0x80])
            #expect(try row.uuid(7) == uuid)
            #expect(try row.timestamp(8) == 1_700_000_000_123_456)
            #expect(try row.text(10) == "01234567-89ab-cdef-fedc-ba9876543210")
            #expect(try row.int64(11) == 1_700_000_000)

            let nulls = try #require(
                try await pool.query(
                    "select $1, $2, $3, $4, $5, $6, $7, $8, $9",
                    [
                        .bool(nil), .int16(nil), .int32(nil), .int64(nil), .double(nil), .text(nil), .bytes(nil), .uuid(nil),
                        .timestamp(nil),
                    ]
                ).rows.first
            )
            #expect((0..<nulls.count).allSatisfy { nulls[$0].isNull })
            #expect(try nulls[3].int64 == nil)
            #expect(throws: PostgresError.self) { try nulls.int64(3) }
        }
    }

    @Test("arrays are columns of many rows: what unnest makes of them is what went, NULLs included")
    func arrays() async throws {
        try await PostgresLab.withFresh { pool async throws in
            let uuids = (0..<3).map { PostgresUUID(high: $0, low: .max - $0) }
            let rows = try await pool.query(
                """
                select * from unnest($1::uuid[], $2::text[], $3::int8[], $4::int4[], $5::int2[], $6::bytea[], $7::timestamptz[],
                $8::bool[], $9::float8[])
                """,
                [
                    .uuids([uuids[0], nil, uuids[2]]), .texts(["a", "", nil]), .int64s([1, nil, -3]), .int32s([nil, 2, 3]),
                    .int16s([1, 2, nil]), .byteStrings([[], nil, [0xFF]]), .timestamps([0, nil, -1]), .bools([true, nil, false]),
                    .doubles([nil, 0.5, .infinity]),
                ]
            ).rows

            #expect(try rows.map { try $0[0].uuid } == [uuids[0], nil, uuids[2]])
            #expect(try rows.map { try $0[1].text } == ["a", "", nil])
            #expect(try rows.map { try $0[2].int64 } == [1, nil, -3])
            #expect(try rows.map { try $0[3].int32 } == [nil, 2, 3])
            #expect(try rows.map { try $0[4].int16 } == [1, 2, nil])
            #expect(try rows.map { try $0[5].bytes } == [[], nil, [0xFF]])
            #expect(try rows.map { try $0[6].timestamp } == [0, nil, -1])
            #expect(try rows.map { try $0[7].bool } == [true, nil, false])
            #expect(try rows.map { try $0[8].double } == [nil, 0.5, .infinity])
        }
    }

    @Test("arrays come back as arrays, empty ones too")
    func arraysBack() async throws {
        try await PostgresLab.withFresh { pool async throws in
            let uuid = PostgresUUID(high: 1, low: 2)
            let row = try #require(
                try await pool.query(
                    "select $1, $2, $3, $4::int2[]",
                    [.texts(["a", nil]), .int64s([]), .uuids([uuid]), .int32s([7])]
                ).rows.first
            )

            #expect(try row[0].texts == ["a", nil])
            #expect(try row[1].int64s == [])
            #expect(try row[2].uuids == [uuid])
            #expect(try row[3].int64s == [7])
            #expect(throws: PostgresError.self) { try row[0].int64s }
        }
    }

    @Test("json, enums and names read as text; a column of another type says so with its name")
    func texts() async throws {
        try await PostgresLab.withFresh { pool async throws in
            try await pool.withConnection { connection throws(PostgresError) in
                try await connection.script("create type colour as enum ('red', 'blue')")
            }
            let row = try #require(
                try await pool.query(
                    "select $1::text::jsonb as document, 'red'::colour, 1.5::numeric as price, current_database()",
                    [.text("{\"a\": 1}")]
                ).rows.first
            )

            #expect(try row.text(0) == "{\"a\": 1}")
            #expect(try row.text(1) == "red")
            #expect(try row["document"].text == "{\"a\": 1}")
            #expect(throws: PostgresError.decoding(column: "price", reason: "it is not an integer but of type 1700")) {
                try row.int64(2)
            }
            #expect(throws: PostgresError.self) { try row["document"].bytes }
        }
    }

    @Test("one MiB and bytes that are no UTF-8 come back as they went")
    func large() async throws {
        try await PostgresLab.withFresh { pool async throws in
            let bytes = (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 &* 31) }

            let row = try #require(try await pool.query("select $1, length($1)", [.bytes(bytes)]).rows.first)

            #expect(try row.bytes(0) == bytes)
            #expect(try row.int32(1) == 1_048_576)
        }
    }

    @Test("bytes that are no text are refused with a clear error, by us or by the server")
    func noText() async throws {
        try await PostgresLab.withFresh { pool async throws in
            await #expect(throws: PostgresError.invalidRequest(reason: "a text must not contain a zero byte")) {
                try await pool.query("select $1", [.text("a\0b")])
            }
            let error = await #expect(throws: PostgresError.self) {
                try await pool.query("select convert_from($1, 'UTF8')", [.bytes([0xFF])])
            }
            #expect(error?.sqlState == "22021")
        }
    }
}
