import Foundation
import FoundationNetworking
import PrivateServers

/// `oltsim` as a child process, and its account.
final class SimulatedOLTs: Sendable {
    /// What a device saw, by its own account.
    struct Account: Decodable {
        struct Device: Decodable {
            let address: String
            let requests: Int
            let inFlightMax: Int
            let overlaps: Int
            let strays: Int
            /// Empty unless they were asked for.
            let holders: [Holder]
        }

        /// A run, from its first request to its last.
        struct Holder: Decodable {
            let number: Int64?
            let first: String
            let last: String
            let pdus: Int
        }

        let devices: [Device]
    }

    let count: Int
    let port: Int
    private let accountPort: Int
    private let folder: ScratchFolder
    private let process: ChildProcess

    init(count: Int, onusPerOLT: Int) throws {
        self.count = count
        port = try FreePort.udp()
        accountPort = try FreePort.tcp()
        folder = try ScratchFolder("oltsim")
        process = ChildProcess(
            ChildProcess.Command(
                try LocalFleet.program("oltsim"),
                [
                    "--addresses", "\(Self.address(0))-\(Self.address(count - 1))", "--vendor", "huawei", "--boards", "1", "--ports", "4",
                    "--onus", "\(onusPerOLT / 4)", "--port", "\(port)", "--account", "127.0.0.1:\(accountPort)", "--fault",
                    "slow-optics=5ms",
                ],
                log: folder.file("oltsim.log")
            )
        )
    }

    static func address(_ place: Int) -> String {
        "127.20.\(place / 250).\(place % 250 + 1)"
    }

    func start() async throws {
        try process.start()
        let deadline = ContinuousClock.now + .seconds(15)
        while (try? await account()) == nil {
            guard process.isRunning, ContinuousClock.now < deadline else {
                let log = (try? String(contentsOfFile: folder.file("oltsim.log"), encoding: .utf8)) ?? ""
                throw CommandError(.failed, "oltsim did not start: \(log.suffix(500))")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    func account(withHolders: Bool = false) async throws -> Account {
        let data = try await call("GET", withHolders ? "/account" : "/account?holders=0", body: nil)
        return try JSONDecoder().decode(Account.self, from: data)
    }

    /// Replaces the faults of one device; an empty list heals it.
    func setFaults(_ faults: [String], at place: Int) async throws {
        struct Order: Encodable {
            let addresses: String
            let faults: [String]
        }
        _ = try await call("POST", "/faults", body: try JSONEncoder().encode(Order(addresses: Self.address(place), faults: faults)))
    }

    func stop() async {
        _ = await process.stop(grace: .seconds(5))
        folder.remove()
    }

    private func call(_ method: String, _ path: String, body: Data?) async throws -> Data {
        guard let url = URL(string: "http://127.0.0.1:\(accountPort)\(path)") else { throw CommandError(.failed, "bad path \(path)") }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.httpBody = body
        let (data, response) = try await URLSession.shared.answer(to: request)
        guard (response as? HTTPURLResponse)?.statusCode == 200 else {
            throw CommandError(.failed, "oltsim answered \(String(decoding: data, as: UTF8.self))")
        }
        return data
    }
}
