package import SNMP

extension Profile.ValueType {
    /// What a cell says, in the words of the domain.
    package enum Reading: Hashable, Sendable {
        case text(String)
        case number(Double)
        case word(String)
    }

    /// Reads one cell.
    /// - Returns: `nil` when the device says that there is no reading.
    package func read(_ value: SNMPValue) -> Reading? {
        switch self {
        case .text(let sentinels):
            guard let text = Self.text(value), !text.isEmpty, !sentinels.contains(text) else { return nil }
            return .text(text)
        case .serial:
            guard case .octets(let bytes) = value else { return nil }
            return Self.serial(bytes).map(Reading.text)
        case .mac:
            guard case .octets(let bytes) = value, bytes.count == 6, bytes.contains(where: { $0 != 0 }) else { return nil }
            return .text(bytes.map(Self.hex).joined(separator: ":"))
        case .words(let words):
            return value.wholeNumber.flatMap { words[$0] }.map(Reading.word)
        case .number(let scale, let offset, let sentinels, let window):
            guard let raw = value.wholeNumber, !sentinels.contains(raw) else { return nil }
            let number = Self.rounded(Double(raw) * scale + offset)
            return window.contains(number) ? .number(number) : nil
        }
    }

    /// Texts end at the first zero byte, as agents written in C fill them up.
    private static func text(_ value: SNMPValue) -> String? {
        guard case .octets(let bytes) = value else { return value.text }
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    /// `HWTC1A2B3C4D` from eight raw bytes, sixteen hexadecimal digits, or text (also with a prefix such as `1,`).
    private static func serial(_ bytes: [UInt8]) -> String? {
        guard bytes.contains(where: { $0 != 0 }) else { return nil }
        if bytes.count == 8, bytes.prefix(4).allSatisfy(isLetterOrDigit) {
            return String(decoding: bytes.prefix(4), as: UTF8.self) + bytes.suffix(4).map(hex).joined().uppercased()
        }
        let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        let bare = text.split(separator: ",").last.map(String.init) ?? text
        if bare.utf8.count == 12, bare.utf8.prefix(4).allSatisfy(isLetterOrDigit), bare.utf8.suffix(8).allSatisfy(isHexDigit) {
            return bare.prefix(4) + bare.suffix(8).uppercased()
        }
        guard bare.utf8.count == 16, let raw = unhexed(bare), raw.prefix(4).allSatisfy(isLetterOrDigit) else {
            return bare.isEmpty ? nil : bare
        }
        return serial(raw)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }

    private static func hex(_ byte: UInt8) -> String {
        (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }

    private static func unhexed(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[place..<place + 2], as: UTF8.self), radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    /// Takes the dust of binary fractions off: devices tell at most three decimals.
    private static func rounded(_ number: Double) -> Double {
        (number * 1000).rounded() / 1000
    }
}
