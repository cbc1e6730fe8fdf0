internal import Domain
internal import SwiftProtobuf

extension Flotilla_V1_OutcomeMessage {
    init(_ message: OutcomeMessage) {
        self.init()
        switch message {
        case .outcomes(let outcomes): batch.outcomes = outcomes.map(Flotilla_V1_Outcome.init(_:))
        case .part(let part):
            self.part.number = part.number.value
            self.part.index = Int32(clamping: part.index)
            self.part.observations = part.observations.map(Flotilla_V1_ONUObservation.init(_:))
        case .marker(let marker):
            self.marker.observer = marker.observer
            self.marker.value = marker.value
        }
    }
}

extension OutcomeMessage {
    init(_ message: Flotilla_V1_OutcomeMessage) throws(WireFault) {
        switch message.content {
        case .batch(let batch):
            var outcomes: [Outcome] = []
            outcomes.reserveCapacity(batch.outcomes.count)
            for (place, outcome) in batch.outcomes.enumerated() {
                do {
                    outcomes.append(try Outcome(outcome))
                } catch {
                    throw error.inside("outcomes[\(place)]")
                }
            }
            self = .outcomes(outcomes)
        case .part(let part):
            let number = try Own.number(part.number, "number")
            self = .part(OutcomePart(number: number, index: Int(part.index), observations: part.observations.map(ONUObservation.init(_:))))
        case .marker(let marker): self = .marker(OutcomeMarker(observer: marker.observer, value: marker.value))
        case nil:
            throw WireFault(.undecodable, "the message holds neither outcomes nor a part of a result")
        }
    }
}

extension Flotilla_V1_Outcome {
    init(_ outcome: Outcome) {
        self.init()
        task = outcome.task.description
        number = outcome.number.value
        attempt = Int32(clamping: outcome.attempt)
        worker = outcome.worker.text
        run = outcome.run.value
        verdict = OneOf_Verdict(outcome.verdict)
        if let started = outcome.startedAt { startedAt = Google_Protobuf_Timestamp(started) }
        finishedAt = Google_Protobuf_Timestamp(outcome.finishedAt)
        redeliveries = Int32(clamping: outcome.redeliveries)
        if !outcome.result.isEmpty { result = Google_Protobuf_Struct(outcome.result) }
        if let device = outcome.device { self.device = Flotilla_V1_DeviceResult(device) }
        parts = Int32(clamping: outcome.parts)
        traceparent = outcome.traceParent?.description ?? ""
    }
}

extension Outcome {
    init(_ message: Flotilla_V1_Outcome) throws(WireFault) {
        self.init(
            task: try Own.id(message.task, "task"),
            number: try Own.number(message.number, "number"),
            attempt: Int(message.attempt),
            worker: try Own.worker(message.worker, "worker"),
            run: RunToken(message.run),
            verdict: try Verdict(message.verdict),
            startedAt: message.hasStartedAt ? try Own.time(message.startedAt, "startedAt") : nil,
            finishedAt: try Own.time(message.finishedAt, "finishedAt"),
            redeliveries: Int(message.redeliveries),
            result: message.result.payload,
            device: message.hasDevice ? try DeviceResult(message.device) : nil,
            parts: Int(message.parts),
            traceParent: TraceParent(message.traceparent)
        )
    }
}
