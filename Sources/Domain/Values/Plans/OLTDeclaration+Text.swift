/// A declaration as canonical text: what a state hash is made of.
///
/// `17 on; discovery on 4/period timeout=60000000; get.optics off every=300000000`: operations by rank, durations in microseconds. A record may
/// write it by itself; it must be the same to the byte.
extension OLTDeclaration {
    package var canonicalText: String {
        (["\(olt.value) \(isEnabled ? "on" : "off")"] + operations.map(\.words)).joined(separator: "; ")
    }

    /// - Returns: `nil` when it is not what `canonicalText` makes.
    package init?(canonicalText: String) {
        var parts = canonicalText.split(separator: ";", omittingEmptySubsequences: false)[...]
        guard let head = parts.popFirst()?.split(separator: " ", omittingEmptySubsequences: false), head.count == 2,
            let id = Int64(head[0]), let isEnabled = Self.flag(head[1])
        else { return nil }
        var operations: [DeclaredOperation] = []
        for part in parts {
            guard part.first == " ", let operation = Self.operation(part.dropFirst()) else { return nil }
            operations.append(operation)
        }
        self.init(OLTID(id), isEnabled: isEnabled, operations: operations)
        guard self.canonicalText == canonicalText else { return nil }
    }

    private static func operation(_ text: Substring) -> DeclaredOperation? {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard (3...4).contains(words.count), let type = OperationType(word: String(words[0])), let isEnabled = flag(words[1]),
            let cadence = cadence(words[2])
        else { return nil }
        guard words.count == 4 else { return DeclaredOperation(type, isEnabled: isEnabled, cadence: cadence) }
        guard let timeout = span(words[3], after: "timeout=") else { return nil }
        return DeclaredOperation(type, isEnabled: isEnabled, cadence: cadence, timeout: timeout)
    }

    private static func cadence(_ word: Substring) -> Cadence? {
        if let every = span(word, after: "every=") { return .every(every) }
        guard word.hasSuffix("/period"), let times = Int(word.dropLast("/period".count)) else { return nil }
        return .perPeriod(times)
    }

    private static func span(_ word: Substring, after name: String) -> Duration? {
        guard word.hasPrefix(name) else { return nil }
        return Int64(word.dropFirst(name.count)).map { .microseconds($0) }
    }

    private static func flag(_ word: Substring) -> Bool? {
        switch word {
        case "on": true
        case "off": false
        default: nil
        }
    }
}

extension DeclaredOperation {
    /// As it stands in the canonical text of its OLT.
    package var words: String {
        let often =
            switch cadence {
            case .perPeriod(let times): "\(times)/period"
            case .every(let span): "every=\(span.microseconds)"
            }
        return "\(type.word) \(isEnabled ? "on" : "off") \(often)" + (timeout.map { " timeout=\($0.microseconds)" } ?? "")
    }
}

/// A declaration as the record writes it, for hashing: reading it costs more than comparing it.
package struct OLTDeclarationText: Hashable, Sendable {
    package let olt: OLTID
    /// `OLTDeclaration.canonicalText`.
    package let text: String

    package init(olt: OLTID, text: String) {
        self.olt = olt
        self.text = text
    }
}
