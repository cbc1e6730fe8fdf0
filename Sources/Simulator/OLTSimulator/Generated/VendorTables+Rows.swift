extension GeneratedShape {
    /// Rows of all untouched devices of this shape and seed, in the order of their names.
    package func rows(seed: UInt64) -> RowTable { GeneratedSite(self, seed: seed).rows() }
}

extension VendorTables {
    /// Rows of a device with these ports and ONUs, in the order of their names.
    func rows(_ layout: [GeneratedShape.Port], origin: (GeneratedShape, UInt64)) -> RowTable {
        var rows = RowTableBuilder()
        appendSystem(to: &rows)
        let entries = Entries(layout, self)
        rows.append(Self.interfaces + [1, 0], .integer(Int32(entries.interfaces.count)))
        for column in interfaceColumns + columns { append(column, entries, to: &rows) }
        appendEngine(to: &rows)
        return rows.table(origin: origin).0
    }

    /// A row of every column: a port's or an ONU's.
    private struct Entry {
        var index: [UInt32]
        var place: UnitPlace
        /// Position of a port, ordinal of an ONU.
        var ordinal: UInt32
        var isUnit: Bool
    }

    /// Entries in the order of their indexes.
    private struct Entries {
        let ports: [Entry]
        let units: [Entry]
        let interfaces: [Entry]

        init(_ layout: [GeneratedShape.Port], _ tables: VendorTables) {
            func sorted(_ entries: [Entry]) -> [Entry] { entries.sorted { $0.index.lexicographicallyPrecedes($1.index) } }
            func ports(_ index: (UnitPlace) -> [UInt32]) -> [Entry] {
                layout.map { Entry(index: index($0.place), place: $0.place, ordinal: UInt32($0.place.position), isUnit: false) }
            }
            self.ports = sorted(ports(tables.portIndex))
            units = sorted(
                layout.flatMap { port in
                    port.units.map { unit in
                        let place = UnitPlace(port.place.position, port.place.port, id: unit.id)
                        return Entry(index: tables.unitIndex(place), place: place, ordinal: unit.ordinal, isUnit: true)
                    }
                }
            )
            interfaces = sorted(ports { [tables.interfaceIndex($0)] } + (tables.unitInterface == nil ? [] : units))
        }
    }

    private func append(_ column: Column, _ entries: Entries, to rows: inout RowTableBuilder) {
        let ports = column.ports.map { rows.prepared($0) }
        let units = column.units.map { rows.prepared($0) }
        let list = column.isInterface ? entries.interfaces : (ports == nil ? [] : entries.ports) + (units == nil ? [] : entries.units)
        for entry in list {
            guard let content = entry.isUnit ? units : ports else { continue }
            let name = column.name + ((column.ownIndex?(entry.place) ?? entry.index) + column.tail)
            switch content {
            case .same(let value): rows.append(name, value)
            case .placed(let make): rows.append(name, make(entry.place))
            case .computed(let formula): rows.append(name, computed: formula, ordinal: entry.ordinal)
            }
        }
    }

    /// The engine group of RFC 3411: what a restart changes.
    private func appendEngine(to rows: inout RowTableBuilder) {
        let identifier = rows.formula(
            Formula(subject: .device { .octets([0x80, 0, 0x07, 0xDB, 1] + $0.identity.address.number.networkOctets) })
        )
        let boots = rows.formula(Formula(subject: .device { .integer($0.boots) }))
        let time = rows.formula(Formula(subject: .device { .integer(Int32(clamping: $0.elapsed.components.seconds)) }))
        for (column, formula) in [(1, identifier), (2, boots), (3, time)] as [(UInt32, RowTableBuilder.FormulaCode)] {
            rows.append(ObjectName([1, 3, 6, 1, 6, 3, 10, 2, 1, column, 0]), computed: formula, ordinal: 0)
        }
    }

    // MARK: MIB-2

    private static let interfaces = ObjectName([1, 3, 6, 1, 2, 1, 2])
    private static let interfaceEntry = interfaces + [2, 1]
    private static let interfaceExtension = ObjectName([1, 3, 6, 1, 2, 1, 31, 1, 1, 1])

    private func appendSystem(to rows: inout RowTableBuilder) {
        let upTime = rows.formula(
            Formula(subject: .device { .timeTicks($0.identity.ticks($0.elapsed, hasRestarted: $0.hasRestarted)) })
        )
        let name = rows.formula(Formula(subject: .device { .text($0.identity.systemName) }))
        rows.append(.system + [1, 0], .text(systemDescription))
        rows.append(.system + [2, 0], .name(objectID))
        rows.append(.system + [3, 0], computed: upTime, ordinal: 0)
        rows.append(.system + [4, 0], .text("noc@example.net"))
        rows.append(.system + [5, 0], computed: name, ordinal: 0)
        rows.append(.system + [6, 0], .text("simulated"))
        rows.append(.system + [7, 0], .integer(78))
    }

    private var interfaceColumns: [Column] {
        func column(_ name: ObjectName, _ ports: Content, _ units: Content? = nil) -> Column {
            Column(name: name, ports: ports, units: units, isInterface: true)
        }
        func counter(_ name: ObjectName, topic: UInt64, perSecond: UInt64) -> Column {
            let formula = Formula(subject: .port { .counter64($0.own.counter(topic, perSecond: perSecond)) }, isCounter64: true)
            return column(name, .computed(formula))
        }
        let unit = unitInterface
        let description = interfaceDescription
        let name = interfaceName
        return [
            column(
                Self.interfaceEntry + [2],
                .placed { .text(description($0)) },
                unit.map { unit in .placed { .text(unit.description($0)) } }
            ),
            column(Self.interfaceEntry + [3], .same(.integer(interfaceType)), unit.map { .same(.integer($0.type)) }),
            column(Self.interfaceEntry + [7], .same(.integer(1)), unit.map { _ in .same(.integer(1)) }),
            column(
                Self.interfaceEntry + [8],
                .computed(Formula(subject: .port { .integer($0.units.isEmpty ? 2 : 1) })),
                unit.map { _ in .computed(Formula(subject: .unit { .integer($0.isOffline ? 2 : 1) })) }
            ),
            column(Self.interfaceExtension + [1], .placed { .text(name($0)) }, unit.map { unit in .placed { .text(unit.name($0)) } }),
            counter(Self.interfaceExtension + [6], topic: 30, perSecond: 20_000_000),
            counter(Self.interfaceExtension + [10], topic: 31, perSecond: 200_000_000),
            column(Self.interfaceExtension + [15], .same(.gauge32(2488))),
            column(
                Self.interfaceExtension + [18],
                .same(.octets([])),
                unit.map { _ in .computed(Formula(subject: .unit { .octets($0.text ?? []) })) }
            ),
        ]
    }
}

/// A content whose formula the table knows.
enum PreparedContent {
    case same(SimulatedValue)
    case placed(@Sendable (UnitPlace) -> SimulatedValue)
    case computed(RowTableBuilder.FormulaCode)
}

extension RowTableBuilder {
    mutating func prepared(_ content: VendorTables.Content) -> PreparedContent {
        switch content {
        case .same(let value): .same(value)
        case .placed(let make): .placed(make)
        case .computed(let formula): .computed(self.formula(formula))
        }
    }
}
