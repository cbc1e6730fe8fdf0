extension SimulatorSettings.Group {
    /// Reads a configuration: a list of `{addresses, recording | vendor, boards, ports, onus, vary, community, seed, faults}`.
    ///
    /// Relative recordings are looked for beside `file`.
    package static func list(json bytes: [UInt8], file: String) throws(SettingsError) -> [SimulatorSettings.Group] {
        let parsed: JSONValue
        do throws(JSONError) {
            parsed = try JSONReader.value(bytes)
        } catch {
            throw .configuration("\(file): \(error)")
        }
        guard case .array(let entries) = parsed else { throw .configuration("\(file): expected a list of groups") }
        var groups: [SimulatorSettings.Group] = []
        for (index, entry) in entries.enumerated() {
            groups.append(try SimulatorSettings.Group(entry, place: "\(file): group \(index + 1)", folder: folder(of: file)))
        }
        return groups
    }

    private static let keys: Set<String> = [
        "addresses", "recording", "vary", "vendor", "boards", "ports", "onus", "community", "seed", "faults",
    ]

    private init(_ entry: JSONValue, place: String, folder: String) throws(SettingsError) {
        guard case .object(let members) = entry else { throw .configuration("\(place): expected an object") }
        for member in members where !Self.keys.contains(member.name) {
            throw .configuration("\(place): unknown key \"\(member.name)\"")
        }
        func string(_ key: String) throws(SettingsError) -> String? {
            switch entry[key] {
            case nil: return nil
            case .string(let text): return text
            default: throw .configuration("\(place): \(key) must be a string")
            }
        }
        func whole(_ key: String, _ otherwise: Int) throws(SettingsError) -> Int {
            switch entry[key] {
            case nil: return otherwise
            case .integer(let number) where number >= 0: return Int(number)
            default: throw .configuration("\(place): \(key) must be a whole number")
            }
        }
        guard let addresses = try string("addresses") else { throw .configuration("\(place): addresses are missing") }
        let source: Source
        switch (try string("recording"), try string("vendor")) {
        case (let path?, nil): source = .recording(path.hasPrefix("/") ? path : folder + path)
        case (nil, let name?):
            guard let vendor = Vendor(rawValue: name) else {
                throw .configuration("\(place): unknown vendor \"\(name)\"; known: \(Vendor.names)")
            }
            source = .generated(try GeneratedShape(vendor, boards: whole("boards", 1), ports: whole("ports", 4), onus: whole("onus", 16)))
        default: throw .configuration("\(place): give either recording or vendor")
        }
        let isVaried: Bool
        switch entry["vary"] {
        case nil: isVaried = false
        case .bool(let flag): isVaried = flag
        default: throw .configuration("\(place): vary must be true or false")
        }
        self.init(
            addresses: try DeviceAddress.list(addresses),
            source: source,
            isVaried: isVaried,
            community: try string("community") ?? "public",
            seed: UInt64(try whole("seed", 1)),
            faults: try Faults(json: entry["faults"], place: place)
        )
    }

    private static func folder(of file: String) -> String {
        file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    }
}

extension Faults {
    /// Reads a list of texts; nothing means no faults.
    init(json: JSONValue?, place: String) throws(SettingsError) {
        var texts: [String] = []
        switch json {
        case nil, .null: break
        case .array(let items):
            for item in items {
                guard case .string(let text) = item else { throw .configuration("\(place): faults must be strings") }
                texts.append(text)
            }
        default: throw .configuration("\(place): faults must be a list of strings")
        }
        try self.init(texts)
    }
}
