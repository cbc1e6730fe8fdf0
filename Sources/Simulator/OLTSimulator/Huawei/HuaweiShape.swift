/// Size and layout of a generated Huawei GPON OLT: which boards, ports and ONT ids exist.
package struct HuaweiShape: Hashable, Sendable {
    package var boards: Int
    package var ports: Int
    /// ONTs on each port.
    package var onus: Int

    /// - Throws: `.shape` unless there are 1…32 boards (slots from 1), 1…32 ports and 0…128 ONTs.
    package init(boards: Int, ports: Int, onus: Int) throws(SettingsError) {
        guard (1...32).contains(boards) else { throw .shape("boards", boards, 1...32) }
        guard (1...32).contains(ports) else { throw .shape("ports", ports, 1...32) }
        guard (0...128).contains(onus) else { throw .shape("onus", onus, 0...128) }
        self.boards = boards
        self.ports = ports
        self.onus = onus
    }

    /// ifIndex of a PON port of frame 0.
    package static func interfaceIndex(slot: Int, port: Int) -> UInt32 {
        0xFA00_0000 + UInt32(slot) << 13 + UInt32(port) << 8
    }

    /// One PON port and the ids of its ONTs in rising order, with holes.
    struct Port: Sendable {
        var slot: Int
        var number: Int
        var ids: [UInt32]
        /// Ordinal of its first ONT in the device.
        var firstOrdinal: Int

        var index: UInt32 { HuaweiShape.interfaceIndex(slot: slot, port: number) }
    }

    func layout(seed: UInt64) -> [Port] {
        var dice = SeededDice(seed: Scramble.mix(seed, 0x4F4E_5453))
        var layout: [Port] = []
        for slot in 1...boards {
            for port in 0..<ports {
                layout.append(Port(slot: slot, number: port, ids: ids(&dice), firstOrdinal: layout.count * onus))
            }
        }
        return layout
    }

    /// About one id in ten is free, and at least one between the first and the last where two ONTs or more leave room.
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
