import Foundation
import PrivateServers
import TestSupport
import Testing

@testable import SNMP

/// A user of a private agent, one for each pair of protocols.
struct V3User: Sendable, CustomTestStringConvertible {
    let algorithm: SNMPUser.AuthenticationProtocol?
    let cipher: SNMPUser.PrivacyProtocol?
    let phrase: String

    init(_ algorithm: SNMPUser.AuthenticationProtocol?, _ cipher: SNMPUser.PrivacyProtocol?, phrase: String = "common") {
        self.algorithm = algorithm
        self.cipher = cipher
        self.phrase = phrase
    }

    static let every: [V3User] =
        [V3User(nil, nil)]
        + SNMPUser.AuthenticationProtocol.allCases.flatMap { algorithm in
            [V3User(algorithm, nil)] + SNMPUser.PrivacyProtocol.allCases.map { V3User(algorithm, $0) }
        }

    var name: String { "user-\(algorithm?.rawValue ?? "none")-\(cipher?.rawValue ?? "none")" }
    var testDescription: String { name }

    var authentication: SNMPUser.Authentication { .init(algorithm ?? .md5, passphrase: Array("phrase-\(phrase)-a".utf8)) }
    var privacy: SNMPUser.Privacy { .init(cipher ?? .des, passphrase: Array("phrase-\(phrase)-p".utf8)) }

    var user: SNMPUser { user(contextName: "") }

    func user(contextName: String) -> SNMPUser {
        let security: SNMPUser.Security =
            if algorithm == nil { .open } else if cipher == nil { .signed(authentication) } else { .sealed(authentication, privacy) }
        return SNMPUser(name: name, security: security, contextName: contextName)
    }

    func target(_ agent: PrivateSNMPD, contextName: String = "") -> SNMPTarget {
        SNMPTarget(address: "127.0.0.1", port: UInt16(agent.port), user: user(contextName: contextName))
    }

    // MARK: As net-snmp spells it

    private var algorithmName: String {
        switch algorithm {
        case nil, .md5: "MD5"
        case .sha1: "SHA"
        case .sha224: "SHA-224"
        case .sha256: "SHA-256"
        case .sha384: "SHA-384"
        case .sha512: "SHA-512"
        }
    }

    private var cipherName: String {
        switch cipher {
        case nil, .des: "DES"
        case .aes128: "AES"
        case .aes192: "AES-192"
        case .aes256: "AES-256"
        case .aes192Cisco: "AES-192-C"
        case .aes256Cisco: "AES-256-C"
        }
    }

    private var level: String { algorithm == nil ? "noauth" : cipher == nil ? "auth" : "priv" }

    /// Lines of `snmpd.conf`.
    var configuration: [String] {
        var words = ["createUser", name]
        if algorithm != nil { words += [algorithmName, "phrase-\(phrase)-a"] }
        if cipher != nil { words += [cipherName, "phrase-\(phrase)-p"] }
        return [words.joined(separator: " "), "rouser \(name) \(level)"]
    }

    var toolArguments: [String] {
        var words = ["-v3", "-u", name, "-l", algorithm == nil ? "noAuthNoPriv" : cipher == nil ? "authNoPriv" : "authPriv"]
        if algorithm != nil { words += ["-a", algorithmName, "-A", "phrase-\(phrase)-a"] }
        if cipher != nil { words += ["-x", cipherName, "-X", "phrase-\(phrase)-p"] }
        return words
    }
}

/// One agent of the test process with a user for every pair of protocols.
actor V3Agents {
    static let shared = V3Agents()
    private var starting: Task<PrivateSNMPD, any Error>?

    func agent() async throws -> PrivateSNMPD {
        if let starting { return try await starting.value }
        // Unstructured: whoever comes first starts it for all.
        let task = Task { try await TestServers.freshSNMPD(configuration: V3User.every.flatMap(\.configuration)) }
        starting = task
        return try await task.value
    }
}

/// Agents that follow one another at one port: restarts with other users or another engine.
final class V3AgentLine: Sendable {
    private let folder: ScratchFolder
    private let port: Int
    private let line = AgentSlot()

    init() throws {
        folder = try ScratchFolder("snmpd-line")
        port = try FreePort.udp()
    }

    /// Ends the agent before and starts the next; `boots` is how often it shall believe to have been started before.
    func start(users: [V3User], engine: String = "0x8000000001020300", boots: Int? = nil) async throws -> PrivateSNMPD {
        await line.agent?.stop()
        var lines = ["exactEngineID \(engine)"] + users.flatMap(\.configuration)
        if let boots { lines += ["oldEngineID \(engine)", "engineBoots \(boots)"] }
        let agent = try PrivateSNMPD(folder: folder, port: port, configuration: lines)
        try await agent.start()
        await line.set(agent)
        return agent
    }

    func stop() async { await line.agent?.stop() }
}

private actor AgentSlot {
    private(set) var agent: PrivateSNMPD?
    func set(_ agent: PrivateSNMPD) { self.agent = agent }
}
