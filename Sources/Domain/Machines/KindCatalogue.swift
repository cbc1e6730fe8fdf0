/// A kind of task: what it needs and what its payload may hold.
package struct KindSpecification: Hashable, Sendable {
    package let name: String
    package let taskClass: TaskClass
    package let priority: Priority
    /// How long one attempt may take unless the draft says otherwise.
    package let timeout: Duration
    package let backoff: Backoff
    package let device: DeviceNeed
    package let fields: [PayloadField]

    /// Whether the kind works on an OLT, and whether it needs the OLT for itself.
    package enum DeviceNeed: Hashable, Sendable {
        case none
        case light
        /// Takes the OLT's lease.
        case heavy
    }
}

/// One field of a payload.
package struct PayloadField: Hashable, Sendable {
    package enum Shape: Hashable, Sendable {
        case text(bytesMax: Int)
        case whole(ClosedRange<Int>)
        /// Dotted numbers.
        case oid
        case bool
        case words(allowed: [String])
        case texts(countMax: Int)
        /// The name or the id of an OLT.
        case olt
    }

    package let name: String
    package let shape: Shape
    package let isRequired: Bool
}

/// Every kind that can be admitted.
///
/// Workers tell which of these they run.
package enum KindCatalogue {
    package static let all: [KindSpecification] = [
        KindSpecification(
            name: "noop",
            taskClass: .general,
            priority: .normal,
            timeout: .seconds(60),
            backoff: Backoff(),
            device: .none,
            fields: [PayloadField(name: "sleepMs", shape: .whole(0...3_600_000), isRequired: false)]
        ),
        KindSpecification(
            name: "fail",
            taskClass: .general,
            priority: .normal,
            timeout: .seconds(60),
            backoff: Backoff(base: .milliseconds(200)),
            device: .none,
            fields: [
                PayloadField(name: "times", shape: .whole(0...100), isRequired: false),
                PayloadField(name: "final", shape: .bool, isRequired: false),
                PayloadField(name: "message", shape: .text(bytesMax: 1000), isRequired: false),
            ]
        ),
        KindSpecification(
            name: "snmp.discovery",
            taskClass: .network,
            priority: .normal,
            timeout: .seconds(3600),
            backoff: Backoff(base: .seconds(5)),
            device: .heavy,
            fields: [PayloadField(name: "olt", shape: .olt, isRequired: true)]
        ),
        KindSpecification(
            name: "snmp.get",
            taskClass: .network,
            priority: .normal,
            timeout: .seconds(3600),
            backoff: Backoff(base: .seconds(5)),
            device: .heavy,
            fields: [
                PayloadField(name: "olt", shape: .olt, isRequired: true),
                PayloadField(name: "columns", shape: .words(allowed: ONUColumn.allCases.map(\.rawValue)), isRequired: true),
                PayloadField(name: "onus", shape: .texts(countMax: 4096), isRequired: false),
            ]
        ),
        KindSpecification(
            name: "snmp.walk",
            taskClass: .network,
            priority: .normal,
            timeout: .seconds(600),
            backoff: Backoff(base: .seconds(5)),
            device: .heavy,
            fields: [
                PayloadField(name: "olt", shape: .olt, isRequired: true),
                PayloadField(name: "subtree", shape: .oid, isRequired: true),
                PayloadField(name: "rowsMax", shape: .whole(1...1000), isRequired: false),
                PayloadField(name: "secondsMax", shape: .whole(1...3600), isRequired: false),
            ]
        ),
        KindSpecification(
            name: "snmp.probe",
            taskClass: .network,
            priority: .normal,
            timeout: .seconds(60),
            backoff: Backoff(),
            device: .light,
            fields: [PayloadField(name: "olt", shape: .olt, isRequired: true)]
        ),
    ]

    package static func kind(_ name: String) -> KindSpecification? {
        all.first { $0.name == name }
    }

    /// All names, for messages that say what is allowed.
    package static let allowed = all.map(\.name).joined(separator: ", ")
}
