import Domain
import SNMP

/// Finds out which profile reads a device: sysObjectID proposes, one GETNEXT on each candidate's tables decides.
struct ProfileFinder {
    let asker: DeviceAsker
    let shelf: ProfileShelf

    /// Asks those that are proposed first, and the others only when none of them answers.
    func find(_ facts: DeviceFacts) async throws(DeviceError) -> Profile? {
        let choice = choice(facts)
        var answered = try await answering(choice.candidates)
        if answered.isEmpty, choice.candidates != choice.others { answered = try await answering(choice.others) }
        if answered.isEmpty { answered = try await answering(choice.lastResorts) }
        return choice.decide(answered: answered)
    }

    /// Asks all of them.
    func tryAll(_ facts: DeviceFacts) async throws(DeviceError) -> (profile: Profile?, trials: [DeviceIdentity.Trial]) {
        let choice = choice(facts)
        let answered = try await answering(shelf.all)
        let trials = shelf.all.map {
            DeviceIdentity.Trial(profile: $0.name, isProposed: choice.isProposed($0), answered: answered.contains($0.name))
        }
        return (choice.decide(answered: answered), trials)
    }

    private func choice(_ facts: DeviceFacts) -> ProfileChoice {
        ProfileChoice(shelf.all, objectID: facts.sysObjectID.flatMap { OID($0) }, description: facts.sysDescription)
    }

    /// The names of the profiles that have a row below one of their probes.
    private func answering(_ profiles: [Profile]) async throws(DeviceError) -> Set<String> {
        let probes = profiles.flatMap { profile in profile.match.probes.map { (profile.name, $0) } }
        guard !probes.isEmpty else { return [] }
        var answered: Set<String> = []
        if let cells = try await asker.next(after: probes.map(\.1)) {
            for ((name, probe), cell) in zip(probes, cells) where cell.value.isPresent && probe.isPrefix(of: cell.name) {
                answered.insert(name)
            }
            return answered
        }
        // A box that answers one at a time only.
        for (name, probe) in probes where !answered.contains(name) {
            if let cell = try await asker.next(after: [probe])?.first, cell.value.isPresent, probe.isPrefix(of: cell.name) {
                answered.insert(name)
            }
        }
        return answered
    }
}
