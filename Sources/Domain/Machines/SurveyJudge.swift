/// Decides what a reading of an OLT shows to have happened: ONUs that are new, moved, changed, gone, back, down and up.
///
/// Pure. It is given only the rows that may matter: an ONU that is as it was is nobody's news.
package struct SurveyJudge: Hashable, Sendable {
    /// An ONU before and after a reading.
    package struct Pair: Hashable, Sendable {
        /// `nil`: nothing was known at its place.
        package let before: ONUMark?
        /// `nil`: a complete discovery did not see it.
        package let after: ONUMark?

        package init(before: ONUMark?, after: ONUMark?) {
            self.before = before
            self.after = after
        }
    }

    /// Where an identity was seen before, on this OLT or on another one.
    package struct Place: Hashable, Sendable {
        package let olt: OLTID
        package let oltName: String
        package let index: String
        package let port: String?
        /// `false`: it had been gone there.
        package let isPresent: Bool

        package init(olt: OLTID, oltName: String, index: String, port: String?, isPresent: Bool) {
            self.olt = olt
            self.oltName = oltName
            self.index = index
            self.port = port
            self.isPresent = isPresent
        }
    }

    /// So many ONUs of a port at once are one event of the port.
    package static let groupMin = 3

    package let olt: OLTID
    /// When the reading is recorded.
    package let now: Timestamp
    /// No ONU of the OLT was known before.
    package let isFirst: Bool
    /// ONUs that were online before the reading, by port.
    package let onlineBefore: [String: Int]
    /// ONUs that were offline before the reading, by port.
    package let offlineBefore: [String: Int]
    /// Where else the serial or the MAC of an ONU was seen last, by the ONU's index here.
    package let elsewhere: [String: Place]

    package init(
        olt: OLTID,
        now: Timestamp,
        isFirst: Bool,
        onlineBefore: [String: Int],
        offlineBefore: [String: Int],
        elsewhere: [String: Place]
    ) {
        self.olt = olt
        self.now = now
        self.isFirst = isFirst
        self.onlineBefore = onlineBefore
        self.offlineBefore = offlineBefore
        self.elsewhere = elsewhere
    }

    /// The events, ports first.
    package func judge(_ pairs: [Pair]) -> [ONUEvent] {
        var events: [ONUEvent] = []
        var downs: [ONUMark] = []
        var ups: [ONUMark] = []
        var newcomers = 0
        for pair in pairs {
            switch (pair.before, pair.after) {
            case (nil, let after?):
                if let moved = moved(after) {
                    events.append(moved)
                } else if isFirst {
                    newcomers += 1
                } else {
                    events.append(event(.new, after))
                }
            case (let before?, nil):
                // One that stands elsewhere is told as moved there.
                if before.isPresent, elsewhere[before.index]?.isPresent != true { events.append(event(.gone, before)) }
            case (let before?, let after?):
                events += told(before, after)
                if before.runStatus == .online, after.runStatus == .offline { downs.append(after) }
                if before.runStatus == .offline, after.runStatus == .online { ups.append(after) }
            case (nil, nil): break
            }
        }
        var first: [ONUEvent] = []
        if newcomers > 0 {
            var event = ONUEvent(.first, at: now, olt: olt, port: nil)
            event.count = newcomers
            first.append(event)
        }
        return first + grouped(downs, into: .portDown, or: .down, of: onlineBefore)
            + grouped(ups, into: .portUp, or: .up, of: offlineBefore) + events
    }

    /// At one place before and after.
    private func told(_ before: ONUMark, _ after: ONUMark) -> [ONUEvent] {
        let differences = before.differences(to: after)
        if let identity = differences.first(where: { ["serial", "mac"].contains($0.field) }), let moved = moved(after) {
            return [moved] + changed(after, differences.filter { $0 != identity })
        }
        if !before.isPresent {
            // A reading that is no discovery brings nobody back.
            guard after.isPresent else { return [] }
            // Another device took a place that was free.
            if differences.contains(where: { ["serial", "mac"].contains($0.field) }) { return [event(.new, after)] }
            return [event(.back, after)]
        }
        return changed(after, differences)
    }

    private func changed(_ mark: ONUMark, _ differences: [ONUEvent.Difference]) -> [ONUEvent] {
        guard !differences.isEmpty else { return [] }
        var event = event(.changed, mark)
        event.differences = differences
        return [event]
    }

    private func moved(_ mark: ONUMark) -> ONUEvent? {
        guard mark.identity != nil, let place = elsewhere[mark.index] else { return nil }
        var event = event(.moved, mark)
        event.differences = [
            ONUEvent.Difference(field: "place", before: "\(place.oltName) \(place.port ?? place.index)", after: mark.port ?? mark.index)
        ]
        return event
    }

    private func event(_ kind: ONUEvent.Kind, _ mark: ONUMark) -> ONUEvent {
        ONUEvent(kind, at: now, olt: olt, port: mark.port, index: mark.index, serial: mark.identity)
    }

    // MARK: Ports

    /// One event for the ports where at least three ONUs, and half of those that could, went the same way.
    private func grouped(
        _ marks: [ONUMark],
        into group: ONUEvent.Kind,
        or single: ONUEvent.Kind,
        of before: [String: Int]
    ) -> [ONUEvent] {
        var byPort: [String: [ONUMark]] = [:]
        for mark in marks { byPort[mark.port ?? "", default: []].append(mark) }
        var events: [ONUEvent] = []
        for (port, marks) in byPort.sorted(by: { $0.key < $1.key }) {
            if !port.isEmpty, marks.count >= Self.groupMin, marks.count * 2 >= before[port] ?? 0 {
                var event = ONUEvent(group, at: now, olt: olt, port: port)
                event.count = marks.count
                if group == .portDown { event.cause = Self.cause(of: marks) }
                events.append(event)
            } else {
                events += marks.map { mark in
                    var event = event(single, mark)
                    if single == .down { event.cause = mark.downClass }
                    return event
                }
            }
        }
        return events
    }

    /// What most of them say: power when the ONUs could still say so, fibre when their light was lost.
    private static func cause(of marks: [ONUMark]) -> DownClass? {
        DownClass.allCases.first { cause in marks.count { $0.downClass == cause } * 2 > marks.count }
    }
}

/// What of an ONU decides whether something happened to it.
package struct ONUMark: Hashable, Sendable {
    package let index: String
    package let isPresent: Bool
    package var port: String?
    package var serial: String?
    package var mac: String?
    package var name: String?
    package var description: String?
    package var model: String?
    package var adminStatus: AdminStatus?
    package var runStatus: RunStatus?
    package var downClass: DownClass?

    package init(index: String, isPresent: Bool) {
        self.index = index
        self.isPresent = isPresent
    }

    package init(_ observation: ONUObservation, isPresent: Bool) {
        self.init(index: observation.index, isPresent: isPresent)
        port = observation.port
        serial = observation.serial
        mac = observation.mac
        name = observation.name
        description = observation.description
        model = observation.model
        adminStatus = observation.adminStatus
        runStatus = observation.runStatus
        downClass = observation.downClass
    }

    /// What tells one ONU from another, wherever it stands.
    package var identity: String? { serial ?? mac }

    /// Fields that both sides know and that differ.
    package func differences(to after: ONUMark) -> [ONUEvent.Difference] {
        [
            Self.difference("serial", serial, after.serial), Self.difference("mac", mac, after.mac),
            Self.difference("name", name, after.name), Self.difference("description", description, after.description),
            Self.difference("model", model, after.model),
            Self.difference("adminStatus", adminStatus?.word, after.adminStatus?.word),
        ].compactMap(\.self)
    }

    private static func difference(_ field: String, _ before: String?, _ after: String?) -> ONUEvent.Difference? {
        guard let before, let after, before != after else { return nil }
        return ONUEvent.Difference(field: field, before: before, after: after)
    }
}
