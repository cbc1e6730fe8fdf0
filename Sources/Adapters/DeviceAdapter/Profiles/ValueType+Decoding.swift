package import Domain
package import SNMP

extension Profile.ValueType {
    /// What a cell says, in the words of the domain.
    package enum Reading: Hashable, Sendable {
        case text(String)
        case number(Double)
        case word(String)
        /// A word, or a text, that says who has to do something.
        case cause(String, DownClass)
    }

    /// Reads one cell.
    /// - Returns: `nil` when the device says that there is no reading.
    package func read(_ value: SNMPValue) -> Reading? {
        switch self {
        case .text(let sentinels, let classes):
            guard let text = Self.text(value), !text.isEmpty, !sentinels.contains(text) else { return nil }
            return Self.downClass(of: text, classes).map { .cause(text, $0) } ?? .text(text)
        case .serial:
            guard case .octets(let bytes) = value else { return nil }
            return Self.serial(bytes).map(Reading.text)
        case .mac:
            guard case .octets(let bytes) = value, bytes.count == 6, bytes.contains(where: { $0 != 0 }) else { return nil }
            return .text(bytes.map(Self.hex).joined(separator: ":"))
        case .words(let words, let texts, let classes):
            guard let word = value.wholeNumber.flatMap({ words[$0] }) ?? Self.text(value).flatMap({ texts[$0.lowercased()] }) else {
                return nil
            }
            return classes[word].map { .cause(word, $0) } ?? .word(word)
        case .number(let scale, let offset, let sentinels, let window, let wrap, let texts):
            guard var raw = Self.number(value, sentinels, texts) else { return nil }
            if let wrap, raw > Double(wrap.above) { raw -= Double(wrap.by) }
            let number = Self.rounded(raw * scale + offset)
            return window.contains(number) ? .number(number) : nil
        }
    }

    /// A whole number, or one inside a text.
    private static func number(_ value: SNMPValue, _ sentinels: [Int64], _ texts: Profile.TextNumber) -> Double? {
        if let whole = value.wholeNumber { return sentinels.contains(whole) ? nil : Double(whole) }
        switch value {
        case .octets(let bytes):
            guard !texts.sentinels.contains(PlainText.read(bytes)), let number = NumberInText.read(bytes, unit: texts.unit) else {
                return nil
            }
            return sentinels.contains { Double($0) == number } ? nil : number
        case .opaqueFloat(let number): return number.isFinite ? Double(number) : nil
        case .opaqueDouble(let number): return number.isFinite ? number : nil
        default: return nil
        }
    }

    private static func text(_ value: SNMPValue) -> String? {
        guard case .octets(let bytes) = value else { return value.wholeNumber.map { "\($0)" } }
        return PlainText.read(bytes)
    }

    private static func downClass(of text: String, _ classes: [DownClass: [String]]) -> DownClass? {
        let text = text.lowercased()
        return DownClass.allCases.first { (classes[$0] ?? []).contains { text.contains($0.lowercased()) } }
    }

    /// `HWTC1A2B3C4D` from eight raw bytes, sixteen hexadecimal digits, or text (also with a prefix such as `1,`).
    private static func serial(_ bytes: [UInt8]) -> String? {
        guard bytes.contains(where: { $0 != 0 }) else { return nil }
        if bytes.count == 8, bytes.prefix(4).allSatisfy(isLetterOrDigit) {
            return String(decoding: bytes.prefix(4), as: UTF8.self) + bytes.suffix(4).map(hex).joined().uppercased()
        }
        let text = PlainText.read(bytes)
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
