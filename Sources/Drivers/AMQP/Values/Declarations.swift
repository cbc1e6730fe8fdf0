/// An exchange to declare.
package struct ExchangeDeclaration: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case direct, fanout, topic, headers
    }

    package var name: String
    package var kind: Kind
    package var isDurable: Bool
    package var autoDelete: Bool
    package var arguments: AMQPTable

    package init(_ name: String, _ kind: Kind, isDurable: Bool = true, autoDelete: Bool = false, arguments: AMQPTable = [:]) {
        self.name = name
        self.kind = kind
        self.isDurable = isDurable
        self.autoDelete = autoDelete
        self.arguments = arguments
    }
}

/// A queue to declare.
///
/// An empty name asks the broker for one.
package struct QueueDeclaration: Sendable, Hashable {
    package var name: String
    package var isDurable: Bool
    package var isExclusive: Bool
    package var autoDelete: Bool
    package var arguments: AMQPTable

    package init(
        _ name: String,
        isDurable: Bool = true,
        isExclusive: Bool = false,
        autoDelete: Bool = false,
        arguments: AMQPTable = [:]
    ) {
        self.name = name
        self.isDurable = isDurable
        self.isExclusive = isExclusive
        self.autoDelete = autoDelete
        self.arguments = arguments
    }
}

/// What a declaration answered.
package struct QueueState: Sendable, Hashable {
    package let name: String
    /// Messages ready for delivery; those in hand are not counted.
    package let ready: Int
    package let consumers: Int
    /// Whether the queue was made by this call; `nil` when nobody asked (`declare`).
    package let created: Bool?
}
