import APIContract
import ArgumentParser

/// `flotilla onu list|find|show|history|events|export`.
struct ONUCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "onu",
        abstract: "Find ONUs, and see what happened to them.",
        subcommands: [List.self, Find.self, Show.self, History.self, Events.self, Export.self]
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List ONUs.", aliases: ["ls"])

        @OptionGroup var filter: ONUOptions
        @OptionGroup var page: PageOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let list: Listing<ONUShape> = try await common.client().get(APIPath.onus, query: page.query(filter.query))
            if common.json { return try Terminal.json(list) }
            Terminal.say(TextTable(ONUText.head, list.items.map { ONUText($0).row }).text(empty: "no ONUs"))
            if let next = list.next { Terminal.note("more: --cursor \(next)") }
        }
    }

    struct Find: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Find ONUs over all OLTs by serial, MAC (any spelling) or part of a name, description or index."
        )

        @Argument(help: "At least three characters.")
        var text: String

        @Option(help: "Hits at most, 1 to 999.")
        var limit = 50

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let found: FoundONUs = try await common.client().get(APIPath.onusFind, query: ["q": text, "limit": "\(limit)"])
            if common.json { return try Terminal.json(found) }
            Terminal.say(TextTable(ONUText.head, found.items.map { ONUText($0).row }).text(empty: "no ONU holds \"\(text)\""))
            if found.hasMore { Terminal.note("there are more than \(limit); say more of it, or ask with --limit") }
            if found.items.isEmpty { throw CommandError(.notFound, "nothing was found") }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one ONU.")

        @Argument(help: "Name or id of its OLT.")
        var olt: String

        @Argument(help: "Its index, as listed.")
        var index: String

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let onu: ONUShape = try await common.client().get(APIPath.onu(olt, index))
            if common.json { return try Terminal.json(onu) }
            Terminal.say(ONUText(onu).story(common.times))
        }
    }

    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what was measured at one ONU, newest first.")

        @Argument(help: "Name or id of its OLT.")
        var olt: String

        @Argument(help: "Its index, as listed.")
        var index: String

        @Option(help: "Days back, 1 to 3650; kept are FLOTILLA_RETENTION_READINGS_DAYS.")
        var days = 30

        @Option(help: "Readings at most, 1 to 1000.")
        var limit = 100

        @OptionGroup var common: CommonOptions

        func run() async throws {
            let query = ["days": "\(days)", "limit": "\(limit)"]
            let list: Listing<MeasurementShape> = try await common.client().get(APIPath.onuReadings(olt, index), query: query)
            if common.json { return try Terminal.json(list) }
            let rows = list.items.map { reading in
                [
                    common.times.of(reading.at), reading.runStatus ?? "", reading.rxOnuDbm.unit("dBm"), reading.optics ?? "",
                    reading.txOnuDbm.unit("dBm"), reading.rxOltDbm.unit("dBm"), reading.distanceM.unit("m"), reading.temperatureC.unit("C"),
                ]
            }
            let head = ["at", "status", "rx", "optics", "tx", "rx at OLT", "distance", "temperature"]
            Terminal.say(TextTable(head, rows).text(empty: "no readings"))
        }
    }

    struct Events: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show what happened to ONUs, newest first.")

        @Option(help: "Only of this OLT.")
        var olt: String?

        @Option(help: "Only of the ONU with this index.")
        var index: String?

        @Option(help: "Only these, with commas: first, new, moved, changed, gone, back, down, up, port-down, port-up.")
        var kind: String?

        @OptionGroup var page: PageOptions
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let query = page.query(["olt": olt, "index": index, "kind": kind])
            let list: Listing<ONUEventShape> = try await common.client().get(APIPath.onuEvents, query: query)
            if common.json { return try Terminal.json(list) }
            let rows = list.items.map { event in
                [
                    common.times.of(event.at), event.kind, event.olt, event.port ?? "", event.index ?? "", event.serial ?? "",
                    event.cause ?? "", "\(event.count)",
                    event.differences.map { "\($0.field): \($0.before) -> \($0.after)" }.joined(separator: "; "),
                ]
            }
            let head = ["at", "what", "olt", "port", "index", "serial", "cause", "onus", "details"]
            Terminal.say(TextTable(head, rows).text(empty: "nothing happened"))
            if let next = list.next { Terminal.note("more: --cursor \(next)") }
        }
    }
}

/// Which ONUs.
struct ONUOptions: ParsableArguments {
    @Option(help: "Only ONUs of this OLT.")
    var olt: String?

    @Option(help: "Only ONUs of this port.")
    var port: String?

    @Option(help: "online, offline or unknown.")
    var status: String?

    @Option(help: "present or gone.")
    var state: String?

    @Option(help: "good, warning or critical.")
    var optics: String?

    @Option(help: "Part of a serial, MAC, name, description or index.")
    var text: String?

    var query: [String: String?] {
        ["olt": olt, "port": port, "status": status, "state": state, "optics": optics, "text": text]
    }
}

/// An ONU for people.
struct ONUText {
    static let head = ["olt", "port", "onu", "serial", "description", "status", "rx", "optics", "distance", "state", "index"]
    private let onu: ONUShape

    init(_ onu: ONUShape) {
        self.onu = onu
    }

    var row: [String] {
        [
            onu.olt, onu.port ?? "", onu.onuId.map(String.init) ?? "", onu.serial ?? onu.mac ?? "unknown",
            onu.description ?? onu.name ?? "", onu.runStatus, onu.rxOnuDbm.unit("dBm"), onu.optics ?? "", onu.distanceM.unit("m"),
            onu.state,
            onu.index,
        ]
    }

    func story(_ times: TimeText) -> String {
        let facts: [(String, String?)] = [
            ("serial", onu.serial), ("MAC", onu.mac), ("name", onu.name), ("description", onu.description), ("model", onu.model),
            ("firmware", onu.firmware), ("admin status", onu.adminStatus), ("status", onu.runStatus),
            ("last down", onu.lastDownCause.map { "\($0) (\(onu.downClass ?? "unclassed"))" }), ("optics", onu.optics),
        ]
        var lines = ["\(onu.olt)  \(onu.port ?? "")  index \(onu.index)  \(onu.state)"]
        lines += facts.compactMap { name, value in value.map { "  \(name) \($0)" } }
        lines += onu.readings.sorted { $0.key < $1.key }.map { "  \($0.key) \($0.value.value) \($0.value.unit)" }
        lines.append(
            "  first seen \(times.of(onu.firstSeenAt)), last seen \(times.of(onu.lastSeenAt)), measured \(times.of(onu.readingsAt))"
        )
        return lines.map(Terminal.visible).joined(separator: "\n")
    }
}

extension Double? {
    /// The number with its unit; empty when it is not known.
    fileprivate func unit(_ unit: String) -> String { map { "\($0) \(unit)" } ?? "" }
}
