package import Domain

extension ControlDesk {
    /// By OLT and index.
    package func onus(_ filter: ONUFilter) async throws(RecordError) -> Page<KnownONU> {
        try await parts.onus.onus(filter)
    }

    /// `nil`: no such ONU was ever seen.
    package func onu(_ olt: OLTID, _ index: String) async throws(RecordError) -> KnownONU? {
        try await parts.onus.onu(olt, index)
    }

    /// Over all OLTs: exact serials and MACs first.
    package func findONUs(_ search: ONUSearch, limit: Int) async throws(RecordError) -> [KnownONU] {
        try await parts.onus.find(search, limit: limit)
    }

    /// What happened to ONUs, newest first.
    package func onuEvents(_ filter: ONUEventFilter) async throws(RecordError) -> Page<KnownONUEvent> {
        try await parts.onus.events(filter)
    }

    /// What was measured at one ONU in the last days, newest first.
    package func readings(of onu: KnownONU, days: Int, limit: Int) async throws(RecordError) -> [Reading] {
        let since = parts.time.wall() - .seconds(days * 86_400)
        return try await parts.onus.readings(of: onu.olt, onu.observation.index, since: since, limit: limit)
    }

    /// The ports of an OLT, in order of their names.
    package func ports(of olt: OLTID) async throws(RecordError) -> [PortState] {
        try await parts.onus.ports(of: olt)
    }
}
