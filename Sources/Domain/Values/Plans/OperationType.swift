/// What an operator wants an OLT asked for on a schedule: `discovery`, or `get.` and one column.
package enum OperationType: Hashable, Sendable {
    case discovery
    case get(ONUColumn)

    package static let all: [OperationType] = [.discovery] + ONUColumn.allCases.map(OperationType.get)
    package static let allowed = all.map(\.word).joined(separator: ", ")

    package init?(word: String) {
        guard let found = Self.all.first(where: { $0.word == word }) else { return nil }
        self = found
    }

    package var word: String {
        switch self {
        case .discovery: "discovery"
        case .get(let column): "get.\(column.rawValue)"
        }
    }

    /// The kind of task that does it.
    package var kind: String {
        switch self {
        case .discovery: "snmp.discovery"
        case .get: "snmp.get"
        }
    }

    package func payload(for olt: OLTID) -> Payload {
        switch self {
        case .discovery: ["olt": .text("\(olt.value)")]
        case .get(let column): ["olt": .text("\(olt.value)"), "columns": .list([.text(column.rawValue)])]
        }
    }

    /// Who goes first when not everything fits: discovery before gets, what shows an outage before what describes.
    package var rank: Int {
        switch self {
        case .discovery: 0
        case .get(.status): 1
        case .get(.optics): 2
        case .get(.distance): 3
        case .get(.description): 4
        case .get(.serial): 5
        case .get(.inventory): 6
        }
    }
}

extension OperationType: Comparable, CustomStringConvertible {
    package static func < (left: OperationType, right: OperationType) -> Bool { left.rank < right.rank }

    package var description: String { word }
}
