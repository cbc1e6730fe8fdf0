import Domain
import SNMP
import Yams

/// What is wrong with a profile, where, and what is allowed.
package struct ProfileFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    /// From 1; 0 when the file as a whole is meant.
    package let line: Int
    package let message: String

    package var description: String { "\(file):\(line): \(message)" }
}

/// Reads one profile from YAML; every fault names file and line.
package struct ProfileReader {
    /// No vendor spreads its ONUs over as many tables.
    private static let listingsMax = 32

    let file: String

    package init(file: String) {
        self.file = file
    }

    package func read(_ yaml: String) throws(ProfileFault) -> Profile {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw ProfileFault(file: file, line: Self.line(of: error), message: "this is not YAML: \(error)")
        }
        guard let root else { throw ProfileFault(file: file, line: 0, message: "the file is empty") }
        var top = try YAMLTable(root, file: file, what: "a profile")
        let name = try top.text("name")
        guard name != OLT.anyProfile else { throw top.fault("name", "\"\(name)\" means that the profile is found out") }
        let isUnverified = try top.has("unverified") ? top.bool("unverified") : false
        var listings: [Listing] = []
        for table in try top.tables("listings") { listings.append(try readListing(table, isUnverified: isUnverified)) }
        guard listings.count <= Self.listingsMax else {
            throw top.fault("listings", "there are \(listings.count); at most \(Self.listingsMax) are read")
        }
        let profile = Profile(
            name: name,
            vendor: try top.text("vendor"),
            models: try top.texts("models"),
            match: try readMatch(try top.table("match")),
            limits: top.has("limits") ? try readLimits(try top.table("limits")) : Profile.Limits(),
            listings: listings
        )
        let isFound = listings.contains { $0.interfaces != nil || $0.columns.values.contains { $0.cost == .cheap } }
        guard isFound else {
            throw top.fault(
                "listings",
                "no listing finds an ONU: one cheap column, or interfaces, is needed; a discovery walks nothing else"
            )
        }
        try top.finish(allowed: ["name", "vendor", "models", "match", "limits", "unverified", "listings"])
        return profile
    }

    private func readMatch(_ table: YAMLTable) throws(ProfileFault) -> Profile.Match {
        var table = table
        var match = Profile.Match()
        match.objectIDs = try table.oids("sysObjectID")
        match.descriptions = try table.textOrTexts("sysDescr")
        match.probes = try table.oids("probe")
        match.isLast = try table.has("last") ? table.bool("last") : false
        guard !match.probes.isEmpty else { throw table.fault("probe", "one OID at least is needed: a row below it decides") }
        guard match.isLast || !match.objectIDs.isEmpty else { throw table.fault("sysObjectID", "one OID at least is needed") }
        try table.finish(allowed: ["sysObjectID", "sysDescr", "probe", "last"])
        return match
    }

    private func readLimits(_ table: YAMLTable) throws(ProfileFault) -> Profile.Limits {
        var table = table
        var limits = Profile.Limits()
        limits.repetitionsMax = try table.has("repetitions") ? Int(table.whole("repetitions", in: 1...100)) : nil
        limits.dearRepetitionsMax = try table.has("dearRepetitions") ? Int(table.whole("dearRepetitions", in: 1...100)) : nil
        limits.pdusPerSecond = try table.has("pdusPerSecond") ? Int(table.whole("pdusPerSecond", in: 1...1000)) : nil
        if table.has("asks") {
            limits.asks =
                try Profile.Limits.Order(rawValue: table.word("asks", allowed: Profile.Limits.Order.allCases.map(\.rawValue))) ?? .row
        }
        try table.finish(allowed: ["repetitions", "dearRepetitions", "pdusPerSecond", "asks"])
        return limits
    }

    private static func line(of error: any Error) -> Int {
        switch error as? YamlError {
        case .scanner(_, _, let mark, _)?, .parser(_, _, let mark, _)?, .composer(_, _, let mark, _)?: mark.line
        default: 0
        }
    }
}
