/// Who a device is, and how that was found out.
package struct DeviceIdentity: Hashable, Sendable {
    /// What one profile's probe column answered.
    package struct Trial: Hashable, Sendable {
        package let profile: String
        /// The sysObjectID proposes it.
        package let isProposed: Bool
        /// Its first listing has at least one row.
        package let answered: Bool

        package init(profile: String, isProposed: Bool, answered: Bool) {
            self.profile = profile
            self.isProposed = isProposed
            self.answered = answered
        }
    }

    /// With the profile and the vendor that were found.
    package let facts: DeviceFacts
    package let trials: [Trial]

    package init(facts: DeviceFacts, trials: [Trial]) {
        self.facts = facts
        self.trials = trials
    }
}
