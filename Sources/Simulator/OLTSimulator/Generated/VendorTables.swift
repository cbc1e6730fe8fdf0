/// What a vendor's OLTs answer: how they count and index, and which columns they have.
struct VendorTables: Sendable {
    /// One column of the tables, for ports, for ONUs, or for both (as in IF-MIB).
    struct Column: Sendable {
        var name: ObjectName
        var ports: Content?
        var units: Content?
        /// Arcs behind the index.
        var tail: [UInt32] = []
        /// Whether ports are indexed as in IF-MIB, which some vendors do in another way than in their own tables.
        var isInterface = false
        /// Index of ONUs in this column, where it differs from the other columns'.
        var ownIndex: (@Sendable (UnitPlace) -> [UInt32])?
    }

    /// What stands in a column's rows.
    enum Content: Sendable {
        case same(SimulatedValue)
        /// Follows from the place alone.
        case placed(@Sendable (UnitPlace) -> SimulatedValue)
        /// Each device computes its own.
        case computed(Formula)
    }

    /// How slots, ports and ids are counted.
    var firstSlot = 1
    var firstPort = 1
    var firstID = 1
    /// 1 for boxes without slots.
    var boardsMax = 32
    var systemDescription: String
    var objectID: ObjectName
    /// ifType of a PON port.
    var interfaceType: Int32 = 250
    var interfaceIndex: @Sendable (UnitPlace) -> UInt32
    var interfaceName: @Sendable (UnitPlace) -> String
    var interfaceDescription: @Sendable (UnitPlace) -> String
    /// Index of ports in the vendor's own tables.
    var portIndex: @Sendable (UnitPlace) -> [UInt32]
    var unitIndex: @Sendable (UnitPlace) -> [UInt32]
    /// ONUs that are IF-MIB rows too: ifDescr, ifType, ifName and ifAlias; their ifOperStatus follows their state.
    var unitInterface: UnitInterface?
    /// In the order of their names.
    var columns: [Column]

    struct UnitInterface: Sendable {
        var type: Int32
        var description: @Sendable (UnitPlace) -> String
        var name: @Sendable (UnitPlace) -> String
    }
}

/// How a device computes the value of a row.
struct Formula: Sendable {
    enum Subject: Sendable {
        case device(@Sendable (Agent) -> SimulatedValue)
        case port(@Sendable (GeneratedPort) -> SimulatedValue)
        case unit(@Sendable (GeneratedUnit) -> SimulatedValue)
    }

    var subject: Subject
    /// Version 1 has no such rows.
    var isCounter64 = false
}

// MARK: Short forms for lists of columns

extension VendorTables {
    static func units(
        _ name: ObjectName,
        tail: [UInt32] = [],
        _ compute: @escaping @Sendable (GeneratedUnit) -> SimulatedValue
    ) -> Column {
        Column(name: name, units: .computed(Formula(subject: .unit(compute))), tail: tail)
    }

    static func units(_ name: ObjectName, same value: SimulatedValue) -> Column {
        Column(name: name, units: .same(value))
    }

    static func units(_ name: ObjectName, placed: @escaping @Sendable (UnitPlace) -> SimulatedValue) -> Column {
        Column(name: name, units: .placed(placed))
    }

    /// Counter64 of ONUs that moves by up to `perSecond`.
    static func counter(_ name: ObjectName, topic: UInt64, perSecond: UInt64) -> Column {
        let formula = Formula(subject: .unit { .counter64($0.counter(topic, perSecond: perSecond)) }, isCounter64: true)
        return Column(name: name, units: .computed(formula))
    }

    static func ports(_ name: ObjectName, _ compute: @escaping @Sendable (GeneratedPort) -> SimulatedValue) -> Column {
        Column(name: name, ports: .computed(Formula(subject: .port(compute))))
    }

    static func ports(_ name: ObjectName, same value: SimulatedValue) -> Column {
        Column(name: name, ports: .same(value))
    }

    static func ports(_ name: ObjectName, placed: @escaping @Sendable (UnitPlace) -> SimulatedValue) -> Column {
        Column(name: name, ports: .placed(placed))
    }
}

extension SimulatedValue {
    static func text(_ text: String) -> SimulatedValue { .octets(Array(text.utf8)) }

    static func whole(_ number: Int32?, else none: Int32) -> SimulatedValue { .integer(number ?? none) }
}

extension ObjectName {
    static func enterprise(_ arcs: UInt32...) -> ObjectName { ObjectName([1, 3, 6, 1, 4, 1] + arcs) }
}
