import ArgumentParser
import OLTSimulator

extension OLTSim {
    /// The settings that the options describe.
    func settings() throws -> SimulatorSettings {
        var settings = SimulatorSettings(groups: [], port: port, octetsMax: octetsMax, isStrict: strict)
        settings.hour = try span(hour)
        if let account { settings.account = try place(account) }
        if let config {
            guard addresses == nil, recording == nil, vendor == nil, faults.isEmpty else {
                throw ValidationError("--config stands alone: addresses, sources and faults are in the file")
            }
            settings.groups = try SimulatorSettings.Group.list(json: try FileBytes.read(config), file: config)
            return settings
        }
        guard let addresses else { throw SettingsError.noDevices }
        settings.groups = [
            SimulatorSettings.Group(
                addresses: try DeviceAddress.list(addresses),
                source: try source(),
                isVaried: vary,
                community: community,
                seed: seed,
                faults: try Faults(faults)
            )
        ]
        return settings
    }

    /// One line about a group; loads its recording.
    func summary(of group: SimulatorSettings.Group) throws -> String {
        let first = group.addresses.first?.description ?? ""
        let rows: String
        switch group.source {
        case .generated(let shape):
            rows = "\(shape.vendor.rawValue), \(shape.rows(seed: group.seed).count) rows, \(shape.portCount * shape.onus) ONUs"
        case .recording(let file):
            let recording = try Recording(file: file, isStrict: strict)
            tell(recording.bad + recording.repeated)
            rows = "\(file), \(recording.rows.count) rows"
        }
        return "\(first) and \(group.addresses.count - 1) more: \(rows)"
    }

    private func source() throws -> SimulatorSettings.Group.Source {
        switch (recording, vendor) {
        case (let file?, nil): return .recording(file)
        case (nil, let name?):
            guard let vendor = Vendor(rawValue: name) else {
                throw ValidationError("--vendor: unknown vendor \"\(name)\"; known: \(Vendor.names)")
            }
            return .generated(try GeneratedShape(vendor, boards: boards, ports: ports, onus: onus))
        default: throw ValidationError("give either --recording or --vendor")
        }
    }

    /// What is wrong with lines of recordings, one a line.
    func tell(_ problems: [RecordingProblem]) {
        for problem in problems.prefix(RecordingError.problemsMax) { StandardStreams.error("left out: \(problem)") }
        guard problems.count > RecordingError.problemsMax else { return }
        StandardStreams.error("left out: \(problems.count - RecordingError.problemsMax) more lines")
    }

    private func span(_ text: String) throws -> Duration {
        guard let span = Faults.time(text), span > .zero else {
            throw ValidationError("--hour: \"\(text)\" is not a time such as 180s or 1h")
        }
        return span
    }

    private func place(_ text: String) throws -> Sender {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = DeviceAddress(parts[0]), let port = UInt16(parts[1]) else {
            throw ValidationError("--account: \"\(text)\" is not ADDRESS:PORT, such as 127.0.0.1:8161")
        }
        guard address.isLoopback else { throw ValidationError("--account: \(address) is outside 127.0.0.0/8") }
        return Sender(address: address, port: port)
    }
}
