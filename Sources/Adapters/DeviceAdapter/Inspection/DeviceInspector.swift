package import Domain
package import SNMP

/// Asks a device directly, without a fleet: for whoever writes profiles, and for devices that are not entered yet.
package struct DeviceInspector: Sendable {
    private let engine: SNMPEngine
    private let target: SNMPTarget
    private let shelf: ProfileShelf
    private let name: String

    package init(engine: SNMPEngine, target: SNMPTarget, shelf: ProfileShelf, name: String) {
        self.engine = engine
        self.target = target
        self.shelf = shelf
        self.name = name
    }

    /// Who the device is, and what each profile's tables answered.
    package func identify() async throws(DeviceError) -> DeviceIdentity {
        try await visit(OLT.anyProfile) { session throws(DeviceError) in try await session.identify() }
    }

    /// Discovers, reads every column, and tells what the profile could not read.
    package func inspect(_ profile: Profile) async throws(DeviceError) -> Inspection {
        try await visit(profile.name) { session throws(DeviceError) in
            let facts = try await session.facts()
            var discovering = session.surveyor(profile)
            let discovered = try await discovering.discover() ?? discovering.sheet.survey
            let found = Set(Profile.Field.allCases.filter { field in profile.listings.contains { $0.columns[field]?.cost == .cheap } })
            var reading = session.surveyor(profile)
            let rest = Profile.Field.allCases.filter { profile.has($0) && !found.contains($0) }
            let read = rest.isEmpty ? nil : try await reading.read(rest)
            var notes = discovering.sheet.notes
            notes.add(reading.sheet.notes)
            return Inspection(
                profile: profile.name,
                facts: facts,
                observations: Self.joined(discovered.observations, read?.observations ?? []),
                ports: discovered.ports,
                coverage: discovered.coverage,
                readingCoverage: read?.coverage ?? .complete,
                columns: notes.columns(of: profile),
                strangers: notes.strangers,
                requests: discovered.requests + (read?.requests ?? 0)
            )
        }
    }

    private func visit<Answer>(
        _ profile: String,
        _ body: (SNMPDeviceSession) async throws(DeviceError) -> Answer
    ) async throws(DeviceError) -> Answer {
        let limits = SNMP.DeviceLimits(Domain.DeviceLimits(), shelf.profile(profile)?.limits)
        let device: SNMPDevice
        do throws(SNMPError) {
            device = try await engine.open(target, limits: limits)
        } catch {
            throw .unreachable(device: name, reason: "\(error)")
        }
        let access = DeviceAccess(
            olt: OLTID(0),
            name: name,
            address: DeviceAddress(host: target.address, port: target.port),
            version: .v2c,
            profile: profile,
            limits: Domain.DeviceLimits(),
            credentials: SealedCredentials(bytes: [], revision: 0)
        )
        let permission = SendPermission(number: nil, refusal: { _ in nil }, progress: { _ in })
        let session = SNMPDeviceSession(
            asker: DeviceAsker(engine: engine, device: device, name: name, permission: permission, echo: Echo(life: limits.pduLifeMax)),
            shelf: shelf,
            book: DeviceBook(),
            key: DeviceBook.Key(access),
            entered: profile,
            repetitionsMax: limits.repetitionsMax
        )
        let result = await Self.attempt(body, session)
        await session.close()
        return try result.get()
    }

    private static func attempt<Answer>(
        _ body: (SNMPDeviceSession) async throws(DeviceError) -> Answer,
        _ session: SNMPDeviceSession
    ) async -> Result<Answer, DeviceError> {
        do throws(DeviceError) {
            return .success(try await body(session))
        } catch {
            return .failure(error)
        }
    }

    /// Readings beside what the discovery found, by index.
    private static func joined(_ found: [ONUObservation], _ read: [ONUObservation]) -> [ONUObservation] {
        let readings = Dictionary(read.map { ($0.index, $0) }) { first, _ in first }
        let known = Set(found.map(\.index))
        return found.map { onu in readings[onu.index].map { onu.completed(by: $0) } ?? onu } + read.filter { !known.contains($0.index) }
    }
}

extension ONUObservation {
    /// What another look told is taken where this one is silent.
    fileprivate func completed(by other: ONUObservation) -> ONUObservation {
        var all = self
        all.port = port ?? other.port
        all.onuID = onuID ?? other.onuID
        all.serial = serial ?? other.serial
        all.mac = mac ?? other.mac
        all.name = name ?? other.name
        all.description = description ?? other.description
        all.adminStatus = adminStatus ?? other.adminStatus
        all.runStatus = runStatus ?? other.runStatus
        all.distanceMetres = distanceMetres ?? other.distanceMetres
        all.rxOnuDbm = rxOnuDbm ?? other.rxOnuDbm
        all.txOnuDbm = txOnuDbm ?? other.txOnuDbm
        all.rxOltDbm = rxOltDbm ?? other.rxOltDbm
        all.temperatureCelsius = temperatureCelsius ?? other.temperatureCelsius
        all.voltageVolts = voltageVolts ?? other.voltageVolts
        all.biasMilliamps = biasMilliamps ?? other.biasMilliamps
        all.lastDownCause = lastDownCause ?? other.lastDownCause
        all.downClass = downClass ?? other.downClass
        all.model = model ?? other.model
        all.firmware = firmware ?? other.firmware
        return all
    }
}
