internal import Domain
internal import SwiftProtobuf

extension Flotilla_V1_Registration {
    init(_ registration: WorkerRegistration) {
        self.init()
        id = registration.id.text
        hostname = registration.hostname
        pid = registration.pid
        version = registration.version
        startedAt = Google_Protobuf_Timestamp(registration.startedAt)
        labels = registration.labels
        slots = SlotMap.words(registration.slots)
        kinds = registration.kinds
        connection = Int32(clamping: registration.connection)
        numbersInHand = registration.numbersInHand.map(\.value)
    }
}

extension WorkerRegistration {
    init(_ message: Flotilla_V1_Registration) throws(WireFault) {
        self.init(
            id: try Own.worker(message.id, "registration.id"),
            hostname: message.hostname,
            pid: message.pid,
            version: message.version,
            startedAt: try Own.time(message.startedAt, "registration.startedAt"),
            labels: message.labels,
            slots: SlotMap.classes(message.slots),
            kinds: message.kinds,
            connection: Int(message.connection),
            numbersInHand: message.numbersInHand.map(DispatchNumber.init(_:))
        )
    }
}

/// Slots by class, on the wire by the class's word.
enum SlotMap {
    static func words(_ slots: [TaskClass: Int]) -> [String: Int32] {
        Dictionary(uniqueKeysWithValues: slots.map { ($0.key.word, Int32(clamping: $0.value)) })
    }

    /// Classes of a later version are left out.
    static func classes(_ slots: [String: Int32]) -> [TaskClass: Int] {
        slots.reduce(into: [:]) { classes, slot in
            guard let taskClass = TaskClass(word: slot.key) else { return }
            classes[taskClass] = Int(slot.value)
        }
    }
}
