import APIContract
import Testing

/// Bytes that a server meets, and how it must end with them.
struct BadBytes: Sendable, CustomTestStringConvertible {
    enum Reply: Sendable, Hashable {
        /// A problem with this status and code.
        case problem(Int, String)
        /// The connection is closed; a problem with this status may come before it.
        case closed(Int)
        /// It is not bad after all: this status.
        case fine(Int)
    }

    /// The number in the list of bad input.
    let row: Int
    let what: String
    let bytes: @Sendable () -> [UInt8]
    let reply: Reply
    var field: String?
    var allowed: String?

    init(
        _ row: Int,
        _ what: String,
        _ reply: Reply,
        field: String? = nil,
        allowed: String? = nil,
        _ bytes: @autoclosure @escaping @Sendable () -> [UInt8]
    ) {
        self.row = row
        self.what = what
        self.reply = reply
        self.field = field
        self.allowed = allowed
        self.bytes = bytes
    }

    var testDescription: String { "\(row): \(what)" }

    static let all = bodies + texts + numbers + sizes + framing + headers + targets + methods + hosts + names

    private static let draft = #"{"kind":"noop"}"#

    private static let bodies = [
        BadBytes(1, "no body", .problem(400, "undecodable"), RawRequest.post(APIPath.tasks, "")),
        BadBytes(
            1,
            "no content type",
            .problem(415, "unsupported_media_type"),
            field: "content-type",
            allowed: "application/json",
            RawRequest.post(APIPath.tasks, draft, type: nil)
        ),
        BadBytes(
            1,
            "neither body nor content type",
            .problem(415, "unsupported_media_type"),
            field: "content-type",
            Array("POST \(APIPath.tasks) HTTP/1.1\r\n\(RawRequest.host)\r\n".utf8)
        ),
        BadBytes(
            2,
            "JSON as text/plain",
            .problem(415, "unsupported_media_type"),
            field: "content-type",
            allowed: "application/json, application/x-protobuf",
            RawRequest.post(APIPath.tasks, draft, type: "text/plain")
        ),
        BadBytes(
            2,
            "an OLT as a form",
            .problem(415, "unsupported_media_type"),
            field: "content-type",
            allowed: "application/json",
            RawRequest.post(APIPath.olts, "name=x", type: "application/x-www-form-urlencoded")
        ),
        BadBytes(
            3,
            "charset UTF-16",
            .problem(415, "unsupported_charset"),
            field: "content-type",
            allowed: "utf-8",
            RawRequest.post(APIPath.tasks, draft, type: "application/json; charset=UTF-16")
        ),
        BadBytes(
            3,
            "charset UTF-7",
            .problem(415, "unsupported_charset"),
            RawRequest.post(APIPath.tasks, draft, type: "application/json;charset=\"utf-7\"")
        ),
        BadBytes(3, "UTF-16 under the name of JSON", .problem(400, "undecodable"), RawRequest.post(APIPath.tasks, utf16(draft))),
    ]

    private static let texts = [
        BadBytes(4, "an overlong slash", .problem(400, "undecodable"), RawRequest.post(APIPath.tasks, label([0xC0, 0xAF]))),
        BadBytes(4, "a surrogate in UTF-8", .problem(400, "undecodable"), RawRequest.post(APIPath.tasks, label([0xED, 0xA0, 0x80]))),
        BadBytes(
            4,
            "a sequence of five bytes",
            .problem(400, "undecodable"),
            RawRequest.post(APIPath.tasks, label([0xF8, 0x88, 0x80, 0x80, 0x80]))
        ),
        BadBytes(
            4,
            "an OLT whose name is not UTF-8",
            .problem(400, "malformed"),
            RawRequest.post(APIPath.olts, Array(#"{"name":""#.utf8) + [0xFF] + Array(#""}"#.utf8))
        ),
        BadBytes(
            5,
            "U+0000 in a payload",
            .problem(400, "invalid_payload"),
            field: "payload.note",
            allowed: "U+0000",
            RawRequest.draft(payload: #"{"note":"a\u0000b"}"#)
        ),
        BadBytes(
            5,
            "U+0000 in a label",
            .problem(400, "invalid_draft"),
            field: "labels",
            RawRequest.post(APIPath.tasks, #"{"kind":"noop","labels":{"a":"\u0000"}}"#)
        ),
        BadBytes(
            5,
            "U+0000 in the name of an OLT",
            .problem(400, "malformed"),
            allowed: "U+0000",
            RawRequest.post(APIPath.olts, #"{"name":"a\u0000b","address":"127.0.0.1","profile":"huawei","community":"public"}"#)
        ),
        BadBytes(
            6,
            "objects 101 deep",
            .problem(400, "invalid_payload"),
            allowed: "100 levels",
            RawRequest.draft(payload: nested(101))
        ),
        BadBytes(6, "objects 100,000 deep", .problem(400, "invalid_payload"), RawRequest.draft(payload: nested(100_000))),
        BadBytes(
            6,
            "lists 100,000 deep",
            .problem(400, "undecodable"),
            RawRequest.post(APIPath.tasks, String(repeating: "[", count: 100_000))
        ),
        BadBytes(6, "an OLT 33 deep", .problem(400, "malformed"), allowed: "32 levels", RawRequest.post(APIPath.olts, nested(33))),
        BadBytes(
            6,
            "an OLT 100,000 deep",
            .problem(400, "malformed"),
            allowed: "32 levels",
            RawRequest.post(APIPath.olts, String(repeating: #"{"a":["#, count: 50_000))
        ),
        BadBytes(
            7,
            "a field twice in a draft",
            .problem(400, "invalid_draft"),
            allowed: "once",
            RawRequest.post(APIPath.tasks, #"{"kind":"noop","kind":"fail"}"#)
        ),
        BadBytes(
            7,
            "a field twice in a payload",
            .problem(400, "invalid_draft"),
            allowed: "once",
            RawRequest.draft(payload: #"{"sleepMs":1,"sleepMs":2}"#)
        ),
        BadBytes(
            7,
            "a field twice in an OLT",
            .problem(400, "malformed"),
            field: "name",
            allowed: "once",
            RawRequest.post(APIPath.olts, #"{"name":"a","n\u0061me":"b","address":"127.0.0.1","profile":"huawei","community":"public"}"#)
        ),
    ]

    private static let numbers = [
        BadBytes(8, "NaN", .problem(400, "undecodable"), RawRequest.draft(payload: #"{"sleepMs":NaN}"#)),
        BadBytes(8, "Infinity", .problem(400, "undecodable"), RawRequest.draft(payload: #"{"sleepMs":-Infinity}"#)),
        BadBytes(8, "0001", .problem(400, "undecodable"), RawRequest.draft(payload: #"{"sleepMs":0001}"#)),
        BadBytes(8, "1e400", .problem(400, "undecodable"), RawRequest.draft(payload: #"{"sleepMs":1e400}"#)),
        BadBytes(8, "minus zero is zero", .fine(202), RawRequest.draft(payload: #"{"sleepMs":-0}"#)),
        BadBytes(
            8,
            "1e-400 is zero",
            .fine(202),
            RawRequest.draft(payload: #"{"sleepMs":1e-400}"#)
        ),
        BadBytes(
            8,
            "2^53 + 1",
            .problem(400, "invalid_payload"),
            allowed: "9007199254740992",
            RawRequest.draft(payload: #"{"sleepMs":9007199254740993}"#)
        ),
        BadBytes(
            8,
            "2^64",
            .problem(400, "invalid_payload"),
            field: "payload.sleepMs",
            RawRequest.draft(payload: #"{"sleepMs":18446744073709551616}"#)
        ),
        BadBytes(
            8,
            "2^64 attempts",
            .problem(400, "invalid_draft"),
            field: "maxAttempts",
            RawRequest.post(APIPath.tasks, #"{"kind":"noop","maxAttempts":18446744073709551616}"#)
        ),
        BadBytes(9, "a trailing comma", .problem(400, "undecodable"), RawRequest.post(APIPath.tasks, #"{"kind":"noop",}"#)),
        BadBytes(9, "a comment", .problem(400, "undecodable"), RawRequest.post(APIPath.tasks, "{\"kind\":\"noop\"/* so */}")),
        BadBytes(
            9,
            "a byte order mark",
            .problem(400, "undecodable"),
            RawRequest.post(APIPath.tasks, [0xEF, 0xBB, 0xBF] + Array(draft.utf8))
        ),
        BadBytes(10, "two documents", .problem(400, "undecodable"), RawRequest.post(APIPath.tasks, draft + draft)),
        BadBytes(10, "two documents of an OLT", .problem(400, "malformed"), RawRequest.post(APIPath.olts, "{}{}")),
    ]

    private static let sizes = [
        BadBytes(
            11,
            "a body of 1 MiB and a byte",
            .problem(413, "too_large"),
            allowed: "1048576",
            RawRequest.post(APIPath.tasks, [UInt8](repeating: 0x20, count: APIPath.bodyBytesMax + 1))
        ),
        BadBytes(
            11,
            "the same in chunks",
            .problem(413, "too_large"),
            RawRequest.raw("Transfer-Encoding: chunked\r\n", "100001\r\n" + String(repeating: " ", count: 0x100001) + "\r\n0\r\n\r\n")
        ),
        BadBytes(
            11,
            "a batch of 16 MiB and a byte",
            .problem(413, "too_large"),
            allowed: "16777216",
            RawRequest.post(APIPath.tasksBatch, [UInt8](repeating: 0x20, count: APIPath.batchBytesMax + 1))
        ),
        BadBytes(11, "a length of 10^18", .problem(413, "too_large"), RawRequest.raw("Content-Length: 1000000000000000000\r\n")),
        BadBytes(
            26,
            "a gzip body",
            .problem(415, "unsupported_encoding"),
            field: "content-encoding",
            RawRequest.post(APIPath.tasks, gzipOfZeros, "Content-Encoding: gzip\r\n")
        ),
    ]

    private static let chunked = "Transfer-Encoding: chunked\r\n"

    private static let framing = [
        BadBytes(12, "a chunk size that is no number", .closed(400), RawRequest.raw(chunked, "xyz\r\n{}\r\n0\r\n\r\n")),
        BadBytes(12, "a chunk longer than its size", .closed(400), RawRequest.raw(chunked, "2\r\n{\"kind\":\"noop\"}\r\n0\r\n\r\n")),
        BadBytes(12, "a chunk size of 2^64", .closed(400), RawRequest.raw(chunked, "10000000000000000\r\n{}\r\n0\r\n\r\n")),
        BadBytes(12, "a negative chunk size", .closed(400), RawRequest.raw(chunked, "-2\r\n{}\r\n0\r\n\r\n")),
        BadBytes(
            13,
            "length and chunks",
            .closed(400),
            RawRequest.raw("Content-Length: 15\r\n" + chunked, "f\r\n{\"kind\":\"noop\"}\r\n0\r\n\r\n")
        ),
        BadBytes(14, "two lengths", .closed(400), RawRequest.raw("Content-Length: 15\r\nContent-Length: 16\r\n", draft + " ")),
        BadBytes(14, "two lengths in one field", .closed(400), RawRequest.raw("Content-Length: 15, 16\r\n", draft + " ")),
        BadBytes(14, "a negative length", .closed(400), RawRequest.raw("Content-Length: -1\r\n", draft)),
        BadBytes(14, "a length that is no number", .closed(400), RawRequest.raw("Content-Length: 0x0f\r\n", draft)),
        BadBytes(
            15,
            "chunked, identity",
            .closed(400),
            RawRequest.raw("Transfer-Encoding: chunked, identity\r\n", "f\r\n{\"kind\":\"noop\"}\r\n0\r\n\r\n")
        ),
        BadBytes(
            15,
            "an unknown coding",
            .closed(400),
            RawRequest.raw("Transfer-Encoding: xchunked\r\n", "f\r\n" + draft + "\r\n0\r\n\r\n")
        ),
        BadBytes(
            15,
            "a space before the colon",
            .closed(400),
            RawRequest.raw("Transfer-Encoding : chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")
        ),
    ]

    private static let headers = [
        BadBytes(16, "a folded header", .closed(400), RawRequest.get(APIPath.alive, RawRequest.host + "X-A: b\r\n c\r\n")),
        BadBytes(17, "a bare CR in a header", .closed(400), RawRequest.get(APIPath.alive, RawRequest.host + "X-A: b\rc\r\n")),
        BadBytes(17, "NUL in a header", .closed(400), RawRequest.get(APIPath.alive, RawRequest.host + "X-A: b\u{0}c\r\n")),
        BadBytes(17, "a header without a name", .closed(400), RawRequest.get(APIPath.alive, RawRequest.host + ": b\r\n")),
        BadBytes(
            18,
            "100,000 tiny headers",
            .closed(431),
            RawRequest.get(APIPath.alive, RawRequest.host + String(repeating: "a:b\r\n", count: 100_000))
        ),
        BadBytes(
            18,
            "101 headers",
            .closed(431),
            RawRequest.get(APIPath.alive, RawRequest.host + String(repeating: "a:b\r\n", count: 100))
        ),
        BadBytes(18, "100 headers", .fine(200), RawRequest.get(APIPath.alive, RawRequest.host + String(repeating: "a:b\r\n", count: 99))),
        BadBytes(
            19,
            "a header of 64 KB",
            .closed(431),
            RawRequest.get(APIPath.alive, RawRequest.host + "X-A: \(String(repeating: "b", count: 65_536))\r\n")
        ),
    ]

    private static let targets = [
        BadBytes(21, "a target of 64 KB", .closed(431), RawRequest.get("/" + String(repeating: "a", count: 65_536))),
        BadBytes(
            21,
            "a target of 8 KiB and a byte",
            .problem(414, "uri_too_long"),
            RawRequest.get("/" + String(repeating: "a", count: 8192))
        ),
        BadBytes(21, "%00 in a path", .problem(400, "invalid_uri"), RawRequest.get("\(APIPath.olts)/a%00b")),
        BadBytes(21, "%00 in a query", .problem(400, "invalid_uri"), RawRequest.get("\(APIPath.tasks)?kind=%00")),
        BadBytes(21, "half an escape", .problem(400, "invalid_uri"), RawRequest.get("\(APIPath.tasks)?kind=%4")),
        BadBytes(21, "an overlong slash", .problem(400, "invalid_uri"), RawRequest.get("\(APIPath.olts)/..%c0%af..%c0%afetc")),
        BadBytes(21, "climbing out", .problem(404, "no_route"), RawRequest.get("/%2e%2e%2f%2e%2e%2fetc/passwd")),
        BadBytes(21, "climbing out of a route", .problem(404, "no_route"), RawRequest.get("\(APIPath.olts)/../../../etc/passwd")),
        BadBytes(21, "the absolute form", .fine(200), RawRequest.get("http://127.0.0.1\(APIPath.alive)")),
        BadBytes(21, "an asterisk", .problem(404, "no_route"), Array("OPTIONS * HTTP/1.1\r\n\(RawRequest.host)\r\n".utf8)),
        BadBytes(
            21,
            "an upgrade to HTTP/2",
            .closed(200),
            RawRequest.get(
                APIPath.alive,
                RawRequest.host + "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
            )
        ),
        BadBytes(21, "CONNECT", .closed(404), Array("CONNECT example.org:443 HTTP/1.1\r\n\(RawRequest.host)\r\n".utf8)),
    ]

    private static let methods = [
        BadBytes(22, "an unknown method", .closed(400), Array("BREW \(APIPath.alive) HTTP/1.1\r\n\(RawRequest.host)\r\n".utf8)),
        BadBytes(22, "TRACE", .problem(404, "no_route"), Array("TRACE \(APIPath.alive) HTTP/1.1\r\n\(RawRequest.host)\r\n".utf8)),
        BadBytes(
            22,
            "DELETE of what cannot be",
            .problem(404, "no_route"),
            Array("DELETE \(APIPath.tasks) HTTP/1.1\r\n\(RawRequest.host)\r\n".utf8)
        ),
        BadBytes(22, "a method in lower case", .closed(400), Array("get \(APIPath.alive) HTTP/1.1\r\n\(RawRequest.host)\r\n".utf8)),
        BadBytes(23, "HTTP/0.9", .closed(400), Array("GET \(APIPath.alive)\r\n\r\n".utf8)),
        BadBytes(23, "HTTP/1.2", .closed(400), Array("GET \(APIPath.alive) HTTP/1.2\r\n\(RawRequest.host)\r\n".utf8)),
        BadBytes(23, "the preface of HTTP/2", .closed(400), Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]),
        BadBytes(
            23,
            "a TLS hello",
            .closed(400),
            [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03, 0x0D, 0x0A, 0x0D, 0x0A]
        ),
    ]

    private static let hosts = [
        BadBytes(25, "no host", .problem(400, "invalid_host"), field: "host", RawRequest.get(APIPath.alive, "")),
        BadBytes(
            25,
            "two hosts",
            .problem(400, "invalid_host"),
            field: "host",
            RawRequest.get(APIPath.alive, RawRequest.host + "Host: localhost\r\n")
        ),
        BadBytes(25, "an empty host", .problem(421, "foreign_host"), RawRequest.get(APIPath.alive, "Host:\r\n")),
        BadBytes(
            25,
            "a foreign host",
            .problem(421, "foreign_host"),
            field: "host",
            allowed: "loopback",
            RawRequest.get(APIPath.tasks, "Host: evil.example:7070\r\n")
        ),
        BadBytes(
            25,
            "a host that looks like ours",
            .problem(421, "foreign_host"),
            RawRequest.get(APIPath.alive, "Host: 127.0.0.1.evil.example\r\n")
        ),
        BadBytes(
            25,
            "a user before the host",
            .problem(421, "foreign_host"),
            RawRequest.get(APIPath.alive, "Host: localhost@evil.example\r\n")
        ),
        BadBytes(25, "localhost with a port", .fine(200), RawRequest.get(APIPath.alive, "Host: localhost:7070\r\n")),
        BadBytes(25, "the loopback address of IPv6", .fine(200), RawRequest.get(APIPath.alive, "Host: [::1]:7070\r\n")),
        BadBytes(
            25,
            "a page of another site",
            .problem(403, "foreign_origin"),
            field: "origin",
            RawRequest.post(APIPath.tasks, draft, "Origin: https://evil.example\r\n")
        ),
        BadBytes(
            25,
            "a page without an origin",
            .problem(403, "foreign_origin"),
            RawRequest.post(APIPath.tasks, draft, "Origin: null\r\n")
        ),
    ]

    private static let names = [
        BadBytes(
            29,
            "an empty Idempotency-Key",
            .problem(400, "invalid_value"),
            field: "Idempotency-Key",
            RawRequest.post(APIPath.tasks, draft, "Idempotency-Key:\r\n")
        ),
        BadBytes(
            29,
            "an Idempotency-Key of 10 KB",
            .problem(400, "invalid_value"),
            field: "Idempotency-Key",
            allowed: "192",
            RawRequest.post(APIPath.tasks, draft, "Idempotency-Key: \(String(repeating: "k", count: 10_240))\r\n")
        ),
        BadBytes(
            29,
            "two Idempotency-Keys",
            .problem(400, "invalid_value"),
            RawRequest.post(APIPath.tasks, draft, "Idempotency-Key: a\r\nIdempotency-Key: b\r\n")
        ),
        BadBytes(30, "id 0", .problem(400, "invalid_value"), field: "id", allowed: "UUID", RawRequest.get(APIPath.task("0"))),
        BadBytes(30, "id -1", .problem(400, "invalid_value"), field: "id", RawRequest.get(APIPath.task("-1"))),
        BadBytes(30, "id 2^63", .problem(400, "invalid_value"), field: "id", RawRequest.get(APIPath.task("9223372036854775808"))),
        BadBytes(
            30,
            "a UUID in upper case is an id",
            .problem(404, "not_found"),
            RawRequest.get(APIPath.task("0193F1A2-7C3E-7B64-9D0C-5E8F2A417B90"))
        ),
        BadBytes(30, "SQL for an id", .problem(400, "invalid_value"), RawRequest.get(APIPath.task("1'%20or%20'1'='1"))),
        BadBytes(30, "SQL for an OLT", .problem(404, "unknown_olt"), RawRequest.get(APIPath.olt("x';drop%20table%20tasks;--"))),
        BadBytes(30, "OLT 2^63", .problem(404, "unknown_olt"), RawRequest.get(APIPath.olt("9223372036854775808"))),
        BadBytes(30, "letter 2^63", .problem(400, "invalid_value"), RawRequest.get("\(APIPath.deadLetters)/9223372036854775808")),
        BadBytes(
            31,
            "a page of 0",
            .problem(400, "invalid_value"),
            field: "limit",
            allowed: "1 to 1000",
            RawRequest.get("\(APIPath.tasks)?limit=0")
        ),
        BadBytes(31, "a page of -1", .problem(400, "invalid_value"), field: "limit", RawRequest.get("\(APIPath.olts)?limit=-1")),
        BadBytes(31, "a page of 10^9", .problem(400, "invalid_value"), field: "limit", RawRequest.get("\(APIPath.onus)?limit=1000000000")),
        BadBytes(
            31,
            "a page of 10^30",
            .problem(400, "invalid_value"),
            field: "limit",
            RawRequest.get("\(APIPath.tasks)?limit=1\(String(repeating: "0", count: 30))")
        ),
        BadBytes(
            31,
            "a page size twice",
            .problem(400, "repeated_parameter"),
            field: "limit",
            RawRequest.get("\(APIPath.tasks)?limit=1&limit=2")
        ),
        BadBytes(
            31,
            "a forged cursor of tasks",
            .problem(400, "invalid_cursor"),
            field: "cursor",
            RawRequest.get("\(APIPath.tasks)?cursor=1_2")
        ),
        BadBytes(
            31,
            "a forged cursor of OLTs",
            .problem(400, "invalid_cursor"),
            field: "cursor",
            RawRequest.get("\(APIPath.olts)?cursor=eyJpZCI6MX0")
        ),
        BadBytes(
            31,
            "a forged cursor of ONUs",
            .problem(400, "invalid_cursor"),
            field: "cursor",
            RawRequest.get("\(APIPath.onus)?cursor=;drop")
        ),
        BadBytes(
            31,
            "a forged cursor of letters",
            .problem(400, "invalid_cursor"),
            field: "cursor",
            RawRequest.get("\(APIPath.deadLetters)?cursor=x")
        ),
    ]

    // MARK: Makers

    private static func utf16(_ text: String) -> [UInt8] { [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] } }

    private static func label(_ bytes: [UInt8]) -> [UInt8] {
        Array(#"{"kind":"noop","labels":{"a":""#.utf8) + bytes + Array(#""}}"#.utf8)
    }

    private static func nested(_ depth: Int) -> String {
        String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
    }

    /// The head of a gzip file; nobody reads further.
    private static let gzipOfZeros: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + [UInt8](repeating: 0, count: 1000)
}
