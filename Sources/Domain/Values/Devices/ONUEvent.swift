/// Something that a reading of an OLT showed to have happened since the reading before.
package struct ONUEvent: Hashable, Sendable {
    package enum Kind: Int16, CaseIterable, Hashable, Sendable {
        /// The first reading of an OLT: `count` ONUs at once.
        case first
        case new
        /// Its serial or MAC was known at another place.
        case moved
        /// Another device, name, description, model or admin status at the same place.
        case changed
        /// A complete discovery did not see it.
        case gone
        /// It had been gone.
        case back
        case down
        case up
        /// Many ONUs of one port at once: `count` of them.
        case portDown
        case portUp

        /// How the kind is written in the API, in events and by people.
        package var word: String {
            switch self {
            case .portDown: "port-down"
            case .portUp: "port-up"
            case .first, .new, .moved, .changed, .gone, .back, .down, .up: "\(self)"
            }
        }

        package init?(word: String) {
            guard let kind = Self.allCases.first(where: { $0.word == word }) else { return nil }
            self = kind
        }

        package static let allowed = allCases.map(\.word).joined(separator: ", ")
    }

    /// One field that is not what it was.
    package struct Difference: Hashable, Sendable {
        package let field: String
        package let before: String
        package let after: String

        package init(field: String, before: String, after: String) {
            self.field = field
            self.before = before
            self.after = after
        }
    }

    package let kind: Kind
    /// When the reading was recorded.
    package let at: Timestamp
    package let olt: OLTID
    /// As people name it; `nil`: the index does not tell.
    package let port: String?
    /// `nil`: the event is about a port or the whole OLT.
    package var index: String?
    package var serial: String?
    /// Of `down` and `portDown`; `nil`: the device did not say, or the ONUs do not agree.
    package var cause: DownClass?
    /// ONUs that it is about.
    package var count = 1
    /// Of `changed`; of `moved` the places.
    package var differences: [Difference] = []

    package init(_ kind: Kind, at: Timestamp, olt: OLTID, port: String?, index: String? = nil, serial: String? = nil) {
        self.kind = kind
        self.at = at
        self.olt = olt
        self.port = port
        self.index = index
        self.serial = serial
    }
}

/// An event as the record keeps it.
package struct KnownONUEvent: Hashable, Sendable {
    package let id: Int64
    package let oltName: String
    package let event: ONUEvent

    package init(id: Int64, oltName: String, event: ONUEvent) {
        self.id = id
        self.oltName = oltName
        self.event = event
    }
}
