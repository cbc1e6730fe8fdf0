/// What one process simulates.
package struct SimulatorSettings: Sendable {
    /// Devices that share their rows, their community and their faults.
    package struct Group: Sendable {
        package enum Source: Hashable, Sendable {
            /// Path of a `.snmprec` or `.snmpwalk` file.
            case recording(String)
            case generated(GeneratedShape)
        }

        package var addresses: [DeviceAddress]
        package var source: Source
        /// Whether serials and sysName of a recording differ by device; generated devices always differ.
        package var isVaried: Bool
        package var community: String
        package var seed: UInt64
        package var faults: Faults

        package init(
            addresses: [DeviceAddress],
            source: Source,
            isVaried: Bool = false,
            community: String = "public",
            seed: UInt64 = 1,
            faults: Faults = Faults()
        ) {
            self.addresses = addresses
            self.source = source
            self.isVaried = isVaried
            self.community = community
            self.seed = seed
            self.faults = faults
        }

        /// A port that a fault names and the shape has not.
        fileprivate var unknownPort: PortName? {
            switch source {
            case .recording: faults.portsDown.keys.min()
            case .generated(let shape): faults.portsDown.keys.sorted().first { shape.position(of: $0) == nil }
            }
        }
    }

    package var groups: [Group]
    /// UDP port of every device; 0 lets the system choose.
    package var port: UInt16
    /// Where the account is served, if anywhere; port 0 lets the system choose.
    package var account: Sender?
    /// Most octets of an answer, 484…65,507; RFC 3417 asks for at least 484.
    package var octetsMax: Int
    /// Whether a bad line in a recording stops the start; else it is told and left out.
    package var isStrict: Bool
    /// How long an hour of the account lasts: less in a time that runs faster.
    package var hour: Duration

    package init(
        groups: [Group],
        port: UInt16 = 16_161,
        account: Sender? = nil,
        octetsMax: Int = 1472,
        isStrict: Bool = false,
        hour: Duration = .seconds(3600)
    ) {
        self.groups = groups
        self.port = port
        self.account = account
        self.octetsMax = octetsMax
        self.isStrict = isStrict
        self.hour = hour
    }

    /// - Throws: what is outside its range, or an address that two groups claim.
    package func validate() throws(SettingsError) {
        guard (484...65_507).contains(octetsMax) else { throw .octetsMax(octetsMax) }
        guard groups.contains(where: { !$0.addresses.isEmpty }) else { throw .noDevices }
        if let account, !account.address.isLoopback { throw .notLoopback(account.address.description) }
        var seen: Set<DeviceAddress> = []
        for group in groups {
            if let port = group.unknownPort { throw .fault("port-down=\(port)") }
            guard !group.community.isEmpty, group.community.utf8.count <= 255 else { throw .community }
            for address in group.addresses {
                guard address.isLoopback else { throw .notLoopback(address.description) }
                guard seen.insert(address).inserted else { throw .repeatedAddress(address.description) }
            }
        }
        guard seen.count <= DeviceAddress.countMax else { throw .tooManyDevices }
    }
}

/// Why settings are refused.
package enum SettingsError: Error, Equatable, CustomStringConvertible {
    case addresses(String)
    case notLoopback(String)
    case repeatedAddress(String)
    case tooManyDevices
    case noDevices
    case shape(String, Int, ClosedRange<Int>)
    case fault(String)
    case octetsMax(Int)
    case community
    case configuration(String)

    package var description: String {
        switch self {
        case .addresses(let text):
            "addresses: \"\(text)\" is neither an address nor a range (127.10.0.1-127.10.0.20), several separated by commas"
        case .notLoopback(let text): "addresses: \"\(text)\" is outside 127.0.0.0/8; simulated devices live on loopback only"
        case .repeatedAddress(let text): "addresses: \(text) is claimed twice"
        case .tooManyDevices: "addresses: more than \(DeviceAddress.countMax) devices"
        case .noDevices: "no devices: give --addresses with --recording or --vendor, or --config"
        case .shape(let name, let value, let range): "\(name): \(value) is outside \(range.lowerBound)...\(range.upperBound)"
        case .fault(let text):
            "fault: \"\(text)\" is not one of " + Faults.forms.map(\.form).joined(separator: ", ")
        case .octetsMax(let value): "octets-max: \(value) is outside 484...65507"
        case .community: "community: must hold 1 to 255 octets"
        case .configuration(let text): "configuration: \(text)"
        }
    }
}
