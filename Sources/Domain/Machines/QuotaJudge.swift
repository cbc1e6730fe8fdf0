/// Judges an OLT's period once it is over.
package struct QuotaJudge: Sendable {
    /// Classes of errors that mean: the OLT did not answer.
    package static let silentClasses: Set<String> = ["device_silent", "device_unreachable"]

    let condition: OLTCondition
    let gaps: [ServiceGap]
    let now: Timestamp

    package init(condition: OLTCondition, gaps: [ServiceGap], now: Timestamp) {
        self.condition = condition
        self.gaps = gaps
        self.now = now
    }

    /// The trackers with their last word.
    package func close(_ book: PeriodBook) -> PeriodBook {
        var closed = book
        closed.status = book.status == .aborted ? .aborted : .completed
        for index in closed.trackers.indices where closed.trackers[index].status != .interrupted {
            let tracker = closed.trackers[index]
            closed.trackers[index].status = tracker.completed >= tracker.required ? .completed : .notMet
            closed.trackers[index].risk = nil
        }
        return closed
    }

    /// The violation of a closed period, if it is one.
    package func violation(of olt: OLTID, _ book: PeriodBook) -> QuotaViolation? {
        let judged = book.trackers.filter { $0.status != .interrupted && $0.required > 0 }
        guard let completion = judged.map(\.completion).min(), let severity = QuotaViolation.Severity(completion: completion) else {
            return nil
        }
        let causes = causes(book, judged)
        return QuotaViolation(
            olt: olt,
            period: book.period,
            severity: severity,
            completion: completion,
            causes: causes,
            report: report(book, causes),
            createdAt: now
        )
    }

    private func causes(_ book: PeriodBook, _ judged: [QuotaTracker]) -> [QuotaViolation.Cause] {
        let short = judged.filter { $0.completed < $0.required }
        return QuotaViolation.Cause.allCases.filter { cause in
            switch cause {
            case .unreachable:
                !overlapping(condition.outages, book.period).isEmpty
                    || short.contains { $0.failed > 0 && Self.silentClasses.contains($0.lastError ?? "") }
            case .tooLittleTime: book.isOverfull
            case .noWorkers: stoodInTheWay(.noWorkers, of: book.period)
            case .noLeader: stoodInTheWay(.noLeader, of: book.period)
            case .disabledInPart: short.contains(where: \.wasChanged) || !overlapping(condition.disabled, book.period).isEmpty
            case .failing: short.contains { $0.failed > 0 && !Self.silentClasses.contains($0.lastError ?? "") }
            }
        }
    }

    /// A gap of some seconds, such as each start has, makes nobody miss a quota.
    private func stoodInTheWay(_ kind: ServiceGap.Kind, of period: Period) -> Bool {
        let lost = gaps.reduce(Duration.zero) { lost, gap in
            guard gap.kind == kind, gap.overlaps(period) else { return lost }
            return lost + (min(gap.until ?? now, period.end) - max(gap.from, period.start))
        }
        return lost * 20 >= period.length
    }

    private func overlapping(_ spans: [OLTCondition.Spell], _ period: Period) -> [OLTCondition.Spell] {
        spans.filter { $0.from < period.end && ($0.until ?? now) > period.start }
    }

    private func report(_ book: PeriodBook, _ causes: [QuotaViolation.Cause]) -> Payload {
        let operations = book.trackers.map { tracker in
            JSONValue.object([
                "operation": .text(tracker.operation.word),
                "required": .number(Double(tracker.required)),
                "completed": .number(Double(tracker.completed)),
                "failed": .number(Double(tracker.failed)),
                "skipped": .number(Double(tracker.skipped)),
                "missed": .number(Double(book.slots.count { $0.operation == tracker.operation && $0.state == .missed })),
                "completion": .number((tracker.completion * 10_000).rounded() / 10_000),
                "status": .text(tracker.status.rawValue),
                "lastError": tracker.lastError.map(JSONValue.text) ?? .null,
            ])
        }
        func spans(_ spans: [OLTCondition.Spell]) -> JSONValue {
            .list(overlapping(spans, book.period).map { Self.span($0.from, $0.until) })
        }
        return [
            "operations": .list(operations),
            "causes": .list(causes.map { .text($0.rawValue) }),
            "planRevision": .number(Double(book.revision)),
            "planReason": .text(book.reason),
            "unreachable": spans(condition.outages),
            "disabled": spans(condition.disabled),
            "gaps": .list(
                gaps.filter { $0.overlaps(book.period) }.map { gap in
                    guard case .object(var fields) = Self.span(gap.from, gap.until) else { return .null }
                    fields["kind"] = .text(gap.kind.rawValue)
                    return .object(fields)
                }
            ),
        ]
    }

    private static func span(_ from: Timestamp, _ until: Timestamp?) -> JSONValue {
        .object(["from": .text(from.description), "until": until.map { .text($0.description) } ?? .null])
    }
}

extension ServiceGap {
    package func overlaps(_ period: Period) -> Bool { from < period.end && until.map { $0 > period.start } != false }
}
