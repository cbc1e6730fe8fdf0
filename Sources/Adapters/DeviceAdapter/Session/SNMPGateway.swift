package import Domain
package import Reactor
package import SNMP

/// Opens OLTs over SNMP: finds the profile, opens the seal, resolves the name.
package struct SNMPGateway: DeviceGateway {
    package struct Settings: Hashable, Sendable {
        /// Shows the number of the run to simulated devices as `community#number`; tests and demo only.
        package var witness = false

        package init() {}
    }

    private let engine: SNMPEngine
    private let profiles: ProfileShelf
    private let seal: any CredentialSeal
    private let resolver: BlockingPool
    private let settings: Settings
    private let book = DeviceBook()

    package init(engine: SNMPEngine, profiles: ProfileShelf, seal: any CredentialSeal, resolver: BlockingPool, settings: Settings) {
        self.engine = engine
        self.profiles = profiles
        self.seal = seal
        self.resolver = resolver
        self.settings = settings
    }

    package func open(_ access: DeviceAccess, permission: SendPermission) async throws(DeviceError) -> any DeviceSession {
        let name = "\(access.name) (\(access.address))"
        let key = DeviceBook.Key(access)
        let isAutomatic = access.profile == OLT.anyProfile
        let profile = profiles.profile(isAutomatic ? book.profile(of: key) ?? "" : access.profile)
        guard isAutomatic || profile != nil else {
            throw .unknownProfile(name: access.profile, known: [OLT.anyProfile] + profiles.names)
        }
        let credentials: Credentials
        do {
            credentials = try seal.open(access.credentials, for: access.olt)
        } catch {
            throw .badCredentials(device: name)
        }
        let address = try await numeric(access.address.host, name)
        guard let target = SNMPTarget(access, address: address, credentials, witness: settings.witness ? permission.number : nil) else {
            throw .badCredentials(device: name)
        }
        do throws(SNMPError) {
            let limits = SNMP.DeviceLimits(access.limits, profile?.limits)
            let device = try await engine.open(target, limits: limits)
            let echo = Echo(life: limits.pduLifeMax)
            return SNMPDeviceSession(
                asker: DeviceAsker(engine: engine, device: device, name: name, permission: permission, echo: echo),
                shelf: profiles,
                book: book,
                key: key,
                entered: access.profile,
                repetitionsMax: limits.repetitionsMax
            )
        } catch {
            throw .unreachable(device: name, reason: "\(error)")
        }
    }

    /// Names are resolved off the SNMP thread; numeric addresses cost nothing.
    private func numeric(_ host: String, _ name: String) async throws(DeviceError) -> String {
        guard host.contains(where: { $0.isLetter }), !host.contains(":") else { return host }
        do {
            let addresses = try await resolver.run { try resolveAddresses(of: host) }
            guard let first = addresses.first else { throw DeviceError.unreachable(device: name, reason: "the name has no address") }
            return first
        } catch {
            throw .unreachable(device: name, reason: "\(error)")
        }
    }
}

extension SNMP.DeviceLimits {
    /// The engine's limits: what an operator allows, or less where this kind of device bears less.
    init(_ limits: Domain.DeviceLimits, _ profile: Profile.Limits?) {
        self.init()
        requestsPerSecond = Double(min(limits.pdusPerSecond, profile?.pdusPerSecond ?? .max))
        retries = max(0, limits.attempts - 1)
        repetitionsMax = min(limits.repetitionsMax, profile?.repetitionsMax ?? .max)
        repetitionsStart = min(repetitionsStart, repetitionsMax)
        dearRepetitionsMax = min(dearRepetitionsMax, repetitionsMax, profile?.dearRepetitionsMax ?? .max)
    }
}
