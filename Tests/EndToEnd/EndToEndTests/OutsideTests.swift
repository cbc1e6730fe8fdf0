import APIContract
import Foundation
import PrivateServers
import TestSupport
import Testing

extension EndToEnd {
    /// What metrics, health, events, logs and traces tell of a fleet.
    @Suite("Seen from outside", .serialized, .timeLimit(.minutes(6)))
    struct Outside {
        /// A fleet with JSON logs of everything, whose workers tell their figures.

        private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        private static let parent = "00f067aa0ba902b7"

        // MARK: Metrics

        @Test("under load promtool finds nothing wrong with the metrics of orchestrator and worker, and the documentation names each")
        func metrics() async throws {
            let own = try await SharedFleets.watched()
            let ids = try await own.fleet.submitBatch(Array(repeating: #"{"kind":"noop","payload":{"sleepMs":5}}"#, count: 500))
            let dead = try await own.fleet.submit(#"{"kind":"fail","payload":{"final":true}}"#)

            let during = try await [own.fleet.api.get(APIPath.metrics), own.workerAPI(1).get(APIPath.metrics)]
            _ = try await own.fleet.ended(ids[499], within: .seconds(60))
            _ = try await own.fleet.ended(dead)
            let after = try await eventually("the last task is counted") {
                let page = try await own.fleet.api.get(APIPath.metrics)
                return page.text.contains("\nflotilla_task_deaths_total{reason=\"final\"} 1\n") ? page : nil
            }

            for page in during + [after] {
                #expect(page.status == 200)
                #expect(page.contentType == "text/plain; version=0.0.4; charset=utf-8")
                try await expectSound(page.text)
            }
            let served = Set((during + [after]).flatMap { Self.families($0.text) })
            #expect(try served == Self.documented())
            #expect(after.text.contains("\nflotilla_run_duration_seconds_count{kind=\"noop\"} 500\n"))
            #expect(after.text.contains("\nflotilla_tasks{state=\"dead\"} "))
            #expect(after.text.contains("\nflotilla_dependency_up{dependency=\"lease_store\"} 1\n"))
            #expect(!after.text.contains(ids[0]))
        }

        /// `promtool check metrics` reads a page without an error or a complaint.
        private func expectSound(_ page: String) async throws {
            let scratch = try ScratchFolder("promtool")
            let file = try scratch.write(page, to: "metrics")
            // Not there: the shell ends with 127.
            let checked = try await Finished.run(
                "/bin/sh",
                ["-c", #"exec promtool check metrics < "$1""#, "check", file],
                environment: Programs.environment
            )
            #expect(checked.status == .code(0), "\(checked)")
            #expect(checked.out.isEmpty && checked.err.isEmpty, "\(checked)")
        }

        /// Names of families with their types.
        private static func families(_ page: String) -> [String] {
            page.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { String($0.dropFirst(7)) }
        }

        private static func documented() throws -> Set<String> {
            let text = try String(contentsOfFile: "\(Recordings.packageRoot)/docs/operations.md", encoding: .utf8)
            let section = text.components(separatedBy: "\n## Metrics\n").last?.components(separatedBy: "\n## ").first ?? ""
            let rows = section.split(separator: "\n").filter { $0.hasPrefix("| `") && $0.contains("` | ") }
            return Set(
                rows.compactMap { row in
                    let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
                    guard ["counter", "gauge", "histogram"].contains(cells[1]) else { return nil }
                    return cells[0].replacing("`", with: "") + " " + cells[1]
                }
            )
        }

        @Test("the metrics of an older system are there in its own words")
        func compatibility() async throws {
            let own = try await SharedFleets.watched()
            let id = try await own.fleet.submit(#"{"kind":"noop","priority":"urgent","payload":{"sleepMs":3000}}"#)
            _ = try await own.fleet.runner(of: id)

            let shape = try await eventually("the running task is pending") {
                let shape: HighScaleMetricsShape = try await own.fleet.api.get(APIPath.compatibilityMetrics)
                return shape.queueDistribution["URGENT"] == 1 ? shape : nil
            }

            #expect(shape.totalPendingTasks >= 1)
            #expect(shape.activeWorkers == 2)
            #expect(shape.queueDistribution.count == 8)
            #expect(shape.throughputPerSecond >= 0)
            #expect((0...100).contains(try #require(shape.systemResources.memoryPercent)))
            #expect(try await own.fleet.ended(id).state == "succeeded")
            let later: HighScaleMetricsShape = try await own.fleet.api.get(APIPath.compatibilityMetrics)
            #expect(later.throughputPerSecond > 0)
        }

        // MARK: Events

        @Test("an AMQP client that binds a queue hears how tasks end, as JSON with ids")
        func amqpEvents() async throws {
            let own = try await SharedFleets.watched()
            let listener = try await Listener.broker(own.fleet.brokerURL, key: "task.#")
            try await own.untilHeard(by: listener)

            let good = try await own.fleet.submit(#"{"kind":"noop"}"#)
            let bad = try await own.fleet.submit(#"{"kind":"fail","payload":{"final":true}}"#)
            let heard = try await eventually("both are heard") {
                let heard = try listener.lines.compactMap(Heard.init)
                return heard.contains { $0.body.task == good } && heard.contains { $0.body.task == bad } ? heard : nil
            }

            let goodOne = try #require(heard.first { $0.body.task == good })
            #expect(goodOne.key == "task.succeeded.noop")
            #expect(goodOne.body.type == goodOne.key)
            #expect(goodOne.contentType == "application/json")
            #expect(goodOne.body.state == "succeeded")
            let badOne = try #require(heard.first { $0.body.task == bad })
            #expect(badOne.key == "task.dead.fail")
            #expect(badOne.body.reason == "final")
        }

        @Test("a stream goes on after the last id; with an id of another process it begins with reset")
        func resumed() async throws {
            let own = try await SharedFleets.watched()
            let first = try await Listener.stream(own.fleet.url + APIPath.events + "?types=task.succeeded")
            let ids = [try await own.fleet.submit(#"{"kind":"noop"}"#), try await own.fleet.submit(#"{"kind":"noop"}"#)]
            for id in ids { #expect(try await own.fleet.ended(id).state == "succeeded") }
            let dead = try await own.fleet.submit(#"{"kind":"fail","payload":{"final":true}}"#)
            #expect(try await own.fleet.ended(dead).state == "dead")
            try await eventually("both are heard") { try ids.allSatisfy { id in try first.lines.contains { $0.contains(id) } } }
            first.stop()
            let lines = try first.lines
            #expect(lines.first == "text/event-stream")
            #expect(!lines.contains { $0.contains(dead) })
            let oneHeard = try #require(lines.first { line in line.hasPrefix("data: ") && ids.contains { line.contains($0) } })
            let place = try #require(lines.firstIndex(of: oneHeard))
            #expect(lines[place - 1] == "event: task.succeeded.noop")
            let oneID = String(lines[place - 2].dropFirst("id: ".count))
            let otherTask = try #require(ids.first { !oneHeard.contains($0) })

            let again = try await Listener.stream(own.fleet.url + APIPath.events, after: oneID)
            try await eventually("the second and what came after it") {
                let text = try again.lines.joined(separator: "\n")
                return text.contains(otherTask) && text.contains(dead)
            }
            #expect(try !again.lines.contains(oneHeard))
            #expect(try !again.lines.contains("event: reset"))

            let elsewhere = try await Listener.stream(own.fleet.url + APIPath.events, after: "0elsewhere-7")
            try await eventually("a reset") { try elsewhere.lines.contains("event: reset") }

            let refused = try await own.fleet.api.get(APIPath.events + "?types=coffee")
            #expect(refused.status == 400)
            #expect(refused.text.contains("task.dead"))
        }

        @Test("the command line follows events from an id on, and says which types there are")
        func commandLine() async throws {
            let own = try await SharedFleets.watched()
            let before = try await Listener.stream(own.fleet.url + APIPath.events)
            let place = try #require(try before.lines.first { $0.hasPrefix("id: ") }).dropFirst("id: ".count)
            before.stop()
            let id = try await own.fleet.submit(#"{"kind":"fail","payload":{"final":true}}"#)

            let finished = try await own.fleet.cli(
                "events",
                "--types",
                "task.dead",
                "--after",
                String(place),
                "--count",
                "1",
                "--json",
                within: .seconds(30)
            )

            #expect(finished.status == .code(0), "\(finished)")
            #expect(try finished.decoded(as: Heard.Body.self).task == id)
            let refused = try await own.fleet.cli("events", "--types", "coffee")
            #expect(refused.status == .code(1))
            #expect(refused.err.contains("task.dead"))
        }

        @Test("a stream on which nothing happens stays open beyond the idle limit of 60 s")
        func quiet() async throws {
            let own = try await SharedFleets.watched()
            let listener = try await Listener.stream(own.fleet.url + APIPath.events + "?types=worker.lost")

            try await eventually("five comments, 15 s apart", within: .seconds(100), poll: .seconds(1)) {
                try listener.lines.count { $0 == ": quiet" } >= 5
            }

            #expect(listener.isListening)
        }

        // MARK: Traces and logs

        @Test("a traceparent over HTTP and AMQP goes to the run, the event and the log lines of both programs")
        func traced() async throws {
            let own = try await SharedFleets.watched()
            let listener = try await Listener.broker(own.fleet.brokerURL, key: "task.#")
            try await own.untilHeard(by: listener)
            let draft = #"{"kind":"fail","payload":{"final":true}}"#
            let header = "00-\(Self.trace)-\(Self.parent)-01"

            let reply = try await own.fleet.api.post(APIPath.tasks, draft, headers: ["traceparent": header])
            let overHTTP = try reply.decoded(as: ReceiptShape.self).id
            let overAMQP = UUID().uuidString.lowercased()
            try await ForeignClient(brokerURL: own.fleet.brokerURL)
                .publish([
                    ForeignClient.Message(key: "normal", body: draft, id: overAMQP, headers: ["traceparent": header])
                ])
            let heard = try await eventually("both are heard", within: .seconds(20)) {
                let heard = try listener.lines.compactMap(Heard.init).filter { [overHTTP, overAMQP].contains($0.body.task) }
                return heard.count == 2 ? heard : nil
            }

            for event in heard {
                let told = try #require(event.body.traceparent)
                #expect(told.hasPrefix("00-\(Self.trace)-"))
                #expect(told.hasSuffix("-01"))
                #expect(!told.contains(Self.parent), "the run is a step of its own")
                #expect(event.traceparent == told)
            }
            #expect(try own.log("orchestrator.log").contains(Self.trace))
            #expect(try ["worker-1.log", "worker-2.log"].contains { try own.log($0).contains(Self.trace) })
        }

        @Test("a traceparent that cannot be read is ignored and counted")
        func badTrace() async throws {
            let own = try await SharedFleets.watched()
            let bad = "00-\(String(repeating: "0", count: 32))-\(Self.parent)-01"

            let reply = try await own.fleet.api.post(APIPath.tasks, #"{"kind":"noop"}"#, headers: ["traceparent": bad])
            let id = UUID().uuidString.lowercased()
            try await ForeignClient(brokerURL: own.fleet.brokerURL)
                .publish([ForeignClient.Message(key: "normal", body: #"{"kind":"noop"}"#, id: id, headers: ["traceparent": "nonsense"])])

            #expect(reply.status == 202)
            #expect(try await own.fleet.ended(id).state == "succeeded")
            try await eventually("both are counted") {
                try await own.fleet.api.get(APIPath.metrics).text.contains("\nflotilla_traceparent_ignored_total 2\n")
            }
        }

        @Test("every line that the programs log is one JSON object; lines about runs carry their ids")
        func logs() async throws {
            let own = try await SharedFleets.watched()
            let id = try await own.fleet.submit(#"{"kind":"fail","payload":{"final":true,"message":"two\nlines \u001b[31m"}}"#)
            #expect(try await own.fleet.ended(id).state == "dead")

            for (log, message) in [("orchestrator.log", "a task is dead"), ("worker", "a run failed")] {
                let name = try log == "worker" ? #require(["worker-1.log", "worker-2.log"].first { try own.log($0).contains(id) }) : log
                let text = try await eventually("\(name) tells of it") {
                    let text = try own.log(name)
                    return text.contains(id) && text.hasSuffix("\n") ? text : nil
                }
                let lines = try text.split(separator: "\n").map { line in
                    do {
                        return try JSONDecoder().decode([String: String].self, from: Data(line.utf8))
                    } catch {
                        throw NotAsExpected("\(name): \(error) in \(line)")
                    }
                }
                #expect(lines.count > 5)
                let told = try #require(lines.first { $0["message"] == message && $0["task.id"] == id })
                for key in ["time", "level", "logger", "task.kind", "task.attempt", "task.number", "worker.id", "error.class"] {
                    #expect(told[key]?.isEmpty == false, "\(key) in \(told)")
                }
                #expect(!text.contains("guest:guest"))
                #expect(!text.contains(String(repeating: "5a", count: 32)))
            }
        }

        // MARK: Health; last, for it breaks things

        private func areReady(_ programs: [HTTPAPI]) async throws -> Bool {
            for program in programs where try await program.get(APIPath.ready).status != 200 { return false }
            return true
        }

        @Test("without Redis both programs are alive and not ready, and name it; a stopping worker says so")
        func health() async throws {
            let own = try await SharedFleets.watched()
            let worker = try own.workerAPI(1)
            try await eventually("both are ready") {
                try await areReady([own.fleet.api, worker])
            }

            await own.redis.kill()
            for api in [own.fleet.api, worker] {
                let shape = try await eventually("it is not ready", within: .seconds(20)) {
                    let reply = try await api.get(APIPath.ready)
                    return reply.status == 503 ? try reply.decoded(as: HealthShape.self) : nil
                }
                #expect(shape.status == "not ready")
                #expect(shape.parts.filter { !$0.ok }.map(\.name) == ["lease store"])
                #expect(try await api.get(APIPath.alive).status == 200)
                #expect(try await api.get(APIPath.metrics).text.contains("dependency=\"lease_store\"} 0"))
            }
            try await own.redis.start()
            try await eventually("both are ready again", within: .seconds(30)) {
                try await areReady([own.fleet.api, worker])
            }

            let ids = try await own.fleet.submitBatch(Array(repeating: #"{"kind":"noop","payload":{"sleepMs":4000}}"#, count: 8))
            try await eventually("both run something") {
                try await own.fleet.workers().allSatisfy { $0.status == "stopped" || !$0.running.isEmpty }
            }
            own.signalWorker(1, .terminate)
            try await eventually("it says that it stops") {
                let reply = try await worker.get(APIPath.ready)
                return try reply.status == 503 && reply.decoded(as: HealthShape.self).status == "stopping"
            }
            #expect(try await worker.get(APIPath.alive).status == 200)
            for id in ids { #expect(try await own.fleet.ended(id).state == "succeeded") }
        }
    }
}

/// An event as the AMQP listener wrote it down.
private struct Heard: Decodable {
    struct Body: Decodable {
        let type: String
        let task: String?
        let state: String?
        let reason: String?
        let traceparent: String?
    }

    let key: String
    let contentType: String?
    let traceparent: String?
    let body: Body

    init?(_ line: String) {
        guard let heard = try? JSONDecoder().decode(Heard.self, from: Data(line.utf8)) else { return nil }
        self = heard
    }
}

extension OwnFleet {
    /// While nobody was bound only some events are tried: submits tasks until one is heard.
    fileprivate func untilHeard(by listener: Listener) async throws {
        try await eventually("the listener is noticed", within: .seconds(20), poll: .milliseconds(100)) {
            _ = try await fleet.submit(#"{"kind":"noop"}"#)
            return try listener.lines.contains { Heard($0) != nil }
        }
    }

    /// Where a worker told that its metrics and health answer.
    fileprivate func workerAPI(_ number: Int) throws -> HTTPAPI {
        let lines = try log("worker-\(number).log").split(separator: "\n").compactMap { line in
            try? JSONDecoder().decode([String: String].self, from: Data(line.utf8))
        }
        guard let address = lines.compactMap({ $0["http.address"] }).first else { throw NotAsExpected("worker \(number) has no address") }
        return HTTPAPI("http://\(address)")
    }
}
