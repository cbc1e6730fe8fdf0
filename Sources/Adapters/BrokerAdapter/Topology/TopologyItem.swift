/// One exchange, queue or binding that Flotilla wants, and how it stands at the broker.
package struct TopologyItem: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case exchange, queue, binding
    }

    package enum State: Hashable, Sendable {
        case fine
        case missing
        /// It stands with other arguments; the broker tells the first that differs.
        case different(TopologyDifference)
        /// Another connection holds it alone.
        case held(reason: String)
        /// AMQP has no way to ask for a binding; binding again changes nothing when it is there.
        case untold
        /// It was missing and has been made.
        case made
    }

    package let kind: Kind
    /// A binding's is `EXCHANGE → QUEUE (KEY)`.
    package let name: String
    package var state: State

    init(_ kind: Kind, _ name: String, _ state: State) {
        self.kind = kind
        self.name = name
        self.state = state
    }

    /// Whether it is as Flotilla wants it, as far as the broker tells.
    package var isFine: Bool {
        switch state {
        case .fine, .untold, .made: true
        case .missing, .different, .held: false
        }
    }
}

/// What the broker says about a declaration that does not fit.
package struct TopologyDifference: Hashable, Sendable {
    /// `nil` when the broker's words name none.
    package let argument: String?
    package let wanted: String?
    package let found: String?
    /// The broker's own words.
    package let text: String

    /// Reads words such as `inequivalent arg 'x-max-length' for queue 'q' in vhost '/': received '10' but current is '20'`.
    package init(_ text: String) {
        self.text = text
        argument = Self.between("inequivalent arg '", "'", in: text)
        wanted = Self.between("received ", " but current is ", in: text).map(Self.value)
        found = Self.between(" but current is ", nil, in: text).map(Self.value)
    }

    private static func between(_ start: String, _ end: String?, in text: String) -> String? {
        guard let head = text.firstRange(of: start) else { return nil }
        let rest = text[head.upperBound...]
        guard let end else { return String(rest) }
        return rest.firstRange(of: end).map { String(rest[..<$0.lowerBound]) }
    }

    /// `the value 'X' of type 'T'`, `'X'` or `none`.
    private static func value(_ words: String) -> String {
        let parts = words.split(separator: "'", omittingEmptySubsequences: false)
        return parts.count >= 3 ? String(parts[1]) : words
    }
}
