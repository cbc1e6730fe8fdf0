import ArgumentParser
import DeviceAdapter
import Domain
import Foundation
import Reactor
import SNMP

/// Asks a device that is not entered, from this machine.
struct DirectProbe {
    /// Options of `olt probe` for an address.
    struct Options: ParsableArguments {
        @Flag(help: "The argument is an address, also when it looks like a name: ask it from this machine, without a task.")
        var direct = false

        @Option(help: "UDP port of an address.")
        var port: UInt16 = 161

        /// For an address; an OLT that is entered has its own.
        @OptionGroup var credentials: CredentialOptions
        @OptionGroup var profiles: ProfileCommand.FolderOption

        /// What to ask directly; `nil`: the argument names an OLT that is entered.
        func probe(of text: String) throws -> DirectProbe? {
            guard direct || Self.isAddress(text) else { return nil }
            return DirectProbe(host: text, port: port, credentials: credentials, shelf: try profiles.shelf())
        }

        /// Four decimal numbers, or hexadecimal ones with colons.
        private static func isAddress(_ text: String) -> Bool {
            OLTAddressText.isNumeric(text)
        }
    }

    let host: String
    let port: UInt16
    let credentials: CredentialOptions
    let shelf: ProfileShelf

    private struct Shape: Encodable {
        struct Trial: Encodable {
            let profile: String
            let proposed: Bool
            let answered: Bool
        }

        let address: String
        let vendor: String?
        let profile: String?
        let sysName: String?
        let sysDescr: String?
        let sysObjectID: String?
        let upTimeTicks: UInt32?
        let trials: [Trial]
    }

    func run(json: Bool) async throws {
        let address = OLTAddressText.isNumeric(host) ? host : try resolved()
        let target = try credentials.target(address: address, port: port, standard: "public")
        let identity = try await InspectionRun.identify(target, shelf, name: "\(host):\(port)")
        let facts = identity.facts
        if json {
            return try Terminal.json(
                Shape(
                    address: "\(host):\(port)",
                    vendor: facts.vendor,
                    profile: facts.profile,
                    sysName: facts.sysName,
                    sysDescr: facts.sysDescription,
                    sysObjectID: facts.sysObjectID,
                    upTimeTicks: facts.upTimeTicks,
                    trials: identity.trials.map { .init(profile: $0.profile, proposed: $0.isProposed, answered: $0.answered) }
                )
            )
        }
        func line(_ name: String, _ text: String?) { Terminal.say("\(name)  \(Terminal.visible(text ?? "unknown"))") }
        line("vendor     ", facts.vendor)
        line("profile    ", facts.profile)
        line("name       ", facts.sysName)
        line("firmware   ", facts.sysDescription)
        line("sysObjectID", facts.sysObjectID)
        line("up for     ", facts.upTimeTicks.map { "\($0 / 100) s" })
        let rows = identity.trials.map { [$0.profile, $0.isProposed ? "yes" : "", $0.answered ? "yes" : ""] }
        Terminal.say("\n" + TextTable(["profile", "proposed by sysObjectID", "its tables answer"], rows).text(empty: "no profiles"))
        guard let profile = facts.profile else {
            throw CommandError(.notFound, "no profile fits; a box that is none of these may be entered with --profile NAME")
        }
        Terminal.note("\nenter it: flotilla olt add NAME \(host) --port \(port) --profile \(profile)")
    }

    private func resolved() throws -> String {
        do {
            guard let first = try resolveAddresses(of: host).first else { throw CommandError(.notFound, "\(host) has no address") }
            return first
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError(.notFound, "\(host): \(error)")
        }
    }
}

/// Whether a text is an address rather than a name.
enum OLTAddressText {
    /// Four decimal numbers with dots, or hexadecimal ones with colons.
    static func isNumeric(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 4, parts.allSatisfy({ UInt8($0) != nil }) { return true }
        return text.contains(":") && text.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
    }
}
