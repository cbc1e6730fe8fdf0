import Foundation

/// The rows of a `.snmprec` file as numbers and bytes; knows no vendor.
struct RawRows {
    enum Cell: Equatable {
        case whole(Int)
        case bytes([UInt8])

        var whole: Int? {
            guard case .whole(let number) = self else { return nil }
            return number
        }

        var text: String? {
            guard case .bytes(let bytes) = self else { return nil }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    private let cells: [(name: String, cell: Cell)]

    init(_ path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else { throw Unfit("no recording \(path)") }
        cells = String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, let cell = Self.cell(tag: parts[1], value: parts[2]) else { return nil }
            return (String(parts[0]), cell)
        }
    }

    /// A column: index → cell.
    func column(_ name: String) -> [String: Cell] {
        let own = cells.filter { $0.name.hasPrefix("\(name).") }.map { (String($0.name.dropFirst(name.count + 1)), $0.cell) }
        return Dictionary(own) { first, _ in first }
    }

    private static func cell(tag: Substring, value: Substring) -> Cell? {
        switch tag {
        case "2", "65", "66", "67", "70": Int(value).map(Cell.whole)
        case "4": .bytes(Array(value.utf8))
        case "4x": .bytes(pairs(value).compactMap { UInt8($0, radix: 16) })
        default: nil
        }
    }

    private static func pairs(_ digits: Substring) -> [Substring] {
        stride(from: 0, to: digits.count - 1, by: 2).map { digits.dropFirst($0).prefix(2) }
    }
}

/// Equal but for the last bits of a double; a reading there and none here is a difference.
func isSame(_ shown: Double?, _ expected: Double?) -> Bool {
    guard let shown, let expected else { return shown == nil && expected == nil }
    return abs(shown - expected) < 0.000_6
}
