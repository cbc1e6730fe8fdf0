import Foundation

/// The rows of a `.snmprec` file as numbers and bytes; knows no vendor.
struct RawRecording {
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
        guard let data = FileManager.default.contents(atPath: path) else { throw NotAsExpected("no recording \(path)") }
        cells = String(decoding: data, as: UTF8.self).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, let cell = Self.cell(tag: parts[1], value: parts[2]) else { return nil }
            return (String(parts[0]), cell)
        }
    }

    /// A column below the enterprises: index → cell.
    func column(_ name: String) -> [String: Cell] {
        let prefix = "1.3.6.1.4.1.\(name)."
        let own = cells.filter { $0.name.hasPrefix(prefix) }.map { (String($0.name.dropFirst(prefix.count)), $0.cell) }
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
