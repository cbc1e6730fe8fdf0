/// Finds the number that counts in texts such as `-19.32(dBm)`, `30.67 C` and `0.03 mW (-14.61 dBm)`.
package enum NumberInText {
    /// Texts longer than this hold no reading.
    private static let bytesMax = 64

    /// - Returns: the number before `unit`, or the only number of a text when `unit` is empty or the text names none.
    package static func read(_ bytes: [UInt8], unit: String) -> Double? {
        guard bytes.count <= bytesMax else { return nil }
        let found = numbers(Array(bytes.prefix { $0 != 0 }))
        if !unit.isEmpty, let hit = found.first(where: { $0.unit.lowercased() == unit.lowercased() }) { return hit.number }
        guard found.count == 1, let only = found.first else { return nil }
        return unit.isEmpty || only.unit.isEmpty ? only.number : nil
    }

    private static func numbers(_ bytes: [UInt8]) -> [(number: Double, unit: String)] {
        var found: [(Double, String)] = []
        var rest = bytes[...]
        while let byte = rest.first {
            guard isDigit(byte) || byte == 0x2D && rest.dropFirst().first.map(isDigit) == true else {
                rest = rest.dropFirst()
                continue
            }
            let digits = rest.prefix(1) + rest.dropFirst().prefix { isDigit($0) || $0 == 0x2E }
            rest = rest.dropFirst(digits.count)
            let behind = rest.drop { [0x20, 0x28, 0x09].contains($0) }
            let unit = behind.prefix { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
            if let number = Double(String(decoding: digits, as: UTF8.self)) {
                found.append((number, String(decoding: unit, as: UTF8.self)))
            }
        }
        return found
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
