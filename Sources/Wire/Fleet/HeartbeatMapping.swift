internal import Domain
internal import SwiftProtobuf

extension Flotilla_V1_Heartbeat {
    init(_ heartbeat: Heartbeat) {
        self.init()
        worker = heartbeat.worker.text
        sentAt = Google_Protobuf_Timestamp(heartbeat.sentAt)
        status = heartbeat.status.rawValue
        running = heartbeat.running.map(Flotilla_V1_RunningAttempt.init(_:))
        slotsUsed = SlotMap.words(heartbeat.slotsUsed)
        queuedTasks = Int32(clamping: heartbeat.queuedTasks)
        tasksCompleted = Int64(heartbeat.tasksCompleted)
        tasksFailed = Int64(heartbeat.tasksFailed)
        averageRunMs = heartbeat.averageRunMs.isFinite ? heartbeat.averageRunMs : 0
        numbersInHand = heartbeat.numbersInHand.map(\.value)
    }
}

extension Heartbeat {
    init(_ message: Flotilla_V1_Heartbeat) throws(WireFault) {
        let statuses = WorkerStatus.allCases.map(\.rawValue).joined(separator: ", ")
        var running: [RunningAttempt] = []
        for attempt in message.running { running.append(try RunningAttempt(attempt)) }
        self.init(
            worker: try Own.worker(message.worker, "heartbeat.worker"),
            sentAt: try Own.time(message.sentAt, "heartbeat.sentAt"),
            status: try Own.word(message.status, "heartbeat.status", statuses, WorkerStatus.init(rawValue:)),
            running: running,
            slotsUsed: SlotMap.classes(message.slotsUsed),
            queuedTasks: Int(message.queuedTasks),
            tasksCompleted: Int(message.tasksCompleted),
            tasksFailed: Int(message.tasksFailed),
            averageRunMs: message.averageRunMs.isFinite ? message.averageRunMs : 0,
            numbersInHand: message.numbersInHand.map { DispatchNumber($0) }
        )
    }
}

extension Flotilla_V1_RunningAttempt {
    init(_ attempt: RunningAttempt) {
        self.init()
        task = attempt.task.description
        number = attempt.number.value
        kind = attempt.kind
        since = Google_Protobuf_Timestamp(attempt.since)
        progress = Int64(attempt.progress.rows)
        if let part = attempt.progress.part { self.part = Flotilla_V1_RunPart(part) }
    }
}

extension RunningAttempt {
    init(_ message: Flotilla_V1_RunningAttempt) throws(WireFault) {
        self.init(
            task: try Own.id(message.task, "heartbeat.running.task"),
            number: try Own.number(message.number, "heartbeat.running.number"),
            kind: message.kind,
            since: try Own.time(message.since, "heartbeat.running.since"),
            progress: RunProgress(rows: Int(message.progress), part: message.hasPart ? RunPart(message.part) : nil)
        )
    }
}

extension Flotilla_V1_RunPart {
    init(_ part: RunPart) {
        self.init()
        unit = part.unit.rawValue
        done = Int32(clamping: part.done)
        total = Int32(clamping: part.total)
    }
}

extension RunPart {
    /// A unit of a later version is not told.
    init?(_ message: Flotilla_V1_RunPart) {
        guard let unit = Unit(rawValue: message.unit) else { return nil }
        self.init(unit, done: Int(message.done), of: Int(message.total))
    }
}
