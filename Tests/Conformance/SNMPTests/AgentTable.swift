@testable import SNMP

/// The rows of a scripted device and honest answers from them.
struct AgentTable: Sendable {
    private let rows: [VarBind]

    init(_ rows: [VarBind]) {
        self.rows = rows.sorted { $0.name < $1.name }
    }

    /// The honest answer, as one datagram.
    func answer(_ request: AgentRequest) -> [[UInt8]] {
        [Self.message(to: request, rows: honestRows(request))]
    }

    func honestRows(_ request: AgentRequest) -> [VarBind] {
        switch request.operation {
        case 0xA0: request.names.map { name in row(at: name) ?? VarBind(name: name, value: .noSuchInstance) }
        case 0xA1: request.names.map { following($0) }
        default: bulk(request)
        }
    }

    private func bulk(_ request: AgentRequest) -> [VarBind] {
        var cursors = request.names
        var answer: [VarBind] = []
        for _ in 0..<request.repetitions {
            for column in cursors.indices {
                let next = following(cursors[column])
                cursors[column] = next.name
                answer.append(next)
            }
        }
        return answer
    }

    private func row(at name: OID) -> VarBind? {
        let index = firstIndex { !($0.name < name) }
        return index < rows.count && rows[index].name == name ? rows[index] : nil
    }

    private func following(_ name: OID) -> VarBind {
        let index = firstIndex { name < $0.name }
        return index < rows.count ? rows[index] : VarBind(name: name, value: .endOfMibView)
    }

    private func firstIndex(where holds: (VarBind) -> Bool) -> Int {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = (low + high) / 2
            if holds(rows[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    /// One response; `id`, `version` and `pdu` other than those of the request are lies.
    static func message(
        to request: AgentRequest,
        rows: [VarBind],
        status: Int64 = 0,
        index: Int64 = 0,
        id: Int64? = nil,
        version: Int64? = nil,
        pdu: UInt8 = 0xA2
    ) -> [UInt8] {
        let bindings = rows.flatMap { BER.tagged(0x30, BER.name($0.name) + BER.value($0.value)) }
        let body = BER.integer(id ?? request.id) + BER.integer(status) + BER.integer(index) + BER.tagged(0x30, bindings)
        return BER.tagged(0x30, BER.integer(version ?? request.version) + BER.tagged(0x04, request.community) + BER.tagged(pdu, body))
    }
}
