/// Size and layout of a generated OLT: which boards, ports and ONU ids exist.
package struct GeneratedShape: Hashable, Sendable {
    package let vendor: Vendor
    package let boards: Int
    /// PON ports on each board.
    package let ports: Int
    /// ONUs on each port.
    package let onus: Int

    /// - Throws: `.shape` unless there are 1…32 boards (1 where the vendor builds boxes), 1…32 ports and 0…128 ONUs.
    package init(_ vendor: Vendor = .huawei, boards: Int, ports: Int, onus: Int) throws(SettingsError) {
        let boardsMax = vendor.tables.boardsMax
        guard (1...boardsMax).contains(boards) else { throw .shape("boards", boards, 1...boardsMax) }
        guard (1...32).contains(ports) else { throw .shape("ports", ports, 1...32) }
        guard (0...128).contains(onus) else { throw .shape("onus", onus, 0...128) }
        self.vendor = vendor
        self.boards = boards
        self.ports = ports
        self.onus = onus
    }

    package var portCount: Int { boards * ports }

    func port(at position: Int) -> PortName {
        let tables = vendor.tables
        return PortName(slot: tables.firstSlot + position / ports, number: tables.firstPort + position % ports)
    }

    func position(of port: PortName) -> Int? {
        let tables = vendor.tables
        let (board, number) = (port.slot - tables.firstSlot, port.number - tables.firstPort)
        guard (0..<boards).contains(board), (0..<ports).contains(number) else { return nil }
        return board * ports + number
    }

    /// One PON port and its ONUs in rising order of ids, with holes.
    struct Port: Sendable {
        var place: UnitPlace
        var units: [Unit]
    }

    /// An ONU: its ordinal within the device stays when it moves.
    struct Unit: Sendable {
        var id: UInt32
        var ordinal: UInt32
    }

    /// The ports as they were made, before anything was moved.
    func layout(seed: UInt64) -> [Port] {
        var dice = SeededDice(seed: Scramble.mix(seed, 0x4F4E_5453))
        let firstID = UInt32(vendor.tables.firstID)
        return (0..<portCount).map { position in
            let first = UInt32(position * onus)
            let units = ids(&dice).enumerated().map { Unit(id: firstID + $1, ordinal: first + UInt32($0)) }
            return Port(place: UnitPlace(position, port(at: position)), units: units)
        }
    }

    /// About one id in ten is free, and at least one between the first and the last where two ONUs or more leave room.
    private func ids(_ dice: inout SeededDice) -> [UInt32] {
        var ids: [UInt32] = []
        var room = 128 - onus
        var next: UInt32 = 0
        let sure = onus > 1 ? 1 + dice.below(onus - 1) : -1
        for position in 0..<onus {
            if room > 0, position == sure || dice.happens(0.1) {
                room -= 1
                next += 1
            }
            ids.append(next)
            next += 1
        }
        return ids
    }
}
