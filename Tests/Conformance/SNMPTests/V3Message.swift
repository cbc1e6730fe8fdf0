@testable import SNMP

/// A message of version 3 that is not encrypted, taken apart and put together by hand.
struct V3Message: Sendable {
    var id: Int64 = 0
    var sizeMax: Int64 = 65_507
    /// 1 signed, 2 sealed, 4 a report is wanted.
    var flags: UInt8 = 0
    var model: Int64 = 3
    var engine: [UInt8] = []
    var boots: Int64 = 1
    var time: Int64 = 1
    var user: [UInt8] = []
    var signature: [UInt8] = []
    var salt: [UInt8] = []
    var contextEngine: [UInt8] = []
    var context: [UInt8] = []
    var pdu: UInt8 = 0xA2
    var request: Int64 = 0
    var status: Int64 = 0
    var index: Int64 = 0
    /// Rows, each as its own octets.
    var rows: [UInt8] = []

    init() {}

    init?(_ datagram: [UInt8]) {
        var outer = BERReader(datagram[...])
        guard let message = outer.next()?.content else { return nil }
        var reader = BERReader(message)
        guard reader.number() == 3, let global = reader.next()?.content, let parameters = reader.next()?.content else { return nil }
        var head = BERReader(global)
        guard let id = head.number(), let sizeMax = head.number(), let flags = head.next()?.content.first, let model = head.number() else {
            return nil
        }
        var security = BERReader(parameters)
        guard let list = security.next()?.content else { return nil }
        var fields = BERReader(list)
        guard let engine = fields.next(), let boots = fields.number(), let time = fields.number(), let user = fields.next() else {
            return nil
        }
        (self.id, self.sizeMax, self.flags, self.model) = (id, sizeMax, flags, model)
        (self.engine, self.boots, self.time, self.user) = (Array(engine.content), boots, time, Array(user.content))
        guard flags & 2 == 0, let scoped = reader.next()?.content else { return }
        var inner = BERReader(scoped)
        guard let contextEngine = inner.next(), let context = inner.next(), let pdu = inner.next() else { return nil }
        var body = BERReader(pdu.content)
        guard let request = body.number(), let status = body.number(), let index = body.number(), let rows = body.next() else { return nil }
        (self.contextEngine, self.context, self.pdu) = (Array(contextEngine.content), Array(context.content), pdu.tag)
        (self.request, self.status, self.index, self.rows) = (request, status, index, Array(rows.content))
    }

    var encoded: [UInt8] {
        let global = BER.integer(id) + BER.integer(sizeMax) + BER.tagged(0x04, [flags]) + BER.integer(model)
        let fields =
            BER.tagged(0x04, engine) + BER.integer(boots) + BER.integer(time) + BER.tagged(0x04, user) + BER.tagged(0x04, signature)
            + BER.tagged(0x04, salt)
        let body = BER.integer(request) + BER.integer(status) + BER.integer(index) + BER.tagged(0x30, rows)
        let scoped = BER.tagged(0x30, BER.tagged(0x04, contextEngine) + BER.tagged(0x04, context) + BER.tagged(pdu, body))
        return BER.tagged(
            0x30,
            BER.integer(3) + BER.tagged(0x30, global) + BER.tagged(0x04, BER.tagged(0x30, fields)) + scoped
        )
    }

    /// The names that a request asks for.
    var names: [OID] {
        var list = BERReader(rows[...])
        var names: [OID] = []
        while let row = list.next()?.content {
            var row = BERReader(row)
            if let name = row.name() { names.append(name) }
        }
        return names
    }

    // MARK: Answers of an agent

    static let agentEngine: [UInt8] = [0x80, 0, 0, 0, 1, 2, 3, 4]

    /// A report with one counter: 1 level, 2 time, 3 user, 4 engine, 5 digest, 6 decryption.
    func report(_ object: UInt32, engine: [UInt8] = agentEngine) -> V3Message {
        report(OID([1, 3, 6, 1, 6, 3, 15, 1, 1, object, 0]), engine: engine)
    }

    func report(_ name: OID, engine: [UInt8] = agentEngine) -> V3Message {
        var report = answer([VarBind(name: name, value: .counter32(1))], engine: engine)
        report.pdu = 0xA8
        return report
    }

    func answer(_ rows: [VarBind], engine: [UInt8] = agentEngine) -> V3Message {
        var answer = V3Message()
        (answer.id, answer.request, answer.user, answer.context) = (id, request, user, context)
        (answer.engine, answer.contextEngine) = (engine, engine)
        answer.rows = rows.flatMap { BER.tagged(0x30, BER.name($0.name) + BER.value($0.value)) }
        return answer
    }
}
