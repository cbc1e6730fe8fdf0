/// What a caller sends to change an OLT; what is missing stays.
package struct OLTPatch: Codable, Hashable, Sendable {
    package var name: String?
    package var address: String?
    package var port: Int?
    package var profile: String?
    package var enabled: Bool?
    package var pdusPerSecond: Int?
    package var repetitionsMax: Int?
    package var attempts: Int?
    /// `null`: as long as the lease store waits.
    package var quietGap: String??
    /// `null` takes a label away; those that are not named stay.
    package var labels: [String: String?]?

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case name, address, port, profile, enabled, pdusPerSecond, repetitionsMax, attempts, quietGap, labels
    }

    package init() {}

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        name = try fields.decodeIfPresent(String.self, forKey: .name)
        address = try fields.decodeIfPresent(String.self, forKey: .address)
        port = try fields.decodeIfPresent(Int.self, forKey: .port)
        profile = try fields.decodeIfPresent(String.self, forKey: .profile)
        enabled = try fields.decodeIfPresent(Bool.self, forKey: .enabled)
        pdusPerSecond = try fields.decodeIfPresent(Int.self, forKey: .pdusPerSecond)
        repetitionsMax = try fields.decodeIfPresent(Int.self, forKey: .repetitionsMax)
        attempts = try fields.decodeIfPresent(Int.self, forKey: .attempts)
        if fields.contains(.quietGap) { quietGap = .some(try fields.decodeIfPresent(String.self, forKey: .quietGap)) }
        labels = try fields.decodeIfPresent([String: String?].self, forKey: .labels)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encodeIfPresent(name, forKey: .name)
        try fields.encodeIfPresent(address, forKey: .address)
        try fields.encodeIfPresent(port, forKey: .port)
        try fields.encodeIfPresent(profile, forKey: .profile)
        try fields.encodeIfPresent(enabled, forKey: .enabled)
        try fields.encodeIfPresent(pdusPerSecond, forKey: .pdusPerSecond)
        try fields.encodeIfPresent(repetitionsMax, forKey: .repetitionsMax)
        try fields.encodeIfPresent(attempts, forKey: .attempts)
        if let quietGap { try fields.encode(quietGap, forKey: .quietGap) }
        try fields.encodeIfPresent(labels, forKey: .labels)
    }
}
