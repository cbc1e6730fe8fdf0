import Domain

/// An ONU as the record keeps it.
struct ONURow: Sendable {
    var observation: ONUObservation
    var isPresent: Bool
    let firstSeenAt: Timestamp
    let lastSeenAt: Timestamp
    let readingsAt: Timestamp?
    /// The number of the run that saw it last.
    let seenBy: DispatchNumber

    /// A new observation over what was known: what is missing in it stays as it was, unless its column was asked for and read completely.
    init(
        _ seen: ONUObservation,
        over old: ONURow?,
        known: Set<ONUColumn>,
        isDiscovery: Bool,
        seenBy: DispatchNumber,
        now: Timestamp
    ) {
        observation = old.map { Self.merged(seen, over: $0.observation, known: known) } ?? seen
        isPresent = old.map { $0.isPresent || isDiscovery } ?? true
        firstSeenAt = old?.firstSeenAt ?? now
        lastSeenAt = now
        let hasReadings = seen.distanceMetres != nil || seen.rxOnuDbm != nil || seen.rxOltDbm != nil
        readingsAt = hasReadings || known.contains(.distance) || known.contains(.optics) ? now : old?.readingsAt
        self.seenBy = seenBy
    }

    private static func merged(_ seen: ONUObservation, over old: ONUObservation, known: Set<ONUColumn>) -> ONUObservation {
        func value<Value>(_ field: KeyPath<ONUObservation, Value?>, _ column: ONUColumn? = nil) -> Value? {
            if let column, known.contains(column) { return seen[keyPath: field] }
            return seen[keyPath: field] ?? old[keyPath: field]
        }
        var merged = ONUObservation(index: seen.index)
        merged.port = value(\.port)
        merged.onuID = value(\.onuID)
        merged.serial = value(\.serial, .serial)
        merged.mac = value(\.mac)
        merged.name = value(\.name)
        merged.description = value(\.description, .description)
        merged.adminStatus = value(\.adminStatus, .status)
        merged.runStatus = value(\.runStatus, .status)
        merged.distanceMetres = value(\.distanceMetres, .distance)
        merged.rxOnuDbm = value(\.rxOnuDbm, .optics)
        merged.txOnuDbm = value(\.txOnuDbm, .optics)
        merged.rxOltDbm = value(\.rxOltDbm, .optics)
        merged.temperatureCelsius = value(\.temperatureCelsius, .optics)
        merged.voltageVolts = value(\.voltageVolts, .optics)
        merged.biasMilliamps = value(\.biasMilliamps, .optics)
        merged.lastDownCause = value(\.lastDownCause)
        merged.downClass = seen.lastDownCause == nil ? old.downClass : seen.downClass
        merged.model = value(\.model, .inventory)
        merged.firmware = value(\.firmware, .inventory)
        return merged
    }

    func known(_ olt: OLTID, name: String) -> KnownONU {
        KnownONU(
            olt: olt,
            oltName: name,
            observation: observation,
            isPresent: isPresent,
            firstSeenAt: firstSeenAt,
            lastSeenAt: lastSeenAt,
            readingsAt: readingsAt
        )
    }
}

extension ONUObservation {
    /// What a device calls its ONUs may hold a zero byte; an ONU is not lost for it.
    var withoutZero: ONUObservation {
        var clean = ONUObservation(index: index.withoutZero)
        clean.port = port?.withoutZero
        clean.onuID = onuID
        clean.serial = serial?.withoutZero
        clean.mac = mac?.withoutZero
        clean.name = name?.withoutZero
        clean.description = description?.withoutZero
        clean.adminStatus = adminStatus
        clean.runStatus = runStatus
        clean.distanceMetres = distanceMetres
        clean.rxOnuDbm = rxOnuDbm
        clean.txOnuDbm = txOnuDbm
        clean.rxOltDbm = rxOltDbm
        clean.temperatureCelsius = temperatureCelsius
        clean.voltageVolts = voltageVolts
        clean.biasMilliamps = biasMilliamps
        clean.lastDownCause = lastDownCause?.withoutZero
        clean.downClass = downClass
        clean.model = model?.withoutZero
        clean.firmware = firmware?.withoutZero
        return clean
    }

    /// Whether a text of it holds the part, which is in lower case.
    func holds(_ part: String) -> Bool {
        [serial, mac, name, description, index].contains {
            $0.map { part.isEmpty || $0.lowercased().contains(part) } ?? false
        }
    }
}
