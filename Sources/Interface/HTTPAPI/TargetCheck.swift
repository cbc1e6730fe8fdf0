import APIContract

/// Checks a request target before anybody decodes it: it must stand for text that PostgreSQL can store.
enum TargetCheck {
    static func check(_ target: String) throws(Problem) {
        guard target.utf8.count <= ConnectionLimits.targetBytesMax else {
            throw Problem(
                status: 414,
                code: "uri_too_long",
                title: "Target too long",
                detail: "path and query have \(target.utf8.count) bytes",
                allowed: "at most \(ConnectionLimits.targetBytesMax) bytes"
            )
        }
        // The usual case.
        guard !target.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "%") }) else { return }
        guard let bytes = decoded(target) else { throw refused("a % is not followed by two hexadecimal digits") }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { throw refused("it holds a control character") }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw refused("it is not UTF-8") }
    }

    private static func decoded(_ target: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(target.utf8.count)
        var rest = target.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(), let high = digit(high), let low = digit(low) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
    }

    private static func refused(_ why: String) -> Problem {
        Problem(
            status: 400,
            code: "invalid_uri",
            title: "Target refused",
            detail: "the path or the query cannot be read: \(why)",
            allowed: "UTF-8 without control characters, % followed by two hexadecimal digits"
        )
    }
}
