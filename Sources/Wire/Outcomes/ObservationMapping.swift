internal import Domain

/// Readings that are not finite are unknown on both sides.
extension Flotilla_V1_ONUObservation {
    init(_ observation: ONUObservation) {
        self.init()
        index = observation.index
        if let value = observation.port { port = value }
        if let value = observation.onuID { onuID = Int32(clamping: value) }
        if let value = observation.serial { serial = value }
        if let value = observation.mac { mac = value }
        if let value = observation.name { name = value }
        if let value = observation.description { description_p = value }
        adminStatus = Flotilla_V1_AdminStatus(observation.adminStatus)
        runStatus = Flotilla_V1_RunStatus(observation.runStatus)
        if let value = observation.distanceMetres.finite { distanceMetres = value }
        if let value = observation.rxOnuDbm.finite { rxOnuDbm = value }
        if let value = observation.txOnuDbm.finite { txOnuDbm = value }
        if let value = observation.rxOltDbm.finite { rxOltDbm = value }
        if let value = observation.temperatureCelsius.finite { temperatureCelsius = value }
        if let value = observation.voltageVolts.finite { voltageVolts = value }
        if let value = observation.biasMilliamps.finite { biasMilliamps = value }
        if let value = observation.lastDownCause { lastDownCause = value }
        downClass = Flotilla_V1_DownClass(observation.downClass)
        if let value = observation.model { model = value }
        if let value = observation.firmware { firmware = value }
    }
}

extension ONUObservation {
    init(_ message: Flotilla_V1_ONUObservation) {
        self.init(index: message.index)
        port = message.hasPort ? message.port : nil
        onuID = message.hasOnuID ? Int(message.onuID) : nil
        serial = message.hasSerial ? message.serial : nil
        mac = message.hasMac ? message.mac : nil
        name = message.hasName ? message.name : nil
        description = message.hasDescription_p ? message.description_p : nil
        adminStatus = message.adminStatus.status
        runStatus = message.runStatus.status
        distanceMetres = message.hasDistanceMetres ? message.distanceMetres.finite : nil
        rxOnuDbm = message.hasRxOnuDbm ? message.rxOnuDbm.finite : nil
        txOnuDbm = message.hasTxOnuDbm ? message.txOnuDbm.finite : nil
        rxOltDbm = message.hasRxOltDbm ? message.rxOltDbm.finite : nil
        temperatureCelsius = message.hasTemperatureCelsius ? message.temperatureCelsius.finite : nil
        voltageVolts = message.hasVoltageVolts ? message.voltageVolts.finite : nil
        biasMilliamps = message.hasBiasMilliamps ? message.biasMilliamps.finite : nil
        lastDownCause = message.hasLastDownCause ? message.lastDownCause : nil
        downClass = message.downClass.kind
        model = message.hasModel ? message.model : nil
        firmware = message.hasFirmware ? message.firmware : nil
    }
}

extension Flotilla_V1_AdminStatus {
    init(_ status: AdminStatus?) {
        self =
            switch status {
            case .enabled: .enabled
            case .disabled: .disabled
            case nil: .unspecified
            }
    }

    /// A status of a later version is not known.
    var status: AdminStatus? {
        switch self {
        case .enabled: .enabled
        case .disabled: .disabled
        case .unspecified, .UNRECOGNIZED: nil
        }
    }
}

extension Flotilla_V1_DownClass {
    init(_ kind: DownClass?) {
        self =
            switch kind {
            case .power: .power
            case .fibre: .fibre
            case .administrative: .administrative
            case .other: .other
            case nil: .unspecified
            }
    }

    /// A class of a later version is some other one.
    var kind: DownClass? {
        switch self {
        case .power: .power
        case .fibre: .fibre
        case .administrative: .administrative
        case .other, .UNRECOGNIZED: .other
        case .unspecified: nil
        }
    }
}

extension Flotilla_V1_RunStatus {
    init(_ status: RunStatus?) {
        self =
            switch status {
            case .online: .online
            case .offline: .offline
            case .unknown: .unknown
            case nil: .unspecified
            }
    }

    /// A status of a later version is not known.
    var status: RunStatus? {
        switch self {
        case .online: .online
        case .offline: .offline
        case .unknown: .unknown
        case .unspecified, .UNRECOGNIZED: nil
        }
    }
}

extension Double {
    fileprivate var finite: Double? { isFinite ? self : nil }
}

extension Double? {
    fileprivate var finite: Double? { flatMap(\.finite) }
}
