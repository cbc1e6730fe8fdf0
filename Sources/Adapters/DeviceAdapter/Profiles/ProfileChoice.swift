package import SNMP

/// Which profile fits a device: its sysObjectID proposes, the tables that answer decide.
package struct ProfileChoice: Sendable {
    private let profiles: [Profile]
    private let objectID: OID?
    private let description: String

    /// Without an `objectID`, for a box without a system group, every profile may fit.
    package init(_ profiles: [Profile], objectID: OID?, description: String?) {
        self.profiles = profiles
        self.objectID = objectID
        self.description = description ?? ""
    }

    package func isProposed(_ profile: Profile) -> Bool { profile.fit(objectID) != nil }

    /// Those that the sysObjectID proposes; when there is none, all but the last resorts.
    package var candidates: [Profile] {
        let proposed = profiles.filter(isProposed)
        return proposed.isEmpty ? others : proposed
    }

    /// Those to try when no candidate answered.
    package var others: [Profile] { profiles.filter { !isProposed($0) && !$0.match.isLast } }

    package var lastResorts: [Profile] { profiles.filter(\.match.isLast) }

    /// The best of those whose tables answered; else the best of those proposed: a box without a single ONU is still what it says it is.
    package func decide(answered: Set<String>) -> Profile? {
        let speaking = profiles.filter { answered.contains($0.name) && !$0.match.isLast }
        if let best = best(of: speaking) { return best }
        if let best = best(of: profiles.filter(isProposed)) { return best }
        return lastResorts.first { answered.contains($0.name) }
    }

    private func best(of profiles: [Profile]) -> Profile? {
        profiles.max { rank($0) < rank($1) }
    }

    private func rank(_ profile: Profile) -> (Int, Int, String) {
        let isDescribed = profile.match.descriptions.contains { description.contains($0) }
        return (profile.fit(objectID) ?? 0, isDescribed ? 1 : 0, profile.name)
    }
}
