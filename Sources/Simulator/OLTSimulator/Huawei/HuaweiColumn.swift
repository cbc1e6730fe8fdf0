/// Columns of a generated Huawei GPON OLT whose values each device computes.
///
/// Names follow the vendor's XPON table; they are written here by hand and never read from a profile, so that an error in a
/// profile shows.
enum HuaweiColumn: UInt8, Sendable, CaseIterable {
    case systemName = 1
    case upTime
    case portOctetsIn
    case portOctetsOut
    case serial
    case description
    case runStatus
    case distance
    case lastUpTime
    case lastDownTime
    case lastDownCause
    case lastDyingGaspTime
    case temperature
    case bias
    case sentPower
    case receivedPower
    case voltage
    case receivedPowerAtOLT
    case televisionPower
    case ethernetState
    case trafficUpFrames
    case trafficUpOctets
    case trafficDownFrames
    case trafficDownOctets

    var isCounter64: Bool {
        switch self {
        case .portOctetsIn, .portOctetsOut, .trafficUpFrames, .trafficUpOctets, .trafficDownFrames, .trafficDownOctets: true
        case .systemName, .upTime, .serial, .description, .runStatus, .distance, .lastUpTime, .lastDownTime, .lastDownCause,
            .lastDyingGaspTime, .temperature, .bias, .sentPower, .receivedPower, .voltage, .receivedPowerAtOLT, .televisionPower,
            .ethernetState:
            false
        }
    }
}

/// Names of the tables that a Huawei GPON OLT answers.
enum HuaweiNames {
    static let interfaces = ObjectName([1, 3, 6, 1, 2, 1, 2])
    static let interfaceEntry = ObjectName([1, 3, 6, 1, 2, 1, 2, 2, 1])
    static let interfaceExtension = ObjectName([1, 3, 6, 1, 2, 1, 31, 1, 1, 1])
    static let chassis = ObjectName([1, 3, 6, 1, 4, 1, 2011, 2, 123])
    static let gpon = ObjectName([1, 3, 6, 1, 4, 1, 2011, 6, 128, 1, 1, 2])
    /// GPON tables of traffic: Counter64 per ONT.
    static let traffic = ObjectName([1, 3, 6, 1, 4, 1, 2011, 6, 128, 1, 1, 4, 23, 1])
    /// Optics as the ONTs measure them: the dear columns.
    static let optics = gpon + [51, 1]
    /// "No reading" of the optics columns.
    static let noReading: Int32 = 2_147_483_647
}
