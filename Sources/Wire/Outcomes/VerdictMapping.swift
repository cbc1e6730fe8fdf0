internal import Domain
internal import SwiftProtobuf

extension Flotilla_V1_Outcome.OneOf_Verdict {
    init(_ verdict: Verdict) {
        switch verdict {
        case .started: self = .started(Flotilla_V1_Started())
        case .succeeded: self = .succeeded(Flotilla_V1_Succeeded())
        case .failed(let fault): self = .failed(Flotilla_V1_Failed(fault))
        case .deferred(let deferral): self = .deferred(Flotilla_V1_Deferred(deferral))
        case .interrupted(let reason):
            var interrupted = Flotilla_V1_Interrupted()
            interrupted.reason = reason
            self = .interrupted(interrupted)
        case .seen(let seen): self = .seen(Flotilla_V1_Seen(seen))
        case .suspect: self = .suspect(Flotilla_V1_Suspect())
        }
    }
}

extension Verdict {
    /// A verdict that this version does not know is refused: guessing would end or repeat somebody's work.
    init(_ message: Flotilla_V1_Outcome.OneOf_Verdict?) throws(WireFault) {
        switch message {
        case .started: self = .started
        case .succeeded: self = .succeeded
        case .failed(let failed): self = .failed(try TaskFault(failed))
        case .deferred(let deferred): self = .deferred(try Deferral(deferred))
        case .interrupted(let interrupted): self = .interrupted(reason: interrupted.reason)
        case .seen(let seen): self = .seen(try Domain.Seen(seen))
        case .suspect: self = .suspect
        case nil: throw WireFault(.undecodable, field: "verdict", "it is missing or of a later version")
        }
    }
}

extension Flotilla_V1_Failed {
    init(_ fault: TaskFault) {
        self.init()
        errorClass = fault.errorClass
        message = fault.message
        retryable = fault.retryable
        if let pause = fault.retryAfter { retryAfter = Google_Protobuf_Duration(pause) }
    }
}

extension TaskFault {
    init(_ failed: Flotilla_V1_Failed) throws(WireFault) {
        self.init(
            failed.errorClass,
            failed.message,
            retryable: failed.retryable,
            retryAfter: failed.hasRetryAfter ? try Own.span(failed.retryAfter, "failed.retryAfter") : nil
        )
    }
}

extension Flotilla_V1_Deferred {
    init(_ deferral: Deferral) {
        self.init()
        reason = deferral.reason.rawValue
        if let pause = deferral.retryAfter { retryAfter = Google_Protobuf_Duration(pause) }
    }
}

extension Deferral {
    init(_ deferred: Flotilla_V1_Deferred) throws(WireFault) {
        let allowed = Reason.allCases.map(\.rawValue).joined(separator: ", ")
        self.init(
            try Own.word(deferred.reason, "deferred.reason", allowed, Reason.init(rawValue:)),
            retryAfter: deferred.hasRetryAfter ? try Own.span(deferred.retryAfter, "deferred.retryAfter") : nil
        )
    }
}

extension Flotilla_V1_Seen {
    init(_ seen: Seen) {
        self.init()
        answer = seen.answer.rawValue
        highest = seen.highest.value
        if let left = seen.leaseLeft { leaseLeft = Google_Protobuf_Duration(left) }
    }
}

extension Seen {
    init(_ seen: Flotilla_V1_Seen) throws(WireFault) {
        let allowed = Answer.allCases.map(\.rawValue).joined(separator: ", ")
        self.init(
            try Own.word(seen.answer, "seen.answer", allowed, Answer.init(rawValue:)),
            highest: DispatchNumber(seen.highest),
            leaseLeft: seen.hasLeaseLeft ? try Own.span(seen.leaseLeft, "seen.leaseLeft") : nil
        )
    }
}
