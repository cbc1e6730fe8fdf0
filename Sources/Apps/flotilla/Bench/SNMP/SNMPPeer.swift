import Foundation
import FoundationNetworking
import PrivateServers

/// Another poller that Debian brings, on the same devices in the same run.
struct SNMPPeer: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case tools = "net-snmp tools under xargs -P"
        case braa
        case exporter = "prometheus-snmp-exporter"
    }

    let kind: Kind
    let job: PollJob
    let port: Int
    let folder: ScratchFolder

    /// The program that must be there.
    var program: String {
        switch (kind, job.work) {
        case (.tools, .walk): "snmpbulkwalk"
        case (.tools, .get): "snmpget"
        case (.braa, _): "braa"
        case (.exporter, _): "prometheus-snmp-exporter"
        }
    }

    var isInstalled: Bool {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    var settings: String {
        switch (kind, job.work) {
        case (.tools, .walk): "snmpbulkwalk -v2c -Cr\(job.count) -On, 8 processes at a time, one for a device"
        case (.tools, .get): "snmpget -v2c -On, 8 processes at a time, \(job.count) names each"
        case (.braa, .walk):
            "one process, GETNEXT: it knows no GETBULK"
                + (job.narrowRoot.map { "; of \($0) alone, for it stops at values that it cannot decode" } ?? "")
        case (.braa, .get): "a process for every \(job.count) names of all OLTs"
        case (.exporter, _): "8 scrapes at a time, max_repetitions \(job.count), no metrics defined: the least it can cost"
        }
    }

    func measure() async throws -> PollFigures {
        switch kind {
        case .tools: try await tools()
        case .braa: try await braa()
        case .exporter: try await exporter()
        }
    }

    // MARK: Programs that print a line for each row

    private func tools() async throws -> PollFigures {
        let common = "-v2c -c public -m '' -On -t 2 -r 3"
        switch job.work {
        case .walk(let root):
            let hosts = try write(addresses.joined(separator: "\n"), to: "hosts")
            return try await shell("xargs -a \(hosts) -P 8 -I{} snmpbulkwalk \(common) -Cr\(job.count) {}:\(port) \(root)")
        case .get(let names):
            let calls = addresses.flatMap { address in
                stride(from: 0, to: names.count, by: job.count).map { start in
                    "\(address):\(port) " + names[start..<min(start + job.count, names.count)].joined(separator: " ")
                }
            }
            let file = try write(calls.joined(separator: "\n"), to: "calls")
            return try await shell("xargs -a \(file) -P 8 -L 1 snmpget \(common)")
        }
    }

    private func braa() async throws -> PollFigures {
        let hosts = "public@\(job.first)-\(BenchOLTs.address(job.first, job.devices - 1)):\(port)"
        switch job.work {
        case .walk(let root): return try await shell("braa -2 -p 1 -t 20 -r 3 '\(hosts):.\(job.narrowRoot ?? root).*'")
        case .get(let names):
            // More names than these make a message that it cannot encode.
            let calls = stride(from: 0, to: names.count, by: job.count).map { start in
                let list = names[start..<min(start + job.count, names.count)].map { ".\($0)" }.joined(separator: ",")
                return "braa -2 -t 5 -r 1 '\(hosts):\(list)'"
            }
            let file = try write(calls.joined(separator: "\n") + "\n", to: "queries")
            return try await shell("bash \(file)")
        }
    }

    /// CPU is what bash's `time` says: of the command and all its children.
    private func shell(_ command: String) async throws -> PollFigures {
        let (rows, times) = (folder.file("rows"), folder.file("times"))
        let script = "TIMEFORMAT='%R %U %S'; { time \(command) > \(rows) 2> \(folder.file("errors")); } 2> \(times)"
        let pinned = Cores.command("bash", ["-c", script], core: .poller)
        _ = try await Run.output(of: ChildProcess.Command(pinned.program, pinned.arguments), in: folder)
        let numbers = try String(contentsOfFile: times, encoding: .utf8).split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard numbers.count == 3 else { throw CommandError(.failed, "\(program): bash told no times") }
        let lines = try Data(contentsOf: URL(fileURLWithPath: rows)).count { $0 == UInt8(ascii: "\n") }
        guard lines > 0 else {
            let errors = (try? String(contentsOfFile: folder.file("errors"), encoding: .utf8)) ?? ""
            throw CommandError(.failed, "\(program) printed no rows: \(errors.suffix(300))")
        }
        return PollFigures(
            devices: job.devices,
            inFlight: kind == .tools ? 8 : job.devices,
            varbinds: lines,
            requests: 0,
            timeouts: 0,
            seconds: numbers[0],
            cpuSeconds: numbers[1] + numbers[2],
            residentBytesMax: 0
        )
    }

    private var addresses: [String] { (0..<job.devices).map { BenchOLTs.address(job.first, $0) } }

    private func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: folder.file(name), atomically: false, encoding: .utf8)
        return folder.file(name)
    }

    // MARK: The exporter, a server that is asked over HTTP

    private func exporter() async throws -> PollFigures {
        let names: [String]
        let key: String
        switch job.work {
        case .walk(let root): (key, names) = ("walk", [root])
        case .get(let list): (key, names) = ("get", list)
        }
        let lines = ["bench:", "  \(key):"] + names.map { "  - \($0)" } + ["  version: 2", "  max_repetitions: \(job.count)"]
        let config = try write((lines + ["  auth:", "    community: public", ""]).joined(separator: "\n"), to: "snmp.yml")
        let place = "127.0.0.1:\(try FreePort.tcp())"
        let pinned = Cores.command(program, ["--config.file=\(config)", "--web.listen-address=\(place)"], core: .poller)
        let child = ChildProcess(ChildProcess.Command(pinned.program, pinned.arguments, log: folder.file("exporter.log")))
        try child.start()
        do {
            let figures = try await scrape(place, child)
            _ = await child.stop(grace: .seconds(5))
            return figures
        } catch {
            _ = await child.stop(grace: .seconds(5))
            throw error
        }
    }

    private func scrape(_ place: String, _ child: ChildProcess) async throws -> PollFigures {
        guard let ready = URL(string: "http://\(place)/") else { throw CommandError(.failed, "no place") }
        let deadline = ContinuousClock.now + .seconds(15)
        while (try? await URLSession.shared.answer(to: URLRequest(url: ready))) == nil {
            guard child.isRunning, ContinuousClock.now < deadline else {
                let log = (try? String(contentsOfFile: folder.file("exporter.log"), encoding: .utf8)) ?? ""
                throw CommandError(.failed, "\(program) did not start: \(log.suffix(300))")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        let pid = child.pid ?? 0
        let (start, cpu) = (ContinuousClock.now, ProcessMeter.cpu(of: pid))
        let (port, addresses) = (port, addresses)
        let rows = try await withThrowingTaskGroup(of: Int.self) { group in
            for lane in 0..<8 {
                group.addTask { @concurrent in
                    var rows = 0
                    for address in stride(from: lane, to: addresses.count, by: 8).map({ addresses[$0] }) {
                        rows += try await Self.rows("http://\(place)/snmp?module=bench&target=\(address):\(port)")
                    }
                    return rows
                }
            }
            return try await group.reduce(0, +)
        }
        return PollFigures(
            devices: job.devices,
            inFlight: 8,
            varbinds: rows,
            requests: 0,
            timeouts: 0,
            seconds: (ContinuousClock.now - start) / .seconds(1),
            cpuSeconds: ProcessMeter.cpu(of: pid) - cpu,
            residentBytesMax: ProcessMeter.residentBytes(of: pid)
        )
    }

    /// The exporter tells how many rows a scrape brought.
    private static func rows(_ text: String) async throws -> Int {
        guard let url = URL(string: text) else { throw CommandError(.failed, "not a URL: \(text)") }
        let (data, _) = try await URLSession.shared.answer(to: URLRequest(url: url))
        let answer = String(decoding: data, as: UTF8.self)
        guard let line = answer.split(separator: "\n").first(where: { $0.hasPrefix("snmp_scrape_pdus_returned ") }),
            let count = line.split(separator: " ").last.flatMap({ Double($0) })
        else { throw CommandError(.failed, "the exporter answered \(answer.prefix(300))") }
        return Int(count)
    }
}
