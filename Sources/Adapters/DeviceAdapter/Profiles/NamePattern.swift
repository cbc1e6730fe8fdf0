/// The form of an interface's name such as `GPON{slot}/{pon}:{onu}`: text, and numbers with names.
package struct NamePattern: Hashable, Sendable {
    private enum Piece: Hashable, Sendable {
        case text([UInt8])
        case number(String)
    }

    private let pieces: [Piece]

    /// Reads a form; `nil` when braces do not pair, a name is empty, or two numbers touch.
    package init?(_ form: String) {
        var pieces: [Piece] = []
        var rest = form[...]
        while let open = rest.firstIndex(of: "{") {
            let text = rest[..<open]
            guard let close = rest[open...].firstIndex(of: "}"), !text.contains("}") else { return nil }
            let name = rest[rest.index(after: open)..<close]
            guard !name.isEmpty, !name.contains("{") else { return nil }
            if text.isEmpty {
                if case .number = pieces.last { return nil }
            } else {
                pieces.append(.text(Array(text.utf8)))
            }
            pieces.append(.number(String(name)))
            rest = rest[rest.index(after: close)...]
        }
        guard !rest.contains("}") else { return nil }
        if !rest.isEmpty { pieces.append(.text(Array(rest.utf8))) }
        guard !pieces.isEmpty else { return nil }
        self.pieces = pieces
    }

    package var names: Set<String> {
        Set(
            pieces.compactMap { piece in
                if case .number(let name) = piece { name } else { nil }
            }
        )
    }

    /// The numbers of a name of this form; `nil` for any other name.
    package func read(_ name: String) -> [String: UInt32]? {
        var rest = Array(name.utf8)[...]
        var numbers: [String: UInt32] = [:]
        for piece in pieces {
            switch piece {
            case .text(let text):
                guard rest.starts(with: text) else { return nil }
                rest = rest.dropFirst(text.count)
            case .number(let name):
                let digits = rest.prefix { (0x30...0x39).contains($0) }
                guard let number = UInt32(String(decoding: digits, as: UTF8.self)) else { return nil }
                numbers[name] = number
                rest = rest.dropFirst(digits.count)
            }
        }
        return rest.isEmpty ? numbers : nil
    }
}
