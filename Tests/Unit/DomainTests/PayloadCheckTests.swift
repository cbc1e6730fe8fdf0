import Domain
import Testing

/// Through admission, the only way in.
@Suite("Payload check", .timeLimit(.minutes(1)))
struct PayloadCheckTests {
    private func fault(_ kind: String, _ payload: Payload) -> Admission.Fault? {
        var chance = Chance(seed: 12)
        let result = Admission().admit(
            TaskDraft(kind: kind, payload: payload),
            olt: .known(OLTID(1), enabled: true),
            source: .amqp,
            lanePriority: nil,
            now: Timestamp(microseconds: 0),
            using: &chance
        )
        guard case .failure(let fault) = result else { return nil }
        return fault
    }

    private static let good: [(String, Payload)] = [
        ("noop", [:]),
        ("noop", ["sleepMs": 0]),
        ("noop", ["sleepMs": 3_600_000]),
        ("noop", ["sleepMs": .null]),
        ("fail", ["times": 100, "final": true, "message": .text(String(repeating: "m", count: 1000))]),
        ("snmp.probe", ["olt": 17]),
        ("snmp.get", ["olt": "A", "columns": .list(["optics", "status"]), "onus": .list([])]),
        ("snmp.get", ["olt": "A", "columns": .list(["serial"]), "onus": .list(["1.2", "3"])]),
    ]

    @Test("what the kind allows is admitted", arguments: good)
    func allowed(kind: String, payload: Payload) {
        #expect(fault(kind, payload) == nil)
    }

    private static let bad: [(String, Payload, Admission.Fault.Code, String)] = [
        ("noop", ["sleepms": 1], .unknownField, "payload.sleepms"),
        ("noop", ["sleepMs": -1], .invalidValue, "payload.sleepMs"),
        ("noop", ["sleepMs": 3_600_001], .invalidValue, "payload.sleepMs"),
        ("noop", ["sleepMs": 1.5], .invalidValue, "payload.sleepMs"),
        ("noop", ["sleepMs": "1"], .invalidValue, "payload.sleepMs"),
        ("fail", ["final": 1], .invalidValue, "payload.final"),
        ("fail", ["message": 1], .invalidValue, "payload.message"),
        ("fail", ["message": .text(String(repeating: "é", count: 501))], .invalidValue, "payload.message"),
        ("snmp.probe", [:], .missingField, "payload.olt"),
        ("snmp.probe", ["olt": .null], .missingField, "payload.olt"),
        ("snmp.probe", ["olt": ""], .invalidValue, "payload.olt"),
        ("snmp.probe", ["olt": true], .invalidValue, "payload.olt"),
        ("snmp.get", ["olt": 1], .missingField, "payload.columns"),
        ("snmp.get", ["olt": 1, "columns": "optics"], .invalidValue, "payload.columns"),
        ("snmp.get", ["olt": 1, "columns": .list([])], .invalidValue, "payload.columns"),
        ("snmp.get", ["olt": 1, "columns": .list(["optic"])], .invalidValue, "payload.columns"),
        ("snmp.get", ["olt": 1, "columns": .list([1])], .invalidValue, "payload.columns"),
        ("snmp.get", ["olt": 1, "columns": .list(["optics"]), "onus": .list([1])], .invalidValue, "payload.onus"),
        ("snmp.get", ["olt": 1, "columns": .list(["optics"]), "onus": "1.2"], .invalidValue, "payload.onus"),
        (
            "snmp.get", ["olt": 1, "columns": .list(["optics"]), "onus": .list(Array(repeating: "1", count: 4097))], .invalidValue,
            "payload.onus"
        ),
    ]

    @Test("what is wrong is named with what is allowed", arguments: bad)
    func refused(kind: String, payload: Payload, code: Admission.Fault.Code, field: String) {
        let fault = fault(kind, payload)

        #expect(fault?.code == code)
        #expect(fault?.field == field)
        #expect(fault?.allowed?.isEmpty == false)
        #expect(fault?.letterReason == .invalidPayload)
    }

    @Test("of several unknown fields the first by name is told")
    func firstUnknown() {
        #expect(fault("noop", ["b": 1, "a": 1])?.field == "payload.a")
        #expect(fault("noop", ["a": 1])?.allowed == "sleepMs")
    }
}
