package import Domain

/// A simulated OLT as a value: its ONUs, how it fails, and an account of who asked when.
package struct OLTModel: Sendable {
    /// How it treats a question.
    package enum Mood: Hashable, Sendable {
        case answers
        /// No answer to any request.
        case silent
        /// It answers what cannot be read.
        case garbled
        /// It has no such table.
        case lacks(String)
        /// It tells so many ONUs and then falls silent.
        case breaksOff(after: Int)
    }

    /// One question, for the account.
    package struct Request: Hashable, Sendable {
        /// The number it was asked under; `nil`: it carried none.
        package let number: DispatchNumber?
        package let at: Instant
        package let what: String
    }

    package let name: String
    /// Whoever asks with another community gets no answer.
    package var community: [UInt8]
    package var facts: DeviceFacts
    /// Everything there is to know of each ONU.
    package var onus: [ONUObservation]
    package var mood = Mood.answers
    /// Every question that arrived, in order, answered or not.
    package private(set) var account: [Request] = []

    package init(
        name: String,
        community: [UInt8] = Array("public".utf8),
        facts: DeviceFacts = DeviceFacts(sysName: "olt"),
        onus: [ONUObservation] = []
    ) {
        self.name = name
        self.community = community
        self.facts = facts
        self.onus = onus
    }

    /// Pairs of numbers whose questions took turns: two runs were at the device at once.
    package var overlaps: [(DispatchNumber, DispatchNumber)] {
        var overlaps: [(DispatchNumber, DispatchNumber)] = []
        var left: Set<DispatchNumber> = []
        var current: DispatchNumber?
        for request in account {
            guard let number = request.number, number != current else { continue }
            if let current {
                left.insert(current)
                if left.contains(number) { overlaps.append((current, number)) }
            }
            current = number
        }
        return overlaps
    }

    // MARK: Questions

    mutating func askFacts(_ asking: Asking) throws(DeviceError) -> DeviceFacts {
        try arrive(asking, "system")
        return facts
    }

    /// Columns of all ONUs, or of those with the given indexes.
    mutating func ask(_ columns: [ONUColumn], of indexes: [String]?, _ asking: Asking) throws(DeviceError) -> Survey {
        try arrive(asking, indexes == nil ? "all" : "some")
        let wanted = indexes.map(Set.init)
        let found = onus.filter { wanted?.contains($0.index) ?? true }.map { $0.only(columns) }
        guard case .breaksOff(let count) = mood, count < found.count else {
            return Survey(observations: found, coverage: .complete, requests: 1)
        }
        return Survey(
            observations: Array(found.prefix(count)),
            coverage: .partial(reason: "\(name) fell silent after \(count) ONUs"),
            requests: 1
        )
    }

    private mutating func arrive(_ asking: Asking, _ what: String) throws(DeviceError) {
        account.append(Request(number: asking.number, at: asking.at, what: what))
        guard asking.community == community else { throw .silent(device: name, attempts: asking.attempts) }
        switch mood {
        case .answers, .breaksOff: return
        case .silent: throw .silent(device: name, attempts: asking.attempts)
        case .garbled: throw .garbage(device: name, what: "a reply that ends in its middle")
        case .lacks(let what): throw .unsupported(device: name, what: what)
        }
    }

    /// Who asks, and when.
    struct Asking: Sendable {
        let community: [UInt8]
        let number: DispatchNumber?
        let attempts: Int
        let at: Instant
    }
}

extension ONUObservation {
    /// What a reading of these columns tells; identity and place always come along.
    fileprivate func only(_ columns: [ONUColumn]) -> ONUObservation {
        var part = ONUObservation(index: index)
        (part.port, part.onuID, part.mac, part.name) = (port, onuID, mac, name)
        for column in columns {
            switch column {
            case .description: part.description = description
            case .serial: part.serial = serial
            case .status:
                (part.adminStatus, part.runStatus) = (adminStatus, runStatus)
                (part.lastDownCause, part.downClass) = (lastDownCause, downClass)
            case .distance: part.distanceMetres = distanceMetres
            case .inventory: (part.model, part.firmware) = (model, firmware)
            case .optics:
                (part.rxOnuDbm, part.txOnuDbm, part.rxOltDbm) = (rxOnuDbm, txOnuDbm, rxOltDbm)
                (part.temperatureCelsius, part.voltageVolts, part.biasMilliamps) = (temperatureCelsius, voltageVolts, biasMilliamps)
            }
        }
        return part
    }
}
