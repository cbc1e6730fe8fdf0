/// Values of rows that each device computes.
extension Agent {
    func value(of cell: RowTable.Cell) -> SimulatedValue {
        switch cell.formula.subject {
        case .device(let compute): compute(self)
        case .unit(let compute): compute(unit(cell.ordinal))
        case .port(let compute): compute(port(Int(cell.ordinal)))
        }
    }

    private func unit(_ ordinal: UInt32) -> GeneratedUnit {
        let outage = site?.outage(ofUnit: ordinal, faults, since: faultsSince)
        return GeneratedUnit(ordinal, of: identity, outage: outage, elapsed: elapsed)
    }

    private func port(_ position: Int) -> GeneratedPort {
        GeneratedPort(
            units: (site?.ordinals(ofPort: position) ?? []).map { unit($0) },
            own: GeneratedUnit(UInt32(position), of: identity, elapsed: elapsed)
        )
    }
}
