import APIContract
import ArgumentParser
import Domain
import Foundation

/// How an OLT is asked; passphrases come from the environment only, so that they stay out of the process list.
struct CredentialOptions: ParsableArguments {
    @Option(help: "v1, v2c or v3; without it v3 when there is a --user, else v2c.")
    var snmpVersion: String?

    @Option(help: "SNMP community of v1 and v2c (environment: FLOTILLA_COMMUNITY, so that it stays out of the process list).")
    var community: String?

    @Option(help: "User name of v3.")
    var user: String?

    @Option(help: ArgumentHelp("Authentication of v3; the passphrase is read from FLOTILLA_AUTH_PASSPHRASE.", valueName: "protocol"))
    var auth: DeviceUser.Authentication?

    @Option(help: ArgumentHelp("Privacy of v3; the passphrase is read from FLOTILLA_PRIV_PASSPHRASE.", valueName: "protocol"))
    var priv: DeviceUser.Privacy?

    @Option(help: "Context name of v3; mostly not needed.")
    var context: String?

    /// What to send; `standard` is the community when none is given.
    func draft(standard: String? = nil) throws -> CredentialsDraft {
        let environment = ProcessInfo.processInfo.environment
        let isUser = user != nil || snmpVersion == "v3"
        var draft = CredentialsDraft(snmpVersion: snmpVersion, community: community)
        if !isUser { draft.community = community ?? environment["FLOTILLA_COMMUNITY"] ?? standard }
        draft.user = user
        draft.context = context
        draft.authentication = auth?.rawValue
        draft.privacy = priv?.rawValue
        if auth != nil { draft.authenticationPassphrase = try passphrase("FLOTILLA_AUTH_PASSPHRASE", for: "--auth", environment) }
        if priv != nil { draft.privacyPassphrase = try passphrase("FLOTILLA_PRIV_PASSPHRASE", for: "--priv", environment) }
        return draft
    }

    private func passphrase(_ name: String, for option: String, _ environment: [String: String]) throws -> String {
        guard let text = environment[name], !text.isEmpty else {
            throw CommandError(.usage, "\(option) needs its passphrase in the environment variable \(name); allowed: 8 to 128 bytes")
        }
        return text
    }
}

extension DeviceUser.Authentication: ExpressibleByArgument {}
extension DeviceUser.Privacy: ExpressibleByArgument {}

extension OLTCommand {
    /// `flotilla olt credentials`.
    struct ChangeCredentials: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "credentials",
            abstract: "Change how an OLT is asked: version, community or user. Effective with the next task."
        )

        @Argument(help: "Name or id.")
        var olt: String

        @OptionGroup var credentials: CredentialOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let draft = try credentials.draft()
            let changed: OLTShape = try await common.client().put(APIPath.oltCredentials(olt), draft)
            if common.json { return try Terminal.json(changed) }
            Terminal.say("\(changed.name) is asked with \(changed.snmpVersion) from its next task on")
        }
    }
}
