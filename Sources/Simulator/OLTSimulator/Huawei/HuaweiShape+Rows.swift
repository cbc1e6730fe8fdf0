extension HuaweiShape {
    /// Rows of all devices of this shape and seed, in the order of their names.
    package func rows(seed: UInt64) -> RowTable {
        let layout = layout(seed: seed)
        var rows = RowTableBuilder()
        appendSystem(to: &rows)
        appendInterfaces(layout, to: &rows)
        appendPortTables(layout, to: &rows)
        for column in Self.columns { append(column, layout, to: &rows) }
        return rows.table().0
    }

    /// One column of the ONT tables: the same value in every row, or a computed one.
    private struct Column {
        enum Content {
            case same(SimulatedValue)
            case computed(HuaweiColumn)
        }
        var name: ObjectName
        var content: Content
        /// Arcs behind the ONT id.
        var tail: [UInt32] = []

        init(_ name: ObjectName, _ content: Content, tail: [UInt32] = []) {
            self.name = name
            self.content = content
            self.tail = tail
        }
    }

    private static let columns: [Column] = [
        Column(HuaweiNames.gpon + [43, 1, 3], .computed(.serial)),
        Column(HuaweiNames.gpon + [43, 1, 7], .same(.octets(Array("line-profile_10".utf8)))),
        Column(HuaweiNames.gpon + [43, 1, 8], .same(.octets(Array("srv-profile_10".utf8)))),
        Column(HuaweiNames.gpon + [43, 1, 9], .computed(.description)),
        Column(HuaweiNames.gpon + [43, 1, 10], .same(.integer(1))),
        Column(HuaweiNames.gpon + [45, 1, 4], .same(.octets(Array("EG8010H".utf8)))),
        Column(HuaweiNames.gpon + [46, 1, 1], .same(.integer(1))),
        Column(HuaweiNames.gpon + [46, 1, 15], .computed(.runStatus)),
        Column(HuaweiNames.gpon + [46, 1, 20], .computed(.distance)),
        Column(HuaweiNames.gpon + [46, 1, 22], .computed(.lastUpTime)),
        Column(HuaweiNames.gpon + [46, 1, 23], .computed(.lastDownTime)),
        Column(HuaweiNames.gpon + [46, 1, 24], .computed(.lastDownCause)),
        Column(HuaweiNames.gpon + [46, 1, 25], .computed(.lastDyingGaspTime)),
        Column(HuaweiNames.optics + [1], .computed(.temperature)),
        Column(HuaweiNames.optics + [2], .computed(.bias)),
        Column(HuaweiNames.optics + [3], .computed(.sentPower)),
        Column(HuaweiNames.optics + [4], .computed(.receivedPower)),
        Column(HuaweiNames.optics + [5], .computed(.voltage)),
        Column(HuaweiNames.optics + [6], .computed(.receivedPowerAtOLT)),
        Column(HuaweiNames.optics + [7], .computed(.televisionPower)),
        Column(HuaweiNames.gpon + [62, 1, 22], .computed(.ethernetState), tail: [1]),
        Column(HuaweiNames.traffic + [1], .computed(.trafficUpFrames)),
        Column(HuaweiNames.traffic + [2], .computed(.trafficUpOctets)),
        Column(HuaweiNames.traffic + [3], .computed(.trafficDownFrames)),
        Column(HuaweiNames.traffic + [4], .computed(.trafficDownOctets)),
    ]

    private func append(_ column: Column, _ layout: [Port], to rows: inout RowTableBuilder) {
        for port in layout {
            for (offset, id) in port.ids.enumerated() {
                let name = column.name + ([port.index, id] + column.tail)
                switch column.content {
                case .same(let value): rows.append(name, value)
                case .computed(let cell): rows.append(name, computed: cell, ordinal: port.firstOrdinal + offset)
                }
            }
        }
    }

    private func appendSystem(to rows: inout RowTableBuilder) {
        rows.append(.system + [1, 0], .octets(Array("Huawei Integrated Access Software".utf8)))
        rows.append(.system + [2, 0], .name(HuaweiNames.chassis))
        rows.append(.system + [3, 0], computed: .upTime, ordinal: 0)
        rows.append(.system + [4, 0], .octets(Array("noc@example.net".utf8)))
        rows.append(.system + [5, 0], computed: .systemName, ordinal: 0)
        rows.append(.system + [6, 0], .octets(Array("simulated".utf8)))
        rows.append(.system + [7, 0], .integer(78))
    }

    private func appendInterfaces(_ layout: [Port], to rows: inout RowTableBuilder) {
        let table = HuaweiNames.interfaceEntry
        rows.append(HuaweiNames.interfaces + [1, 0], .integer(Int32(layout.count)))
        for port in layout { rows.append(table + [2, port.index], .octets(Array("Huawei-MA5600-V800R018-GPON_UNI".utf8))) }
        for port in layout { rows.append(table + [3, port.index], .integer(250)) }
        for port in layout { rows.append(table + [7, port.index], .integer(1)) }
        for port in layout { rows.append(table + [8, port.index], .integer(port.ids.isEmpty ? 2 : 1)) }
        let more = HuaweiNames.interfaceExtension
        for port in layout { rows.append(more + [1, port.index], .octets(Array("GPON 0/\(port.slot)/\(port.number)".utf8))) }
        for (ordinal, port) in layout.enumerated() { rows.append(more + [6, port.index], computed: .portOctetsIn, ordinal: ordinal) }
        for (ordinal, port) in layout.enumerated() { rows.append(more + [10, port.index], computed: .portOctetsOut, ordinal: ordinal) }
        for port in layout { rows.append(more + [15, port.index], .gauge32(2488)) }
    }

    /// The count of ONTs per port, and the optics of the port itself.
    private func appendPortTables(_ layout: [Port], to rows: inout RowTableBuilder) {
        for port in layout { rows.append(HuaweiNames.gpon + [21, 1, 16, port.index], .integer(Int32(port.ids.count))) }
        let readings: [(column: UInt32, value: Int32)] = [(1, 31), (2, 325), (3, 28), (4, 412), (5, HuaweiNames.noReading)]
        for reading in readings {
            for port in layout { rows.append(HuaweiNames.gpon + [23, 1, reading.column, port.index], .integer(reading.value)) }
        }
    }
}
