import ArgumentParser
import Assembly
import DeviceAdapter
import Domain
import Foundation
import Wire

/// `flotilla profile list|show|test`.
struct ProfileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile",
        abstract: "Look at the profiles that tell what a vendor's tables mean, and try one on a recording.",
        subcommands: [List.self, Show.self, Test.self]
    )

    struct FolderOption: ParsableArguments {
        @Option(help: "Folder of profiles (environment: FLOTILLA_PROFILES; else deploy/profiles here, or the one beside the program).")
        var folder: String?

        func shelf() throws -> ProfileShelf {
            guard let folder = folder ?? ProcessInfo.processInfo.environment["FLOTILLA_PROFILES"] ?? ProfileFolder.found else {
                throw CommandError(.notFound, "no folder of profiles was found; say which with --folder")
            }
            do throws(ProfileFault) {
                return try ProfileShelf(folder: folder)
            } catch {
                throw CommandError(.failed, "\(error)")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the profiles.", aliases: ["ls"])

        @OptionGroup var folder: FolderOption

        @Flag(help: "Print JSON and nothing else.")
        var json = false

        func run() async throws {
            let profiles = try folder.shelf().all.map(ProfileShape.init)
            if json { return try Terminal.json(profiles) }
            let rows = profiles.map { profile in
                let unverified = profile.columns.count { $0.unverified }
                let trust = unverified == 0 ? "verified" : unverified == profile.columns.count ? "unverified" : "\(unverified) unverified"
                return [profile.name, profile.vendor, profile.models.joined(separator: ", "), "\(profile.columns.count)", trust]
            }
            Terminal.say(TextTable(["name", "vendor", "models", "columns", "trust"], rows).text(empty: "no profiles"))
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what a profile reads, and how dear that is to a device.")

        @Argument(help: "Name of the profile.")
        var name: String

        @OptionGroup var folder: FolderOption

        @Flag(help: "Print JSON and nothing else.")
        var json = false

        func run() async throws {
            let shelf = try folder.shelf()
            guard let profile = shelf.profile(name) else {
                throw CommandError(.notFound, "there is no profile \"\(name)\"; known: \(shelf.names.joined(separator: ", "))")
            }
            let shape = ProfileShape(profile)
            if json { return try Terminal.json(shape) }
            Terminal.say("\(shape.name): \(shape.vendor) \(shape.models.joined(separator: ", "))")
            Terminal.say(
                "sysObjectID \(shape.sysObjectID.joined(separator: ", ")); decided by a row below \(shape.probe.joined(separator: ", "))"
            )
            let rows = shape.columns.map { [$0.listing, $0.field, $0.oid, $0.cost, $0.unverified ? "unverified" : ""] }
            Terminal.say(TextTable(["listing", "field", "oid", "cost", "trust"], rows).text(empty: "no columns"))
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Read a recording with a profile and show the ONUs, what could not be read, and what is missing.",
            discussion: """
                The recording (.snmprec, or .snmpwalk as net-snmp's tools write it) is served as a device on loopback and read by the engine \
                and the profile as a worker does it. Exits with 1 when the profile or the recording cannot be read, with 5 when the \
                discovery is partial or finds no ONU.
                """
        )

        enum Form: String, EnumerableFlag {
            case table, json, csv
        }

        @Argument(help: "The profile's file, or the name of a profile that is there.")
        var file: String

        @Option(help: "The recording.")
        var recording: String

        @Flag(help: "How the answer is written; CSV has the ONUs alone.")
        var form: Form = .table

        @OptionGroup var folder: FolderOption

        func run() async throws {
            let inspection = try await InspectionRun.inspect(recording, try profile())
            let shape = InspectionShape(inspection)
            switch form {
            case .json: try Terminal.json(shape)
            case .csv: Terminal.say(([InspectionShape.ONU.head] + shape.onus.map(\.cells)).map(CSVText.record).joined(separator: "\n"))
            case .table: say(shape)
            }
            if form != .json {
                for warning in shape.warnings { Terminal.note("warning: \(Terminal.visible(warning))") }
            }
            guard inspection.coverage == .complete, !inspection.observations.isEmpty else {
                throw CommandError(.partial, inspection.observations.isEmpty ? "no ONU was found" : "the discovery is partial")
            }
        }

        private func profile() throws -> Profile {
            guard file.hasSuffix(".yaml") || file.contains("/") else {
                if let profile = try folder.shelf().profile(file) { return profile }
                throw CommandError(.notFound, "\(file): there is no such profile, and no such file (*.yaml)")
            }
            do throws(ProfileFault) {
                return try ProfileShelf.profile(file: file)
            } catch {
                throw CommandError(.failed, "\(error)")
            }
        }

        private func say(_ shape: InspectionShape) {
            Terminal.say(TextTable(InspectionShape.ONU.shortHead, shape.onus.map(\.short)).text(empty: "no ONUs"))
            if !shape.ports.isEmpty {
                let rows = shape.ports.map { [$0.port, $0.counted.map(String.init) ?? "unknown", "\($0.seen)"] }
                Terminal.say("\n" + TextTable(["port", "counted by the device", "read"], rows).text(empty: ""))
            }
            let rows = shape.columns.map {
                [$0.listing, $0.field, $0.oid, $0.cost, "\($0.rows)", "\($0.unread)", $0.unverified ? "unverified" : ""]
            }
            Terminal.say("\n" + TextTable(["listing", "field", "oid", "cost", "rows", "without reading", "trust"], rows).text(empty: ""))
            let online = shape.onus.count { $0.runStatus == RunStatus.online.word }
            Terminal.say("\n\(shape.onus.count) ONUs, \(online) online; discovery \(shape.coverage), \(shape.requests) requests")
        }
    }
}

/// A profile as `--json` shows it.
struct ProfileShape: Encodable {
    struct Column: Encodable {
        let listing: String
        let field: String
        let oid: String
        let cost: String
        let unverified: Bool
    }

    let name: String
    let vendor: String
    let models: [String]
    let sysObjectID: [String]
    let probe: [String]
    let columns: [Column]

    init(_ profile: Profile) {
        name = profile.name
        vendor = profile.vendor
        models = profile.models
        sysObjectID = profile.match.objectIDs.map { "\($0)" }
        probe = profile.match.probes.map { "\($0)" }
        columns = profile.listings.flatMap { listing in
            Profile.Field.allCases.compactMap { field in
                listing.columns[field].map {
                    Column(
                        listing: listing.name,
                        field: field.rawValue,
                        oid: $0.oids.map { "\($0)" }.joined(separator: " or "),
                        cost: $0.cost.rawValue,
                        unverified: $0.isUnverified
                    )
                }
            }
        }
    }
}
