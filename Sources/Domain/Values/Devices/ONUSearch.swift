/// What somebody typed to find an ONU: a serial, a MAC in any spelling, or part of a name, description or index.
package struct ONUSearch: Hashable, Sendable {
    /// Fewer characters would match nearly everything.
    package static let lengthMin = 3
    package static let lengthMax = 128

    /// As it was typed, without spaces around it.
    package let text: String
    /// Spellings that a serial or a MAC may stand in.
    package let exact: [String]

    /// - Returns: `nil` for fewer than three characters or more than 128.
    package init?(_ typed: String) {
        var trimmed = typed[...]
        while trimmed.first?.isWhitespace == true { trimmed.removeFirst() }
        while trimmed.last?.isWhitespace == true { trimmed.removeLast() }
        guard (Self.lengthMin...Self.lengthMax).contains(trimmed.count) else { return nil }
        text = String(trimmed)
        var spellings = [text, text.uppercased(), text.lowercased()]
        let digits = text.filter { ![":", "-", ".", " "].contains($0) }.lowercased()
        if digits.allSatisfy(\.isHexDigit) {
            if digits.count == 12 { spellings.append(Self.mac(digits)) }
            if digits.count == 16, let serial = Self.serial(digits) { spellings.append(serial) }
        }
        var seen: Set<String> = []
        exact = spellings.filter { seen.insert($0).inserted }
    }

    private static func mac(_ digits: String) -> String {
        var octets: [Substring] = []
        var rest = digits[...]
        while !rest.isEmpty {
            octets.append(rest.prefix(2))
            rest = rest.dropFirst(2)
        }
        return octets.joined(separator: ":")
    }

    /// Four letters as eight digits, then eight digits: `48575443…` is `HWTC…`.
    private static func serial(_ digits: String) -> String? {
        var letters = ""
        var rest = digits.prefix(8)
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16), (0x41...0x5A).contains(byte) else { return nil }
            letters.append(Character(Unicode.Scalar(byte)))
            rest = rest.dropFirst(2)
        }
        return letters + digits.suffix(8).uppercased()
    }
}
